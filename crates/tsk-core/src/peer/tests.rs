use super::*;

#[test]
fn shows_a_mapped_address_as_ipv4() {
    let mapped: SocketAddr = "[::ffff:192.0.2.7]:80".parse().expect("an address");
    assert_eq!(Peer::from(mapped).to_string(), "192.0.2.7:80");
}

#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;

use proptest::prelude::*;

use super::*;

fn proxies(header: Forwarding) -> Proxies {
    let trusted = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap());
    Proxies { networks: trusted.into(), local: false, header }
}

fn peer(address: &str) -> Peer {
    SocketAddr::new(address.parse().unwrap(), 4711).into()
}

/// The client of a request that came through 10.0.0.1 with these lines of a header.
fn client(header: Forwarding, lines: &[&str]) -> String {
    let name = if header == Forwarding::Forwarded { "forwarded" } else { "x-forwarded-for" };
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(name, line.parse().unwrap());
    }
    proxies(header).client(peer("10.0.0.1"), &headers).unwrap().to_string()
}

#[test]
fn the_first_from_the_right_that_is_not_trusted_is_the_client() {
    for (lines, expected) in [
        (&["192.0.2.1"][..], "192.0.2.1"),
        (&["127.0.0.1, 198.51.100.9,192.0.2.1"], "192.0.2.1"),
        (&["192.0.2.1, 10.0.0.3", "10.0.0.2"], "192.0.2.1"),
        (&["192.0.2.1", ""], "192.0.2.1"),
        (&["192.0.2.1:4711"], "192.0.2.1"),
        (&["2001:db8::1"], "2001:db8::1"),
        (&["[2001:db8::1]"], "2001:db8::1"),
        (&["[2001:db8::1]:4711, fd00::2"], "2001:db8::1"),
        (&["::ffff:192.0.2.1"], "192.0.2.1"),
        // All are trusted: the first of them is where it began.
        (&["10.0.0.9, 10.0.0.2"], "10.0.0.9"),
    ] {
        assert_eq!(client(Forwarding::XForwardedFor, lines), expected, "{lines:?}");
    }
}

#[test]
fn forwarded_is_read_like_that_too() {
    for (lines, expected) in [
        (&["for=192.0.2.1"][..], "192.0.2.1"),
        (&["For=\"192.0.2.1:80\";proto=https;by=10.0.0.1"], "192.0.2.1"),
        (&["proto=https;for=\"[2001:db8::1]:4711\", for=10.0.0.2"], "2001:db8::1"),
        (&["for=127.0.0.1, for=192.0.2.1", "for=10.0.0.3,for=10.0.0.2"], "192.0.2.1"),
        // What is quoted separates nothing.
        (&["for=192.0.2.1;host=\"a,for=127.0.0.1;for=127.0.0.2\""], "192.0.2.1"),
        (&["for=192.0.2.1;host=\"a\\\",for=127.0.0.1\""], "192.0.2.1"),
        // A quote that a client never closes takes in nothing of what the proxy added.
        (&["for=\"127.0.0.1, for=192.0.2.1"], "192.0.2.1"),
        (&["for=127.0.0.1;host=\"\\\", for=192.0.2.1"], "192.0.2.1"),
    ] {
        assert_eq!(client(Forwarding::Forwarded, lines), expected, "{lines:?}");
    }
}

#[test]
fn where_a_proxy_names_nobody_it_is_the_proxy() {
    for text in ["unknown", "_hidden", "\"_hidden:_port\"", "for=192.0.2.1", "192.0.2.1.7", "[::1", "é"] {
        assert_eq!(client(Forwarding::XForwardedFor, &[text]), "10.0.0.1", "{text}");
        assert_eq!(client(Forwarding::XForwardedFor, &[text, "10.0.0.2"]), "10.0.0.2", "{text}");
    }
    for text in ["for=unknown", "for=_hidden", "by=192.0.2.1", "192.0.2.1", "for", "fort=192.0.2.1"] {
        assert_eq!(client(Forwarding::Forwarded, &[text]), "10.0.0.1", "{text}");
    }
}

#[test]
fn nobody_else_is_believed() {
    let mut headers = HeaderMap::new();
    headers.insert("x-forwarded-for", "192.0.2.1".parse().unwrap());
    headers.insert("forwarded", "for=192.0.2.1".parse().unwrap());
    for header in [Forwarding::XForwardedFor, Forwarding::Forwarded] {
        let stranger = proxies(header).client(peer("198.51.100.1"), &headers);
        assert_eq!(stranger, Some([198, 51, 100, 1].into()));
        assert_eq!(Proxies::default().client(peer("10.0.0.1"), &headers), Some([10, 0, 0, 1].into()));
        assert_eq!(proxies(header).client(Peer::Local, &headers), None);
        let local = Proxies { local: true, ..proxies(header) }.client(Peer::Local, &headers);
        assert_eq!(local, Some([192, 0, 2, 1].into()));
    }
    // A balancer of connections passes on whatever its clients write.
    let balancer = proxies(Forwarding::None).client(peer("10.0.0.1"), &headers);
    assert_eq!(balancer, Some([10, 0, 0, 1].into()));
}

#[test]
fn the_header_that_proxies_do_not_write_is_not_read() {
    let mut headers = HeaderMap::new();
    headers.insert("x-forwarded-for", "127.0.0.1".parse().unwrap());
    headers.insert("forwarded", "for=192.0.2.1".parse().unwrap());
    let client = proxies(Forwarding::Forwarded).client(peer("10.0.0.1"), &headers);
    assert_eq!(client, Some([192, 0, 2, 1].into()));
}

#[test]
fn who_names_more_proxies_than_there_are_is_read_no_further() {
    let many = ["192.0.2.1"].into_iter().chain([["10.0.0.2"; 32].join(",").leak() as &str]);
    assert_eq!(client(Forwarding::XForwardedFor, &many.collect::<Vec<_>>()), "10.0.0.2");
}

proptest! {
    /// Whatever a client writes: what the proxy adds behind it is what counts.
    #[test]
    fn a_client_cannot_choose_its_address(written in "[ -~]{0,40}", quoted in any::<bool>()) {
        let node = if quoted { "for=\"192.0.2.1\";proto=http" } else { "for=192.0.2.1" };
        let mut lines = vec![format!("{written}, {node}")];
        prop_assert_eq!(client(Forwarding::Forwarded, &[&lines[0]]), "192.0.2.1");
        lines = vec![format!("{written}, 192.0.2.1")];
        prop_assert_eq!(client(Forwarding::XForwardedFor, &[&lines[0]]), "192.0.2.1");
    }
}

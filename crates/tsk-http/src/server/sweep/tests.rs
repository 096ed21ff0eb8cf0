#![allow(clippy::unwrap_used)]

use super::{super::pulse::InFlight, *};

fn limits() -> Limits {
    // What is saved for later lasts for 64 s.
    let write = Some(Rate { min: 1024, grace: Duration::from_secs(5) });
    let body = write;
    let [handshake, first_byte, head, idle] = [5, 8, 10, 60].map(Duration::from_secs);
    Limits { handshake, first_byte, head, idle, write, body, ..Limits::new(&Config::default(), None) }
}

struct Watch {
    connections: Arc<Connections>,
    registration: Registration,
    start: Instant,
}

impl Watch {
    fn new() -> Self {
        let connections = Arc::new(Connections::default());
        let registration = connections.open(Arc::new(limits()), Peer::Local);
        Self { connections, registration, start: Instant::now() }
    }

    fn after(&self, seconds: u64) -> Command {
        let now = self.start + Duration::from_secs(seconds);
        let mut due = Vec::new();
        for part in 0..PARTS {
            self.connections.sweep(part, now, &mut due);
        }
        due.into_iter().for_each(Due::end);
        self.pulse().command()
    }

    /// The second within a range at which the connection is no longer served.
    fn ends(&self, mut seconds: impl Iterator<Item = u64>) -> Option<u64> {
        seconds.find(|&second| self.after(second) != Command::Serve)
    }

    fn request(&self) -> InFlight {
        self.pulse().count_received(1);
        self.pulse().begin_request(false)
    }

    fn pulse(&self) -> &Pulse {
        self.registration.pulse()
    }
}

#[test]
fn closes_a_fresh_connection_on_which_nothing_comes() {
    assert_eq!(Watch::new().ends(0..), Some(8));
}

#[test]
fn closes_a_fresh_connection_without_a_whole_head() {
    let watch = Watch::new();
    assert_eq!(watch.ends(0..7), None);
    watch.pulse().count_received(1);
    assert_eq!(watch.ends(7..17), None);
    watch.pulse().count_received(1);
    assert_eq!(watch.after(17), Command::Close);
}

#[test]
fn closes_a_later_head_that_takes_too_long() {
    let watch = Watch::new();
    drop(watch.request());
    watch.pulse().count_received(1);
    assert_eq!(watch.after(1), Command::Serve);
    watch.pulse().count_received(1);
    assert_eq!(watch.after(10), Command::Serve);
    assert_eq!(watch.after(11), Command::Close);
}

#[test]
fn a_body_is_no_head() {
    let watch = Watch::new();
    let in_flight = watch.request();
    watch.pulse().count_received(1);
    drop(in_flight);
    assert_eq!(watch.after(1), Command::Serve);
    assert_eq!(watch.after(60), Command::Serve);
}

#[test]
fn finishes_a_connection_that_is_idle_too_long_and_closes_it_where_it_stays() {
    let watch = Watch::new();
    drop(watch.request());
    assert_eq!(watch.after(1), Command::Serve);
    assert_eq!(watch.after(60), Command::Serve);
    assert_eq!(watch.after(61), Command::Finish);
    assert_eq!(watch.after(65), Command::Finish);
    assert_eq!(watch.after(74), Command::Finish);
    assert_eq!(watch.after(75), Command::Close);
}

#[test]
fn a_request_starts_the_time_anew() {
    let watch = Watch::new();
    drop(watch.request());
    assert_eq!(watch.after(1), Command::Serve);
    drop(watch.request());
    assert_eq!(watch.after(60), Command::Serve);
    assert_eq!(watch.after(119), Command::Serve);
    assert_eq!(watch.after(120), Command::Finish);
}

#[test]
fn closes_a_connection_whose_client_does_not_read() {
    let watch = Watch::new();
    let _in_flight = watch.request();
    watch.pulse().set_stalled(true);
    assert_eq!(watch.ends(1..), Some(1 + 64 + 5));
}

#[test]
fn closes_a_connection_with_a_stream_that_its_client_does_not_read() {
    let watch = Watch::new();
    watch.pulse().set_multiplexed();
    let mut in_flight = watch.request();
    in_flight.set_offering(true);
    assert_eq!(watch.ends(1..60), None);
    // It has taken what there was; the handler is not the client.
    in_flight.set_offering(false);
    assert_eq!(watch.ends(60..100), None);
    in_flight.set_offering(true);
    assert_eq!(watch.ends(100..), Some(100 + 64 + 5));
    drop(in_flight);
    assert!(!watch.pulse().waits_for_reader());
}

#[test]
fn leaves_a_client_alone_that_reads_as_fast_as_it_must() {
    let watch = Watch::new();
    let _in_flight = watch.request();
    watch.pulse().set_stalled(true);
    // A buffer is emptied in steps: nothing, and then much.
    for second in 0..10_000 {
        if second % 60 == 59 {
            watch.pulse().count_sent(60 * 1024);
        }
        assert_eq!(watch.after(second), Command::Serve, "after {second} s");
    }
}

#[test]
fn closes_a_client_that_reads_less_than_it_must() {
    let watch = Watch::new();
    let _in_flight = watch.request();
    watch.pulse().set_stalled(true);
    let slow = (0..).inspect(|second| {
        if second % 10 == 9 {
            watch.pulse().count_sent(9 * 1024);
        }
    });
    let end = watch.ends(slow).unwrap();
    assert!((500..1_000).contains(&end), "{end}");
}

#[test]
fn what_was_read_in_advance_counts_for_a_while_only() {
    let watch = Watch::new();
    let _in_flight = watch.request();
    watch.pulse().set_stalled(true);
    assert_eq!(watch.after(0), Command::Serve);
    watch.pulse().count_sent(1 << 30);
    assert_eq!(watch.after(1), Command::Serve);
    assert_eq!(watch.ends(2..), Some(1 + 64 + 5));
}

#[test]
fn an_answer_of_http_2_that_is_still_sent_is_not_idle() {
    let watch = Watch::new();
    watch.pulse().set_multiplexed();
    drop(watch.request());
    let sending = (0..1_000).inspect(|_| watch.pulse().count_sent(1_025));
    assert_eq!(watch.ends(sending), None);
    let pinging = (1_000..).inspect(|_| {
        watch.pulse().count_received(1 << 20);
        watch.pulse().count_sent(1 << 20);
    });
    assert_eq!(watch.ends(pinging), Some(1_059));
}

#[test]
fn a_drain_leaves_a_client_time_to_go() {
    let watch = Watch::new();
    let in_flight = watch.request();
    watch.connections.command(Command::Finish);
    assert_eq!(watch.after(1_000), Command::Finish);
    drop(in_flight);
    assert_eq!(watch.after(1_001), Command::Finish);
    assert_eq!(watch.after(1_010), Command::Finish);
    assert_eq!(watch.after(1_011), Command::Close);
}

#[test]
fn leaves_a_request_in_flight_alone() {
    let watch = Watch::new();
    let _in_flight = watch.request();
    assert_eq!(watch.after(1_000), Command::Serve);
    assert_eq!(watch.after(2_000), Command::Serve);
}

#[test]
fn a_ping_is_not_the_head_of_a_request() {
    let watch = Watch::new();
    watch.pulse().set_multiplexed();
    drop(watch.request());
    assert_eq!(watch.after(1), Command::Serve);
    watch.pulse().count_received(1);
    assert_eq!(watch.after(50), Command::Serve);
    assert_eq!(watch.after(61), Command::Finish);
}

#[test]
fn a_command_reaches_connections_that_come_later() {
    let connections = Arc::new(Connections::default());
    connections.command(Command::Finish);
    assert_eq!(connections.open(Arc::new(limits()), Peer::Local).pulse().command(), Command::Finish);
    assert_eq!(connections.len(), 0);
}

use super::*;

const LIMITS: Limits = Limits {
    handshake: Duration::from_secs(5),
    head: Duration::from_secs(10),
    idle: Duration::from_secs(60),
};

struct Watch {
    connections: Arc<Connections>,
    registration: Registration,
    start: Instant,
}

impl Watch {
    fn new() -> Self {
        let connections = Arc::new(Connections::default());
        let registration = connections.open(Arc::new(LIMITS));
        Self { connections, registration, start: Instant::now() }
    }

    fn after(&self, seconds: u64) -> Command {
        self.connections.sweep(self.start + Duration::from_secs(seconds));
        self.registration.pulse().command()
    }

    fn request(&self) -> InFlight {
        self.registration.pulse().count_read();
        self.registration.pulse().begin_request(false)
    }
}

#[test]
fn closes_a_fresh_connection_without_a_whole_head() {
    let watch = Watch::new();
    watch.registration.pulse().count_read();
    assert_eq!(watch.after(9), Command::Serve);
    watch.registration.pulse().count_read();
    assert_eq!(watch.after(11), Command::Close);
}

#[test]
fn closes_a_later_head_that_takes_too_long() {
    let watch = Watch::new();
    drop(watch.request());
    watch.registration.pulse().count_read();
    assert_eq!(watch.after(1), Command::Serve);
    watch.registration.pulse().count_read();
    assert_eq!(watch.after(10), Command::Serve);
    assert_eq!(watch.after(11), Command::Close);
}

#[test]
fn a_body_is_no_head() {
    let watch = Watch::new();
    let in_flight = watch.request();
    watch.registration.pulse().count_read();
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
    watch.registration.pulse().count_stall();
    assert_eq!(watch.after(1), Command::Serve);
    assert_eq!(watch.after(60), Command::Serve);
    assert_eq!(watch.after(61), Command::Close);
}

#[test]
fn leaves_a_client_alone_that_reads_slowly() {
    let watch = Watch::new();
    drop(watch.request());
    for round in 0..10 {
        // A write begins to wait; between two looks some of it is read, and the next one waits.
        watch.registration.pulse().count_stall();
        assert_eq!(watch.after(round * 50), Command::Serve);
        watch.registration.pulse().count_stall();
    }
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
    watch.registration.pulse().set_multiplexed();
    drop(watch.request());
    assert_eq!(watch.after(1), Command::Serve);
    watch.registration.pulse().count_read();
    assert_eq!(watch.after(50), Command::Serve);
    assert_eq!(watch.after(61), Command::Finish);
}

#[test]
fn a_command_reaches_connections_that_come_later() {
    let connections = Arc::new(Connections::default());
    connections.command(Command::Finish);
    assert_eq!(connections.open(Arc::new(LIMITS)).pulse().command(), Command::Finish);
    assert_eq!(connections.len(), 0);
}

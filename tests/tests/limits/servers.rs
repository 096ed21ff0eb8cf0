use std::cell::Cell;

use tsk_tests::{Daemon, Server, Site, curl, until};

#[test]
fn servers_that_name_the_same_redis_in_their_file_share_their_limits() {
    let mut daemon = Daemon::redis();
    let file = format!(
        "[limits.redis]
         url = \"redis://:{}@{}\"
         timeout = \"1s\"

         [[limit]]
         name = \"shared\"
         limit = 8
         window = \"1h\"
         outage = \"closed\"
        ",
        daemon.password(),
        daemon.address()
    );
    let site = || Site::empty().file("public/index.html", "hello").file("tsk.toml", &file);
    let sites = [site(), site()];
    let servers = sites.each_ref().map(Server::start);
    let ask = |server: &Server| curl(&[&server.url("/")]);
    let until_answers = |server: &Server, status| {
        until("answer", || {
            let answer = ask(server);
            if answer.status == status { Ok(()) } else { Err(answer.status) }
        });
    };

    // Each of these is one of eight.
    servers.iter().for_each(|server| until_answers(server, 200));
    let allowed = Cell::new(2);
    let refused = until("refusal", || {
        let answer = ask(&servers[allowed.get() % 2]);
        if answer.status == 429 {
            return Ok(answer);
        }
        allowed.set(allowed.get() + 1);
        Err(answer.status)
    });
    assert_eq!(allowed.get(), 8);
    let retry_after: u32 = refused.header("retry-after").expect("when to come").parse().expect("seconds");
    assert!((400..=450).contains(&retry_after), "{retry_after}");

    daemon.stop();
    servers.iter().for_each(|server| until_answers(server, 503));
    daemon.run();
    servers.iter().for_each(|server| until_answers(server, 200));
}

use std::cell::RefCell;

use serde_json::{Value, json};
use tsk_tests::{Daemon, Server, Site, curl, run, until};

/// What `tsk web explain` says of us at a server, as JSON: of the one limit that there is.
fn explained(site: &Site) -> Value {
    let ended = run(site.folder(), ["web", "explain", "127.0.0.1", "--route", "GET /", "--json"]);
    assert!(ended.status.success(), "{:?}", ended.lines);
    let explanation: Value = serde_json::from_str(&ended.lines.concat()).expect("JSON");
    assert_eq!(explanation["limits"].as_array().map(Vec::len), Some(1), "{explanation:#}");
    explanation["limits"][0].clone()
}

#[test]
fn who_is_refused_is_explained_at_each_server_that_shares_the_redis() {
    let mut daemon = Daemon::redis();
    let file = format!(
        "[limits.redis]
         url = \"redis://:{}@{}\"
         timeout = \"1s\"

         [[route]]
         path = \"/\"
         respond = \"hello\"

         [[limit]]
         name = \"shared\"
         limit = 3
         window = \"1h\"
         outage = \"closed\"
        ",
        daemon.password(),
        daemon.address()
    );
    let sites = [(); 2].map(|()| Site::empty().file("tsk.toml", &file));
    let servers = sites.each_ref().map(Server::start);
    // Until it has connected, a server refuses with 503 and takes nothing.
    let answers = RefCell::new(Vec::new());
    until("refusal", || {
        let status = curl(&[&servers[0].url("/")]).status;
        answers.borrow_mut().extend((status != 503).then_some(status));
        if status == 429 { Ok(()) } else { Err(status) }
    });
    assert_eq!(answers.into_inner(), [200, 200, 200, 429]);

    // The other server has answered nothing, and knows by Redis alone. To ask takes nothing.
    for site in [&sites[0], &sites[1], &sites[1]] {
        let limit = until("account", || {
            let limit = explained(site);
            if limit["account"].is_null() { Err(limit) } else { Ok(limit) }
        });
        assert_eq!((&limit["policy"], &limit["would_refuse"]), (&json!("shared"), &json!(true)));
        assert_eq!(limit["account"]["remaining"], 0);
        let seconds = limit["account"]["retry_after_seconds"].as_u64().expect("when to come");
        assert!((1100..=1200).contains(&seconds), "{seconds}");
    }
    // Who was refused, each server has counted for itself.
    assert_eq!(explained(&sites[0])["refused"]["count"], 1);
    assert_eq!(explained(&sites[1])["refused"], Value::Null);

    // Nobody can tell while Redis is away, and that is said.
    daemon.stop();
    let would_refuse = until("outage", || {
        let limit = explained(&sites[1]);
        if limit["outage"] == "closed" { Ok(limit["would_refuse"].clone()) } else { Err(limit) }
    });
    assert_eq!(would_refuse, true);
    let ended = run(sites[1].folder(), ["web", "explain", "127.0.0.1", "--route", "GET /"]);
    let text = ended.lines.join("\n");
    assert!(text.contains("which does not answer: requests are refused meanwhile, with 503"), "{text}");
}

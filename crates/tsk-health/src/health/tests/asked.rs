//! What whoever asks is answered.

use tsk_core::Body;

use super::*;

async fn text(mut body: Body) -> String {
    let bytes = body.chunk().await.unwrap().unwrap_or_default();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A service that is ready, with a check that fails and decides nothing.
async fn run() -> Run {
    let cache = Told::new(Finding::fail("no connection to cache.internal"));
    let of_group = Settings { groups: vec!["cache".into()], ..Kind::None.into() };
    let builder = Health::builder()
        .check("db", Kind::Readiness, Told::new(Finding::pass()).check())
        .check("cache", of_group, cache.check())
        .liveness(Pulse::new("worker", Duration::from_secs(3600)));
    let run = Run::of(builder);
    run.until(|health| health.is_ready() && cache.made() >= 4).await;
    run
}

#[tokio::test(start_paused = true)]
async fn probes_show_nothing_and_the_detail_shows_all() {
    let run = run().await;
    for (path, status, body) in
        [("/readyz", 200, "ok\n"), ("/livez", 200, "ok\n"), ("/healthz/cache", 503, "unavailable\n")]
    {
        let answer = run.health.probe(&Method::GET, path).unwrap();
        assert_eq!((answer.status().as_u16(), text(answer.into_body()).await.as_str()), (status, body));
        let answer = run.health.probe(&Method::HEAD, path).unwrap();
        assert_eq!((answer.status().as_u16(), text(answer.into_body()).await.as_str()), (status, ""));
        assert_eq!(run.health.probe(&Method::POST, path).unwrap().status(), 405);
    }
    let answer = run.health.inspect(&Method::GET, "/health", None).unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["content-type"]),
        (200, &"application/health+json".parse().unwrap())
    );
    let report: Value = serde_json::from_str(&text(answer.into_body()).await).unwrap();
    assert_eq!(report["status"], "warn");
    assert_eq!(report["checks"]["cache:responseTime"][0]["output"], "no connection to cache.internal");
    assert_eq!(report["checks"]["worker:silence"][0]["status"], "pass");
    assert!(run.health.inspect(&Method::GET, "/users", None).is_none());
}

#[tokio::test(start_paused = true)]
async fn checks_are_listed_and_left_out_as_kubernetes_does() {
    let run = run().await;
    for (path, query, status, body) in [
        ("/readyz", "verbose", 200, "[+]startup ok\n[+]shutdown ok\n[+]db ok\nreadyz check passed\n"),
        (
            "/healthz/cache",
            "verbose",
            503,
            "[-]cache failed: no connection to cache.internal\ncache check failed\n",
        ),
        ("/healthz/cache", "verbose&exclude=cache", 200, "[+]cache excluded: ok\ncache check passed\n"),
        ("/healthz/cache", "exclude=cache", 200, "ok\n"),
        ("/healthz/cache", "", 503, "unavailable\n"),
        (
            "/livez",
            "verbose&exclude=a\"b",
            200,
            "[+]worker ok\nwarn: some health checks cannot be excluded: no matches for \"a\\\"b\"\nlivez check passed\n",
        ),
    ] {
        let answer = run.health.inspect(&Method::GET, path, Some(query)).unwrap();
        assert_eq!(
            (answer.status().as_u16(), text(answer.into_body()).await.as_str()),
            (status, body),
            "{path}?{query}"
        );
    }
    assert!(run.health.inspect(&Method::GET, "/healthz/none", None).is_none());
}

#[tokio::test(start_paused = true)]
async fn no_request_changes_what_is_asked() {
    let db = Told::new(Finding::pass());
    let run = Run::of(Health::builder().check("db", Kind::Readiness, db.check()));
    run.until(Health::is_ready).await;
    let made = db.made();
    for query in ["verbose", "url=http://169.254.169.254/", "exclude=http://169.254.169.254/"] {
        run.health.inspect(&Method::GET, "/readyz", Some(query));
        run.health.inspect(&Method::POST, "/health", Some(query));
        run.health.probe(&Method::GET, "/readyz");
    }
    assert_eq!(db.made(), made, "asking makes no check");
}

//! A site without code whose visitors log in.

use tsk_tests::{Authority, Daemon, Provider, Server, Site, Visitor, curl, free_port};

/// A site that shows its pages to those alone who have logged in at a provider.
struct Closed {
    server: Server,
    provider: Provider,
    authority: Authority,
    site: Site,
}

impl Closed {
    fn open() -> Self {
        Self::open_with("")
    }

    /// With more in its configuration.
    fn open_with(more: &str) -> Self {
        let site = Site::empty().file("public/index.html", "a secret").file("public/more/x.html", "another");
        let authority = Authority::new(site.folder(), "authority");
        authority.issue("server");
        let origin = format!("https://127.0.0.1:{}", free_port());
        let provider = Provider::start(&origin, &authority);
        let address = origin.strip_prefix("https://").expect("it was written so");
        let config = format!(
            "[auth.oidc]\nissuer = \"{}\"\nclient_id = \"shop\"\nclient_secret_file = \"secret\"\n\
             redirect_url = \"{origin}/auth/callback\"\nafter_logout = \"{origin}/bye\"\n\
             [admin]\nenabled = false\n[[http.listen]]\naddress = \"{address}\"\n\
             [http.listen.tls]\ncertificate = \"server.pem\"\nkey = \"server.key\"\n{more}",
            provider.url("")
        );
        let site = site.file("tsk.toml", config).file("secret", format!("{}\n", Provider::SECRET));
        let server = Server::start_with(&site, &[]);
        Self { server, provider, authority, site }
    }

    /// Ends the server, and starts another in its place.
    fn start_anew(self) -> Self {
        let Self { server, provider, authority, site } = self;
        drop(server);
        let server = Server::start_with(&site, &[]);
        Self { server, provider, authority, site }
    }
}

#[test]
fn a_site_without_code_is_shown_to_those_who_have_logged_in() {
    let closed = Closed::open();
    let (url, visitor) = (closed.server.url("/more/x.html"), Visitor::new(&closed.authority));
    let page = visitor.open(&url);
    assert!(page.text().contains("name=\"login\""), "the provider asks who it is: {page:?}");
    let shown = visitor.log_in(&page, &closed.provider, "ada");
    assert_eq!((shown.status, shown.text()), (200, "another"), "where the visitor was");
    assert_eq!(visitor.ask(&[&closed.server.url("/")]).text(), "a secret");
    // Others, and programs.
    let stranger = Visitor::new(&closed.authority);
    assert_eq!(stranger.ask(&[&url]).header("location"), Some("/auth/login?next=/more/x.html"));
    assert_eq!(curl(&["--cacert", closed.authority.file(), &url]).status, 401);
}

#[test]
fn a_login_that_one_server_began_is_finished_by_another_of_the_same_redis() {
    for (is_shared, status) in [(true, 200), (false, 403)] {
        let daemon = Daemon::redis();
        let (password, address) = (daemon.password(), daemon.address());
        let redis = format!(
            "[auth.session]\nstore = \"redis\"\n[auth.redis]\nurl = \"redis://:{password}@{address}\"\n\
             timeout = \"20s\"\n"
        );
        let closed = Closed::open_with(if is_shared { &redis } else { "" });
        let visitor = Visitor::new(&closed.authority);
        let page = visitor.open(&closed.server.url("/"));
        let closed = closed.start_anew();
        let shown = visitor.log_in(&page, &closed.provider, "ada");
        assert_eq!(shown.status, status, "is it shared: {is_shared}: {shown:?}");
        assert_eq!(shown.text() == "a secret", is_shared);
    }
}

#[test]
fn who_logs_out_is_logged_out_here_and_there() {
    let closed = Closed::open();
    let (url, visitor) = (closed.server.url("/"), Visitor::new(&closed.authority));
    visitor.log_in(&visitor.open(&url), &closed.provider, "ada");
    let page = visitor.open(&closed.server.url("/auth/logout"));
    assert!(page.text().contains("<button>Log out</button>"), "{page:?}");
    let own = ["--header", "sec-fetch-site: same-origin", "--request", "POST"];
    let asked = visitor.ask(&[&own[..], &[&closed.server.url("/auth/logout")]].concat());
    assert_eq!(asked.status, 303);
    assert_eq!(visitor.ask(&[&url]).status, 303, "here it is over already");
    let there = visitor.open(asked.header("location").expect("the provider"));
    let back = visitor.submit(&there, &closed.provider.url(""), &["logout=yes"]);
    // What is there is for those who have logged in, and so it sends on to the provider.
    assert!(
        back.text().contains("name=\"login\""),
        "the provider does not know the visitor any more: {back:?}"
    );
}

#[test]
fn who_logs_out_at_the_provider_is_logged_out_here() {
    let closed = Closed::open();
    let (url, visitor) = (closed.server.url("/"), Visitor::new(&closed.authority));
    visitor.log_in(&visitor.open(&url), &closed.provider, "ada");
    let other = Visitor::new(&closed.authority);
    other.log_in(&other.open(&url), &closed.provider, "grace");
    assert_eq!((visitor.ask(&[&url]).status, other.ask(&[&url]).status), (200, 200));
    let there = visitor.open(&closed.provider.url("/session/end"));
    // It tells the service before it answers.
    visitor.submit(&there, &closed.provider.url(""), &["logout=yes"]);
    assert_eq!((visitor.ask(&[&url]).status, other.ask(&[&url]).status), (303, 200));
}

//! What is served only where it was asked for.

use super::*;

/// What a browser sends when it goes to a page.
const NAVIGATION: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

fn precompressed() -> Site {
    let site = Site::new().serving(|files| files.precompressed(true));
    site.write("app.js", "0123456789")
        .write("app.js.br", "br")
        .write("app.js.gz", "gzip")
        .write("app.js.zst", "zst");
    site
}

#[tokio::test]
async fn a_variant_is_sent_to_those_who_take_it() {
    let site = precompressed();
    let mut tags = Vec::new();
    for (accepted, coding, content) in [
        ("gzip, deflate, br, zstd", "br", "br"),
        ("gzip, zstd", "zstd", "zst"),
        ("gzip", "gzip", "gzip"),
        ("gzip, br;q=0.5", "gzip", "gzip"),
        ("identity, *;q=0", "", "0123456789"),
    ] {
        let answer = site.get_with("/app.js", &[("accept-encoding", accepted)]).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-encoding")), (200, coding), "{accepted}");
        assert_eq!(answer.body, content, "{accepted}");
        assert_eq!(answer.header("content-length"), content.len().to_string());
        assert_eq!(answer.header("content-type"), "text/javascript; charset=utf-8");
        assert_eq!(answer.header("vary"), "accept-encoding", "{accepted}");
        tags.push(answer.header("etag").to_owned());
        let headers = [("accept-encoding", accepted), ("if-none-match", answer.header("etag"))];
        let again = site.get_with("/app.js", &headers).await;
        assert_eq!((again.status.as_u16(), again.header("vary")), (304, "accept-encoding"));
        assert_eq!(again.header("etag"), answer.header("etag"));
    }
    tags.dedup();
    assert_eq!(tags.len(), 4, "gzip twice, and each other once: {tags:?}");
    assert_eq!(site.get("/app.js").await.body, "0123456789");
    assert_eq!(site.get("/app.js.gz").await.header("content-encoding"), "");
}

#[tokio::test]
async fn a_variant_of_the_same_length_and_time_has_another_tag() {
    // A tag without the coding would be the same for both.
    let site = precompressed();
    site.write("app.js", "0123")
        .write("app.js.gz", "gzi")
        .write("app.js.zst", "zst")
        .write("app.js.br", "brrrr");
    let tag = async |coding| {
        site.get_with("/app.js", &[("accept-encoding", coding)]).await.header("etag").to_owned()
    };
    assert_ne!(tag("gzip").await, tag("zstd").await);
}

#[tokio::test]
async fn a_range_is_of_the_variant() {
    let site = precompressed();
    let headers = [("accept-encoding", "gzip"), ("range", "bytes=1-2")];
    let answer = site.get_with("/app.js", &headers).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_ref()), (206, &b"zi"[..]));
    assert_eq!((answer.header("content-range"), answer.header("content-encoding")), ("bytes 1-2/4", "gzip"));
    let identity = site.get("/app.js").await;
    let headers = [headers[0], headers[1], ("if-range", identity.header("etag"))];
    assert_eq!(site.get_with("/app.js", &headers).await.status, 200, "the tag of another representation");
}

#[tokio::test]
async fn a_variant_that_is_of_no_use_is_not_sent() {
    let site = precompressed();
    site.write("old.js", "0123456789").write("old.js.gz", "gzip");
    site.touch("old.js", UNIX_EPOCH + MODIFIED + Duration::from_secs(1));
    site.write("larger.js", "0").write("larger.js.gz", "gzip");
    site.write("alone.js", "0123456789");
    site.write("folder.js", "0123456789").write("folder.js.gz/x", "");
    site.write("out.js", "0123456789").link("out.js.gz", site.outside().join("secret.txt"));
    for path in ["/old.js", "/larger.js", "/alone.js", "/folder.js", "/out.js"] {
        let answer = site.get_with(path, &[("accept-encoding", "gzip")]).await;
        assert_eq!((answer.header("content-encoding"), answer.header("vary")), ("", ""), "{path}");
        assert!(answer.body.starts_with(b"0"), "{path}");
    }
}

#[tokio::test]
async fn variants_are_asked_for() {
    let site = precompressed().serving(|files| files.precompressed(false));
    let answer = site.get_with("/app.js", &[("accept-encoding", "gzip")]).await;
    assert_eq!((answer.header("content-encoding"), answer.header("vary")), ("", ""));
}

#[tokio::test]
async fn a_navigation_to_what_is_not_there_is_the_page() {
    let site = Site::new().serving(|files| files.single_page(true));
    site.write("index.html", "app").write("assets/app.js", "js").write("docs/index.html", "docs");
    for path in ["/users/42", "/users/jane.doe", "/assets/", "/assets", "/assets/old.js", "/app.js/"] {
        let answer = site.get_with(path, &[("accept", NAVIGATION)]).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_ref()), (200, &b"app"[..]), "{path}");
        assert_eq!((answer.header("cache-control"), answer.header("vary")), ("no-cache", "accept"), "{path}");
        assert_eq!(site.head(path, &[("accept", NAVIGATION)]).await.status, 200, "{path}");
        for accept in ["*/*", "application/json", "text/css,*/*;q=0.1", ""] {
            let answer = site.get_with(path, &[("accept", accept)]).await;
            assert_eq!((answer.status.as_u16(), answer.header("vary")), (404, "accept"), "{path} {accept}");
        }
    }
    let there = site.get_with("/assets/app.js", &[("accept", NAVIGATION)]).await;
    assert_eq!((there.body.as_ref(), there.header("vary")), (&b"js"[..], ""));
    assert_eq!(site.get_with("/docs", &[("accept", NAVIGATION)]).await.status, 308);
    for path in ["/.env", "/../x", "/a%2fb"] {
        assert_eq!(site.get_with(path, &[("accept", NAVIGATION)]).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_single_page_that_is_missing_is_not_there() {
    let site = Site::new().serving(|files| files.single_page(true));
    assert_eq!(site.get_with("/users", &[("accept", NAVIGATION)]).await.status, 404);
}

#[tokio::test]
async fn a_directory_is_listed_where_that_was_asked_for() {
    let site = Site::new().serving(|files| files.listing(true));
    site.write("b.txt", "")
        .write("a&<b>\"'.txt", "")
        .write("é 1.txt", "")
        .write("sub/.hidden", "")
        .write(".env", "");
    site.write("docs/index.html", "docs").link("in", "sub").link("broken", "nowhere");
    site.link("out", site.outside()).link("secret.txt", site.outside().join("secret.txt"));
    let answer = site.get("/").await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(answer.header("content-security-policy").starts_with("default-src 'none';"));
    assert_eq!(answer.header("cache-control"), "no-cache");
    let page = String::from_utf8(answer.body.to_vec()).unwrap();
    let items: Vec<&str> = page.lines().filter(|line| line.starts_with("<li>")).collect();
    assert_eq!(
        items,
        [
            "<li><a href=\"./docs/\">docs/</a>",
            "<li><a href=\"./in/\">in/</a>",
            "<li><a href=\"./sub/\">sub/</a>",
            "<li><a href=\"./a%26%3Cb%3E%22%27.txt\">a&amp;&lt;b&gt;&quot;&#39;.txt</a>",
            "<li><a href=\"./b.txt\">b.txt</a>",
            "<li><a href=\"./%C3%A9%201.txt\">é 1.txt</a>",
        ]
    );
    assert_eq!(site.get("/docs/").await.body, "docs");
    assert_eq!(
        (site.get("/sub").await.status.as_u16(), site.get("/sub").await.header("location")),
        (308, "./sub/")
    );
    let sub = site.get("/sub/").await;
    assert!(
        String::from_utf8_lossy(&sub.body)
            .contains("<h1>/sub/</h1>\n<ul>\n<li><a href=\"../\">../</a>\n</ul>")
    );
    for path in ["/b.txt/", "/out/", "/out", "/missing/", "/.well-known/"] {
        assert_eq!(site.get(path).await.status, 404, "{path}");
    }
    let head = site.head("/", &[]).await;
    assert_eq!((head.header("content-length"), head.body.len()), (&*answer.body.len().to_string(), 0));
}

#[tokio::test]
async fn a_listing_is_bounded_and_says_so() {
    let site = Site::new().serving(|files| files.listing(true));
    for name in 0..2_000 {
        File::create(site.path(&name.to_string())).unwrap();
    }
    let lines = async || {
        let page = site.get("/").await.body;
        let text = String::from_utf8(page.to_vec()).unwrap();
        (text.matches("<li>").count(), text.contains("more than the 2000 names"))
    };
    assert_eq!(lines().await, (2_000, false));
    site.write("one-more", "");
    assert_eq!(lines().await, (2_000, true));
}

#[tokio::test]
async fn how_long_an_answer_may_be_reused_is_said() {
    let site = Site::new();
    site.write("index.html", "")
        .write("app.css", "")
        .write("assets/app.0a1b2c3d.js", "")
        .write("assets/x.html", "");
    let cache = async |site: &Site, path| site.get(path).await.header("cache-control").to_owned();
    assert_eq!(cache(&site, "/app.css").await, "no-cache");
    let site = site.serving(|files| files.max_age(Duration::from_secs(60)).immutable("assets/*"));
    for (path, expected) in [
        ("/", "no-cache"),
        ("/app.css", "max-age=60"),
        ("/assets/app.0a1b2c3d.js", "max-age=31536000, immutable"),
        ("/assets/x.html", "no-cache"),
        ("/missing", ""),
    ] {
        assert_eq!(cache(&site, path).await, expected, "{path}");
    }
    let tag = site.get("/app.css").await.header("etag").to_owned();
    let again = site.get_with("/app.css", &[("if-none-match", &tag)]).await;
    assert_eq!((again.status.as_u16(), again.header("cache-control")), (304, "max-age=60"));
}

#[tokio::test]
async fn a_prefix_without_its_slash_is_elsewhere() {
    let site = Site::new();
    site.write("index.html", "root").write("sub/index.html", "sub");
    let nested = |prefix: &str| crate::Router::new().nest(prefix, site.files.clone()).build().unwrap();
    let get = async |prefix: &str, path: &str| {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let Ok(response) = nested(prefix).service(tsk_core::Peer::Local).call(request).await;
        Answer::read(response).await
    };
    for (prefix, path, expected) in [
        ("/assets", "/assets", "./assets/"),
        ("/assets", "/assets?x=1", "./assets/?x=1"),
        ("/a/b", "/a/b", "./b/"),
        ("/{tenant}", "/javascript:alert(1)", "./javascript:alert(1)/"),
        ("/{tenant}/x", "//evil.example/x", ""),
        ("/assets", "/assets/sub", "./sub/"),
    ] {
        let answer = get(prefix, path).await;
        let status = if expected.is_empty() { 404 } else { 308 };
        assert_eq!((answer.status.as_u16(), answer.header("location")), (status, expected), "{path}");
    }
    for (path, expected) in [("/assets/", "root"), ("/assets/index.html", "root"), ("/assets/sub/", "sub")] {
        assert_eq!(get("/assets", path).await.body, expected, "{path}");
    }
}

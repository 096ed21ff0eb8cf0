//! What is served, and with which head.

use super::*;

#[tokio::test]
async fn serves_a_file_with_its_type_length_and_validators() {
    let site = Site::new();
    site.write("a b/page.html", "<p>hello");
    let answer = site.get("/a%20b/page.html?ignored=1").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, "<p>hello");
    for (name, expected) in [
        ("content-type", "text/html; charset=utf-8"),
        ("content-length", "8"),
        ("accept-ranges", "bytes"),
        ("x-content-type-options", "nosniff"),
        ("last-modified", LAST_MODIFIED),
        ("etag", "\"8-ae1b981da166f00\""),
        ("content-range", ""),
    ] {
        assert_eq!(answer.header(name), expected, "{name}");
    }
}

#[tokio::test]
async fn an_empty_file_is_a_file() {
    let site = Site::new();
    site.write("empty.txt", "");
    let answer = site.get("/empty.txt").await;
    assert_eq!((answer.status, answer.header("content-length"), answer.body.len()), (StatusCode::OK, "0", 0));
}

#[tokio::test]
async fn a_head_has_the_same_head_and_no_content() {
    let site = Site::new();
    site.write("large.bin", pattern(300_000)).write("docs/index.html", "docs");
    for path in ["/large.bin", "/docs/", "/docs", "/missing", "/.env"] {
        let (get, head) = (site.get(path).await, site.head(path, &[]).await);
        assert_eq!(head.status, get.status, "{path}");
        assert!(head.body.is_empty(), "{path}");
        for (name, value) in &get.headers {
            assert_eq!(head.headers.get(name), Some(value), "{path} {name}");
        }
        assert_eq!(head.header("content-length"), get.body.len().to_string(), "{path}");
    }
}

#[tokio::test]
async fn other_methods_are_told_which_there_are() {
    let site = Site::new();
    site.write("a.txt", "a");
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::TRACE, Method::PATCH] {
        let answer = Answer::read(site.call(method.clone(), "/a.txt", &[]).await).await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "GET, HEAD"), "{method}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
}

#[tokio::test]
async fn a_directory_is_its_index() {
    let site = Site::new();
    site.write("index.html", "root").write("docs/index.html", "docs");
    assert_eq!(site.get("/").await.body, "root");
    let answer = site.get("/docs/").await;
    assert_eq!(
        (answer.body.as_ref(), answer.header("content-type")),
        (&b"docs"[..], "text/html; charset=utf-8")
    );
    assert_eq!(site.get("/docs/index.html").await.body, "docs");
}

#[tokio::test]
async fn a_directory_without_the_slash_is_elsewhere() {
    let site = Site::new();
    site.write("a/docs/index.html", "docs").link("alias", "a/docs");
    for (path, expected) in [
        ("/a/docs", "./docs/"),
        ("/a/docs?x=//evil.example", "./docs/?x=//evil.example"),
        ("/alias", "./alias/"),
    ] {
        let answer = site.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (308, expected), "{path}");
    }
    assert_eq!(site.get("//evil.example/a/docs").await.status, 404);
}

#[tokio::test]
async fn a_directory_without_an_index_is_not_there() {
    let site = Site::new();
    site.write("bare/file.txt", "x").write("odd/index.html/index.html", "x");
    for path in ["/", "/bare", "/bare/", "/odd", "/odd/"] {
        assert_eq!(site.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_file_is_no_directory() {
    let site = Site::new();
    site.write("file.txt", "x");
    for path in ["/file.txt/", "/file.txt/x", "/file.txt/index.html"] {
        assert_eq!(site.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_new_file_has_a_weak_tag() {
    let site = Site::new();
    site.write("new.txt", "x");
    // An hour ahead, so that the file stays new however long the test takes.
    let ahead = SystemTime::now() + Duration::from_secs(3600);
    site.touch("new.txt", ahead);
    let answer = site.get("/new.txt").await;
    assert!(answer.header("etag").starts_with("W/\""), "{answer:?}");
    assert!(httpdate::parse_http_date(answer.header("last-modified")).unwrap() <= SystemTime::now());
}

#[tokio::test]
async fn a_time_that_says_nothing_gives_no_validators() {
    let site = Site::new();
    site.write("built.txt", "x");
    for time in [UNIX_EPOCH, UNIX_EPOCH + Duration::from_secs(1), UNIX_EPOCH - Duration::from_secs(86_400)] {
        site.touch("built.txt", time);
        let answer = site.get("/built.txt").await;
        assert_eq!(answer.status, 200);
        assert_eq!((answer.header("etag"), answer.header("last-modified")), ("", ""));
    }
}

#[test]
fn a_root_that_is_no_directory_is_an_error_that_names_it() {
    let site = Site::new();
    let missing = Files::new(site.path("missing")).unwrap_err();
    assert!(missing.is_not_found() && !missing.is_not_a_directory());
    assert_eq!(missing.path(), site.path("missing"));
    assert!(missing.to_string().contains("/missing`: No such file or directory"), "{missing}");

    site.write("file.txt", "x");
    let file = Files::new(site.path("file.txt")).unwrap_err();
    assert!(file.is_not_a_directory() && !file.is_not_found());
    assert!(file.to_string().contains("/file.txt`: not a directory"), "{file}");
}

#[tokio::test]
async fn a_directory_that_was_made_anew_is_served() {
    let site = Site::new();
    site.write("a.txt", "old");
    fs::remove_dir_all(site.files.root()).unwrap();
    assert_eq!(site.get("/a.txt").await.status, 404);
    site.write("a.txt", "new");
    assert_eq!(site.get("/a.txt").await.body, "new");
}

#[tokio::test]
async fn what_may_not_be_read_is_forbidden() {
    use std::os::unix::fs::PermissionsExt as _;

    let site = Site::new();
    site.write("locked.txt", "x");
    fs::set_permissions(site.path("locked.txt"), fs::Permissions::from_mode(0o0)).unwrap();
    // Root may read it all the same.
    let expected = if File::open(site.path("locked.txt")).is_ok() { 200 } else { 403 };
    assert_eq!(site.get("/locked.txt").await.status, expected);

    // What is forbidden outside is outside first of all.
    let locked = site.outside().join("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o0)).unwrap();
    site.link("out", &locked);
    assert_eq!(site.get("/out/file.txt").await.status, 404);
    assert_eq!(site.get("/out").await.status, 404);
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_failure_has_the_status_that_fits_it() {
    use rustix::io::Errno;

    for (errno, expected) in [
        (Errno::NOENT, 404),
        (Errno::NOTDIR, 404),
        (Errno::LOOP, 404),
        (Errno::NAMETOOLONG, 404),
        (Errno::ACCESS, 403),
        (Errno::PERM, 403),
        (Errno::MFILE, 503),
        (Errno::NFILE, 503),
        (Errno::NOMEM, 503),
        (Errno::IO, 500),
    ] {
        let response = crate::files::answer::failed(errno.into());
        assert_eq!(response.status(), expected, "{errno}");
        if expected >= 500 {
            let problem = response.extensions().get::<tsk_core::Problem>().unwrap();
            assert!(std::error::Error::source(problem).is_some(), "{errno}: nothing for the log");
        }
    }
}

#[tokio::test]
async fn names_that_are_too_long_are_not_there() {
    let site = Site::new();
    for len in [255, 256, 4095, 60_000] {
        assert_eq!(site.get(&format!("/{}", "a".repeat(len))).await.status, 404, "{len}");
    }
    assert_eq!(site.get(&"/a".repeat(30_000)).await.status, 404);
}

//! What lies outside the served folder, or is hidden inside, stays there.

use std::os::unix::fs::symlink;

use tsk_tests::{Server, Site, curl};

const SECRET: &str = "for nobody";

#[test]
fn no_path_leaves_the_folder() {
    let site = Site::empty()
        .file("secret.txt", SECRET)
        .file("public-other/secret.txt", SECRET)
        .file("public/.env", SECRET)
        .file("public/.git/config", SECRET)
        .file("public/folder/file.txt", "for all");
    symlink(site.path("secret.txt"), site.path("public/link.txt")).expect("a link");
    symlink(site.folder(), site.path("public/up")).expect("a link");
    let server = Server::start(&site);
    assert_eq!(curl(&[&server.url("/folder/file.txt")]).text(), "for all");

    let absolute = site.path("secret.txt").display().to_string();
    let mut paths: Vec<String> = [
        "/../secret.txt",
        "/folder/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/%2E%2E%2Fsecret.txt",
        "/..%2fsecret.txt",
        "/folder/..%2f..%2fsecret.txt",
        "/..%5csecret.txt",
        "/..\\secret.txt",
        "/%252e%252e/secret.txt",
        "/....//secret.txt",
        "/..;/secret.txt",
        "/../public-other/secret.txt",
        "/.env",
        "/%2eenv",
        "/folder/../.env",
        "/.git/config",
        "/link.txt",
        "/up/secret.txt",
        "/folder/file.txt%00",
        "/folder/file.txt/",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/file:%2f%2f/etc/passwd",
    ]
    .map(String::from)
    .into();
    paths.push(format!("/{absolute}"));
    paths.push(absolute.replace('/', "%2f"));
    for path in paths {
        let path = if path.starts_with('/') { path } else { format!("/{path}") };
        let answer = curl(&["--path-as-is", &server.url(&path)]);
        assert!((400..500).contains(&answer.status), "{path} is answered with {}", answer.status);
        let body = String::from_utf8_lossy(&answer.body);
        assert!(!body.contains(SECRET) && !body.contains("root:"), "{path} shows {body}");
    }
}

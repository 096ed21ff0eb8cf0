//! What is outside stays outside.

use std::sync::atomic::{AtomicBool, Ordering};

use proptest::{prelude::*, sample::select};

use super::*;
use crate::files::open::{self, Wait};

#[tokio::test]
async fn refuses_what_is_hidden_or_has_no_plain_name() {
    let site = Site::new();
    site.write(".env", "x").write(".git/config", "x").write("a/.htaccess", "x").write(r"a\b", "x");
    site.write("a/.well-known/x", "x").write("100%", "x").write("a/b.txt", "x").write("index.html", "x");
    for path in [
        "/.env",
        "/%2eenv",
        "/.git/config",
        "/.git/",
        "/a/.htaccess",
        "/a/.well-known/x", // hidden
        r"/a\b",
        "/a%5cb",
        "/100%",
        "//a/b.txt",
        "/a//b.txt",
        "/a%2fb.txt",
        "/a%2Fb.txt", // no plain name
        "/a/../index.html",
        "/a/./b.txt",
        "/a/%2e%2e/index.html",
        "/.",
        "/%2e",
        "/..",
        "/a/b.txt%00",
        "/a/b.txt%00.png",
        "/../outside/secret.txt",
        "/%2e%2e/outside/secret.txt",
        "/..%2foutside%2fsecret.txt",
        "/..%5coutside",
    ] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(
            answer.body,
            site.get("/missing").await.body,
            "{path} says more than that it is not there"
        );
    }
    assert_eq!(site.get("/a/b.txt").await.status, 200);
    assert_eq!(site.get("/100%25").await.status, 200);
}

#[tokio::test]
async fn the_well_known_directory_is_served() {
    let site = Site::new();
    site.write(".well-known/acme-challenge/token", "key").write(".well-known/.hidden", "x");
    assert_eq!(site.get("/.well-known/acme-challenge/token").await.body, "key");
    assert_eq!(site.get("/.well-known/.hidden").await.status, 404);
}

#[tokio::test]
async fn follows_links_that_stay_inside() {
    let site = Site::new();
    site.write("real/a.txt", "a").link("relative.txt", "real/a.txt").link("real/up.txt", "../relative.txt");
    site.link("absolute.txt", site.path("real/a.txt")).link("folder", "real").link("real/self", "..");
    site.link("out-and-in.txt", "../outside/../public/real/a.txt");
    for path in [
        "/relative.txt",
        "/real/up.txt",
        "/absolute.txt",
        "/folder/a.txt",
        "/folder/up.txt",
        "/real/self/real/self/real/a.txt",
        "/out-and-in.txt",
    ] {
        assert_eq!(site.get(path).await.body, "a", "{path}");
    }
}

/// Kubernetes mounts a volume of files as links through hidden directories, and swaps one of them to update all.
#[tokio::test]
async fn follows_links_into_hidden_directories_inside() {
    let site = Site::new();
    site.write("..2026_11_22/index.html", "mounted")
        .link("..data", "..2026_11_22")
        .link("index.html", "..data/index.html");
    assert_eq!(site.get("/").await.body, "mounted");
    assert_eq!(site.get("/..data/index.html").await.status, 404);
}

#[tokio::test]
async fn refuses_links_that_lead_out_or_nowhere() {
    let site = Site::new();
    let outside = site.outside();
    site.link("absolute.txt", outside.join("secret.txt")).link("relative.txt", "../outside/secret.txt");
    site.link("folder", &outside).link("root", "/").link("up", "..").link("chain.txt", "relative.txt");
    site.link("a/index.html", "../../outside/secret.txt")
        .link("dangling.txt", "nothing")
        .link("loop", "loop");
    site.link("ping", "pong")
        .link("pong", "ping")
        .link("null", "/dev/null")
        .link("proc", "/proc/self/environ");
    // A neighbour whose name begins like the root's.
    fs::create_dir(site.directory.path().join("public-not")).unwrap();
    fs::write(site.directory.path().join("public-not/secret.txt"), SECRET).unwrap();
    site.link("neighbour.txt", "../public-not/secret.txt");
    // A link back in, from outside.
    std::os::unix::fs::symlink("secret.txt", outside.join("link.txt")).unwrap();
    site.link("twice.txt", outside.join("link.txt"));
    for path in [
        "/absolute.txt",
        "/relative.txt",
        "/folder/secret.txt",
        "/folder",
        "/folder/",
        "/root/etc/passwd",
        "/chain.txt",
        "/up/outside/secret.txt",
        "/up/",
        "/a/",
        "/a",
        "/dangling.txt",
        "/dangling.txt/x",
        "/loop",
        "/loop/",
        "/ping",
        "/pong/x",
        "/null",
        "/proc",
        "/neighbour.txt",
        "/twice.txt",
    ] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.body.windows(SECRET.len()).any(|text| text == SECRET.as_bytes()), "{path}");
    }
}

#[tokio::test]
async fn refuses_what_is_no_regular_file_and_never_waits_for_it() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    let site = Site::new();
    mknodat(CWD, site.path("pipe"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    fs::create_dir(site.path("a")).unwrap();
    mknodat(CWD, site.path("a/index.html"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(site.path("socket")).unwrap();
    site.link("link", "pipe");
    for path in ["/pipe", "/a/", "/a", "/socket", "/link", "/pipe/", "/pipe/x"] {
        assert_eq!(site.get(path).await.status, 404, "{path}");
    }
}

/// Between the check of a name and its opening, whoever can write to the directory may put a link there.
#[tokio::test]
async fn a_name_that_is_swapped_for_a_link_gives_nothing_away() {
    let site = Site::new();
    site.write("folder/secret.txt", "honest").write("file.txt", "honest").link("via", "folder");
    site.link("folder-out", site.outside()).link("file-out", site.outside().join("secret.txt"));
    let stop = AtomicBool::new(false);
    let swap = || {
        let rename = |from, to| fs::rename(site.path(from), site.path(to)).unwrap();
        while !stop.load(Ordering::Relaxed) {
            for (honest, link) in [("folder", "folder-out"), ("file.txt", "file-out")] {
                rename(honest, "parked");
                rename(link, honest);
                rename(honest, link);
                rename("parked", honest);
            }
        }
    };
    let (mut served, mut refused) = (0, 0);
    std::thread::scope(|scope| {
        scope.spawn(swap);
        let names = ["folder/secret.txt", "via/secret.txt", "file.txt"].iter().cycle();
        for (relative, wait) in names.zip([Wait::Yes, Wait::No].into_iter().cycle()).take(1_000_000) {
            if served > 2_000 && refused > 2_000 {
                break;
            }
            match open::below(site.files.root(), Path::new(relative), wait) {
                Ok(open::Entry::File(file, _)) if std::io::read_to_string(&file).unwrap() == "honest" => {
                    served += 1
                }
                Err(_) => refused += 1,
                other => {
                    stop.store(true, Ordering::Relaxed);
                    panic!("{relative} is {other:?}");
                }
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(served > 0 && refused > 0, "{served} served, {refused} refused: nothing was swapped");
}

/// What the kernel knows at once is what one learns by waiting, or left to somebody who waits.
#[test]
fn who_does_not_wait_is_told_the_same_or_nothing() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    let site = Site::new();
    site.write("a/file.txt", "x").link("a/link.txt", "file.txt").link("in", "a").link("out", site.outside());
    mknodat(CWD, site.path("pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    let open = |relative: &str, wait| match open::below(site.files.root(), Path::new(relative), wait) {
        Ok(open::Entry::File(..)) => "file",
        Ok(open::Entry::Directory(_)) => "directory",
        Err(error) if open::is_missing(&error) => "nothing",
        Err(error) if open::would_wait(&error) => "wait",
        Err(error) => panic!("{relative}: {error}"),
    };
    for (relative, expected) in [
        ("", "directory"),
        ("a", "directory"),
        ("a/file.txt", "file"),
        ("a/link.txt", "file"),
        ("in", "directory"),
        ("in/file.txt", "file"),
        ("out", "nothing"),
        ("out/secret.txt", "nothing"),
        ("pipe", "nothing"),
        ("pipe/x", "nothing"),
        ("a/file.txt/x", "nothing"),
        ("missing", "nothing"),
    ] {
        assert_eq!(open(relative, Wait::Yes), expected, "{relative:?}");
        let at_once = open(relative, Wait::No);
        assert!(at_once == expected || at_once == "wait", "{relative:?} is {at_once} at once");
    }
    // Links are resolved by those who wait.
    assert_eq!([open("in/file.txt", Wait::No), open("a/link.txt", Wait::No)], ["wait"; 2]);
}

/// Pieces of paths: names that exist, names of links that lead out, and ways to write `..`, `/` and NUL.
fn piece() -> impl Strategy<Value = String> {
    let known = select(vec![
        "/",
        "/",
        "/",
        ".",
        "..",
        "%2e",
        "%2E",
        "%2f",
        "%5c",
        "\\",
        "%00",
        "%",
        "%25",
        "//",
        "a",
        "b.txt",
        "secret.txt",
        "outside",
        "public",
        "out",
        "out.txt",
        "up",
        "root",
        "etc",
        "passwd",
        "loop",
        "dangling",
        "in",
        "in.txt",
        ".env",
        "index.html",
        "?",
        "#",
        ";",
        "~",
        "é",
        "%c3%a9",
        "%ff",
        "\u{202e}",
    ]);
    prop_oneof![8 => known.prop_map(str::to_owned), 1 => "\\PC{0,4}", 1 => any::<char>().prop_map(String::from)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_path_whatever_leads_out(paths in prop::collection::vec(prop::collection::vec(piece(), 0..12), 20)) {
        thread_local! {
            static SITE: (Site, tokio::runtime::Runtime) = {
                let site = Site::new();
                site.write("a/b.txt", "inside").write("a/index.html", "inside").write(".env", SECRET);
                site.link("out", site.outside()).link("out.txt", site.outside().join("secret.txt"));
                site.link("up", "..").link("a/up", "../..").link("root", "/").link("loop", "loop");
                site.link("dangling", "nothing").link("in", "a").link("a/in.txt", "b.txt");
                (site, tokio::runtime::Builder::new_current_thread().build().unwrap())
            };
        }
        SITE.with(|(site, runtime)| {
            for path in paths {
                let path = format!("/{}", path.concat());
                let Ok(uri) = path.parse::<http::Uri>() else { continue };
                let answer = runtime.block_on(site.get(&uri.to_string()));
                prop_assert!([200, 308, 404].contains(&answer.status.as_u16()), "{path:?}: {answer:?}");
                if answer.status == 200 {
                    prop_assert_eq!(&answer.body[..], b"inside", "{:?}", path);
                }
                if answer.status == 308 {
                    prop_assert!(answer.header("location").starts_with("./"), "{path:?}: {answer:?}");
                }
            }
            Ok(())
        })?;
    }
}

//! Content that is read while it is sent.

use http_body::Body as _;

use super::*;
use crate::files::{
    body::{FIRST_PIECE, FileBody, LARGEST_PIECE, Reader},
    open::Wait,
};

async fn next(body: &mut Body) -> Option<Result<Bytes, tsk_core::BoxError>> {
    body.frame().await.map(|frame| frame.map(|frame| frame.into_data().unwrap()))
}

#[tokio::test]
async fn every_length_arrives_as_it_is() {
    let site = Site::new();
    for len in [1, FIRST_PIECE - 1, FIRST_PIECE, FIRST_PIECE + 1, 3 * FIRST_PIECE, 3 * LARGEST_PIECE + 5] {
        let content = pattern(len);
        site.write("a.bin", &content);
        let answer = site.get("/a.bin").await;
        assert!(answer.body == content, "{len}: {} bytes", answer.body.len());
        assert_eq!(answer.header("content-length"), len.to_string());
    }
}

#[tokio::test]
async fn a_small_file_is_there_at_once() {
    let site = Site::new();
    site.write("a.bin", pattern(FIRST_PIECE));
    let mut body = site.call(Method::GET, "/a.bin", &[]).await.into_body();
    assert!(format!("{body:?}").contains("Full"), "{body:?}");
    assert_eq!(next(&mut body).await.unwrap().unwrap().len(), FIRST_PIECE);
    assert!(body.is_end_stream());
}

#[tokio::test]
async fn a_large_file_comes_in_bounded_pieces_and_says_how_much_is_left() {
    let site = Site::new();
    let len = 5 * LARGEST_PIECE;
    site.write("a.bin", pattern(len));
    let mut body = site.call(Method::GET, "/a.bin", &[]).await.into_body();
    let mut taken = 0;
    assert_eq!(body.size_hint().exact(), Some(len as u64));
    while let Some(piece) = next(&mut body).await {
        let piece = piece.unwrap().len();
        assert!(piece <= FIRST_PIECE.max(2 * taken).min(LARGEST_PIECE), "{piece} bytes after {taken}");
        taken += piece;
        assert_eq!(body.size_hint().exact(), Some((len - taken) as u64));
        assert_eq!(body.is_end_stream(), taken == len);
    }
    assert_eq!(taken, len);
}

#[test]
fn pieces_are_longer_where_somebody_waits_for_them() {
    let site = Site::new();
    let len = 5 * LARGEST_PIECE;
    site.write("a.bin", pattern(len));
    let mut reader = Reader::new(File::open(site.path("a.bin")).unwrap(), 0..len as u64);
    let pieces = [(); 4].map(|()| reader.next(Wait::Yes).unwrap().len());
    assert_eq!(pieces, [FIRST_PIECE, 2 * FIRST_PIECE, LARGEST_PIECE, LARGEST_PIECE]);
}

#[tokio::test]
async fn a_file_that_becomes_shorter_ends_in_an_error() {
    let site = Site::new();
    site.write("a.bin", pattern(5 * LARGEST_PIECE));
    let mut body = site.call(Method::GET, "/a.bin", &[]).await.into_body();
    assert_eq!(next(&mut body).await.unwrap().unwrap().len(), FIRST_PIECE);
    File::options().write(true).open(site.path("a.bin")).unwrap().set_len(LARGEST_PIECE as u64).unwrap();
    let error = loop {
        match next(&mut body).await {
            Some(Ok(piece)) => assert!(piece.iter().any(|byte| *byte != 0), "padding"),
            Some(Err(error)) => break error,
            None => panic!("the body ended as if it were whole"),
        }
    };
    assert_eq!(error.to_string(), "the file became shorter while it was sent");
    assert!(!body.is_end_stream());
    assert!(next(&mut body).await.is_none());
}

#[tokio::test]
async fn a_file_that_grows_is_sent_as_long_as_was_promised() {
    use std::io::Write as _;

    let site = Site::new();
    let content = pattern(LARGEST_PIECE);
    site.write("a.bin", &content);
    let response = site.call(Method::GET, "/a.bin", &[]).await;
    File::options()
        .append(true)
        .open(site.path("a.bin"))
        .unwrap()
        .write_all(&pattern(LARGEST_PIECE))
        .unwrap();
    assert!(Answer::read(response).await.body == content);
}

#[tokio::test]
async fn a_file_that_is_replaced_is_sent_as_it_was() {
    let site = Site::new();
    let content = pattern(LARGEST_PIECE);
    site.write("a.bin", &content);
    let response = site.call(Method::GET, "/a.bin", &[]).await;
    site.write("fresh", "x");
    fs::rename(site.path("fresh"), site.path("a.bin")).unwrap();
    assert!(Answer::read(response).await.body == content);
    assert_eq!(site.get("/a.bin").await.body, "x");
}

/// How many descriptors of this process are of that file.
#[cfg(target_os = "linux")]
fn open_descriptors(path: &Path) -> usize {
    let descriptors = fs::read_dir("/proc/self/fd").unwrap();
    descriptors
        .filter(|entry| entry.as_ref().is_ok_and(|it| fs::read_link(it.path()).is_ok_and(|to| to == path)))
        .count()
}

#[cfg(target_os = "linux")]
#[test]
fn a_body_that_is_dropped_reads_no_further_and_closes_its_file() {
    use std::{
        pin::Pin,
        sync::mpsc,
        task::{Context, Waker},
    };

    let site = Site::new();
    site.write("a.bin", pattern(3 * LARGEST_PIECE));
    let path = site.path("a.bin");
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.max_blocking_threads(1).build().unwrap().block_on(async {
        let open = || site.call(Method::GET, "/a.bin", &[]);

        let between = open().await;
        assert_eq!(open_descriptors(&path), 1);
        drop(between);
        assert_eq!(open_descriptors(&path), 0);

        // Whoever reads this has to wait, as for what is on a disk, and the only blocking thread is busy.
        let path = PathBuf::from(format!("/proc/{}/status", std::process::id()));
        let reader = Reader::new(File::open(&path).unwrap(), 0..1);
        let mut waiting = FileBody::new(Bytes::new(), reader);
        assert_eq!(open_descriptors(&path), 1);
        let (release, released) = mpsc::channel::<()>();
        let busy = tokio::task::spawn_blocking(move || released.recv());
        let mut cx = Context::from_waker(Waker::noop());
        assert!(Pin::new(&mut waiting).poll_frame(&mut cx).is_pending());
        assert!(Pin::new(&mut waiting).poll_frame(&mut cx).is_pending());
        drop(waiting);
        drop(release);
        busy.await.unwrap().unwrap_err();
        tokio::task::spawn_blocking(|| ()).await.unwrap();
        assert_eq!(open_descriptors(&path), 0);
    });
}

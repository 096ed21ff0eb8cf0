#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use juniper::futures::{StreamExt as _, future::join_all, stream::FuturesOrdered};

use super::*;

/// Doubles numbers below 100, and writes down what it is asked for.
#[derive(Default)]
struct Doubles {
    asked: Batches,
    most: Option<usize>,
}

impl Batch for Doubles {
    type Key = i32;
    type Value = i32;

    fn name(&self) -> &'static str {
        "doubles"
    }

    fn most(&self) -> usize {
        self.most.unwrap_or(1_000)
    }

    async fn load(&self, keys: Vec<i32>) -> Result<HashMap<i32, i32>, Fault> {
        locked(&self.asked).push(keys.clone());
        tokio::task::yield_now().await;
        if keys.contains(&-1) {
            return Err(Fault::new("NEGATIVE", "There is none below zero."));
        }
        Ok(keys.into_iter().filter(|key| *key < 100).map(|key| (key, key * 2)).collect())
    }
}

/// The keys of each batch.
type Batches = Arc<Mutex<Vec<Vec<i32>>>>;

fn loader(most: Option<usize>) -> (Loader<Doubles>, Batches) {
    let asked = Arc::default();
    (Loader::new(Doubles { asked: Arc::clone(&asked), most }), asked)
}

#[tokio::test]
async fn what_is_asked_for_at_a_time_is_one_batch_and_asked_for_once() {
    let (loader, asked) = loader(None);
    let values = join_all([3, 1, 3, 200].map(|key| loader.load(key))).await;
    let values: Vec<_> = values.into_iter().map(Result::unwrap).collect();
    assert_eq!(values, [Some(6), Some(2), Some(6), None]);
    // It is known from now on, that there is none as well.
    assert_eq!((loader.load(1).await.unwrap(), loader.load(200).await.unwrap()), (Some(2), None));
    assert_eq!(*locked(&asked), [vec![3, 1, 200]]);
}

#[tokio::test]
async fn those_that_are_nested_are_one_batch_for_each_level() {
    let (loader, asked) = loader(None);
    // As juniper has lists of objects with lists: the second level asks once the first has been answered.
    let mut outer: FuturesOrdered<_> = (0..5)
        .map(async |parent| {
            let first = loader.load(parent).await.unwrap().unwrap();
            let mut inner: FuturesOrdered<_> =
                (0..5).map(|child| loader.load(10 + first * 5 + child)).collect();
            while let Some(value) = inner.next().await {
                value.unwrap();
            }
        })
        .collect();
    while outer.next().await.is_some() {}
    let batches: Vec<usize> = locked(&asked).iter().map(Vec::len).collect();
    assert_eq!(batches, [5, 25]);
}

#[tokio::test]
async fn a_batch_has_no_more_keys_than_it_may() {
    let (loader, asked) = loader(Some(4));
    let values = loader.load_all(0..10).await.unwrap();
    assert_eq!(values, (0..10).map(|key| Some(key * 2)).collect::<Vec<_>>());
    assert_eq!(*locked(&asked), [vec![0, 1, 2, 3], vec![4, 5, 6, 7], vec![8, 9]]);
}

#[tokio::test]
async fn whoever_is_in_a_batch_that_fails_is_told_so() {
    let (loader, _) = loader(None);
    let (one, two) = tokio::join!(loader.load(1), loader.load(-1));
    assert_eq!(format!("{one:?}"), format!("{two:?}"));
    assert!(one.is_err());
}

#[tokio::test]
async fn one_that_is_not_waited_for_any_more_does_not_hold_the_others() {
    let (loader, _) = loader(None);
    let first = loader.load(1);
    let mut first = Box::pin(first);
    let polled =
        std::future::poll_fn(|cx| std::task::Poll::Ready(first.as_mut().poll(cx).is_pending())).await;
    assert!(polled);
    drop(first);
    assert_eq!(loader.load(2).await.unwrap(), Some(4));
    assert_eq!(loader.load(1).await.unwrap(), Some(2));
}

#[tokio::test]
async fn nothing_is_left_of_a_loader_whose_request_has_gone() {
    struct Counted(Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Relaxed);
        }
    }
    struct Never(#[expect(dead_code, reason = "it is there to be dropped")] Counted);
    impl Batch for Never {
        type Key = i32;
        type Value = i32;
        fn name(&self) -> &'static str {
            "never"
        }
        async fn load(&self, _: Vec<i32>) -> Result<HashMap<i32, i32>, Fault> {
            std::future::pending().await
        }
    }
    let dropped = Arc::new(AtomicUsize::new(0));
    let loader = Loader::new(Never(Counted(Arc::clone(&dropped))));
    let waiting = loader.clone();
    let task = tokio::spawn(async move { waiting.load(1).await.map(drop) });
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    task.abort();
    let _ = task.await;
    drop(loader);
    assert_eq!(dropped.load(Relaxed), 1);
}

#[tokio::test]
async fn one_thing_after_the_other_is_noticed() {
    let (loader, _) = loader(None);
    for key in 0..4 {
        loader.load(key).await.unwrap();
    }
    assert!(!loader.0.report.is_one_by_one());
    loader.load(4).await.unwrap();
    assert!(loader.0.report.is_one_by_one());
}

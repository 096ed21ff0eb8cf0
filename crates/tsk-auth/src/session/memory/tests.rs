#![allow(clippy::unwrap_used)]

use super::*;

fn record(number: u64, subject: Option<&str>, until: u64) -> Arc<Record> {
    let mut record: Record = serde_json::from_str(&format!(
        r#"{{ "key": "{number:064x}", "revision": 0, "created": {number}, "used": 0, "until": {until} }}"#
    ))
    .unwrap();
    record.subject = subject.map(Box::from);
    Arc::new(record)
}

fn put(store: &MemoryStore, record: Arc<Record>, now: u64) -> bool {
    store.put_now(record, None, now).unwrap_or(false)
}

#[test]
fn it_is_bounded_and_who_logs_in_without_end_ends_its_own() {
    let store = MemoryStore::new(100, usize::MAX / 2);
    for number in 0..10 {
        assert!(put(&store, record(number, Some("bob"), 1000), 0));
    }
    for number in 10..1000 {
        assert!(put(&store, record(number, Some("ada"), 500), 0));
    }
    assert_eq!((store.len(), store.kept().subjects["bob"].len()), (30, 10));
    assert_eq!(store.kept().list("ada")[0].created, 980, "the newest stay");
    for number in 1000..2000 {
        assert!(put(&store, record(number, Some(&number.to_string()), 600), 0));
    }
    assert_eq!((store.len(), store.kept().subjects["bob"].len()), (100, 10));
    // What is past its time makes room.
    assert!(put(&store, record(2000, Some("eve"), 900), 700));
    assert_eq!(store.len(), 11);
}

#[test]
fn who_has_not_logged_in_takes_the_place_of_nobody_who_has() {
    let store = MemoryStore::new(10, usize::MAX / 2);
    for number in 0..1000 {
        assert!(put(&store, record(number, None, 100 + number), 0));
    }
    assert_eq!(store.len(), 10);
    for number in 1000..1010 {
        assert!(put(&store, record(number, Some(&number.to_string()), 50), 0));
    }
    assert!(!put(&store, record(2000, None, 1000), 0));
    assert_eq!((store.len(), store.kept().subjects.len()), (10, 10));
    assert!(put(&store, record(2001, Some("eve"), 1000), 0));
}

#[test]
fn bytes_are_counted_and_bounded() {
    let limit = 64 * 1024;
    let store = MemoryStore::new(1_000_000, limit);
    for number in 0..1000 {
        let mut large = Record::clone(&record(number, Some(&number.to_string()), 100));
        large.values.insert("a".into(), "x".repeat(1000).into());
        assert!(put(&store, Arc::new(large), 0));
        assert!(store.bytes() <= limit);
    }
    let mut larger = Record::clone(&record(5000, Some("ada"), 100));
    larger.values.insert("a".into(), "x".repeat(limit).into());
    let before = store.len();
    assert!(store.put_now(Arc::new(larger), None, 0).is_err());
    assert_eq!(store.len(), before, "what cannot fit costs nobody what is there");

    let keys: Vec<_> = store.kept().records.keys().copied().collect();
    for key in keys {
        assert!(store.kept().remove(key).is_some());
    }
    let kept = store.kept();
    assert!(kept.bytes == 0 && kept.order.is_empty() && kept.subjects.is_empty());
}

#[test]
fn a_change_is_made_to_what_was_read_or_not_at_all() {
    let store = MemoryStore::new(10, 1 << 20);
    let first = record(1, Some("ada"), 100);
    assert!(put(&store, Arc::clone(&first), 0));
    assert!(!put(&store, Arc::clone(&first), 0), "there is one");
    let second = Arc::new(Record { revision: 1, ..Record::clone(&first) });
    assert!(!store.put_now(Arc::clone(&second), Some(7), 0).unwrap());
    store.kept().touch(first.key, 50, 150);
    assert!(store.put_now(Arc::clone(&second), Some(0), 0).unwrap(), "its use is no change");
    assert!(!store.put_now(second, Some(0), 0).unwrap());
    store.kept().remove(first.key);
    assert!(!store.put_now(first, Some(1), 0).unwrap(), "what has ended does not begin again");
    assert!(store.is_empty());
}

#[test]
fn a_session_goes_on_under_another_key_or_stays_as_it_was() {
    let store = MemoryStore::new(10, 1 << 20);
    let (first, next) = (record(1, Some("ada"), 100), record(2, Some("ada"), 100));
    assert!(put(&store, Arc::clone(&first), 0));
    let mark = Arc::new(Record { revision: 1, moved: true, subject: None, ..Record::clone(&first) });
    assert!(!store.renew_now(Arc::clone(&mark), 7, Arc::clone(&next), 0).unwrap());
    assert_eq!(store.kept().list("ada"), [Arc::clone(&first)]);
    assert!(store.renew_now(Arc::clone(&mark), 0, Arc::clone(&next), 0).unwrap());
    assert_eq!(store.kept().list("ada"), [Arc::clone(&next)]);
    assert!(store.kept().records[&first.key].moved);
    store.kept().touch(first.key, 50, 150);
    assert_eq!(store.kept().records[&first.key].until, 100, "a mark does not hold for longer");

    // Who would end the one before does not take the mark for it.
    assert!(
        !store.kept().remove_of(first.key, Some("ada")) && !store.kept().remove_of(next.key, Some("bob"))
    );
    assert_eq!(store.kept().remove_all("ada", Some(next.key)), 0);
    assert_eq!(store.kept().remove_all("ada", None), 1);
    assert!(!store.renew_now(mark, 0, next, 0).unwrap(), "what has ended does not go on");
}

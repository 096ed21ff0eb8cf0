use super::*;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_failure_is_said_once_a_minute_however_often_it_happens() {
    let (start, mut notice) = (Instant::now(), Notice::default());
    let said = (0..600).filter(|tenth| notice.failed(start + SECOND * *tenth / 2)).count();
    assert_eq!(said, 5);
}

#[test]
fn that_it_works_again_is_said_once_and_for_how_long_it_did_not() {
    let (start, mut notice) = (Instant::now(), Notice::default());
    assert_eq!(notice.works(start), None);
    assert!(notice.failed(start));
    assert!(!notice.failed(start + SECOND * 5));
    assert_eq!(notice.works(start + SECOND * 10), Some(SECOND * 10));
    assert_eq!(notice.works(start + SECOND * 11), None);
}

#[test]
fn a_collector_that_comes_and_goes_is_not_a_line_each_time() {
    let (start, mut notice) = (Instant::now(), Notice::default());
    let mut lines = 0;
    for second in 0..120 {
        lines += usize::from(notice.failed(start + SECOND * second));
        lines += usize::from(notice.works(start + SECOND * second).is_some());
    }
    assert_eq!(lines, 4);
}

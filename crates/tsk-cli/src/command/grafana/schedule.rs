//! Doing something again and again.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// Does it now, and after each such time from the beginning of one to that of the next, until the process is ended. One that fails
/// is complained of, and the next may work; one that takes longer has the next begin when it is done.
pub(super) async fn repeat<E>(
    every: Duration,
    work: impl AsyncFn() -> Result<(), E>,
    complain: impl Fn(&E),
) -> Result<(), E> {
    let mut due = interval_at(Instant::now(), every);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        due.tick().await;
        if let Err(error) = work().await {
            complain(&error);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::convert::Infallible;

    use tokio::time::{sleep, timeout};

    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    #[tokio::test(start_paused = true)]
    async fn one_is_made_at_once_and_then_at_the_same_time_of_each_day() {
        let (start, began) = (Instant::now(), RefCell::new(Vec::new()));
        let work = async || {
            began.borrow_mut().push(start.elapsed().as_secs());
            sleep(Duration::from_secs(40)).await;
            Ok::<_, Infallible>(())
        };
        assert!(timeout(3 * DAY + DAY / 2, repeat(DAY, work, |_| ())).await.is_err(), "it does not end");
        assert_eq!(*began.borrow(), [0, 86_400, 2 * 86_400, 3 * 86_400]);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_fails_is_complained_of_and_the_next_one_made() {
        let (made, complaints) = (RefCell::new(0), RefCell::new(Vec::new()));
        let work = async || {
            *made.borrow_mut() += 1;
            if *made.borrow() == 2 { Err("no connection") } else { Ok(()) }
        };
        let repeating = repeat(DAY, work, |error| complaints.borrow_mut().push(*error));
        assert!(timeout(2 * DAY + DAY / 2, repeating).await.is_err(), "it does not end");
        assert_eq!((*made.borrow(), &**complaints.borrow()), (3, &["no connection"][..]));
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_takes_too_long_is_not_made_up_for_by_many() {
        let (start, began) = (Instant::now(), RefCell::new(Vec::new()));
        let work = async || {
            began.borrow_mut().push(start.elapsed().as_secs() / 3600);
            sleep(if began.borrow().len() == 1 { 3 * DAY } else { Duration::ZERO }).await;
            Ok::<_, Infallible>(())
        };
        assert!(timeout(4 * DAY + DAY / 2, repeat(DAY, work, |_| ())).await.is_err());
        assert_eq!(*began.borrow(), [0, 72, 96]);
    }
}

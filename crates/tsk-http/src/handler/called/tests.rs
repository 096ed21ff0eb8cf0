#![allow(clippy::unwrap_used)]

use std::{
    cell::{Cell, RefCell},
    future::{poll_fn, ready},
    pin::pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use http::StatusCode;
use tsk_core::Problem;

use super::{Called, Reading};

/// Notes its name when it is dropped.
struct Noted(&'static str, Rc<RefCell<Vec<&'static str>>>);

impl Drop for Noted {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

/// Ready when it is polled for the second time.
fn later<T>(value: T) -> impl Future<Output = T> {
    let (mut value, mut is_late) = (Some(value), false);
    poll_fn(move |_| {
        if std::mem::replace(&mut is_late, true) { Poll::Ready(value.take().unwrap()) } else { Poll::Pending }
    })
}

#[test]
fn a_function_runs_once_all_its_arguments_are_read() {
    let calls = Cell::new(0);
    let last = later(Ok::<_, Problem>("two"));
    let arguments = Reading::new(Ok((last, |last| ("one", last))));
    let call = |(first, last)| {
        calls.set(calls.get() + 1);
        later(format!("{first} {last}"))
    };
    let mut called = pin!(Called::new(arguments, call));
    let cx = &mut Context::from_waker(Waker::noop());
    for expected in [0, 1] {
        assert!(called.as_mut().poll(cx).is_pending());
        assert_eq!(calls.get(), expected);
    }
    let Poll::Ready(response) = called.poll(cx) else { panic!("both are ready") };
    assert_eq!((response.status(), calls.get()), (StatusCode::OK, 1));
}

#[test]
fn what_cannot_be_read_is_answered_without_a_call() {
    let cx = &mut Context::from_waker(Waker::noop());
    let call = |_: ((), ())| -> std::future::Ready<()> { panic!("it has no arguments") };
    let problem = || Problem::new(StatusCode::IM_A_TEAPOT);
    let join = |last| ((), last);

    let last = later(Err::<(), _>(problem()));
    let mut called = pin!(Called::new(Reading::new(Ok((last, join))), call));
    assert!(called.as_mut().poll(cx).is_pending());
    assert!(called.poll(cx).map(|response| response.status()) == Poll::Ready(StatusCode::IM_A_TEAPOT));

    let joined = |rejection| match rejection {
        Some(rejection) => Err(rejection),
        None => Ok((ready(Ok::<_, Problem>(())), join)),
    };
    let arguments = Reading::new(joined(Some(super::rejected(problem()))));
    let called = pin!(Called::new(arguments, call));
    assert!(called.poll(cx).map(|response| response.status()) == Poll::Ready(StatusCode::IM_A_TEAPOT));
}

#[test]
fn who_reads_is_gone_when_the_function_runs_and_what_was_read_when_it_is_dropped() {
    let log = Rc::new(RefCell::new(Vec::new()));
    let noted = |name| Noted(name, Rc::clone(&log));
    let reader = noted("reader");
    let mut last = Some(noted("last"));
    let last = poll_fn(move |_| {
        let _ = &reader;
        Poll::Ready(Ok::<_, Problem>(last.take().unwrap()))
    });
    let first = noted("first");
    let arguments = Reading::new(Ok((last, move |last| (first, last))));
    let running = |arguments| async move {
        std::future::pending::<()>().await;
        drop(arguments);
    };
    {
        let mut called = pin!(Called::new(arguments, running));
        assert!(called.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(*log.borrow(), ["reader"]);
    }
    assert_eq!(*log.borrow(), ["reader", "first", "last"]);

    log.borrow_mut().clear();
    let last = poll_fn(|_| Poll::<Result<(), Problem>>::Pending);
    let first = noted("first");
    {
        let call = |_| ready(());
        let mut called = pin!(Called::new(Reading::new(Ok((last, move |last| (first, last)))), call));
        assert!(called.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    assert_eq!(*log.borrow(), ["first"]);
}

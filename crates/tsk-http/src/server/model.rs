//! Every order in which a connection and those who end it can meet, as loom finds them: `cargo xtask model`.
//!
//! A wake that is lost leaves a connection open for good. loom fails where all wait.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Poll, Waker},
};

use loom::{future::block_on, model::Builder, sync::atomic::Ordering::Relaxed, thread};

use super::{
    pulse::{Command, Pulse},
    upload::Upload,
};

/// Of the orders in which threads are interrupted so often at most, as more find nothing new and take hours.
const INTERRUPTIONS: usize = 2;

fn model(run: impl Fn() + Send + Sync + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(INTERRUPTIONS);
    builder.check(run);
}

#[test]
fn a_command_wakes_who_registers_before_each_look() {
    model(|| {
        let pulse = Arc::new(Pulse::default());
        let sweeper = thread::spawn({
            let pulse = Arc::clone(&pulse);
            move || pulse.give(Command::Close)
        });
        block_on(poll_fn(|cx| {
            pulse.register(cx.waker());
            if pulse.command() == Command::Close { Poll::Ready(()) } else { Poll::Pending }
        }));
        sweeper.join().unwrap();
    });
}

#[test]
fn a_command_wakes_who_has_registered_once() {
    model(|| {
        let pulse = Arc::new(Pulse::default());
        let sweeper = thread::spawn({
            let pulse = Arc::clone(&pulse);
            move || {
                pulse.give(Command::Retire);
                pulse.give(Command::Finish);
            }
        });
        let mut waker: Option<Waker> = None;
        block_on(poll_fn(|cx| {
            // As the driver of a connection does.
            if waker.is_none() {
                pulse.register(cx.waker());
                waker = Some(cx.waker().clone());
            }
            if pulse.command() == Command::Finish { Poll::Ready(()) } else { Poll::Pending }
        }));
        sweeper.join().unwrap();
    });
}

#[test]
fn of_two_commands_the_higher_stays() {
    model(|| {
        let pulse = Arc::new(Pulse::default());
        let others = [Command::Finish, Command::Close].map(|command| {
            let pulse = Arc::clone(&pulse);
            thread::spawn(move || pulse.give(command))
        });
        pulse.end_requests();
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_eq!(pulse.command(), Command::Close);
    });
}

#[test]
fn a_body_that_is_late_wakes_who_reads_it_whatever_comes_meanwhile() {
    model(|| {
        let upload = Arc::new(Upload::default());
        let sweeper = thread::spawn({
            let upload = Arc::clone(&upload);
            move || upload.fail()
        });
        // The connection has read something, or nothing after all.
        let connection = thread::spawn({
            let waker = Waker::from(Arc::clone(&upload));
            move || waker.wake()
        });
        block_on(poll_fn(|cx| {
            upload.wait(cx.waker());
            if upload.is_late.load(Relaxed) { Poll::Ready(()) } else { Poll::Pending }
        }));
        sweeper.join().unwrap();
        connection.join().unwrap();
    });
}

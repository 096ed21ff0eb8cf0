//! A bar for whoever waits, on standard error and on a terminal alone.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::terminal;

/// A bar of elapsed time.
pub(super) struct Progress(Option<ProgressBar>);

impl Progress {
    pub(super) fn new(total: Duration) -> Progress {
        if !terminal::has_progress() {
            return Progress(None);
        }
        let millis = u64::try_from(total.as_millis()).unwrap_or(u64::MAX);
        let bar = ProgressBar::with_draw_target(Some(millis), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{bar:30} {msg}").expect("the template is right");
        bar.set_style(style.progress_chars("=> "));
        Progress(Some(bar))
    }

    /// Says how far it is.
    pub(super) fn show(&self, elapsed: Duration, done: u64, wrong: u64) {
        let Some(bar) = &self.0 else { return };
        let total = Duration::from_millis(bar.length().unwrap_or_default());
        bar.set_position(u64::try_from(elapsed.min(total).as_millis()).unwrap_or(u64::MAX));
        let rate = done as f64 / elapsed.as_secs_f64().max(0.001);
        let (passed, all) = (elapsed.as_secs_f64(), total.as_secs_f64());
        let waiting = if elapsed > total { ", waiting for the last answers" } else { "" };
        bar.set_message(format!("{passed:.1} of {all:.1} s, {rate:.0} answers/s, {wrong} errors{waiting}"));
    }

    /// Takes it away.
    pub(super) fn finish(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

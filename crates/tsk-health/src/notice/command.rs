//! A command that is run with what there is to tell in its environment.

use std::{
    io,
    process::{Child, ExitStatus, Stdio},
    thread,
    time::Duration,
};

use humantime::format_rfc3339_seconds;
use tokio::time::{sleep, timeout};

use super::{Notice, Notify, Notifying, SharedSender};

/// Runs a command for each notice, without a shell, with `TSK_HEALTH_CHECK`, `TSK_HEALTH_STATUS`, `TSK_HEALTH_OUTPUT`,
/// `TSK_HEALTH_SINCE`, `TSK_HEALTH_CHANGES`, `TSK_HEALTH_TEXT` and `TSK_HEALTH_SERVICE` in its environment, beside what this
/// process has there.
#[derive(Debug)]
pub struct Command {
    program: String,
    arguments: Vec<String>,
    sender: SharedSender,
    timeout: Duration,
}

impl Command {
    pub(crate) fn new(
        program: String,
        arguments: Vec<String>,
        sender: SharedSender,
        timeout: Duration,
    ) -> Self {
        Self { program, arguments, sender, timeout }
    }

    async fn run(&self, notice: &Notice) -> Result<(), String> {
        let program = &self.program;
        let mut command = std::process::Command::new(program);
        command
            .args(&self.arguments)
            .env("TSK_HEALTH_CHECK", &notice.check)
            .env("TSK_HEALTH_STATUS", notice.word())
            .env("TSK_HEALTH_OUTPUT", plain(&notice.output))
            .env("TSK_HEALTH_SINCE", format_rfc3339_seconds(notice.since).to_string())
            .env("TSK_HEALTH_CHANGES", notice.changes.to_string())
            .env("TSK_HEALTH_TEXT", plain(&notice.line()))
            .env("TSK_HEALTH_SERVICE", self.sender.service.as_deref().unwrap_or_default())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let child = command.spawn().map_err(|error| format!("`{program}` cannot be run: {error}"))?;
        match timeout(self.timeout, Running(Some(child)).ended()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(format!("`{program}` ended with {status}")),
            Ok(Err(error)) => Err(format!("`{program}`: {error}")),
            // Dropping it kills it.
            Err(_) => {
                Err(format!("`{program}` did not end within {}", humantime::format_duration(self.timeout)))
            }
        }
    }
}

/// A command that is killed where it is dropped before its end.
struct Running(Option<Child>);

/// Between one look at a command and the next, to begin with and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

impl Running {
    /// Looks for its end now and then. A runtime that waits for processes itself looks for those that nobody waits for each
    /// time that a worker goes to sleep, whether there ever is one or not, and that is once for many a request.
    async fn ended(mut self) -> io::Result<ExitStatus> {
        let mut pause = FIRST_PAUSE;
        loop {
            if let Some(child) = &mut self.0
                && let Some(status) = child.try_wait()?
            {
                self.0 = None;
                return Ok(status);
            }
            sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some(mut child) = self.0.take() else { return };
        let _ = child.kill();
        // Whom the kernel does not let go yet must not hold up a worker.
        let _ = thread::Builder::new().name("tsk-reaper".into()).spawn(move || child.wait());
    }
}

/// A variable holds no NUL.
fn plain(text: &str) -> String {
    text.replace('\0', " ")
}

impl Notify for Command {
    fn notify<'n>(&'n self, notices: &'n [Notice]) -> Notifying<'n> {
        Box::pin(async move {
            for notice in notices {
                self.run(notice).await?;
            }
            Ok(())
        })
    }
}

//! What the command's exit code says.

use std::process::ExitCode;

/// How a command ended, as its exit code. The codes are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exit {
    /// 0: it did what was asked. A server was told to stop, and finished its requests.
    Success = 0,
    /// 1: it could not do what was asked: an address is in use, a permission is missing.
    Failure = 1,
    /// 2: the command line is wrong; nothing was tried.
    Usage = 2,
    /// 3: there is no server that runs.
    NotRunning = 3,
    /// 4: what was tested is not as it should be: a check failed, or a threshold was passed.
    Unfit = 4,
    /// 78: the configuration is wrong, in a file or in the environment; nothing was tried. `EX_CONFIG` of
    /// `sysexits.h`: a service manager need not try again (`RestartPreventExitStatus=2 78` for systemd).
    Configuration = 78,
}

impl Exit {
    /// What another process of ours ended with.
    pub(crate) fn from_code(code: i32) -> Option<Exit> {
        let all =
            [Exit::Success, Exit::Failure, Exit::Usage, Exit::NotRunning, Exit::Unfit, Exit::Configuration];
        all.into_iter().find(|exit| *exit as i32 == code)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

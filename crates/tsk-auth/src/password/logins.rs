//! One question: is it the password of that account?

use std::{
    fmt,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use http::{HeaderMap, HeaderValue, header, request::Parts};
use tsk_core::{DescribeInput, FromParts, IntoResponse, Operation, Problem, RequestContext};

use super::{
    Busy, Devices, Failures, Passwords, Verdict,
    failures::{Prefix, Whom},
};
use crate::{
    Error,
    audit::{Audit, Kind},
    problem,
};

/// Answers whether it is the password of an account, so that nobody finds it out by guessing, nor which accounts there are.
///
/// A wrong password and an account that there is not have the same answer, after the same work and with the same waits.
///
/// ```
/// use tsk_auth::{password::{LoginError, Logins, Visitor}, session::{Login, Session}};
/// use tsk_core::Problem;
///
/// # async fn find_hash(_: &str) -> Option<String> { None }
/// # async fn keep_hash(_: &str, _: String) {}
/// async fn login(logins: Logins, visitor: Visitor, session: Session, (name, password): (String, String)) -> Result<(), Problem> {
///     let hash = find_hash(&name).await; // of that account, if there is one
///     let accepted = logins.check(&name, &password, hash.as_deref(), &visitor).await?;
///     if accepted.is_old {
///         keep_hash(&name, logins.passwords().hash(&password).await.map_err(LoginError::from)?).await;
///     }
///     session.login(Login::new(name)).await?;
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Logins {
    passwords: Passwords,
    failures: Arc<Failures>,
    devices: Devices,
    audit: Audit,
}

/// Who asks: from where, and on which device. An argument of a handler.
pub struct Visitor {
    address: Option<IpAddr>,
    /// Its cookies alone.
    headers: HeaderMap,
    context: RequestContext,
}

/// It is the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// Its hash is of another cost than those that are made by now: make another of the password, and keep that.
    pub is_old: bool,
}

/// It is not known that it is the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoginError {
    /// It is not, or there is no such account. 401.
    Wrong,
    /// There were so many wrong ones that none is looked at for a while. 429.
    TooMany {
        /// For how long.
        wait: Duration,
    },
    /// So many are being looked at that there is no room for another. 503.
    Busy,
}

impl Logins {
    /// With hashes as by default, and devices that are known until the process ends.
    ///
    /// # Errors
    ///
    /// A system without randomness.
    pub fn new() -> Result<Self, Error> {
        Ok(Self::with(Passwords::new(), Devices::new()?))
    }

    /// With these hashes, and these devices.
    pub fn with(passwords: Passwords, devices: Devices) -> Self {
        Self {
            passwords,
            failures: Arc::new(Failures::new(Instant::now())),
            devices,
            audit: Audit::default(),
        }
    }

    /// Tells of those that fail. Default: the [`Audit`] that is a state of the router, as with the facade; else nobody.
    #[must_use]
    pub fn audit(mut self, audit: Audit) -> Self {
        self.audit = audit;
        self
    }

    /// The hashes, to make others.
    pub fn passwords(&self) -> &Passwords {
        &self.passwords
    }

    /// Whether it is the password of an account, of which `hash` is kept; `None` where there is no such account. The browser is
    /// known to the account from then on.
    ///
    /// `account` is what the account is found by: where `Ada` and `ada` are the same, give the same.
    ///
    /// # Errors
    ///
    /// It is not, or is not looked at.
    pub async fn check(
        &self,
        account: &str,
        password: &str,
        hash: Option<&str>,
        visitor: &Visitor,
    ) -> Result<Accepted, LoginError> {
        let device = self.devices.known(&visitor.headers, account, SystemTime::now());
        let accepted = self.judge(account, password, hash, visitor.address, device).await;
        let accepted = accepted.inspect_err(|error| self.tell(account, error, visitor))?;
        // Who is not known next time may have to wait, and that is all.
        if device.is_none()
            && let Err(error) = self.devices.give(&visitor.context, account, SystemTime::now())
        {
            tracing::warn!(%error, "a browser is not given the cookie of its device");
        }
        Ok(accepted)
    }

    fn tell(&self, account: &str, error: &LoginError, visitor: &Visitor) {
        let (context, address) = (&visitor.context, visitor.address);
        let audit =
            if self.audit.is_on() { Some(&self.audit) } else { context.scope().routes().state().get() };
        if let Some(audit) = audit {
            let reason = error.to_string();
            audit.tell(Kind::LoginFailed, |event| event.of(account).reason(&reason).by(context, address));
        }
    }

    pub(crate) async fn judge(
        &self,
        account: &str,
        password: &str,
        hash: Option<&str>,
        address: Option<IpAddr>,
        device: Option<[u8; 16]>,
    ) -> Result<Accepted, LoginError> {
        let who = match device {
            Some(device) => Whom::Device(account, device),
            None => Whom::Account(account),
        };
        // What others in its neighbourhood do is nothing to a device that is known either.
        let prefix = address.filter(|_| device.is_none()).map(|address| Whom::Prefix(Prefix::of(address)));
        let whom: Vec<_> = [Some(who), prefix].into_iter().flatten().collect();
        self.failures.begin(&whom, Instant::now()).map_err(|wait| LoginError::TooMany { wait })?;
        match self.passwords.verify(password, hash).await {
            Ok(Verdict::Wrong) => {
                tracing::debug!("a password is wrong, or of no account");
                Err(LoginError::Wrong)
            }
            Ok(right) => {
                self.failures.succeed(&whom, Instant::now());
                Ok(Accepted { is_old: right == Verdict::RightButOld })
            }
            Err(Busy) => {
                self.failures.forget(&whom, Instant::now());
                Err(LoginError::Busy)
            }
        }
    }
}

impl FromParts for Visitor {
    type Rejection = Problem;

    fn from_parts(parts: &mut Parts) -> Result<Self, Problem> {
        let context = RequestContext::ensure(&mut parts.extensions);
        let cookies = parts.headers.get_all(header::COOKIE).iter().cloned();
        let headers = cookies.map(|cookie| (header::COOKIE, cookie)).fold(
            HeaderMap::new(),
            |mut all, (name, value)| {
                all.append(name, value);
                all
            },
        );
        Ok(Self { address: context.client(&parts.headers), headers, context })
    }
}

impl DescribeInput for Visitor {
    fn describe_input(operation: &mut Operation, _: &[Box<str>]) {
        operation.problem(401, "The password is wrong, or there is no such account.");
        operation.problem(429, "There were too many wrong passwords.");
        operation.problem(503, "The service cannot answer at the moment.");
    }
}

impl fmt::Debug for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visitor").field("address", &self.address).finish_non_exhaustive()
    }
}

impl From<Busy> for LoginError {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

impl From<LoginError> for Problem {
    fn from(error: LoginError) -> Self {
        let later =
            |problem: Self, seconds: u64| problem.header(header::RETRY_AFTER, HeaderValue::from(seconds));
        match error {
            LoginError::Wrong => Self::of(problem::INVALID_CREDENTIALS),
            LoginError::TooMany { wait } => later(Self::of(problem::TOO_MANY_LOGINS), wait.as_secs().max(1)),
            LoginError::Busy => later(Self::of(problem::LOGINS_BUSY), 1),
        }
        .with_source(error)
    }
}

impl IntoResponse for LoginError {
    fn into_response(self) -> http::Response<tsk_core::Body> {
        Problem::from(self).into_response()
    }
}

impl fmt::Display for LoginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrong => f.write_str("the password is wrong, or there is no such account"),
            Self::TooMany { wait } => {
                write!(f, "too many wrong passwords: the next is looked at in {wait:?}")
            }
            Self::Busy => Busy.fmt(f),
        }
    }
}

impl std::error::Error for LoginError {}

#[cfg(test)]
mod tests;

//! Why a token is not taken.

use std::{fmt, time::Duration};

/// Why a token is not taken, for logs and tests. What the caller is told is less: [`Refusal::told`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// It is longer than what is asked about.
    TooLong,
    /// It has characters that no token has (RFC 6750 §2.1).
    Form,
    /// It is not good, says the server: made up, expired or revoked.
    Inactive,
    /// Its time is over, by the clock of this service.
    Expired,
    /// Its time has not come.
    Early,
    /// It was issued by somebody else than was expected, or it is not said by whom.
    Issuer,
    /// It is for another service, or it is not said for whom.
    Audience,
    /// It is not said whom it is about: neither a subject nor a client.
    Subject,
    /// It is of another type than `Bearer`, or no access token.
    Type,
    /// It is bound to a key (`cnf`), and whoever shows it has not shown that it has the key (RFC 8705, RFC 9449).
    Bound,
    /// What is said of it is not what the application reads.
    Claims,
    /// Too many are being asked about, or too many were made up where it comes from. It may be good.
    Busy(Duration),
    /// The server could not be asked, or its answer is none. It may be good.
    Unavailable(Duration),
}

impl Refusal {
    /// Whether the token may be a good one, and after which time one may ask again.
    pub fn retry_after(self) -> Option<Duration> {
        match self {
            Self::Busy(after) | Self::Unavailable(after) => Some(after),
            _ => None,
        }
    }

    /// What a caller is told: that time is up, which it can mend by itself, and nothing that helps to make up a better one.
    pub fn told(self) -> &'static str {
        match self {
            Self::Expired => "The token has expired",
            Self::Early => "The token is not valid yet",
            Self::TooLong => "The token is too long",
            _ => "The token is not valid",
        }
    }

    /// A word for it, as a label of metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::Form => "form",
            Self::Inactive => "inactive",
            Self::Expired => "expired",
            Self::Early => "early",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::Subject => "subject",
            Self::Type => "type",
            Self::Bound => "bound",
            Self::Claims => "claims",
            Self::Busy(_) => "busy",
            Self::Unavailable(_) => "unavailable",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the token is longer than what is asked about",
            Self::Form => "the token has characters that no token has",
            Self::Inactive => "the server says that the token is not good",
            Self::Expired => "the token has expired",
            Self::Early => "the token's `nbf` is in the future",
            Self::Issuer => "the token's `iss` is not the one that was expected",
            Self::Audience => "the token's `aud` names another service",
            Self::Subject => "the token has neither `sub` nor `client_id`",
            Self::Type => "the token is no access token of the type `Bearer`",
            Self::Bound => "the token is bound to a key, of which nothing was shown",
            Self::Claims => "what is said of the token is not what the application reads",
            Self::Busy(_) => "too many tokens are asked about",
            Self::Unavailable(_) => "the server could not be asked about the token",
        })
    }
}

impl std::error::Error for Refusal {}

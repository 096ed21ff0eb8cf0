//! Why a token is not believed.

use std::fmt;

/// Why a token is not believed, for logs and tests. What the caller is told is less: [`Refusal::told`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// It is longer than what is read.
    TooLong,
    /// It is not three parts of base64url, without padding and with no bit to spare.
    Form,
    /// It is encrypted (RFC 7516), or compressed.
    Encrypted,
    /// Its header is not one object that means one thing.
    Header,
    /// It asks for an extension to be understood (RFC 7515 §4.1.11).
    Critical,
    /// It says of its payload that it is, or is not, encoded (RFC 7797), which no JWT does.
    Unencoded,
    /// Its content is another token.
    Nested,
    /// It is a token of another type, such as one that tells of a logout (RFC 8725 §3.11).
    Type,
    /// Its claims are not one object that means one thing, or one of them has another form than RFC 7519 gives it.
    Payload,
    /// It was issued by somebody whose tokens are not taken, or does not say by whom.
    Issuer,
    /// It says that it is signed in a way that no key of its issuer signs: `none` among them.
    Algorithm,
    /// No key is known that could have made it.
    UnknownKey,
    /// It is not known what keys there are: those of the issuer could not be fetched, or are too old.
    NoKeys,
    /// The signature is not that of the key.
    Signature,
    /// It is for somebody else, or does not say for whom.
    Audience,
    /// It does not say how long it holds.
    Endless,
    /// It does not hold any more.
    Expired,
    /// It does not hold yet.
    Early,
    /// It was issued in the future, or too long ago, or does not say when although that is asked for.
    Age,
    /// It does not say whom it is about.
    Subject,
    /// Its claims are not those that the application reads.
    Claims,
}

impl Refusal {
    /// Whether the token may be a good one, which cannot be told for want of keys: the service's fault, not the caller's.
    pub fn is_unavailable(self) -> bool {
        self == Self::NoKeys
    }

    /// What a caller is told: that time is up, which it can mend by itself, and nothing that helps to make a better
    /// forgery.
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
            Self::Encrypted => "encrypted",
            Self::Header => "header",
            Self::Critical => "critical",
            Self::Unencoded => "unencoded",
            Self::Nested => "nested",
            Self::Type => "type",
            Self::Payload => "payload",
            Self::Issuer => "issuer",
            Self::Algorithm => "algorithm",
            Self::UnknownKey => "unknown_key",
            Self::NoKeys => "no_keys",
            Self::Signature => "signature",
            Self::Audience => "audience",
            Self::Endless => "endless",
            Self::Expired => "expired",
            Self::Early => "early",
            Self::Age => "age",
            Self::Subject => "subject",
            Self::Claims => "claims",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the token is longer than what is read",
            Self::Form => "the token is not three parts in base64url",
            Self::Encrypted => "the token is encrypted",
            Self::Header => "the token's header is not one plain object with an `alg`",
            Self::Critical => "the token has `crit`, and no extension is understood",
            Self::Unencoded => "the token has `b64`",
            Self::Nested => "the token has another token in it",
            Self::Type => "the token's `typ` is of another kind of token",
            Self::Payload => "the token's claims are not one plain object in the form of RFC 7519",
            Self::Issuer => "the token's `iss` is nobody whose tokens are taken",
            Self::Algorithm => "the token's `alg` is that of no key",
            Self::UnknownKey => "there is no key with the token's `kid` and `alg`",
            Self::NoKeys => "the issuer's keys could not be fetched",
            Self::Signature => "the token's signature is not that of the key",
            Self::Audience => "the token's `aud` names another service",
            Self::Endless => "the token has no `exp`",
            Self::Expired => "the token has expired",
            Self::Early => "the token's `nbf` is in the future",
            Self::Age => "the token's `iat` is missing, in the future, or too long ago",
            Self::Subject => "the token has no `sub`",
            Self::Claims => "the token's claims are not those that the application reads",
        })
    }
}

impl std::error::Error for Refusal {}

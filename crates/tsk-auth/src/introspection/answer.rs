//! What a server says of a token (RFC 7662 §2.2).

use std::{
    borrow::Cow,
    time::{Duration, SystemTime},
};

use serde::de::{DeserializeOwned, MapAccess};

use super::Refusal;
use crate::{
    jwt::{
        Claims,
        claims::{Registered, Seconds, time},
        json::{self, Members, Text, Texts},
    },
    oauth::Failure,
};

/// What is read of an answer. A member that is `null` counts as one that is not there.
#[derive(Debug, Default)]
pub(super) struct Answer<'a> {
    is_active: Option<bool>,
    kind: Option<Cow<'a, str>>,
    used_as: Option<Cow<'a, str>>,
    is_bound: bool,
    claims: Registered<'a>,
}

/// What is expected of a token besides that it is good.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) issuer: Option<Box<str>>,
    /// One of them; of anybody if there are none.
    pub(super) audience: Box<[Box<str>]>,
    pub(super) skew: Duration,
}

/// A token that is good, and for how long.
pub(super) struct Judged<C> {
    pub(super) claims: Claims<C>,
    pub(super) remains: Duration,
}

impl<'a> Answer<'a> {
    /// # Errors
    ///
    /// What is no answer: it lets nobody in, and refuses nobody.
    pub(super) fn read(text: &'a [u8]) -> Result<Self, Failure> {
        let answer: Self = json::read(text).map_err(|error| {
            Failure(format!("the answer is not one plain object in the form of RFC 7662: {error}"))
        })?;
        match answer.is_active {
            Some(_) => Ok(answer),
            None => Err(Failure("the answer has no `active`".to_owned())),
        }
    }

    /// What it comes to at that time. `text` is what was read.
    pub(super) fn judge<C: DeserializeOwned + 'static>(
        self,
        text: &[u8],
        rules: &Rules,
        now: SystemTime,
    ) -> Result<Judged<C>, Refusal> {
        if self.is_active != Some(true) {
            return Err(Refusal::Inactive);
        }
        let is_bearer = self.kind.is_none_or(|kind| kind.eq_ignore_ascii_case("Bearer"));
        // Hydra's word for it: a refresh token is good as well, and not for this.
        let is_access = self.used_as.is_none_or(|used_as| used_as == "access_token");
        if !is_bearer || !is_access {
            return Err(Refusal::Type);
        }
        if self.is_bound {
            return Err(Refusal::Bound);
        }
        let claims = self.claims;
        if rules.issuer.is_some() && claims.issuer.as_deref() != rules.issuer.as_deref() {
            return Err(Refusal::Issuer);
        }
        let is_ours = |text: &str| rules.audience.iter().any(|audience| &**audience == text);
        if !rules.audience.is_empty() && !claims.audience.iter().any(|text| is_ours(text)) {
            return Err(Refusal::Audience);
        }
        if claims.subject.as_ref().or(claims.client.as_ref()).is_none_or(|name| name.is_empty()) {
            return Err(Refusal::Subject);
        }
        if claims.not_before.is_some_and(|from| time(from) > now + rules.skew) {
            return Err(Refusal::Early);
        }
        let remains = match claims.expires {
            Some(expires) => time(expires).duration_since(now).unwrap_or_default(),
            None => Duration::MAX,
        };
        if remains.is_zero() {
            return Err(Refusal::Expired);
        }
        let claims = claims.with_own(text).map_err(|_| Refusal::Claims)?;
        Ok(Judged { claims, remains })
    }
}

impl<'de> Members<'de> for Answer<'de> {
    fn member<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        let text =
            |map: &mut A| map.next_value::<Option<Text<'de>>>().map(|text| text.map(|Text(text)| text));
        let time =
            |map: &mut A| map.next_value::<Option<Seconds>>().map(|time| time.map(|Seconds(time)| time));
        let claims = &mut self.claims;
        match name {
            "active" => self.is_active = map.next_value()?,
            "token_type" => self.kind = text(map)?,
            "token_use" => self.used_as = text(map)?,
            "cnf" => {
                self.is_bound = true;
                json::skip(map)?;
            }
            "iss" => claims.issuer = text(map)?,
            "sub" => claims.subject = text(map)?,
            "aud" => claims.audience = map.next_value::<Option<Texts<'de>>>()?.unwrap_or_default().0,
            "exp" => claims.expires = time(map)?,
            "nbf" => claims.not_before = time(map)?,
            "iat" => claims.issued = time(map)?,
            "jti" => claims.id = text(map)?,
            "client_id" => claims.client = text(map)?,
            "scope" => claims.scope = map.next_value()?,
            "scp" => claims.scp = map.next_value()?,
            _ => json::skip(map)?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

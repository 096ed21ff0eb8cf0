//! Logging out: by the user ([RP-Initiated Logout]), and by the provider ([Back-Channel Logout]).
//!
//! [RP-Initiated Logout]: https://openid.net/specs/openid-connect-rpinitiated-1_0.html
//! [Back-Channel Logout]: https://openid.net/specs/openid-connect-backchannel-1_0.html

use std::time::SystemTime;

use http::{Method, Response, StatusCode, header, request::Parts};
use openidconnect::url::{Url, form_urlencoded};
use serde_json::Value;
use tsk_core::{Body, Problem};

use super::{
    Inner, OidcError,
    flow::{see_other, unseen},
    id_token::{Claims, refused},
    provider::LOGOUT_TOKEN_AGE,
    tokens::Kept,
};
use crate::{
    page,
    session::{Mark, Session},
};

/// The bytes of what a provider sends at most.
const MAX_BODY: usize = 32 * 1024;

/// The event that a token tells of which ends sessions (Back-Channel Logout 1.0 §2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// How often it is looked again for sessions that may have gone on under another id meanwhile.
const ROUNDS: usize = 4;

/// Whom a provider logs out: a session of its own, or somebody with all sessions.
#[derive(Debug)]
struct Told {
    id: Box<str>,
    subject: Option<Box<str>>,
    session: Option<Box<str>>,
}

impl Inner {
    /// Ends the session of a browser, and sends it to the provider to end the one there. To whoever only reads, a page that asks.
    pub(super) async fn logout(&self, parts: &mut Parts) -> Result<Response<Body>, Problem> {
        let provider = self.provider().await;
        let there = provider.as_ref().ok().and_then(|provider| provider.end_session());
        if parts.method != Method::POST {
            return Ok(ask(there));
        }
        let session = Session::within(parts, self.sessions.clone())?;
        let kept = Kept::of(&session).await?.filter(|kept| kept.issuer == self.settings.issuer);
        session.logout().await?;
        let Some(url) = there else { return Ok(see_other(&self.settings.home)) };
        Ok(see_other(self.ending(url.clone(), kept.as_ref()).as_str()))
    }

    /// Where the provider ends its session (RP-Initiated Logout 1.0 §2).
    fn ending(&self, mut url: Url, kept: Option<&Kept>) -> Url {
        let mut query = url.query_pairs_mut();
        if let Some(kept) = kept {
            query.append_pair("id_token_hint", &kept.id_token);
        }
        query.append_pair("client_id", &self.settings.client_id);
        if let Some(after) = &self.settings.after_logout {
            query.append_pair("post_logout_redirect_uri", after.as_str());
        }
        drop(query);
        url
    }

    /// Ends what the provider says has ended.
    pub(super) async fn back_channel(&self, parts: &Parts, body: Body) -> Result<Response<Body>, OidcError> {
        let token = logout_token(parts, body).await?;
        let provider = self.provider().await?;
        let verified = provider.logout_tokens.verify(&token).await;
        let verified = verified.map_err(|refusal| refused("logout token", refusal))?;
        let told = Told::read(verified.claims().own())?;
        let now = SystemTime::now();
        let once = Mark::new("logout", [&self.settings.issuer, &told.id]);
        if self.sessions.is_noted(&once, now).await? {
            return Err(OidcError::distrusted("the logout token was shown before"));
        }
        self.end(&told, now).await?;
        // Once it is done: a provider whose answer was an error tells again.
        self.sessions.note(&once, 2 * LOGOUT_TOKEN_AGE, now).await?;
        let mut response = Response::new(Body::empty());
        unseen(response.headers_mut());
        Ok(response)
    }

    /// Has what a provider calls the user and its session lead to a subject, so that it can end what we call by that.
    pub(super) async fn lead(&self, kept: &Kept, subject: &str, now: SystemTime) -> Result<(), OidcError> {
        if let Some(session) = &kept.session {
            self.sessions.lead(&self.session_mark(session), subject, now).await?;
        }
        if *kept.subject != *subject {
            self.sessions.lead(&self.subject_mark(&kept.subject), subject, now).await?;
        }
        Ok(())
    }

    fn session_mark(&self, session: &str) -> Mark {
        Mark::new("sid", [&self.settings.issuer, session])
    }

    fn subject_mark(&self, subject: &str) -> Mark {
        Mark::new("sub", [&self.settings.issuer, subject])
    }

    async fn end(&self, told: &Told, now: SystemTime) -> Result<(), OidcError> {
        let mut subjects = match (&told.session, &told.subject) {
            (Some(session), _) => self.sessions.led(&self.session_mark(session), now).await?,
            (None, Some(subject)) => self.sessions.led(&self.subject_mark(subject), now).await?,
            (None, None) => Vec::new(),
        };
        subjects.extend(told.subject.clone());
        let mut ended = 0;
        for subject in &subjects {
            for _ in 0..ROUNDS {
                let records = self.sessions.list(subject, now).await?;
                let mut meant = records.iter().filter(|record| {
                    Kept::in_record(record).is_some_and(|kept| told.means(&kept, &self.settings.issuer))
                });
                let Some(first) = meant.next() else { break };
                for record in [first].into_iter().chain(meant) {
                    ended += usize::from(self.sessions.revoke(subject, record.key).await?);
                }
            }
        }
        tracing::debug!(ended, "the provider has logged somebody out");
        Ok(())
    }
}

impl Told {
    /// What a logout token says (Back-Channel Logout 1.0 §2.6); its signature, issuer, audience and age are looked at already.
    fn read(claims: &Claims) -> Result<Self, OidcError> {
        let wrong = |reason: &'static str| Err(OidcError::distrusted(reason));
        let is_event =
            claims.get("events").and_then(|events| events.get(EVENT)).is_some_and(Value::is_object);
        if !is_event {
            return wrong("the logout token tells of no logout, by `events`");
        }
        // Or an ID token could be used as one.
        if claims.contains_key("nonce") {
            return wrong("the logout token has a `nonce`");
        }
        let text = |name: &str| match claims.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(Box::from(text.as_str()))),
            Some(_) => Err(OidcError::distrusted("a claim of the logout token is no text")),
        };
        let Some(id) = text("jti")? else { return wrong("the logout token has no `jti`") };
        let (subject, session) = (text("sub")?, text("sid")?);
        if subject.is_none() && session.is_none() {
            return wrong("the logout token has neither `sub` nor `sid`");
        }
        Ok(Self { id, subject, session })
    }

    /// Whether that is a session that was told of.
    fn means(&self, kept: &Kept, issuer: &str) -> bool {
        *kept.issuer == *issuer
            && self.subject.as_ref().is_none_or(|subject| *subject == kept.subject)
            && self.session.as_ref().is_none_or(|session| Some(session) == kept.session.as_ref())
    }
}

/// What a provider sends, in a form.
async fn logout_token(parts: &Parts, mut body: Body) -> Result<String, OidcError> {
    let kind =
        parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(OidcError::distrusted("a logout is told of in a form"));
    }
    let mut form = Vec::new();
    loop {
        match body.chunk().await {
            Ok(Some(piece)) if form.len() + piece.len() <= MAX_BODY => form.extend_from_slice(&piece),
            Ok(Some(_)) => return Err(OidcError::distrusted("what tells of a logout is too long")),
            Ok(None) => break,
            Err(_) => {
                return Err(OidcError::distrusted("what tells of a logout could not be read to its end"));
            }
        }
    }
    let mut tokens = form_urlencoded::parse(&form).filter(|(name, _)| name == "logout_token");
    match (tokens.next(), tokens.next()) {
        (Some((_, token)), None) => Ok(token.into_owned()),
        _ => Err(OidcError::distrusted("there is not one `logout_token` in the form")),
    }
}

/// Asks whether somebody wants to log out: a page of another site can have a browser read, but not press.
fn ask(there: Option<&Url>) -> Response<Body> {
    let mut page = page::begin("Log out", "Log out");
    page.push_str("<form method=post><button>Log out</button></form>");
    page::end(&mut page);
    // Browsers hold a form to its policy wherever it is sent on to.
    let also = there.map(|url| url.origin().ascii_serialization());
    page::answer(StatusCode::OK, page, also.as_deref())
}

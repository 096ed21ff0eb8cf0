//! A login: to the provider, and back.

use std::{borrow::Cow, collections::HashMap, time::SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header, request::Parts};
use openidconnect::{
    AuthenticationFlow, AuthorizationCode, CsrfToken, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge,
    PkceCodeVerifier, RequestTokenError, Scope, core::CoreResponseType, url::form_urlencoded,
};
use tsk_core::{Body, Problem, RequestContext};

use super::{
    Inner, OidcError,
    id_token::{Claims, Expected},
    provider::{Provider, Tokens},
    tokens::Kept,
};
use crate::{csrf::Forgery, login, session::Session};

/// The bytes of a path to come back to at most: with more of them, one does not.
const MAX_NEXT: usize = 2048;

/// The bytes of the query of an answer at most.
const MAX_QUERY: usize = 8192;

/// The bytes of a state, a nonce, and what is behind a code challenge.
const RANDOM: u32 = 32;

impl Inner {
    /// Sends a browser to the provider.
    pub(super) async fn begin(&self, parts: &mut Parts) -> Result<Response<Body>, Problem> {
        // An image, or a script, of another site begins nothing.
        if parts.headers.get("sec-fetch-mode").is_some_and(|mode| mode != "navigate") {
            return Err(Forgery::OtherSite.into());
        }
        let provider = self.provider().await?;
        let query = parts.uri.query().unwrap_or_default();
        let next =
            form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "next").map(|(_, next)| next);
        let next =
            login::destination(next.as_deref().filter(|next| next.len() <= MAX_NEXT), &self.settings.home);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256_len(RANDOM);
        let asked = provider.asker.authorize_url(
            AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
            || CsrfToken::new_random_len(RANDOM),
            || Nonce::new_random_len(RANDOM),
        );
        let mut asked = asked
            .add_scopes(self.settings.scopes.iter().map(|scope| Scope::new(scope.to_string())))
            .set_pkce_challenge(challenge);
        for (name, value) in &self.settings.parameters {
            asked = asked.add_extra_param(&**name, &**value);
        }
        if let Some(age) = self.settings.max_age {
            asked = asked.set_max_age(age);
        }
        let (url, state, nonce) = asked.url();
        let context = RequestContext::ensure(&mut parts.extensions);
        let login = (nonce.secret().clone(), verifier.into_secret(), next.to_owned());
        self.pending.begin((&parts.headers, &context), state.secret(), login, SystemTime::now()).await?;
        Ok(see_other(url.as_str()))
    }

    /// Takes a browser back from the provider.
    pub(super) async fn callback(&self, parts: &mut Parts) -> Result<Response<Body>, Problem> {
        let answer = Answer::read(parts.uri.query().unwrap_or_default())?;
        let context = RequestContext::ensure(&mut parts.extensions);
        let now = SystemTime::now();
        // Whatever the answer is, it is the only one to that login.
        let begun = self.pending.take((&parts.headers, &context), &answer.state, now).await?;
        let provider = self.provider().await?;
        let code = answer.code(&self.settings.issuer, provider.names_itself())?;
        let verifier = PkceCodeVerifier::new(begun.verifier);
        let request = provider.asker.exchange_code(AuthorizationCode::new(code)).set_pkce_verifier(verifier);
        let ask = |request| self.fetch.ask(request);
        let tokens = request.request_async(&ask).await.map_err(unanswered)?;
        let id_token = tokens.extra_fields().id_token.as_deref();
        let id_token = id_token.ok_or_else(|| OidcError::distrusted("the provider has given no ID token"))?;
        let expected = Expected {
            client_id: &self.settings.client_id,
            nonce: (&begun.nonce, true),
            access_token: tokens.access_token().secret(),
            max_age: self.settings.max_age,
        };
        let claims = provider.id_token(id_token, &expected).await?;
        let kept = Kept::new(&self.settings.issuer, &claims, &tokens, (id_token, &begun.nonce), now)?;
        let claims = self.with_userinfo(&provider, claims, &tokens).await?;
        let login = self.settings.mapping.login(&claims)?;
        if provider.tells_of_logouts() {
            self.lead(&kept, login.subject(), now).await?;
        }
        let session = Session::within(parts, self.sessions.clone())?;
        session.login(login).await?;
        if let Err(error) = kept.keep(&session).await {
            // Nobody could end it from afar.
            session.logout().await?;
            return Err(error.into());
        }
        Ok(see_other(&begun.next))
    }

    /// What the provider knows of a user beside the ID token, where that is asked for (OpenID Connect Core 1.0 §5.3).
    async fn with_userinfo(
        &self,
        provider: &Provider,
        claims: Claims,
        tokens: &Tokens,
    ) -> Result<Claims, OidcError> {
        let url = provider.metadata.userinfo_endpoint().filter(|_| self.settings.mapping.asks_userinfo);
        let Some(url) = url else { return Ok(claims) };
        let answer = self.fetch.json(url.as_str(), Some(tokens.access_token().secret())).await;
        let answer = answer.map_err(|error| OidcError::unavailable(error.to_string()))?;
        let mut all: Claims = serde_json::from_slice(&answer)
            .map_err(|_| OidcError::distrusted("what is known of the user is no object of JSON"))?;
        // Or it may be of anybody (§5.3.4).
        if all.get("sub") != claims.get("sub") {
            return Err(OidcError::distrusted(
                "what is known of the user is of another one than the ID token",
            ));
        }
        all.extend(claims);
        Ok(all)
    }
}

/// What a browser brings from the provider (RFC 6749 §4.1.2, RFC 9207 §2).
struct Answer<'a> {
    state: Cow<'a, str>,
    code: Option<Cow<'a, str>>,
    error: Option<Cow<'a, str>>,
    issuer: Option<Cow<'a, str>>,
}

impl<'a> Answer<'a> {
    fn read(query: &'a str) -> Result<Self, OidcError> {
        if query.len() > MAX_QUERY {
            return Err(OidcError::distrusted("the answer in the query is too long"));
        }
        let mut found = HashMap::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            // What is there twice has two readings (RFC 6749 §3.1).
            if found.insert(name, value).is_some() {
                return Err(OidcError::distrusted("a parameter of the answer is there twice"));
            }
        }
        let state = found.remove("state").ok_or(OidcError::NotBegun)?;
        Ok(Self {
            state,
            code: found.remove("code"),
            error: found.remove("error"),
            issuer: found.remove("iss"),
        })
    }

    /// The code, if it is from that provider. Where that says who it is, it has to say so here, in an error as well.
    fn code(self, issuer: &str, names_itself: bool) -> Result<String, OidcError> {
        match self.issuer {
            Some(named) if named == issuer => {}
            Some(_) => return Err(OidcError::distrusted("the answer is from another provider (RFC 9207)")),
            None if names_itself => {
                return Err(OidcError::distrusted(
                    "the answer does not say from which provider it is (RFC 9207)",
                ));
            }
            None => {}
        }
        match (self.code, self.error) {
            (Some(code), None) => Ok(code.into_owned()),
            (None, Some(code)) => Err(OidcError::Refused(word(&code))),
            _ => Err(OidcError::distrusted("the answer has neither a code nor an error, or both")),
        }
    }
}

/// A code of an error, for logs: in the characters that it can have, and not without end (RFC 6749 §4.1.2.1).
pub(super) fn word(code: &str) -> Box<str> {
    let plain =
        code.chars().filter(|character| matches!(character, ' '..='~') && !matches!(character, '"' | '\\'));
    plain.take(100).collect::<String>().into()
}

/// Why there are no tokens.
pub(super) fn unanswered<E, R>(error: RequestTokenError<E, R>) -> OidcError
where
    E: std::error::Error,
    R: openidconnect::ErrorResponse + std::fmt::Display + 'static,
{
    match error {
        RequestTokenError::ServerResponse(refusal) => OidcError::Refused(word(&refusal.to_string())),
        RequestTokenError::Request(error) => OidcError::unavailable(error.to_string()),
        RequestTokenError::Parse(error, _) => {
            OidcError::unavailable(format!("the answer at the token endpoint cannot be read: {error}"))
        }
        RequestTokenError::Other(reason) => {
            OidcError::unavailable(format!("at the token endpoint: {}", word(&reason)))
        }
    }
}

/// Sends a browser to a URL or a path. No other page learns from where, and nobody keeps the answer.
pub(super) fn see_other(location: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    let Ok(location) = HeaderValue::from_str(location) else {
        return Problem::internal("a URL that cannot stand in a header").into();
    };
    *response.status_mut() = StatusCode::SEE_OTHER;
    response.headers_mut().insert(header::LOCATION, location);
    unseen(response.headers_mut());
    response
}

pub(super) fn unseen(headers: &mut HeaderMap) {
    let fields: [(HeaderName, HeaderValue); 2] = [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    headers.extend(fields);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn read(query: &str, names_itself: bool) -> Result<String, String> {
        let answer = Answer::read(query).map_err(|error| error.to_string())?;
        assert_eq!(answer.state, "s");
        answer.code("https://a", names_itself).map_err(|error| error.to_string())
    }

    #[test]
    fn an_answer_has_one_reading_and_is_from_the_provider_that_was_asked() {
        assert_eq!(read("code=c%20d&state=s&session_state=x", false).unwrap(), "c d");
        assert_eq!(read("code=c&state=s&iss=https%3A%2F%2Fa", true).unwrap(), "c");
        for (query, names_itself) in [
            ("code=c&state=s", true),
            ("code=c&state=s&iss=https://b", true),
            ("code=c&state=s&iss=https://b", false),
            ("code=c&state=s&iss=https://a/", false),
            ("error=access_denied&state=s", true),
            ("code=c&state=s&code=d", false),
            ("code=c&state=s&state=s", false),
            ("code=c&state=s&error=e", false),
            ("state=s", false),
        ] {
            assert!(read(query, names_itself).is_err(), "{query}");
        }
        assert!(Answer::read("code=c").is_err());
        assert!(Answer::read(&"a".repeat(MAX_QUERY + 1)).is_err());
    }

    #[test]
    fn an_error_is_a_short_word_in_the_log() {
        assert_eq!(&*word("access_denied\r\n\"\u{1b}[31m\\ä"), "access_denied[31m");
        assert_eq!(word(&"a".repeat(1000)).len(), 100);
    }
}

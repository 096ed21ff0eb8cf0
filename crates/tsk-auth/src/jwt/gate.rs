//! The gate that asks for a token.

use std::{collections::BTreeMap, fmt, future::Future, pin::Pin, sync::Arc, time::SystemTime};

use http::{HeaderValue, Response, header};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Value, json};
use tsk_core::{
    Admission, Body, Drain, Endpoint, Gate, Head, Operation, Policy, Problem, RequestContext,
    operation::Answer,
};

use super::{Refusal, Verified, Verifier, keys::Source, verifier::Begun};
use crate::{
    Attempt, Error, Identity, Scheme,
    bearer::{self, Realm},
    challenge::Challenge,
    problem,
    scheme::Running,
};

/// Lets in who shows a token in `Authorization: Bearer` (RFC 6750 §2.1), and says to the context who it is.
///
/// A token anywhere else, in the query or in a form, is not looked at: those are logged, kept and sent on (RFC 9700 §4.3.2).
/// Whatever goes wrong lets nobody in. Where the issuer's keys could not be fetched, the answer is 503 and not 401, because
/// the token may be a good one, and a client that is told otherwise would throw it away.
///
/// ```
/// use tower_layer::Layer;
/// use tsk_auth::jwt::{Bearer, Verifier};
/// use tsk_core::GateLayer;
///
/// # fn example(verifier: Verifier, service: tsk_core::gate::Gated<(), ()>) -> Result<(), tsk_auth::Error> {
/// let layer = GateLayer::new(Bearer::new(verifier).realm("shop")?.scope("orders:read")?);
/// # Ok(()) }
/// ```
pub struct Bearer<C = IgnoredAny> {
    verifier: Verifier<C>,
    realm: Realm,
    scopes: Vec<Box<str>>,
    is_optional: bool,
    is_beside: bool,
}

impl<C> Bearer<C> {
    /// Asks every request for a token.
    pub fn new(verifier: Verifier<C>) -> Self {
        Self { verifier, realm: Realm::default(), scopes: Vec::new(), is_optional: false, is_beside: false }
    }

    /// Sets the name under which clients keep the token (RFC 9110 §11.5). Default: none.
    ///
    /// # Errors
    ///
    /// A name that a header cannot have.
    pub fn realm(mut self, realm: &str) -> Result<Self, Error> {
        self.realm = Realm::new(realm)?;
        Ok(self)
    }

    /// Lets in those without a token, as nobody. One that is not believed is refused all the same.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.is_optional = true;
        self
    }

    /// Leaves tokens that name none of the verifier's issuers to the schemes after it: those that are no JWT, and those that
    /// somebody else has issued, as for [`Introspection`](crate::introspection::Introspection). A token that names one is
    /// decided on here.
    #[must_use]
    pub fn beside(mut self) -> Self {
        self.is_beside = true;
        self
    }

    /// Asks for a scope, which every token has to have. May be called several times.
    ///
    /// # Errors
    ///
    /// A text that is no scope (RFC 6749 §3.3).
    pub fn scope(mut self, scope: &str) -> Result<Self, Error> {
        Challenge::bearer().with("scope", scope)?;
        if scope.contains([' ', '"', '\\']) {
            return Err(Error::new(format!("{scope:?} is no scope: it is one word, without quotes")));
        }
        self.scopes.push(scope.into());
        Ok(self)
    }

    /// The answer to who shows no token.
    fn absent(&self) -> Problem {
        let challenge = self.realm.challenge(&[]);
        Problem::of(problem::UNAUTHENTICATED).header(header::WWW_AUTHENTICATE, challenge)
    }

    /// The answer to a token that is not believed.
    #[cold]
    fn refused(&self, refusal: Refusal) -> Problem {
        tracing::debug!(reason = refusal.name(), "a token is refused");
        if refusal.is_unavailable() {
            let soon = HeaderValue::from_static("5");
            return Problem::of(problem::KEYS_UNAVAILABLE)
                .header(header::RETRY_AFTER, soon)
                .with_source(refusal);
        }
        self.realm.invalid(refusal.told()).with_source(refusal)
    }

    /// The answer to a token that is good for something else.
    #[cold]
    fn insufficient(&self) -> Problem {
        let scopes: Vec<_> = self.scopes.iter().map(|scope| &**scope).collect();
        let challenge = self.realm.insufficient(&scopes);
        Problem::of(problem::INSUFFICIENT_SCOPE)
            .with("scope", scopes.join(" "))
            .header(header::WWW_AUTHENTICATE, challenge)
    }
}

impl<C: DeserializeOwned + Send + Sync + 'static> Bearer<C> {
    /// What a verified token is good for.
    #[inline]
    fn accept(&self, verified: &Verified<C>) -> Result<Arc<Identity>, Problem> {
        if self.scopes.iter().all(|scope| verified.claims().has_scope(scope)) {
            Ok(Arc::clone(verified.identity()))
        } else {
            Err(self.insufficient())
        }
    }

    /// Looks at a token.
    #[inline]
    fn look(&self, token: &[u8]) -> Attempt {
        match self.verifier.begin(token, SystemTime::now()) {
            Ok(verified) => self.accept(&verified).map_or_else(Attempt::Refused, Attempt::Known),
            Err(Begun::Refused(_)) if self.is_beside && !self.verifier.is_named_by(token) => Attempt::Absent,
            Err(Begun::Refused(refusal)) => Attempt::Refused(self.refused(refusal)),
            Err(Begun::Asked(asked)) => {
                let (gate, token) = (self.clone(), token.to_owned());
                Attempt::Wait(Box::pin(async move {
                    match gate.verifier.finish(&token, asked.await) {
                        Ok(verified) => gate.accept(&verified),
                        Err(refusal) => Err(gate.refused(refusal)),
                    }
                }))
            }
        }
    }

    /// Says who is calling to everybody who asks the context.
    #[inline]
    fn enter(&self, context: &RequestContext, identity: Arc<Identity>) -> Result<(), Problem> {
        // An identity is never replaced, and neither is half of it.
        if identity.enter(context) {
            Ok(())
        } else {
            Err(self.realm.malformed("The request has two proofs of who is calling"))
        }
    }
}

impl<C: DeserializeOwned + Send + Sync + 'static> Policy for Bearer<C> {
    fn describe(&self, _: &Endpoint, operation: &mut Operation) {
        let scheme = json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT" });
        operation.schemes.insert("bearer".to_owned(), scheme);
        let requirement = BTreeMap::from([("bearer".to_owned(), Vec::new())]);
        for requirement in [Some(requirement), self.is_optional.then(BTreeMap::new)].into_iter().flatten() {
            if !operation.security.contains(&requirement) {
                operation.security.push(requirement);
            }
        }
        let challenged = |answer: &mut Answer| {
            answer.headers.insert("www-authenticate".to_owned(), json!({ "type": "string" }));
        };
        challenged(operation.problem(400, "The request cannot be read."));
        challenged(operation.problem(401, "There is no token, or it is not valid."));
        if !self.scopes.is_empty() {
            let description = format!("The token lacks one of the scopes: `{}`.", self.scopes.join("`, `"));
            challenged(operation.problem(403, &description));
        }
        if self.verifier.issuers().iter().any(|issuer| matches!(issuer.keys.0, Source::Jwks(_))) {
            operation.problem(503, "The service cannot answer at the moment.");
        }
    }
}

impl<C: DeserializeOwned + Send + Sync + 'static> Gate for Bearer<C> {
    type Ticket = ();
    type Wait = Pin<Box<dyn Future<Output = Result<(), Response<Body>>> + Send>>;

    #[inline]
    fn admit(&self, head: Head<'_>) -> Admission<(), Self::Wait> {
        let result = match self.attempt(head) {
            Attempt::Known(identity) => self.enter(head.context, identity),
            // Somebody else may have found out who it is.
            Attempt::Absent if self.is_optional || head.context.principal().is_some() => Ok(()),
            Attempt::Absent => Err(self.absent()),
            Attempt::Refused(problem) => Err(problem),
            Attempt::Wait(asking) => {
                let (gate, context) = (self.clone(), head.context.clone());
                return Admission::Wait(Box::pin(async move { Ok(gate.enter(&context, asking.await?)?) }));
            }
        };
        match result {
            Ok(()) => Admission::Pass(()),
            Err(problem) => Admission::Refuse(problem.into()),
        }
    }
}

/// As one scheme of an [`Auth`](crate::Auth). What roles and permissions a route demands is decided there.
impl<C: DeserializeOwned + Send + Sync + 'static> Scheme for Bearer<C> {
    #[inline]
    fn attempt(&self, head: Head<'_>) -> Attempt {
        let token = match bearer::token(head.headers) {
            Ok(Some(token)) => token,
            Ok(None) => return Attempt::Absent,
            Err(detail) => return Attempt::Refused(self.realm.malformed(detail)),
        };
        self.look(token)
    }

    fn run(&self, drain: Drain) -> Option<Running> {
        Some(Box::pin(self.verifier.run(drain)))
    }

    fn verify(&self, proof: &str) -> Attempt {
        match bearer::of(proof.as_bytes()) {
            Ok(Some(token)) => self.look(token),
            Ok(None) => Attempt::Absent,
            Err(detail) => Attempt::Refused(self.realm.malformed(detail)),
        }
    }

    fn challenge(&self) -> Option<HeaderValue> {
        Some(self.realm.challenge(&[]))
    }

    fn insufficient(&self, permissions: &[&str]) -> Option<HeaderValue> {
        Some(self.realm.insufficient(permissions))
    }

    fn document(&self) -> (&str, Value) {
        ("bearer", json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT" }))
    }
}

impl<C> Clone for Bearer<C> {
    fn clone(&self) -> Self {
        let Self { verifier, realm, scopes, is_optional, is_beside } = self;
        Self {
            verifier: verifier.clone(),
            realm: realm.clone(),
            scopes: scopes.clone(),
            is_optional: *is_optional,
            is_beside: *is_beside,
        }
    }
}

impl<C> fmt::Debug for Bearer<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { verifier, realm, scopes, is_optional, is_beside } = self;
        f.debug_struct("Bearer")
            .field("verifier", verifier)
            .field("realm", realm)
            .field("scopes", scopes)
            .field("is_optional", is_optional)
            .field("is_beside", is_beside)
            .finish()
    }
}

//! What a provider says of itself ([OpenID Connect Discovery 1.0], RFC 8414), and what of that is taken.
//!
//! [OpenID Connect Discovery 1.0]: https://openid.net/specs/openid-connect-discovery-1_0.html

use std::{sync::Arc, time::Duration};

use openidconnect::{
    AdditionalClaims, AdditionalProviderMetadata, AuthType, Client, ClientId, EndpointNotSet, EndpointSet,
    ExtraTokenFields, IdToken, JsonWebKeySet, LogoutProviderMetadata, ProviderMetadata,
    StandardErrorResponse, StandardTokenResponse, TokenResponse,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreClaimName, CoreClaimType, CoreClientAuthMethod,
        CoreErrorResponseType, CoreGenderClaim, CoreGrantType, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm,
        CoreResponseMode, CoreResponseType, CoreRevocableToken, CoreRevocationErrorResponse,
        CoreSubjectIdentifierType, CoreTokenIntrospectionResponse, CoreTokenType,
    },
    url::{Host, Url},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tsk_core::HttpClient;

use super::builder::Settings;
use crate::{
    Error,
    jwt::{Issuer, Jwks, Keys, Verifier, jwks},
};

/// What a provider publishes of itself.
pub(super) type Metadata = ProviderMetadata<
    LogoutProviderMetadata<Further>,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// What is looked at beside what `openidconnect` knows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Further {
    /// RFC 9207 §3.
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    /// RFC 8414 §2.
    #[serde(default)]
    code_challenge_methods_supported: Option<Vec<String>>,
    /// OpenID Connect Back-Channel Logout 1.0 §2.1.
    #[serde(default)]
    backchannel_logout_supported: bool,
}

impl AdditionalProviderMetadata for Further {}

/// The tokens that the provider gives for a code.
pub(super) type Tokens = StandardTokenResponse<WithIdToken, CoreTokenType>;

/// The ID token as it came: [`Verifier`] reads it, and more strictly.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct WithIdToken {
    pub(super) id_token: Option<String>,
}

impl ExtraTokenFields for WithIdToken {}

/// Stands for the claims of an ID token, which `openidconnect` does not read here.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Unread {}

impl AdditionalClaims for Unread {}

impl TokenResponse<Unread, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>
    for Tokens
{
    fn id_token(
        &self,
    ) -> Option<&IdToken<Unread, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>>
    {
        None
    }
}

/// What asks a provider whose endpoints for authorization and for tokens are known.
type Asker = Client<
    Unread,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
    EndpointNotSet,
>;

/// A provider that can be asked.
pub(super) struct Provider {
    pub(super) metadata: Metadata,
    pub(super) asker: Asker,
    pub(super) id_tokens: Verifier<Map<String, Value>>,
    pub(super) logout_tokens: Verifier<Map<String, Value>>,
}

/// How long ago an ID token may have been issued: it comes at once.
const ID_TOKEN_AGE: Duration = Duration::from_secs(600);

/// How long ago a token that tells of a logout may have been issued, and so for how long it is known that it was used.
pub(super) const LOGOUT_TOKEN_AGE: Duration = Duration::from_secs(300);

/// ID tokens name groups, and there may be many.
const MAX_ID_TOKEN: usize = 16 * 1024;

impl Provider {
    /// The provider that the settings mean, by what it says of itself.
    ///
    /// # Errors
    ///
    /// What it says is not of the one that is meant, or not enough.
    pub(super) fn new(
        settings: &Settings,
        metadata: Metadata,
        client: Arc<dyn HttpClient>,
    ) -> Result<Self, String> {
        let issuer = metadata.issuer().clone();
        // To the letter, or another provider could stand in for it (OpenID Connect Discovery 1.0 §4.3, RFC 8414 §3.3).
        if issuer.as_str() != &*settings.issuer {
            return Err(format!("it calls itself {:?}", issuer.as_str()));
        }
        let is_here = issuer.url().scheme() == "http";
        let token = metadata.token_endpoint().ok_or("it names no `token_endpoint`")?.clone();
        let end_session = metadata.additional_metadata().end_session_endpoint.as_ref().map(|url| url.url());
        let userinfo = metadata.userinfo_endpoint().map(|url| url.url());
        let urls = [metadata.authorization_endpoint().url(), token.url(), metadata.jwks_uri().url()];
        if let Some(url) =
            urls.into_iter().chain(end_session).chain(userinfo).find(|url| !is_safe(url, is_here))
        {
            return Err(format!("it names {url}, which is not https"));
        }
        let further = &metadata.additional_metadata().additional_metadata;
        // Whoever leaves it out ignores what it does not know (RFC 7636 §5), and the nonce still binds the code.
        if further
            .code_challenge_methods_supported
            .as_ref()
            .is_some_and(|known| known.iter().all(|name| name != "S256"))
        {
            return Err("it does not take S256 for a code challenge (RFC 7636)".into());
        }
        let mut asker =
            Client::new(ClientId::new(settings.client_id.to_string()), issuer, JsonWebKeySet::default())
                .set_auth_uri(metadata.authorization_endpoint().clone())
                .set_token_uri(token)
                .set_redirect_uri(settings.redirect_url.clone());
        if let Some(secret) = &settings.secret {
            asker = asker.set_auth_type(shown_by(&metadata)?).set_client_secret(secret.clone());
        }
        let keys = Jwks::new(metadata.jwks_uri().as_str(), client, jwks::Settings::default());
        let keys = Keys::from(&keys.map_err(|error| error.to_string())?);
        let [id_tokens, logout_tokens] = verifiers(settings, &keys).map_err(|error| error.to_string())?;
        Ok(Self { metadata, asker, id_tokens, logout_tokens })
    }

    /// Whether it says who it is when it sends a browser back.
    pub(super) fn names_itself(&self) -> bool {
        self.further().authorization_response_iss_parameter_supported
    }

    /// Whether it may tell of logouts.
    pub(super) fn tells_of_logouts(&self) -> bool {
        self.further().backchannel_logout_supported
    }

    /// Where a browser ends its session at the provider.
    pub(super) fn end_session(&self) -> Option<&Url> {
        self.metadata.additional_metadata().end_session_endpoint.as_ref().map(|url| url.url())
    }

    fn further(&self) -> &Further {
        &self.metadata.additional_metadata().additional_metadata
    }
}

/// How a secret is shown at the token endpoint.
fn shown_by(metadata: &Metadata) -> Result<AuthType, String> {
    let Some(methods) = metadata.token_endpoint_auth_methods_supported() else {
        return Ok(AuthType::BasicAuth);
    };
    if methods.contains(&CoreClientAuthMethod::ClientSecretBasic) {
        Ok(AuthType::BasicAuth)
    } else if methods.contains(&CoreClientAuthMethod::ClientSecretPost) {
        Ok(AuthType::RequestBody)
    } else {
        Err("it takes a secret neither by client_secret_basic nor by client_secret_post".into())
    }
}

fn verifiers(settings: &Settings, keys: &Keys) -> Result<[Verifier<Map<String, Value>>; 2], Error> {
    let issuer = || {
        Issuer::new(&*settings.issuer, keys.clone()).audience(&*settings.client_id).kind("JWT").or_no_kind()
    };
    let id = issuer().max_age(ID_TOKEN_AGE);
    // A type of its own came late (OpenID Connect Back-Channel Logout 1.0 §2.4), and so did `exp`: the age bounds it.
    let logout = issuer().kind("logout+jwt").max_age(LOGOUT_TOKEN_AGE).without_expiry().without_subject();
    // Each comes once.
    let verifier = |issuer| Verifier::builder().issuer(issuer).cache(0).max_length(MAX_ID_TOKEN).build();
    Ok([verifier(id)?, verifier(logout)?])
}

/// Whether what is sent there can be read by nobody on the way: `https`, or this machine where that is allowed.
pub(super) fn is_safe(url: &Url, may_be_here: bool) -> bool {
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_here && may_be_here)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_is_sent_is_encrypted_or_stays_here() {
        let is = |text: &str, here| is_safe(&Url::parse(text).unwrap(), here);
        for url in ["https://id.example.com/a", "http://localhost:1/", "http://127.0.0.1/", "http://[::1]:1/"]
        {
            assert!(is(url, true), "{url}");
        }
        for url in [
            "http://id.example.com/",
            "http://localhost.example.com/",
            "http://10.0.0.1/",
            "ftp://localhost/",
            "javascript:alert(1)",
            "data:,x",
            "file:///etc/passwd",
        ] {
            assert!(!is(url, true), "{url}");
        }
        assert!(!is("http://127.0.0.1/", false));
    }
}

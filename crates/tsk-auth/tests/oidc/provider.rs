//! A provider on a port of its own, which lies as it is told to.

use std::{
    collections::HashMap,
    convert::Infallible,
    fs,
    future::pending,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use data_encoding::BASE64URL_NOPAD;
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, channel::Channel};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use ring::{digest, hmac, rand::SystemRandom, rsa::KeyPair, signature::RSA_PKCS1_SHA256};
use rustls_pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Notify};
use tsk_auth::jwt::{Algorithm, Signer, SigningKey};

pub(crate) const CLIENT: &str = "shop";
pub(crate) const SECRET: &str = "s3cret / ü";
pub(crate) const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A provider that serves for as long as the test.
#[derive(Clone)]
pub(crate) struct Provider {
    address: SocketAddr,
    pub(crate) plan: Arc<Mutex<Plan>>,
    /// Rung when something is asked that is not answered.
    pub(crate) hangs: Arc<Notify>,
}

/// What it does, and has seen.
pub(crate) struct Plan {
    /// Changes what it says of itself.
    pub(crate) metadata: Box<dyn Fn(&mut Value) + Send>,
    /// Changes the claims of ID tokens.
    pub(crate) claims: Box<dyn Fn(&mut Value) + Send>,
    /// Changes what comes with the tokens.
    pub(crate) tokens: Box<dyn Fn(&mut Value) + Send>,
    /// How ID tokens are signed.
    pub(crate) signing: Signing,
    /// What the token endpoint answers.
    pub(crate) answer: Answer,
    pub(crate) keys: Value,
    pub(crate) userinfo: Value,
    codes: HashMap<String, Asked>,
    refresh_tokens: HashMap<String, Asked>,
    count: u64,
    /// The forms that came to the token endpoint.
    pub(crate) forms: Vec<HashMap<String, String>>,
    /// Whose requests had which `Authorization` there.
    pub(crate) shown: Vec<Option<String>>,
    /// The paths that were asked for.
    pub(crate) paths: Vec<String>,
}

/// What a browser brought along.
#[derive(Clone)]
pub(crate) struct Asked(HashMap<String, String>);

#[derive(Clone)]
pub(crate) enum Signing {
    Honest,
    /// With no signature, and `alg` as here.
    None(&'static str),
    /// With HS256 and this.
    Secret(Vec<u8>),
    /// As by another key of the same name.
    Corrupt,
    /// Honestly, with this header.
    Header(Value),
}

#[derive(Clone)]
pub(crate) enum Answer {
    Tokens,
    Json(u16, Value),
    Redirect(String),
    Huge,
    Text(&'static str),
    Hangs,
    /// After the head.
    Trickles,
}

fn file(name: &str) -> Vec<u8> {
    fs::read(Path::new("tests/keys").join(name)).unwrap()
}

pub(crate) fn public_key() -> Vec<u8> {
    file("rsa.pub.pem")
}

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

fn rs256(signed: &[u8]) -> Vec<u8> {
    let der = PrivatePkcs8KeyDer::from_pem_slice(&file("rsa.pem")).unwrap();
    let pair = KeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap();
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed, &mut signature).unwrap();
    signature
}

/// What its keys are called, and what they are.
fn keys() -> Value {
    let key = SigningKey::pem(&file("rsa.pem"), Algorithm::Rs256).unwrap();
    Signer::new("https://nobody.example.com", key, Duration::from_secs(60)).unwrap().jwks(SystemTime::now())
}

fn query(text: &str) -> HashMap<String, String> {
    openidconnect::url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let plan = Plan {
            metadata: Box::new(|_| {}),
            claims: Box::new(|_| {}),
            tokens: Box::new(|_| {}),
            signing: Signing::Honest,
            answer: Answer::Tokens,
            keys: keys(),
            userinfo: json!({ "sub": "ada" }),
            codes: HashMap::new(),
            refresh_tokens: HashMap::new(),
            count: 0,
            forms: Vec::new(),
            shown: Vec::new(),
            paths: Vec::new(),
        };
        let provider = Self {
            address: listener.local_addr().unwrap(),
            plan: Arc::new(Mutex::new(plan)),
            hangs: Arc::default(),
        };
        let serving = provider.clone();
        tokio::spawn(async move {
            loop {
                let stream = TokioIo::new(listener.accept().await.unwrap().0);
                let provider = serving.clone();
                let service = service_fn(move |request| {
                    let provider = provider.clone();
                    async move { Ok::<_, Infallible>(provider.answer(request).await) }
                });
                tokio::spawn(async move {
                    auto::Builder::new(TokioExecutor::new()).serve_connection(stream, service).await
                });
            }
        });
        provider
    }

    pub(crate) fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap()
    }

    /// What a browser that is sent to that URL, and whose user agrees, brings back: the path with its query, and where to.
    pub(crate) fn agree(&self, url: &str) -> (String, HashMap<String, String>) {
        let url: Uri = url.parse().unwrap();
        assert_eq!(
            (url.authority().unwrap().as_str(), url.path()),
            (&*self.address.to_string(), "/authorize")
        );
        let asked = query(url.query().unwrap());
        let mut plan = self.plan();
        plan.count += 1;
        let code = format!("code-{}", plan.count);
        plan.codes.insert(code.clone(), Asked(asked.clone()));
        let answer = HashMap::from([
            ("code".to_owned(), code),
            ("state".to_owned(), asked["state"].clone()),
            ("iss".to_owned(), self.issuer()),
        ]);
        (asked["redirect_uri"].clone(), answer)
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Channel<Bytes>> {
        let (parts, body) = request.into_parts();
        let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        let answer = self.decide(&parts, &body);
        let (status, location, text) = match answer {
            Answer::Json(status, value) => (status, None, value.to_string()),
            Answer::Redirect(location) => (307, Some(location), "{}".to_owned()),
            Answer::Huge => (200, None, format!("{{\"access_token\":\"{}\"", "a".repeat(1 << 20))),
            Answer::Text(text) => (200, None, text.to_owned()),
            Answer::Hangs => {
                self.hangs.notify_one();
                pending().await
            }
            Answer::Trickles => (200, None, String::new()),
            Answer::Tokens => unreachable!("it was made to tokens"),
        };
        let (mut sender, channel) = Channel::new(1);
        let hangs = matches!(answer_kind(&text), Kind::Trickle).then(|| Arc::clone(&self.hangs));
        tokio::spawn(async move {
            let piece = if hangs.is_some() { "{" } else { &*text };
            // A client that has had enough is gone.
            let _ = sender.send_data(Bytes::from(piece.to_owned())).await;
            if let Some(hangs) = hangs {
                hangs.notify_one();
                pending::<()>().await;
            }
        });
        let mut response = Response::builder().status(StatusCode::from_u16(status).unwrap());
        if let Some(location) = location {
            response = response.header("location", location);
        }
        response.header("content-type", "application/json").body(channel).unwrap()
    }

    fn decide(&self, parts: &http::request::Parts, body: &str) -> Answer {
        let issuer = self.issuer();
        let mut plan = self.plan();
        plan.paths.push(parts.uri.path().to_owned());
        match parts.uri.path() {
            "/.well-known/openid-configuration" => {
                let mut metadata = json!({
                    "issuer": issuer,
                    "authorization_endpoint": format!("{issuer}/authorize"),
                    "token_endpoint": format!("{issuer}/token"),
                    "jwks_uri": format!("{issuer}/keys"),
                    "userinfo_endpoint": format!("{issuer}/me"),
                    "end_session_endpoint": format!("{issuer}/end"),
                    "response_types_supported": ["code"],
                    "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": ["RS256", "Unheard-of"],
                    "code_challenge_methods_supported": ["S256"],
                    "authorization_response_iss_parameter_supported": true,
                    "backchannel_logout_supported": true,
                });
                (plan.metadata)(&mut metadata);
                Answer::Json(200, metadata)
            }
            "/keys" => Answer::Json(200, plan.keys.clone()),
            "/me" => {
                plan.shown
                    .push(parts.headers.get("authorization").map(|value| value.to_str().unwrap().to_owned()));
                Answer::Json(200, plan.userinfo.clone())
            }
            "/token" => {
                plan.shown
                    .push(parts.headers.get("authorization").map(|value| value.to_str().unwrap().to_owned()));
                let form = query(body);
                plan.forms.push(form.clone());
                match plan.answer.clone() {
                    Answer::Tokens => plan.token(&issuer, &form),
                    other => other,
                }
            }
            _ => Answer::Json(404, json!({})),
        }
    }

    /// A token of these claims, signed as planned.
    pub(crate) fn sign(&self, header: Value, claims: &Value) -> String {
        self.plan().sign(header, claims)
    }

    /// A token that tells of a logout, with those claims in the place of others.
    pub(crate) fn logout_token(&self, id: &str, change: impl Fn(&mut Value)) -> String {
        let mut claims = json!({
            "iss": self.issuer(), "aud": CLIENT, "iat": now(), "exp": now() + 120, "jti": id, "events": { EVENT: {} },
            "sub": "ada", "sid": "at-the-provider",
        });
        change(&mut claims);
        self.sign(json!({ "typ": "logout+jwt" }), &claims)
    }
}

type Sign = dyn Fn(&[u8]) -> Vec<u8>;

enum Kind {
    Whole,
    Trickle,
}

/// An answer without text is one that trickles.
fn answer_kind(text: &str) -> Kind {
    if text.is_empty() { Kind::Trickle } else { Kind::Whole }
}

impl Plan {
    fn token(&mut self, issuer: &str, form: &HashMap<String, String>) -> Answer {
        let refused = |error: &str| Answer::Json(400, json!({ "error": error }));
        let asked = match &*form["grant_type"] {
            "authorization_code" => self.codes.remove(&form["code"]),
            "refresh_token" => self.refresh_tokens.remove(&form["refresh_token"]),
            _ => return refused("unsupported_grant_type"),
        };
        let Some(Asked(asked)) = asked else { return refused("invalid_grant") };
        if let Some(verifier) = form.get("code_verifier") {
            let hash = digest::digest(&digest::SHA256, verifier.as_bytes());
            if (asked["code_challenge"].as_str(), asked["code_challenge_method"].as_str())
                != (&BASE64URL_NOPAD.encode(hash.as_ref()), "S256")
            {
                return refused("invalid_grant");
            }
        } else if form["grant_type"] == "authorization_code" {
            return refused("invalid_request");
        }
        if form["grant_type"] == "authorization_code" && form.get("redirect_uri") != asked.get("redirect_uri")
        {
            return refused("invalid_grant");
        }
        let access_token = format!("access-{}", self.count);
        let hash = digest::digest(&digest::SHA256, access_token.as_bytes());
        let mut claims = json!({
            "iss": issuer, "aud": CLIENT, "sub": "ada", "iat": now(), "exp": now() + 300, "auth_time": now(),
            "nonce": asked["nonce"], "sid": "at-the-provider", "roles": ["editor"],
            "at_hash": BASE64URL_NOPAD.encode(&hash.as_ref()[..16]),
        });
        (self.claims)(&mut claims);
        self.count += 1;
        let refresh_token = format!("refresh-{}", self.count);
        self.refresh_tokens.insert(refresh_token.clone(), Asked(asked));
        let id_token = self.sign(json!({ "typ": "JWT" }), &claims);
        let mut tokens = json!({
            "access_token": access_token, "token_type": "Bearer", "expires_in": 300, "id_token": id_token,
            "refresh_token": refresh_token,
        });
        (self.tokens)(&mut tokens);
        Answer::Json(200, tokens)
    }

    fn sign(&self, mut header: Value, claims: &Value) -> String {
        let name = self.keys["keys"][0]["kid"].clone();
        header["alg"] = json!("RS256");
        header["kid"] = name;
        let sign: Box<Sign> = match &self.signing {
            Signing::Honest => Box::new(rs256),
            Signing::Header(other) => {
                header.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
                Box::new(rs256)
            }
            Signing::None(alg) => {
                header["alg"] = json!(alg);
                Box::new(|_| Vec::new())
            }
            Signing::Secret(secret) => {
                header["alg"] = json!("HS256");
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
                Box::new(move |signed| hmac::sign(&key, signed).as_ref().to_vec())
            }
            Signing::Corrupt => Box::new(|signed| {
                let mut signature = rs256(signed);
                signature[7] ^= 1;
                signature
            }),
        };
        let [header, claims] =
            [&header, claims].map(|part| BASE64URL_NOPAD.encode(part.to_string().as_bytes()));
        let signed = format!("{header}.{claims}");
        format!("{signed}.{}", BASE64URL_NOPAD.encode(&sign(signed.as_bytes())))
    }
}

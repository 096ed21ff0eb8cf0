//! What a token costs: run it under an instrument, or with `time`.
//!
//! ```console
//! $ cargo build --release --example cost -p tsk-auth
//! $ valgrind --tool=callgrind target/release/examples/cost warm 4000
//! $ target/release/examples/cost time 200000
//! ```
//!
//! The difference between 4,000 and 2,000 requests, less that of `bare`, is what 2,000 tokens cost that were verified before.
//! `cold` and `ring`, with the name of an algorithm as a third argument, are tokens that were not, and ring's own verification
//! of the same bytes. `time` prints what both cost, in CPU time of
//! the thread, which Linux may count in steps of 4 ms: name a large number.

use std::{
    convert::Infallible,
    env,
    error::Error,
    future::{Ready, ready},
    hint::black_box,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::{Duration, SystemTime},
};

use data_encoding::BASE64URL_NOPAD;
use http::{HeaderValue, Request, Response};
use ring::{
    hmac,
    signature::{
        ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey,
        VerificationAlgorithm,
    },
};
use rustls_pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use serde_json::json;
use tower_layer::Layer as _;
use tower_service::Service;
use tsk_auth::jwt::{Algorithm, Bearer, Grant, Issuer, Keys, Signer, SigningKey, Verifier};
use tsk_core::{Body, Endpoint, GateLayer, Params, Peer, RequestContext, RouteTable, Scope};

#[derive(Clone)]
struct Empty;

impl Service<Request<Body>> for Empty {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        RequestContext::recycle(request.into_parts().0.extensions);
        ready(Ok(Response::new(Body::empty())))
    }
}

const RSA: &[u8] = include_bytes!("../tests/keys/rsa.pem");

fn signer(algorithm: Algorithm) -> Result<Signer, Box<dyn Error>> {
    let key = match algorithm {
        Algorithm::Rs256 => SigningKey::pem(RSA, algorithm)?,
        _ => SigningKey::generate(algorithm)?,
    };
    Ok(Signer::new("https://id.example.com", key, Duration::from_secs(3600))?)
}

/// As providers issue them: some 350 bytes before the signature.
fn token(signer: &Signer) -> Result<String, Box<dyn Error>> {
    let grant = Grant::new("auth0|5f7c8ec7c33c6c004bbafe82", "https://shop.example.com");
    let further = json!({ "azp": "my_client_id", "roles": ["customer"], "email_verified": true });
    Ok(signer.issue(&grant.scope("openid profile orders:read"), &further, SystemTime::now())?)
}

fn verifier(signer: &Signer, cache: u64) -> Result<Verifier, Box<dyn Error>> {
    let issuer =
        Issuer::new("https://id.example.com", Keys::from(signer)).audience("https://shop.example.com");
    Ok(Verifier::builder().issuer(issuer).cache(cache).build()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let what = args.next().unwrap_or_else(|| "time".into());
    let count: u32 = args.next().unwrap_or_default().parse().unwrap_or(200_000);
    match &*what {
        "bare" | "warm" => requests(&what, count),
        "time" => {
            for algorithm in [Algorithm::Hs256, Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
                cold(algorithm, count)?;
            }
            Ok(())
        }
        "cold" | "ring" => {
            let name = args.next().unwrap_or_default();
            let algorithm = Algorithm::named(&name).ok_or("name an algorithm, such as RS256")?;
            let mut run = Cold::new(algorithm)?;
            (0..count).for_each(|_| if what == "cold" { run.verify() } else { run.ring() });
            Ok(())
        }
        other => Err(format!("{other}: write bare, warm, cold, ring or time").into()),
    }
}

/// Requests with a token that was verified before, or past it.
fn requests(what: &str, count: u32) -> Result<(), Box<dyn Error>> {
    let signer = signer(Algorithm::Es256)?;
    let (gate, token) = (Bearer::new(verifier(&signer, 1 << 20)?), token(&signer)?);
    if what == "warm" {
        ask(GateLayer::new(Arc::new(gate)).layer(Empty), &token, count)
    } else {
        ask(Empty, &token, count)
    }
}

fn ask<S, B>(mut service: S, token: &str, count: u32) -> Result<(), Box<dyn Error>>
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible>,
{
    let routes = RouteTable::new([Endpoint::new(Some(http::Method::GET), "/users/{id}")]);
    let peer = Peer::from(std::net::SocketAddr::from(([192, 0, 2, 1], 4711)));
    let scope = Arc::new(Scope::new(Arc::new(routes), peer));
    let mut cx = Context::from_waker(Waker::noop());
    let uri: http::Uri = "/users/42?page=2".parse()?;
    let authorization = HeaderValue::try_from(format!("Bearer {token}"))?;
    for _ in 0..count {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = uri.clone();
        request.headers_mut().insert("host", HeaderValue::from_static("localhost:8080"));
        request.headers_mut().insert("authorization", authorization.clone());
        RequestContext::attach(request.extensions_mut(), &scope, 0, Params::default());
        let Poll::Ready(Ok(answer)) = pin!(service.call(request)).poll(&mut cx) else {
            unreachable!("it is ready")
        };
        assert_eq!(answer.status(), 200);
        drop(black_box(answer));
    }
    Ok(())
}

/// A token that is verified as if it were new each time.
struct Cold {
    verifier: Verifier,
    token: String,
    now: SystemTime,
    ring: Ring,
    signature: Vec<u8>,
}

impl Cold {
    fn new(algorithm: Algorithm) -> Result<Self, Box<dyn Error>> {
        let signer = signer(algorithm)?;
        let (verifier, token) = (verifier(&signer, 0)?, token(&signer)?);
        let (_, signature) = token.rsplit_once('.').ok_or("no token")?;
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes())?;
        Ok(Self { verifier, token, now: SystemTime::now(), ring: ring_alone(&signer, algorithm)?, signature })
    }

    fn verify(&mut self) {
        assert!(self.verifier.check(black_box(&self.token), self.now).is_ok());
    }

    /// By ring alone, of the same bytes.
    fn ring(&mut self) {
        let (signed, _) = self.token.rsplit_once('.').expect("it has three parts");
        assert!((self.ring)(black_box(signed.as_bytes()), &self.signature));
    }
}

/// In turns with ring alone.
fn cold(algorithm: Algorithm, count: u32) -> Result<(), Box<dyn Error>> {
    let mut run = Cold::new(algorithm)?;
    let rounds = 9;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        ours.push(timed(count / rounds, || run.verify()));
        theirs.push(timed(count / rounds, || run.ring()));
    }
    let [ours, theirs] = [ours, theirs].map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    });
    println!("{algorithm}: {ours:.2} µs cold, ring alone {theirs:.2} µs, {:.2} times as much", ours / theirs);
    Ok(())
}

type Ring = Box<dyn Fn(&[u8], &[u8]) -> bool>;

/// Verification by ring, with the key as it is published.
fn ring_alone(signer: &Signer, algorithm: Algorithm) -> Result<Ring, Box<dyn Error>> {
    let jwks = signer.jwks(SystemTime::now());
    let bytes =
        |name: &str| BASE64URL_NOPAD.decode(jwks["keys"][0][name].as_str().unwrap_or_default().as_bytes());
    let (method, key): (&'static dyn VerificationAlgorithm, Vec<u8>) = match algorithm {
        Algorithm::Hs256 => {
            let key = hmac::Key::new(hmac::HMAC_SHA256, &[7; 64]);
            return Ok(Box::new(move |signed, _| hmac::sign(&key, signed).as_ref().len() == 32));
        }
        Algorithm::Rs256 => {
            let key = PrivatePkcs8KeyDer::from_pem_slice(RSA)?;
            let pair = RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).map_err(|error| error.to_string())?;
            (&RSA_PKCS1_2048_8192_SHA256, pair.public().as_ref().to_vec())
        }
        Algorithm::Es256 => (&ECDSA_P256_SHA256_FIXED, [&[4], &*bytes("x")?, &*bytes("y")?].concat()),
        _ => (&ED25519, bytes("x")?),
    };
    let key = UnparsedPublicKey::new(method, key);
    Ok(Box::new(move |signed, signature| key.verify(signed, signature).is_ok()))
}

/// Microseconds for one, of this thread's CPU time as Linux says.
fn timed(count: u32, mut one: impl FnMut()) -> f64 {
    let before = cpu_time();
    for _ in 0..count {
        one();
    }
    (cpu_time() - before) as f64 / 1e3 / f64::from(count)
}

fn cpu_time() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split_whitespace().next().and_then(|nanos| nanos.parse().ok()).unwrap_or_default()
}

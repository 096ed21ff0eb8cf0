//! Tokens for the servers with everything on: `tokens COUNT` prints so many, one a line, each another one. They are those of a
//! thousand callers, and hold for a day.

use std::io::{BufWriter, Write, stdout};
use std::time::{SystemTime, UNIX_EPOCH};

use contract::caller::{AUDIENCE, Claims, ISSUER, SCOPE, SECRET};
use jsonwebtoken::{EncodingKey, Header, encode};

const CALLERS: u64 = 1_000;
const DAY: u64 = 24 * 60 * 60;

fn main() {
    let count: u64 = std::env::args().nth(1).and_then(|count| count.parse().ok()).expect("tokens COUNT");
    let key = EncodingKey::from_secret(SECRET);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970").as_secs();
    let mut out = BufWriter::new(stdout());
    for number in 0..count {
        let claims = Claims {
            iss: ISSUER.into(),
            aud: AUDIENCE.into(),
            sub: format!("user-{}", number % CALLERS),
            exp: now + DAY,
            iat: now,
            jti: format!("{number:016x}"),
            scope: format!("openid profile {SCOPE}"),
        };
        let token = encode(&Header::default(), &claims, &key).expect("a token");
        writeln!(out, "{token}").expect("somebody who reads");
    }
    out.flush().expect("somebody who reads");
}

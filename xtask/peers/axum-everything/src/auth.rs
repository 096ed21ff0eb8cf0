//! Who is calling, as in axum's example `jwt`, with what does not change from request to request kept.

use std::sync::LazyLock;

use axum::RequestPartsExt;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::TypedHeader;
use axum_extra::headers::Authorization;
use axum_extra::headers::authorization::Bearer;
use contract::caller::{AUDIENCE, Claims, ISSUER, SCOPE, SECRET};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};

static KEY: LazyLock<DecodingKey> = LazyLock::new(|| DecodingKey::from_secret(SECRET));

static VALIDATION: LazyLock<Validation> = LazyLock::new(|| {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["aud", "exp", "iss", "sub"]);
    validation
});

/// Lets those in who may, and says further in who it is.
pub async fn authenticate(request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(TypedHeader(Authorization(bearer))) = parts.extract::<TypedHeader<Authorization<Bearer>>>().await
    else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let Ok(token) = decode::<Claims>(bearer.token(), &KEY, &VALIDATION) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    if !token.claims.scope.split(' ').any(|scope| scope == SCOPE) {
        return StatusCode::FORBIDDEN.into_response();
    }
    parts.extensions.insert(token.claims);
    next.run(Request::from_parts(parts, body)).await
}

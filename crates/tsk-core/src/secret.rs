//! What must not be written down, whoever writes.

/// What protocols call the parameters of a query that let their bearer in: those of OAuth 2, OpenID Connect and signed URLs. In lower
/// case, with a space between.
///
/// It is here once, so that what is not in the access log is not in a span either.
pub const PARAMETERS: &str = "access_token api_key apikey assertion auth authorization client_assertion client_secret code code_verifier \
    id_token id_token_hint jwt key passwd password refresh_token secret session sig signature token x-amz-security-token \
    x-amz-signature";

//! Where others are asked.

use http::Uri;

/// An address to which something may be said that nobody else is to hear, or change: by `https`, unless it is of this machine.
///
/// # Errors
///
/// What is wrong with it.
pub(crate) fn guarded(text: &str) -> Result<Uri, &'static str> {
    let url: Uri = text.parse().map_err(|_| "it is no URL")?;
    let host = url.host().unwrap_or_default();
    let is_here = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
    let is_guarded = url.scheme_str() == Some("https") || (url.scheme_str() == Some("http") && is_here);
    if host.is_empty() || !is_guarded {
        return Err("write a URL that begins with https://");
    }
    Ok(url)
}

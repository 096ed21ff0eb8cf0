//! What the headers may say.

use serde::{Deserialize, Serialize};

/// The security headers: section `[http.security_headers]` of `tsk.toml`.
///
/// Each setting is the value of the header of its name; an empty one leaves the header out. What does nothing
/// for an answer that is no document is sent with documents alone: HTML, SVG and other XML.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// With every answer. `nosniff` has browsers believe `content-type` (Fetch §3.6). Default: `nosniff`.
    pub x_content_type_options: String,

    /// With every answer on an encrypted connection: that browsers are to come back encrypted (RFC 6797).
    /// Default: `max-age=31536000`, a year.
    pub strict_transport_security: String,

    /// With documents: what they may load and run, and who may frame them (CSP Level 3). Default: `base-uri
    /// 'self'; frame-ancestors 'none'; object-src 'none'`, which leaves scripts, styles and images to the site.
    pub content_security_policy: String,

    /// With documents: who may frame them, for browsers that do not know `frame-ancestors`: `DENY`,
    /// `SAMEORIGIN`. Default: `DENY`.
    pub x_frame_options: String,

    /// With documents: what links and loads tell other sites of the page's address (Referrer Policy).
    /// Default: `same-origin`, nothing.
    pub referrer_policy: String,

    /// With documents: which windows keep a handle on each other (HTML §7.1.3). Default: `same-origin`.
    pub cross_origin_opener_policy: String,

    /// With every answer: whose pages may load it without asking by CORS (Fetch §3.7): `same-origin`,
    /// `same-site`, `cross-origin`. Default: not sent.
    pub cross_origin_resource_policy: String,

    /// With documents: which abilities of the browser they, and what they frame, may use (Permissions
    /// Policy). Default: not sent.
    pub permissions_policy: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            x_content_type_options: "nosniff".into(),
            strict_transport_security: "max-age=31536000".into(),
            content_security_policy: "base-uri 'self'; frame-ancestors 'none'; object-src 'none'".into(),
            x_frame_options: "DENY".into(),
            referrer_policy: "same-origin".into(),
            cross_origin_opener_policy: "same-origin".into(),
            cross_origin_resource_policy: String::new(),
            permissions_policy: String::new(),
        }
    }
}

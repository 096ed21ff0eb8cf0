//! The answer to a preflight.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::policy::{Names, Policy};

const REQUEST_PRIVATE_NETWORK: &str = "access-control-request-private-network";
const ALLOW_PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-allow-private-network");
const VARY: HeaderValue = HeaderValue::from_static(
    "origin, access-control-request-method, access-control-request-headers, access-control-request-private-network",
);
const TRUE: HeaderValue = HeaderValue::from_static("true");

/// What is allowed where neither the configuration nor the routes name methods.
static USUAL: HeaderValue = HeaderValue::from_static("DELETE, GET, HEAD, PATCH, POST, PUT");

/// The most that is repeated of the names that a request asks for, in bytes.
const MAX_MIRRORED: usize = 4096;

impl Policy {
    /// The headers of the answer to a preflight, for a path that has the `declared` methods.
    ///
    /// One that asks for anything that is not allowed is allowed nothing.
    pub(super) fn preflight(&self, request: &HeaderMap, declared: Option<&HeaderValue>) -> HeaderMap {
        let mut answer = HeaderMap::new();
        if let Err(reason) = self.decide(request, declared, &mut answer) {
            let origin = request.get(header::ORIGIN);
            tracing::debug!(?origin, reason, "a page of another origin was refused");
            answer.clear();
        }
        answer.insert(header::VARY, VARY);
        answer
    }

    fn decide(
        &self,
        request: &HeaderMap,
        declared: Option<&HeaderValue>,
        answer: &mut HeaderMap,
    ) -> Result<(), &'static str> {
        let grant = self.origins.grant(request.get(header::ORIGIN)).ok_or("the origin is not allowed")?;
        self.grant(answer, &grant);

        let methods = self.methods.as_ref().or(declared).unwrap_or(&USUAL);
        let method = request.get(header::ACCESS_CONTROL_REQUEST_METHOD);
        let wanted = method.is_some_and(|wanted| listed(methods).any(|method| method == wanted.as_bytes()));
        if !wanted {
            return Err("the method is not allowed");
        }
        answer.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods.clone());

        if let Some(names) = self.allowed_names(request).ok_or("a header is not allowed")? {
            answer.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names);
        }

        if request.get(REQUEST_PRIVATE_NETWORK).is_some_and(|value| value == "true") {
            if !self.private_network {
                return Err("private networks are not to be reached from others");
            }
            answer.insert(ALLOW_PRIVATE_NETWORK, TRUE);
        }
        answer.insert(header::ACCESS_CONTROL_MAX_AGE, self.max_age.clone());
        Ok(())
    }

    /// What to say of the headers that are asked for; `None` where one of them is not allowed.
    fn allowed_names(&self, request: &HeaderMap) -> Option<Option<HeaderValue>> {
        let mut wanted = request.get_all(header::ACCESS_CONTROL_REQUEST_HEADERS).iter().flat_map(listed);
        match &self.headers {
            Names::Listed { names, value } => {
                let is_listed = |wanted: &[u8]| names.iter().any(|name| is_same(name, wanted));
                wanted.all(is_listed).then(|| value.clone())
            }
            Names::Any => {
                // Parsed, not copied: nothing but names comes back.
                let mut names = String::new();
                for name in wanted {
                    let name = HeaderName::from_bytes(name).ok()?;
                    let separator = if names.is_empty() { "" } else { ", " };
                    names.extend([separator, name.as_str()]);
                    if names.len() > MAX_MIRRORED {
                        return None;
                    }
                }
                Some(if names.is_empty() { None } else { HeaderValue::try_from(names).ok() })
            }
        }
    }
}

fn is_same(name: &HeaderName, wanted: &[u8]) -> bool {
    name.as_str().as_bytes().eq_ignore_ascii_case(wanted)
}

/// The members of a list (RFC 9110 §5.6.1).
fn listed(value: &HeaderValue) -> impl Iterator<Item = &[u8]> {
    let members = value.as_bytes().split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
    members.filter(|member| !member.is_empty())
}

//! Who somebody is by what the provider says of them.

use serde_json::{Map, Value};

use super::OidcError;
use crate::{access::Grants, session::Login};

type Claims = Map<String, Value>;

/// Where claims say what.
pub(super) struct Mapping {
    pub(super) subject: Box<str>,
    pub(super) roles: Option<Box<str>>,
    pub(super) permissions: Option<Box<str>>,
    pub(super) asks_userinfo: bool,
    pub(super) own: Option<Box<Identify>>,
}

/// As an application says who somebody is.
pub(super) type Identify = dyn Fn(&Claims) -> Option<Login> + Send + Sync;

impl Default for Mapping {
    fn default() -> Self {
        Self { subject: "sub".into(), roles: None, permissions: None, asks_userinfo: false, own: None }
    }
}

impl Mapping {
    /// Who it is.
    pub(super) fn login(&self, claims: &Claims) -> Result<Login, OidcError> {
        if let Some(own) = &self.own {
            return own(claims)
                .ok_or(OidcError::NotLetIn("the application knows nobody by these claims".into()));
        }
        let name = &*self.subject;
        let subject = find(claims, name)
            .and_then(Value::as_str)
            .filter(|subject| !subject.is_empty() && !subject.chars().any(char::is_control));
        let Some(subject) = subject else {
            return Err(OidcError::NotLetIn(format!("the claim `{name}` names nobody").into()));
        };
        // Whoever may write any address there would be whom they like.
        if name == "email" && claims.get("email_verified") != Some(&Value::Bool(true)) {
            return Err(OidcError::NotLetIn(
                "the provider does not say `email_verified` of the `email`".into(),
            ));
        }
        let roles = self.roles.as_deref().map_or_else(Vec::new, |name| texts(find(claims, name)));
        let permissions = self.permissions.as_deref().map_or_else(Vec::new, |name| texts(find(claims, name)));
        let grants = roles.into_iter().fold(Grants::default(), Grants::role);
        let words = permissions.into_iter().flat_map(str::split_ascii_whitespace);
        Ok(Login::new(subject).grants(words.fold(grants, Grants::permission)))
    }
}

/// The claim of that name, or else what is there along a path of names with dots between them.
fn find<'a>(claims: &'a Claims, name: &str) -> Option<&'a Value> {
    claims.get(name).or_else(|| {
        let (first, rest) = name.split_once('.')?;
        rest.split('.').try_fold(claims.get(first)?, |value, name| value.get(name))
    })
}

/// A text, or a list of them; what is no text is passed over.
fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    fn login(mapping: &Mapping, claims: Value) -> Result<Login, String> {
        mapping.login(claims.as_object().unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn roles_and_permissions_are_where_a_provider_has_them() {
        let mapping = |roles: &str, permissions: &str| Mapping {
            roles: Some(roles.into()),
            permissions: Some(permissions.into()),
            ..Mapping::default()
        };
        let claims = json!({
            "sub": "ada", "realm": { "roles": ["editor", 7, "author"] }, "https://shop.example.com/roles": "admin",
            "scope": "orders:read orders:write", "rights": ["users:read"],
        });
        let expected = Login::new("ada").grants(
            Grants::default()
                .role("editor")
                .role("author")
                .permission("orders:read")
                .permission("orders:write"),
        );
        assert_eq!(login(&mapping("realm.roles", "scope"), claims.clone()).unwrap(), expected);
        let expected = Login::new("ada").grants(Grants::default().role("admin").permission("users:read"));
        assert_eq!(
            login(&mapping("https://shop.example.com/roles", "rights"), claims.clone()).unwrap(),
            expected
        );
        assert_eq!(login(&mapping("realm", "no.where"), claims).unwrap(), Login::new("ada"));
    }

    #[test]
    fn an_address_that_anybody_may_write_names_nobody() {
        let mapping = Mapping { subject: "email".into(), ..Mapping::default() };
        let claims =
            |verified: Value| json!({ "sub": "7", "email": "ada@example.com", "email_verified": verified });
        assert_eq!(login(&mapping, claims(json!(true))).unwrap(), Login::new("ada@example.com"));
        for verified in [json!(false), json!(null), json!("true"), json!(1)] {
            assert!(
                login(&mapping, claims(verified.clone())).unwrap_err().contains("email_verified"),
                "{verified}"
            );
        }
        assert!(login(&mapping, json!({ "sub": "7" })).unwrap_err().contains("`email` names nobody"));
        for odd in ["", "a\nb", "\u{1}a"] {
            assert!(login(&Mapping::default(), json!({ "sub": odd })).is_err(), "{odd:?}");
        }
    }
}

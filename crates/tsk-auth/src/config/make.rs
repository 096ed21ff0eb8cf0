//! From what is told to what is done.

mod introspection;

use std::{path::Path, sync::Arc};

use http::Method;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Map, Value};

use super::{AccessConfig, Config, JwtConfig, Stores, Whom};
use crate::{
    Auth, Error,
    access::{Access, Demand, Permission, Roles},
    api_key::{ApiKeys, FileStore},
    basic::{Accounts, Basic},
    gate::Builder,
    jwt::{Algorithm, Bearer, Builder as Verifying, Issuer, Key, Keys, Verifier},
};

impl Config {
    /// The gate that it tells of, for an application to add to. Paths are from the directory that the program was started in.
    ///
    /// # Errors
    ///
    /// A setting that cannot be, by its key.
    pub fn builder(&self) -> Result<Builder, Error> {
        self.builder_in(Path::new(""), &Stores::new(self)?)
    }

    /// The same, with paths from that directory, and what was kept before.
    ///
    /// # Errors
    ///
    /// As [`builder`](Self::builder).
    pub fn builder_in(&self, directory: &Path, stores: &Stores) -> Result<Builder, Error> {
        let mut builder = Auth::builder().roles(self.roles()?).audit(stores.audit().clone());
        if let Whom::Public = self.unmatched {
            builder = builder.unmatched(Access::public());
        }
        if let Some(path) = &self.login {
            builder = builder.login(path).map_err(|error| error.within("auth.login"))?;
        }
        // Before other bearer tokens: it takes those alone that begin as its own do.
        builder = self.api_keys(directory, stores)?.into_iter().fold(builder, Builder::scheme);
        match &self.roles_at {
            _ if self.jwt.is_empty() => {}
            Some(claim) => {
                builder = builder.scheme(
                    self.bearer(Verifier::<Map<String, Value>>::builder().roles_at(claim), directory)?,
                );
            }
            None => builder = builder.scheme(self.bearer(Verifier::<IgnoredAny>::builder(), directory)?),
        }
        builder = self.introspection(builder, directory)?;
        builder = self.sessions(stores)?.into_iter().fold(builder, Builder::sessions);
        if let Some(path) = &self.basic {
            let basic = Accounts::open(directory.join(path)).map_err(|error| Error::new(error.to_string()));
            let basic = basic.and_then(Basic::new).map_err(|error| error.within("auth.basic"))?;
            builder = builder.scheme(match &self.realm {
                Some(realm) => basic.realm(realm).map_err(|error| error.within("auth.realm"))?,
                None => basic,
            });
        }
        for (at, access) in self.access.iter().enumerate() {
            let demands = access.demand().map_err(|error| error.within(&format!("auth.access[{at}]")))?;
            builder = builder.demand(demands);
        }
        Ok(builder)
    }

    /// The API keys that it tells of, if it does.
    ///
    /// # Errors
    ///
    /// A file that cannot be read or is not of keys, and a Redis of which nothing is said.
    pub fn api_keys(&self, directory: &Path, stores: &Stores) -> Result<Option<ApiKeys>, Error> {
        let Some(path) = &self.api_keys else { return Ok(None) };
        if self.has_keys_in_redis() {
            return Ok(Some(ApiKeys::new(stores.api_keys()?).audit(stores.audit().clone())));
        }
        let store = FileStore::open(directory.join(path)).map_err(|error| Error::new(error.to_string()));
        let store = store.map_err(|error| error.within("auth.api_keys"))?;
        Ok(Some(ApiKeys::new(Arc::new(store)).audit(stores.audit().clone())))
    }

    fn roles(&self) -> Result<Roles, Error> {
        let roles = self.role.iter().fold(Roles::builder(), |roles, (name, role)| {
            roles.role(name, &role.permits).inherits(name, &role.inherits)
        });
        roles.build().map_err(|error| error.within("auth.role"))
    }

    fn bearer<C>(&self, mut verifier: Verifying<C>, directory: &Path) -> Result<Bearer<C>, Error>
    where
        C: DeserializeOwned + Send + Sync + 'static,
    {
        for (at, jwt) in self.jwt.iter().enumerate() {
            let issuer = jwt.issuer(directory).map_err(|error| error.within(&format!("auth.jwt[{at}]")))?;
            verifier = verifier.issuer(issuer);
        }
        if self.has_other_issuers() {
            verifier = verifier.qualified();
        }
        let bearer = Bearer::new(verifier.build().map_err(|error| error.within("auth.jwt"))?);
        let bearer = if self.introspection.is_some() { bearer.beside() } else { bearer };
        match &self.realm {
            Some(realm) => bearer.realm(realm).map_err(|error| error.within("auth.realm")),
            None => Ok(bearer),
        }
    }
}

impl JwtConfig {
    fn issuer(&self, directory: &Path) -> Result<Issuer, Error> {
        if self.issuer.is_empty() {
            return Err(Error::new("write `issuer`, as its tokens have it in `iss`"));
        }
        let algorithm = self.algorithm.as_deref().map(algorithm).transpose()?;
        let keys = match (&self.jwks, &*self.keys) {
            (Some(url), []) => jwks(url)?,
            (None, files @ [_, ..]) => {
                let keys = files.iter().map(|file| Key::file(&directory.join(file), algorithm));
                Keys::fixed(keys.collect::<Result<Vec<_>, _>>()?.into_iter().flatten())?
            }
            _ => return Err(Error::new("write `jwks`, a URL, or `keys`, files: one of both")),
        };
        Ok(self
            .audience
            .iter()
            .fold(Issuer::new(&*self.issuer, keys), |issuer, audience| issuer.audience(&**audience)))
    }
}

#[cfg(feature = "client")]
fn jwks(url: &str) -> Result<Keys, Error> {
    Ok(Keys::from(&crate::jwt::Jwks::fetch(url)?))
}

#[cfg(not(feature = "client"))]
fn jwks(_: &str) -> Result<Keys, Error> {
    Err(Error::new("this program was built without the feature `client` of tsk-auth, which fetches `jwks`"))
}

fn algorithm(name: &str) -> Result<Algorithm, Error> {
    Algorithm::named(name).ok_or_else(|| {
        Error::new(format!("{name:?} is no algorithm; write one such as \"ES256\", \"EdDSA\" or \"HS256\""))
    })
}

impl AccessConfig {
    fn demand(&self) -> Result<Demand, Error> {
        if !self.routes.starts_with('/') {
            return Err(Error::new("write `routes`: a path such as \"/users/{id}\", or \"/users/*\""));
        }
        let demand = Demand::new(&*self.routes, self.access()?);
        self.methods.iter().try_fold(demand, |demand, name| {
            // Methods are told apart by case (RFC 9110 §9.1).
            let method = Method::from_bytes(name.as_bytes())
                .ok()
                .filter(|_| !name.bytes().any(|byte| byte.is_ascii_lowercase()));
            let method = method
                .ok_or_else(|| Error::new(format!("{name:?} is no method; write one such as \"GET\"")))?;
            Ok(demand.method(method))
        })
    }

    pub(super) fn access(&self) -> Result<Access, Error> {
        let permissions = self.permissions.iter().map(|name| name.parse::<Permission>().map(Access::from));
        let mut all = permissions.collect::<Result<Vec<_>, _>>()?;
        if !self.roles.is_empty() {
            all.push(Access::any(self.roles.iter().map(|name| Access::role(&**name))));
        }
        match self.whom {
            Whom::Public if all.is_empty() => Ok(Access::public()),
            Whom::Public => Err(Error::new("what is public needs neither roles nor permissions")),
            Whom::Authenticated => Ok(Access::all(all)),
        }
    }
}

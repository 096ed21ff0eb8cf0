//! From what is told of a server that is asked about tokens to the scheme.

use std::path::Path;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Map, Value};

use crate::{
    Config, Error,
    config::{ClientAuth, IntrospectionConfig},
    gate,
    introspection::{Builder, Introspection},
    oauth::{Credentials, Server},
};

impl Config {
    /// Whether the same `sub` may be that of two: by tokens of several issuers, one of whom is asked.
    pub(in crate::config) fn has_other_issuers(&self) -> bool {
        let asked = self.introspection.as_ref().map(|asked| asked.issuer.as_deref());
        asked.is_some_and(|asked| self.jwt.iter().any(|jwt| Some(&*jwt.issuer) != asked))
    }

    /// Adds the scheme, after those for tokens that are known by their look.
    pub(super) fn introspection(
        &self,
        builder: gate::Builder,
        directory: &Path,
    ) -> Result<gate::Builder, Error> {
        let Some(config) = &self.introspection else { return Ok(builder) };
        let scheme = || -> Result<_, Error> {
            let server = config.server(directory)?;
            Ok(match &self.roles_at {
                Some(claim) => {
                    let asking = Introspection::<Map<String, Value>>::builder(server).roles_at(claim);
                    builder.scheme(self.asking(config, asking)?)
                }
                None => builder.scheme(self.asking(config, Introspection::<IgnoredAny>::builder(server))?),
            })
        };
        scheme().map_err(|error| error.within("auth.introspection"))
    }

    fn asking<C>(
        &self,
        config: &IntrospectionConfig,
        mut asking: Builder<C>,
    ) -> Result<Introspection<C>, Error>
    where
        C: DeserializeOwned + Send + Sync + 'static,
    {
        asking =
            config.audience.iter().fold(asking.keep(config.keep), |asking, name| asking.audience(&**name));
        if config.any_audience {
            asking = asking.any_audience();
        }
        if let Some(issuer) = &config.issuer {
            asking = asking.issuer(&**issuer);
        }
        if self.has_other_issuers() {
            asking = asking.qualified();
        }
        if let Some(realm) = &self.realm {
            asking = asking.realm(realm)?;
        }
        asking.build()
    }
}

impl IntrospectionConfig {
    fn server(&self, directory: &Path) -> Result<Server, Error> {
        let credentials = Credentials::new(&*self.client_id, self.client_secret.reveal())?;
        let credentials = match self.client_auth {
            ClientAuth::Basic => credentials,
            ClientAuth::Post => credentials.in_form(),
        };
        if self.timeout.is_zero() {
            return Err(Error::new("write `timeout`: no answer comes in no time"));
        }
        Ok(self.fetch(credentials, directory)?.timeout(self.timeout))
    }

    #[cfg(feature = "client")]
    fn fetch(&self, credentials: Credentials, directory: &Path) -> Result<Server, Error> {
        let authorities = self.authorities.as_ref().map(|path| directory.join(path));
        let settings =
            tsk_core::client::Settings { timeout: self.timeout, authorities, ..Default::default() };
        Server::fetch_with(&self.url, credentials, settings)
    }

    #[cfg(not(feature = "client"))]
    fn fetch(&self, _: Credentials, _: &Path) -> Result<Server, Error> {
        Err(Error::new(
            "this program was built without the feature `client` of tsk-auth, which asks the server",
        ))
    }
}

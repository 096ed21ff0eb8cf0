//! From what is told of a provider to logins at it.

use std::path::Path;

use crate::{
    Error,
    config::{Config, OidcConfig},
    gate::Builder,
    session::Sessions,
};

impl Config {
    /// Adds logins at a provider, if it tells of one; these make the sessions.
    pub(super) fn logins(
        &self,
        builder: Builder,
        sessions: Sessions,
        directory: &Path,
    ) -> Result<Builder, Error> {
        match &self.oidc {
            None => Ok(builder.sessions(sessions)),
            Some(config) => {
                add(builder, config, sessions, directory).map_err(|error| error.within("auth.oidc"))
            }
        }
    }
}

#[cfg(all(feature = "oidc", feature = "client"))]
fn add(
    builder: Builder,
    config: &OidcConfig,
    sessions: Sessions,
    directory: &Path,
) -> Result<Builder, Error> {
    use std::{fs, sync::Arc};

    use tsk_core::client::{Client, Settings};

    let mut oidc =
        crate::oidc::Oidc::builder(&*config.issuer, &*config.client_id, &*config.redirect_url, sessions)
            .subject_at(&*config.subject_at)
            .home(&*config.home);
    oidc = match (&config.client_secret, &config.client_secret_file) {
        (None, None) => oidc,
        (Some(secret), None) => oidc.client_secret(secret.reveal()),
        (None, Some(path)) => {
            let path = directory.join(path);
            let secret = fs::read_to_string(&path);
            let secret = secret.map_err(|error| Error::new(format!("{}: {error}", path.display())))?;
            oidc.client_secret(secret.trim_end_matches(['\r', '\n']))
        }
        (Some(_), Some(_)) => {
            return Err(Error::new("write `client_secret` or `client_secret_file`: one of both"));
        }
    };
    oidc = config.scopes.iter().fold(oidc, |oidc, scope| oidc.scope(&**scope));
    if let Some(claim) = &config.roles_at {
        oidc = oidc.roles_at(&**claim);
    }
    if let Some(claim) = &config.permissions_at {
        oidc = oidc.permissions_at(&**claim);
    }
    if config.userinfo {
        oidc = oidc.userinfo();
    }
    if let Some(age) = config.max_age {
        oidc = oidc.max_age(age);
    }
    if let Some(url) = &config.after_logout {
        oidc = oidc.after_logout(&**url);
    }
    if let Some(path) = &config.authorities {
        let settings = Settings { authorities: Some(directory.join(path)), ..Settings::default() };
        let client = Client::new(&settings).map_err(|error| Error::new(error.to_string()))?;
        oidc = oidc.client(Arc::new(client));
    }
    Ok(builder.oidc(oidc.build()?))
}

#[cfg(not(all(feature = "oidc", feature = "client")))]
fn add(_: Builder, _: &OidcConfig, _: Sessions, _: &Path) -> Result<Builder, Error> {
    Err(Error::new("this program was built without the features `oidc` and `client` of tsk-auth"))
}

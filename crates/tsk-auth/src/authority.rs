//! The gate as the authority that handlers and sockets ask.

use std::sync::Arc;

use tsk_core::{
    Authority, Problem,
    authority::{Authenticating, Caller},
};

use crate::{Attempt, Auth, Identity, access::Permission, problem};

impl Authority for Auth {
    fn authenticate<'a>(&'a self, proof: &'a str) -> Authenticating<'a> {
        let mut attempts = self.schemes().map(|scheme| scheme.verify(proof));
        let attempt = attempts.find(|attempt| !matches!(attempt, Attempt::Absent));
        Box::pin(async move {
            let identity = match attempt {
                Some(Attempt::Known(identity)) => Some(identity),
                Some(Attempt::Wait(asking)) => asking.await.ok(),
                Some(Attempt::Refused(_) | Attempt::Absent) | None => None,
            };
            let identity = identity.ok_or_else(|| Problem::of(problem::UNAUTHENTICATED))?;
            Ok(Caller::new(Arc::clone(identity.principal()), Some(identity)))
        })
    }

    fn permits(&self, caller: &Caller, permission: &str) -> bool {
        let identity = caller.claims::<Identity>();
        let permission = permission.parse::<Permission>();
        identity.zip(permission.ok()).is_some_and(|(identity, permission)| {
            self.roles().permits(identity.granted(), &permission).is_some()
        })
    }
}

//! What may refuse a request: limits that know nobody, authentication, limits that know who is calling, and the limit of what
//! is worked on at a time.

use std::{fmt, path::Path, sync::Arc};

use tsk_auth::{Auth, config::Stores, gate as auth, session::Sessions};
use tsk_core::{Gate, GateLayer, Principal};
use tsk_http::{Routes, middleware::Chain};
use tsk_ratelimit::{
    LimitGate, Limits,
    adaptive::{self, AdaptiveGate, Priority},
    gate::ImmediateGate,
};

use crate::Error;

/// What says who is calling, in the making.
pub(crate) enum Authentication {
    /// By the settings, with what the application adds to them.
    Ours(Vec<Box<Adding>>),
    /// By a gate of the application's own.
    Own(Box<Putting>),
}

type Adding = dyn FnOnce(auth::Builder) -> auth::Builder + Send + Sync;
type Putting = dyn FnOnce(&mut Routes, Chain) -> Result<Chain, Error> + Send + Sync;

impl Authentication {
    pub(crate) fn own(mut gate: impl Gate) -> Self {
        Self::Own(Box::new(move |routes, layers| {
            routes.bind(&mut gate)?;
            Ok(layers.layer(GateLayer::new(Arc::new(gate))))
        }))
    }

    /// Adds to what the settings say.
    pub(crate) fn with(
        self,
        add: impl FnOnce(auth::Builder) -> auth::Builder + Send + Sync + 'static,
    ) -> Self {
        let mut added = match self {
            Self::Ours(added) => added,
            Self::Own(_) => Vec::new(),
        };
        added.push(Box::new(add));
        Self::Ours(added)
    }

    /// Reads the settings, for routes that are yet to come.
    pub(crate) fn read(self, config: &tsk_auth::Config, stores: &Stores) -> Result<Authenticating, Error> {
        match self {
            Self::Own(_) if config.is_on() => Err(Error::settings(
                "`auth`: the application says who is calling itself, so that this would do nothing".into(),
            )),
            Self::Own(put) => Ok(Authenticating::Own(put)),
            Self::Ours(added) if added.is_empty() && !config.is_on() => Ok(Authenticating::Off),
            Self::Ours(added) => {
                let builder = config.builder_in(Path::new(""), stores)?;
                Ok(Authenticating::Ours(Box::new(
                    added.into_iter().fold(builder, |builder, add| add(builder)),
                )))
            }
        }
    }
}

/// What says who is calling, before there are routes.
#[derive(Default)]
pub(crate) enum Authenticating {
    /// Nothing.
    #[default]
    Off,
    /// By the settings, and what the application has added to them.
    Ours(Box<auth::Builder>),
    /// By a gate of the application's own.
    Own(Box<Putting>),
}

impl Authenticating {
    /// The sessions that handlers are to have.
    pub(crate) fn sessions(&self) -> Option<&Sessions> {
        match self {
            Self::Ours(builder) => builder.given_sessions(),
            Self::Off | Self::Own(_) => None,
        }
    }

    /// The providers at which users log in.
    #[cfg(feature = "oidc")]
    pub(crate) fn oidc(&self) -> &[tsk_auth::oidc::Oidc] {
        match self {
            Self::Ours(builder) => builder.given_oidc(),
            Self::Off | Self::Own(_) => &[],
        }
    }

    /// Binds it; one of the application's own comes before the layers. It gives who is asked what callers may do.
    fn bind(self, routes: &mut Routes, layers: Chain) -> Result<(Chain, Option<Arc<Auth>>), Error> {
        match self {
            Self::Off => Ok((layers, None)),
            Self::Own(put) => Ok((put(routes, layers)?, None)),
            Self::Ours(builder) => {
                let mut auth = builder.build();
                routes.bind(&mut auth)?;
                Ok((layers, Some(Arc::new(auth))))
            }
        }
    }
}

impl fmt::Debug for Authenticating {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authenticating")
    }
}

impl Default for Authentication {
    fn default() -> Self {
        Self::Ours(Vec::new())
    }
}

impl fmt::Debug for Authentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authentication")
    }
}

/// What the requests of a caller matter.
pub(crate) struct Priorities(Box<ByPrincipal>);

type ByPrincipal = dyn Fn(&Principal, Priority) -> Priority + Send + Sync;

impl Priorities {
    pub(crate) fn new(priority: impl Fn(&Principal, Priority) -> Priority + Send + Sync + 'static) -> Self {
        Self(Box::new(priority))
    }

    /// The limit of what is worked on at a time, where there is to be one.
    pub(crate) fn overload(
        config: &adaptive::Config,
        priorities: Option<Self>,
        former: Option<&AdaptiveGate>,
    ) -> Result<Option<AdaptiveGate>, Error> {
        // What is wrong is wrong also where it is not on yet.
        let gate = AdaptiveGate::new(config)?;
        let gate = match priorities {
            Some(Self(priority)) => gate.by_principal(priority),
            None => gate,
        };
        Ok(config.enabled.then(|| former.into_iter().fold(gate, AdaptiveGate::succeeding)))
    }
}

impl fmt::Debug for Priorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Priorities")
    }
}

/// The gates of a service before they are bound, where there are any.
#[derive(Debug, Default)]
pub(crate) struct Unbound {
    pub(crate) limits: Option<Limits>,
    pub(crate) authentication: Authenticating,
    pub(crate) overload: Option<AdaptiveGate>,
}

/// The gates of a service, each in its place.
#[derive(Debug)]
pub(crate) struct Gates {
    /// Limits before authentication, where no request ever has to wait for them.
    pub(crate) before: Option<ImmediateGate>,
    /// Authentication, unless it is among the layers.
    pub(crate) entrance: Option<Arc<Auth>>,
    /// Those after it, likewise.
    pub(crate) after: Option<ImmediateGate>,
    /// The application's layers, with what else has to come before them.
    pub(crate) layers: Chain,
    pub(crate) overload: Option<AdaptiveGate>,
    /// `None` where nobody is asked who it is, or an application does so itself.
    pub(crate) auth: Option<Arc<Auth>>,
    /// `None` where nothing is limited.
    pub(crate) limits: Option<Arc<Limits>>,
}

impl Gates {
    /// Binds gates to the routes, and has them come before the application's layers. Whatever goes around those goes around
    /// what was there before it.
    pub(crate) fn new(
        Unbound { limits, authentication, mut overload }: Unbound,
        routes: &mut Routes,
        mut layers: Chain,
    ) -> Result<Self, Error> {
        if let Some(gate) = &mut overload {
            // Who is refused by another takes no place.
            routes.bind(gate)?;
            layers = layers.layer(GateLayer::new(gate.clone()));
        }
        let (mut before, mut after, mut applied) = (None, None, None);
        if let Some(mut limits) = limits {
            routes.bind(&mut limits)?;
            let gates = limits.gates().map_err(tsk_http::Error::from)?;
            (before, after) = (active(gates.0), active(gates.1));
            applied = before.as_ref().or(after.as_ref()).map(|gate| Arc::clone(gate.limits()));
        }
        let waits = |gate: &Option<LimitGate>| gate.clone().is_some_and(|gate| gate.immediate().is_err());
        let immediate = |gate: LimitGate| gate.immediate().ok();
        let waits_before = waits(&before);
        // Who has to wait for a limit is among the layers, and so is all that comes after it.
        if waits_before || waits(&after) || matches!(authentication, Authenticating::Own(_)) {
            layers = after.take().into_iter().fold(layers, around);
        }
        let (mut layers, auth) = authentication.bind(routes, layers)?;
        let mut entrance = auth.clone();
        if waits_before {
            layers =
                entrance.take().into_iter().fold(layers, |layers, auth| layers.layer(GateLayer::new(auth)));
            layers = before.take().into_iter().fold(layers, around);
        }
        let (before, after) = (before.and_then(immediate), after.and_then(immediate));
        Ok(Self { before, entrance, after, layers, overload, auth, limits: applied })
    }
}

fn active(gate: LimitGate) -> Option<LimitGate> {
    gate.is_active().then_some(gate)
}

fn around(layers: Chain, gate: LimitGate) -> Chain {
    layers.layer(GateLayer::new(gate))
}

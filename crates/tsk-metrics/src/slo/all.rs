//! All objectives of a service.

use tsk_core::{Endpoint, RouteTable};

use super::{Objective, Slo, SloConfig, Subject};
use crate::{Config, Error};

/// All objectives of a service, checked: an alert can be made of each, and can fire.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Slos(Vec<Objective>);

impl Slos {
    /// Those that routes declare and those of the configuration, which go before them. `config` says what is counted.
    ///
    /// ```
    /// use tsk_core::{Endpoint, Meta, Operation, RouteTable};
    /// use tsk_metrics::{Config, slo::{Slo, Slos}};
    ///
    /// let mut meta = Meta::default();
    /// meta.insert(Slo::availability(99.9).latency_ms(50, 99.0));
    /// let users = Endpoint::new(Some(http::Method::GET), "/users/{id}").declared(Operation::default(), meta);
    /// let slos = Slos::new(&RouteTable::new([users]), &[], &Config::default())?;
    /// assert_eq!(slos.objectives().len(), 2);
    /// # Ok::<(), tsk_metrics::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// One of which no alert can be made, or whose alert could not fire: a percentage that cannot be, a latency that is no bound
    /// of a bucket, a route that there is not, two for one route.
    pub fn new(routes: &RouteTable, configs: &[SloConfig], config: &Config) -> Result<Self, Error> {
        let mut all = Vec::new();
        let mut taken: Vec<(Subject, &str)> = Vec::new();
        for (index, said) in configs.iter().enumerate() {
            let wrong = |what| Error::config(format!("`slo[{index}]`: {what}"));
            if said.name.is_empty() || said.name.chars().any(char::is_control) {
                return Err(wrong("it has no name, or one that cannot be printed".to_owned()));
            }
            if configs[..index].iter().any(|other| other.name == said.name) {
                return Err(wrong(format!("an earlier one is called {:?}; give it another name", said.name)));
            }
            let subject = match &said.route {
                Some(route) => {
                    Subject::parse(route).filter(|subject| is_there(subject, routes)).ok_or_else(|| {
                        wrong(format!("there is no route `{route}`; write it as it is declared"))
                    })?
                }
                None => Subject::Service,
            };
            let slo = said.slo().map_err(wrong)?;
            all.extend(Objective::all(&said.name, &subject, &slo, config).map_err(wrong)?);
            taken.push((subject, &said.name));
        }
        let mut declared: Vec<(Subject, &Slo)> = Vec::new();
        for endpoint in routes.iter() {
            let Some(slo) = endpoint.meta().get::<Slo>() else { continue };
            let subject = subject(endpoint);
            if taken.iter().any(|(theirs, _)| theirs.takes_from(&subject)) {
                continue;
            }
            let name = endpoint.to_string();
            let wrong = |what| {
                let place = endpoint.place().map(|place| format!(" ({place})")).unwrap_or_default();
                Error::slo(format!("the SLO of {name}{place}: {what}"))
            };
            // A route that is live in several versions of an API is counted as one.
            match declared.iter().find(|(known, _)| *known == subject) {
                Some((_, known)) if *known == slo => continue,
                Some(_) => {
                    return Err(wrong(
                        "another version of the route has another; they are counted as one, and promise the same".into(),
                    ));
                }
                None => declared.push((subject.clone(), slo)),
            }
            if taken.iter().any(|(_, taken)| *taken == name) {
                return Err(wrong("one in the configuration has this name; give that another".into()));
            }
            all.extend(Objective::all(&name, &subject, slo, config).map_err(wrong)?);
        }
        Ok(Self(all))
    }

    /// All of them: those of the configuration, then those of the routes, in their order.
    pub fn objectives(&self) -> &[Objective] {
        &self.0
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn subject(endpoint: &Endpoint) -> Subject {
    Subject::Route { method: endpoint.method().cloned(), template: endpoint.template().to_owned() }
}

fn is_there(wanted: &Subject, routes: &RouteTable) -> bool {
    let Subject::Route { method, template } = wanted else { return true };
    routes.iter().filter(|endpoint| endpoint.template() == template).any(|endpoint| {
        // A route for any method has each.
        method.is_none() || endpoint.method().is_none() || endpoint.method() == method.as_ref()
    })
}

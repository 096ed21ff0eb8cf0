//! Looking how somebody stands, by a request as theirs would be.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use http::{HeaderValue, Method, Request, Uri};
use tsk_core::{Endpoint, Head, Params, Peer, Principal, RequestContext, RouteTable, Scope, principal::Kind};

use super::{Caller, Explained, Explanation, Subject, Unasked, Unclear};
use crate::{Charge, Decision, Limits, Outage, bound::Bound, plan::Plan, routes::Pattern, store::Place};

impl Limits {
    /// How somebody stands with the limits of these routes, to which it was bound, and what a request of theirs would meet.
    ///
    /// A request is made up that has what the subject says. It goes through the same code as others, but takes nothing, and counts
    /// nowhere. Functions of the application that find a key, a cost or an exemption are asked with it.
    ///
    /// # Errors
    ///
    /// A route that there is not, a key that no request can have, and neither a key nor an address.
    pub async fn explain(
        &self,
        routes: &Arc<RouteTable>,
        subject: &Subject,
        now: Instant,
    ) -> Result<Explanation, Unclear> {
        if subject.address.is_none() && subject.key.is_none() {
            return Err(Unclear::Nobody);
        }
        let (asked, unasked) = self.asked(routes, subject, now)?;
        let mut limits = Vec::with_capacity(asked.len());
        for asked in asked {
            let found = match asked.is_exempt {
                true => Found::Nothing,
                false => self.peek(&asked, now).await,
            };
            limits.push(self.explained(asked, found, now));
        }
        Ok(Explanation { subject: subject.to_string(), limits, unasked })
    }

    /// The limits that a request would be asked about, each once for an account.
    fn asked(
        &self,
        routes: &Arc<RouteTable>,
        subject: &Subject,
        now: Instant,
    ) -> Result<(Vec<Asked>, Vec<Unasked>), Unclear> {
        let (mut asked, mut unasked) = (Vec::<Asked>::new(), Vec::new());
        for index in indices(routes, subject)? {
            for rule in of_plan(self.plan(index)) {
                if let Some(lacks) = rule.key.lacks(subject.address.is_some(), subject.key.is_some()) {
                    let (policy, key) = (rule.name.to_string(), rule.key.to_string());
                    let this = Unasked { policy, key, lacks: lacks.to_owned() };
                    if !unasked.contains(&this) {
                        unasked.push(this);
                    }
                    continue;
                }
                let request = request(routes, index, rule, subject)?;
                let head = Head::new(&request).expect("it was made with a context");
                let this = Asked::new(rule, head, now);
                let route = name(routes.get(index));
                match asked.iter_mut().find(|known| known.is_same(&this)) {
                    Some(known) => known.routes.push(route),
                    None => asked.push(Asked { routes: vec![route], ..this }),
                }
            }
        }
        Ok((asked, unasked))
    }

    /// What would be decided.
    async fn peek(&self, Asked { rule, charge, .. }: &Asked, now: Instant) -> Found {
        match &self.store.place {
            Place::Memory(memory) => Found::Decided(memory.peek(charge, now)),
            Place::Remote(remote) => {
                let nothing = Charge { cost: 0, ..*charge };
                let settled = remote.debit(vec![(nothing, Outage::Closed)]).await.ok();
                let Some(decision) = settled.and_then(|settled| settled.decisions.into_iter().next()) else {
                    return Found::Away(rule.outage);
                };
                let lacking = charge.cost.saturating_sub(decision.remaining);
                let quota = charge.bucket.quota();
                let retry_after = match lacking {
                    0 => None,
                    _ if charge.cost > quota.most_at_once() => Some(Duration::MAX),
                    _ => Some(quota.window() * lacking / quota.limit()),
                };
                Found::Decided(Decision { retry_after, ..decision })
            }
        }
    }

    fn explained(&self, asked: Asked, found: Found, now: Instant) -> Explained {
        let Asked { rule, charge, routes, tier, is_exempt } = asked;
        let adapted = rule.adaptive.as_ref().and_then(|known| known.baseline.standing(charge.account, now));
        let (decision, outage) = match found {
            Found::Nothing => (None, None),
            Found::Decided(decision) => (Some(decision), None),
            Found::Away(outage) => (None, Some(outage)),
        };
        let is_closed = outage == Some(Outage::Closed);
        Explained {
            policy: rule.name.to_string(),
            key: rule.key.to_string(),
            routes,
            quota: charge.bucket.quota().into(),
            tier,
            cost: charge.cost,
            would_refuse: is_closed || decision.is_some_and(|decision| !decision.is_allowed()),
            dry_run: rule.is_dry,
            exempt: is_exempt,
            account: decision.map(Into::into),
            outage: outage.map(|outage| outage.to_string()),
            refused: self.store.records.top.of(charge.account, now).map(Into::into),
            adapted: adapted.map(Into::into),
        }
    }
}

/// What was found out of an account.
enum Found {
    /// It was not asked.
    Nothing,
    Decided(Decision),
    /// It is kept elsewhere, which does not answer; this holds meanwhile.
    Away(Outage),
}

/// A limit that a request would be asked about.
struct Asked {
    rule: Arc<Bound>,
    charge: Charge,
    routes: Vec<String>,
    tier: Option<String>,
    is_exempt: bool,
}

impl Asked {
    fn new(rule: &Arc<Bound>, head: Head<'_>, now: Instant) -> Self {
        let account = rule.account(head);
        let charge = rule.price(account, rule.step(account, now), head).charge();
        Self {
            rule: Arc::clone(rule),
            charge,
            routes: Vec::new(),
            tier: rule.tier(head).map(str::to_owned),
            is_exempt: rule.exempts(head),
        }
    }

    /// A limit of a group has one account at all of its routes; what a request costs may differ.
    fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.rule, &other.rule)
            && self.charge == other.charge
            && self.is_exempt == other.is_exempt
    }
}

/// The rules of a route, in the order in which they are applied.
fn of_plan(plan: &Plan) -> impl Iterator<Item = &Arc<Bound>> {
    [&plan.before, &plan.after].into_iter().flat_map(|stage| stage.rules.iter().chain(&stage.dry))
}

/// The routes that are asked about: all, and what none of them matches, where none is named.
fn indices(routes: &RouteTable, subject: &Subject) -> Result<Vec<usize>, Unclear> {
    let Some(route) = &subject.route else { return Ok((0..routes.len()).collect()) };
    let unclear = || Unclear::Route(route.clone());
    let pattern: Pattern = route.parse().map_err(|_| unclear())?;
    let indices: Vec<_> =
        routes.iter().filter(|endpoint| pattern.fits(endpoint)).map(Endpoint::index).collect();
    if indices.is_empty() { Err(unclear()) } else { Ok(indices) }
}

fn name(endpoint: &Endpoint) -> String {
    if endpoint.template().is_empty() { "what no route matches".to_owned() } else { endpoint.to_string() }
}

/// A request of somebody at a route.
fn request(
    routes: &Arc<RouteTable>,
    index: usize,
    rule: &Bound,
    subject: &Subject,
) -> Result<Request<()>, Unclear> {
    let endpoint = routes.get(index);
    let mut request = Request::new(());
    *request.method_mut() = endpoint.method().cloned().unwrap_or(Method::GET);
    // A template need not be the path of a request.
    *request.uri_mut() = endpoint.template().parse().unwrap_or(Uri::from_static("/"));
    if let Some(key) = &subject.key {
        let value = HeaderValue::from_str(key).map_err(|_| Unclear::Key)?;
        rule.key.put(&value, request.headers_mut())?;
    }
    let peer = subject.address.map_or(Peer::Local, |address| Peer::from(SocketAddr::new(address, 0)));
    let scope = Arc::new(Scope::new(Arc::clone(routes), peer));
    let context = RequestContext::attach(request.extensions_mut(), &scope, index, Params::default());
    if let Some(key) = subject.key.as_deref().filter(|_| rule.is_after) {
        let kind = match subject.caller {
            Some(Caller::User) => Kind::User,
            Some(Caller::Service) => Kind::Service,
            Some(Caller::ApiKey) => Kind::ApiKey,
            None if rule.key.asks_for_api_key() => Kind::ApiKey,
            None => Kind::User,
        };
        let principal = Principal::new(key, kind);
        context.set_principal(match &subject.tier {
            Some(tier) => principal.tier(tier.as_str()),
            None => principal,
        });
    }
    Ok(request)
}

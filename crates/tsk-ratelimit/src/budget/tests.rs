#![allow(clippy::unwrap_used)]

use http::Request;
use tsk_core::{Params, Peer, Principal, RequestContext, RouteTable, Scope, principal::Kind};

use super::*;
use crate::{Key, LimitGate, Rule, Store};

fn gates(rules: impl IntoIterator<Item = Rule>) -> (LimitGate, LimitGate) {
    let limits = Limits::new(Store::memory(1 << 16, Instant::now()));
    rules.into_iter().fold(limits, Limits::rule).gates().unwrap()
}

fn request() -> Request<()> {
    let mut request = Request::new(());
    let peer = Peer::from(std::net::SocketAddr::from(([192, 0, 2, 1], 4711)));
    let scope = Arc::new(Scope::new(Arc::<RouteTable>::default(), peer));
    let context = RequestContext::attach(request.extensions_mut(), &scope, 0, Params::default());
    context.set_principal(Principal::new("ada", Kind::User));
    request
}

fn passes(gate: &LimitGate, request: &Request<()>) -> bool {
    use tsk_core::{Admission, Gate as _};
    matches!(gate.admit(Head::new(request).unwrap()), Admission::Pass(_))
}

#[tokio::test]
async fn what_a_request_turns_out_to_cost_is_on_the_account_that_it_was_counted_by() {
    let (before, after) = gates([Rule::per_hour(10), Rule::per_hour(20).by(Key::principal()).name("ada")]);
    let request = request();
    assert!(passes(&before, &request) && passes(&after, &request));
    let budget = after.budgets().budget(Head::new(&request).unwrap());
    budget.debit(7).await.unwrap();
    // Of the address two are left, and of the principal twelve: it is refused by the one, and costs nothing at the other.
    let problem = budget.debit(3).await.unwrap_err();
    assert_eq!(
        serde_json::to_value(&problem).unwrap()["violated-policies"],
        serde_json::json!(["address-per-hour"])
    );
    assert!(budget.clone().debit(2).await.is_ok());
    assert!(!passes(&before, &request));
    assert!((0..10).all(|_| passes(&after, &request)));
    assert!(!passes(&after, &request));
}

#[tokio::test]
async fn where_no_limit_is_there_is_no_end() {
    let (before, _) = gates([]);
    let budget = before.budgets().budget(Head::new(&request()).unwrap());
    assert!(budget.debit(u32::MAX).await.is_ok());
}

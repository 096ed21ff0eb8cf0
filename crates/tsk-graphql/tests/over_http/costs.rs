//! What an operation costs: before it runs, and after.

use std::sync::{Arc, Mutex};

use http::StatusCode;
use serde_json::{Value, json};
use tsk_core::{
    Budget, Head, Peer, Problem, RequestContext, RouteTable, Scope,
    budget::{Account, Budgets, Debit},
    context::Params,
};
use tsk_graphql::{Config, Cost, Costs, GraphQl, Limits};

use crate::{
    client::{post, posted, send},
    library::graphql,
};

fn reporting() -> GraphQl {
    graphql().config(&Config { report_cost: true, ..Config::default() }).unwrap()
}

async fn cost(graphql: &GraphQl, document: &str, variables: Value) -> (u64, u64) {
    let answer = post(graphql, &json!({ "query": document, "variables": variables })).await.json();
    let cost = &answer["extensions"]["cost"];
    (cost["estimated"].as_u64().unwrap_or_else(|| panic!("{answer}")), cost["actual"].as_u64().unwrap())
}

#[tokio::test]
async fn objects_cost_one_as_often_as_they_are_asked_for() {
    let graphql = reporting();
    for (document, expected) in [
        ("{ hello }", (0, 0)),
        ("{ author(id: 1) { id name } }", (1, 1)),
        ("{ authors(first: 5) { id } }", (5, 5)),
        // Nobody says how many: ten are assumed, three are there.
        ("{ authors { id } }", (10, 3)),
        ("{ authors(first: 2) { friends(first: 4) { id } } }", (2 + 8, 2 + 8)),
        // A connection says how many there are in its list.
        ("{ author(id: 1) { books(first: 7) { items { title } } } }", (1 + 1 + 7, 1 + 1 + 7)),
        ("{ author(id: 1) { ...F } } fragment F on Author { friends(first: 2) { id } }", (3, 3)),
        ("{ author(id: 1) { ... on Author { friends(first: 2) { id } } } }", (3, 3)),
        ("{ author(id: 1) { friends(first: 2) @skip(if: true) { id } } }", (3, 1)),
        ("mutation { write(title: \"x\") }", (10, 10)),
    ] {
        assert_eq!(cost(&graphql, document, json!({})).await, expected, "{document}");
    }
}

#[tokio::test]
async fn a_variable_costs_what_its_value_would() {
    let graphql = reporting();
    let document = "query($n: Int = 4) { authors(first: $n) { friends(first: $n) { id } } }";
    assert_eq!(cost(&graphql, document, json!({ "n": 6 })).await, (6 + 36, 6 + 36));
    assert_eq!(cost(&graphql, document, json!({})).await, (4 + 16, 4 + 16));
    assert_eq!(cost(&graphql, document, json!({ "n": null })).await, (10 + 100, 3 + 9));
    assert_eq!(cost(&graphql, document, json!({ "n": -1 })).await, (10 + 100, 0));
}

#[tokio::test]
async fn an_operation_that_costs_too_much_is_not_run_whether_by_literals_or_variables() {
    let limits = Limits { cost: 100, ..Limits::default() };
    let graphql = graphql().config(&Config { limits, ..Config::default() }).unwrap();
    let literal = json!({ "query": "{ authors(first: 101) { id } }" });
    let variable =
        json!({ "query": "query($n: Int) { authors(first: $n) { id } }", "variables": { "n": 101 } });
    let huge = json!({ "query": "query($n: Int) { authors(first: $n) { friends(first: $n) { friends(first: $n) { friends(first: $n) { friends(first: $n) { friends(first: $n) { friends(first: $n) { id } } } } } } } }",
        "variables": { "n": 2_147_483_647 } });
    for request in [literal, variable, huge] {
        let answer = post(&graphql, &request).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (StatusCode::BAD_REQUEST, "LIMIT_EXCEEDED"),
            "{request}"
        );
        assert_eq!(answer.json()["errors"][0]["extensions"]["limit"], "cost");
    }
    let allowed =
        json!({ "query": "query($n: Int) { authors(first: $n) { id } }", "variables": { "n": 100 } });
    assert_eq!(post(&graphql, &allowed).await.status, StatusCode::OK);
}

#[tokio::test]
async fn fields_cost_what_is_said_of_them() {
    let costs = Costs::new()
        .field("Query.hello", Cost::new(5))
        .field("Query.authors", Cost::new(2).assumed_size(50))
        .field("Author.friends", Cost::new(1).size_by("nothing"));
    let graphql = reporting().costs(costs).unwrap();
    assert_eq!(cost(&graphql, "{ hello }", json!({})).await, (5, 5));
    assert_eq!(cost(&graphql, "{ authors { id } }", json!({})).await, (100, 6));
    assert_eq!(cost(&graphql, "{ author(id: 1) { friends(first: 2) { id } } }", json!({})).await, (11, 3));
    let unknown = Costs::new().field("Query.helo", Cost::new(5));
    assert!(graphql.costs(unknown).unwrap_err().to_string().contains("`Query.helo`"));
}

/// Has so many units, and writes down what is charged.
#[derive(Debug, Clone)]
struct Purse(Arc<Mutex<(u32, Vec<u32>)>>);

impl Account for Purse {
    fn debit(&self, units: u32) -> Debit<'_> {
        let mut purse = self.0.lock().unwrap();
        purse.1.push(units);
        Debit::Done(match purse.0.checked_sub(units) {
            Some(left) => {
                purse.0 = left;
                Ok(())
            }
            None => Err(Problem::new(StatusCode::TOO_MANY_REQUESTS)),
        })
    }
}

impl Budgets for Purse {
    fn budget(&self, _: Head<'_>) -> Budget {
        Budget::new(self.clone())
    }
}

#[tokio::test]
async fn the_estimate_is_charged_to_the_budget_of_the_request_before_it_runs() {
    let purse = Purse(Arc::new(Mutex::new((12, Vec::new()))));
    let scope =
        Scope::new(Arc::new(RouteTable::default()), Peer::default()).with_budgets(Arc::new(purse.clone()));
    let scope = Arc::new(scope);
    let graphql = graphql();
    let ask = async |document: &str| {
        let mut request = posted(json!({ "query": document }).to_string());
        RequestContext::attach(request.extensions_mut(), &scope, 0, Params::default());
        send(&graphql, request).await.status
    };
    assert_eq!(ask("{ authors(first: 5) { id } }").await, StatusCode::OK);
    assert_eq!(ask("{ authors(first: 8) { id } }").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ask("{ hello }").await, StatusCode::OK);
    assert_eq!(ask("mutation { write(title: \"x\") }").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(purse.0.lock().unwrap().1, [5, 8, 10]);
}

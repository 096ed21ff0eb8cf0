use std::sync::Arc;

use super::*;

/// Refuses every route.
#[derive(Default)]
struct Picky(&'static str);

impl Policy for Picky {
    fn bind(&mut self, routes: &RouteTable) -> Result<(), BindError> {
        let mut error = BindError::default();
        routes.iter().for_each(|endpoint| error.push(format!("{endpoint}: {}", self.0)));
        error.into_result()
    }

    fn describe(&self, _: &Endpoint, operation: &mut Operation) {
        operation.tags.push(self.0.into());
    }
}

#[test]
fn several_policies_name_every_fault_of_each() {
    let routes = RouteTable::new([Endpoint::new(None, "/a"), Endpoint::new(None, "/b")]);
    let mut policies = (Picky("one"), Some(Picky("two")), None::<Picky>, Arc::new(()));
    let error = policies.bind(&routes).expect_err("two are picky");
    assert_eq!(error.to_string(), "* /a: one; * /b: one; * /a: two; * /b: two");
}

#[test]
fn several_policies_all_describe_a_route() {
    let mut operation = Operation::default();
    (Picky("one"), Some(Arc::new(Picky("two")))).describe(&Endpoint::new(None, "/"), &mut operation);
    assert_eq!(operation.tags, ["one", "two"]);
}

#[test]
fn a_policy_that_is_shared_too_early_is_named() {
    let mut policy = Arc::new(Picky("one"));
    let shared = Arc::clone(&policy);
    let error = policy.bind(&RouteTable::default()).expect_err("it is shared");
    assert!(error.to_string().contains("Picky was shared before"), "{error}");
    drop(shared);
    assert_eq!(policy.bind(&RouteTable::default()), Ok(()));
}

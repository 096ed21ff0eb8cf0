//! Allocations of a request whose token was verified before: none.
//!
//! A file of its own, because whoever counts allocations must be alone in the process.

#![allow(clippy::unwrap_used)]

use std::{sync::Arc, time::Duration, time::SystemTime};

use http::{HeaderMap, HeaderValue, Method, Request, header};
use tsk_auth::jwt::{Algorithm, Bearer, Grant, Issuer, Keys, Signer, SigningKey, Verifier};
use tsk_core::{Admission, Gate as _, Head, Params, RequestContext, RouteTable, Scope};

#[test]
fn a_token_that_was_verified_before_costs_no_allocation() {
    let signer =
        Signer::new("i", SigningKey::generate(Algorithm::EdDsa).unwrap(), Duration::from_secs(600)).unwrap();
    let verifier: Verifier = Verifier::new(Issuer::new("i", Keys::from(&signer)).audience("a")).unwrap();
    let token = signer.issue(&Grant::new("ada", "a").scope("read"), &(), SystemTime::now()).unwrap();
    let gate = Bearer::new(verifier).scope("read").unwrap();
    let scope = Arc::new(Scope::new(Arc::new(RouteTable::default()), Default::default()));
    let mut headers = HeaderMap::new();
    headers.insert(header::AUTHORIZATION, HeaderValue::try_from(format!("Bearer {token}")).unwrap());
    let request = || {
        let mut request = Request::new(());
        *request.headers_mut() = headers.clone();
        RequestContext::attach(request.extensions_mut(), &scope, 0, Params::default());
        request
    };
    let admit = |request: &Request<()>| {
        assert_eq!(request.method(), Method::GET);
        let admission = gate.admit(Head::new(request).unwrap());
        assert!(matches!(admission, Admission::Pass(())));
    };
    let first = allocation_counter::measure(|| admit(&request()));
    assert!(first.count_total > 0);
    let request = request();
    assert_eq!(allocation_counter::measure(|| admit(&request)).count_total, 0);
}

#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};

use http::StatusCode;

use super::*;
use crate::{
    Never, Policy, Problem,
    tests::{Log, Script, Scripted, answered},
};

/// Lets everything pass, and writes down how it was answered.
#[derive(Clone, Default)]
struct Curious(Arc<Mutex<Vec<StatusCode>>>);

impl Policy for Curious {}

impl Gate for Curious {
    type Ticket = Option<Self>;
    type Wait = Never<Self::Ticket>;

    fn admit(&self, _: Head<'_>) -> Admission<Self::Ticket, Self::Wait> {
        Admission::Pass(Some(self.clone()))
    }
}

impl Ticket for Curious {
    fn answered(&self, status: StatusCode) {
        self.0.lock().unwrap().push(status);
    }
}

/// Lets nothing pass.
#[derive(Clone)]
struct Closed;

impl Policy for Closed {}

impl Gate for Closed {
    type Ticket = ();
    type Wait = Never<()>;

    fn admit(&self, _: Head<'_>) -> Admission<(), Never<()>> {
        Admission::Refuse(Problem::new(StatusCode::FORBIDDEN).into())
    }
}

#[test]
fn a_ticket_learns_the_status_of_the_answer_and_of_a_refusal_further_in() {
    let (curious, log) = (Curious::default(), Log::default());
    let layer = GateLayer::new(curious.clone());
    for status in [StatusCode::OK, StatusCode::NOT_FOUND] {
        let script = Script { status, ..answered(&[]) };
        let _ = script.run(layer.layer(Scripted(script.clone(), log.clone())), &log);
    }
    let script = answered(&[]);
    let inner = GateLayer::new(Closed).layer(Scripted(script.clone(), log.clone()));
    let _ = script.run(layer.layer(inner), &log);
    assert_eq!(*curious.0.lock().unwrap(), [200, 404, 403]);
}

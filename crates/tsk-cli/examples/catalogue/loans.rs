//! Loans and fines, for those alone who have a key.

use serde::Deserialize;
use tsk::prelude::*;

use crate::access::demanded;
use crate::describe::Made;
use crate::model::{Fine, Loan, LoanEntry};
use crate::store::Store;

pub(crate) fn routes() -> Router {
    const NONE: &str = "There is nothing of this number.";
    demanded(
        Router::new()
            .tag("loans")
            .api(get("/loans", list).summary("List loans").description("The first hundred."))
            .api(
                post("/loans", lend)
                    .summary("Lend a book")
                    .description("For so many days; the service gives the loan a number."),
            )
            .api(
                get("/loans/{id}", fetch)
                    .summary("Fetch a loan")
                    .description("By the number that the service gave.")
                    .problem(404, NONE),
            )
            .api(
                post("/loans/{id}/return", give_back)
                    .summary("Take a book back")
                    .description("Once.")
                    .problem(404, NONE)
                    .problem(409, "It was back already."),
            )
            .api(
                post("/fines", fine)
                    .summary("Note what is owed")
                    .description("For a book that is late, lost or damaged."),
            )
            .api(
                get("/fines/{id}", owed)
                    .summary("See what is owed")
                    .description("By the number that the service gave.")
                    .problem(404, NONE),
            ),
    )
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Wanted {
    /// Only those that came back, or only those that did not.
    returned: Option<bool>,
}

async fn list(State(store): State<Store>, Query(wanted): Query<Wanted>) -> Json<Vec<Loan>> {
    let fits = |loan: &&Loan| wanted.returned.is_none_or(|returned| loan.returned == returned);
    Json(store.with(|things| things.loans.all().filter(fits).take(100).cloned().collect()))
}

async fn lend(State(store): State<Store>, Valid(Json(entry)): Valid<Json<LoanEntry>>) -> Made<Loan> {
    store.with(|things| {
        let loan = Loan { id: things.loans.next(), returned: false, entry };
        things.loans.put(loan.id, loan.clone());
        Made { at: format!("/loans/{}", loan.id), what: loan }
    })
}

async fn fetch(State(store): State<Store>, Path(id): Path<u32>) -> Result<Json<Loan>, Problem> {
    store.with(|things| things.loans.get(&id).cloned()).map(Json)
}

async fn give_back(State(store): State<Store>, Path(id): Path<u32>) -> Result<Json<Loan>, Problem> {
    store.with(|things| {
        let loan = things.loans.get(&id)?;
        if loan.returned {
            return Err(Problem::new(http::StatusCode::CONFLICT).detail("It was back already."));
        }
        loan.returned = true;
        Ok(Json(loan.clone()))
    })
}

async fn fine(State(store): State<Store>, Valid(Json(fine)): Valid<Json<Fine>>) -> Made<Fine> {
    store.with(|things| {
        let id = things.fines.next();
        things.fines.put(id, fine.clone());
        Made { at: format!("/fines/{id}"), what: fine }
    })
}

async fn owed(State(store): State<Store>, Path(id): Path<u32>) -> Result<Json<Fine>, Problem> {
    store.with(|things| things.fines.get(&id).cloned()).map(Json)
}

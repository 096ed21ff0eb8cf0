//! axum with routes and nothing else.

fn main() {
    contract::run(axum_bare::serve(axum_bare::routes()));
}

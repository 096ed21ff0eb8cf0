//! axum with the layers that its documentation and its examples put in front of a production service.

mod layers;
mod log;
mod prometheus;

fn main() {
    log::start();
    let exporter = prometheus::install();
    let app = layers::around(axum_bare::routes().merge(exporter));
    contract::run(axum_bare::serve(app));
}

//! The product with answers that are compressed: `/1/NAME` and `/6/NAME` are the file of that name in the directory
//! that `FOLDER` names, held in memory, as JSON, by gzip at level 1 and 6.

use bytes::Bytes;
use http::{HeaderValue, header::CONTENT_TYPE};
use tsk::http::accept::Coding;
use tsk::http::layer::compress::{CompressLayer, Config as Compression};
use tsk::http::{Listen, get};
use tsk::prelude::*;

fn main() {
    let mut config = Config::default();
    config.http.listen = vec![Listen::tcp("127.0.0.1", contract::port())];
    // The two levels are the routes' own.
    config.http.compression.enabled = false;
    let folder = std::env::var("FOLDER").expect("FOLDER is the directory to serve");
    let mut routes = Router::new();
    for level in [1, 6] {
        let compression = Compression { codings: vec![Coding::Gzip], gzip_level: level, ..Compression::default() };
        let compress = CompressLayer::new(&compression).expect("there are such levels");
        routes = routes.nest(&format!("/{level}"), files(&folder).layer(compress));
    }
    contract::run(App::new(config).routes(routes).serve());
}

fn files(folder: &str) -> Router {
    let mut routes = Router::new();
    for file in std::fs::read_dir(folder).expect("FOLDER is a directory") {
        let path = file.expect("FOLDER can be read").path();
        let content = Bytes::from(std::fs::read(&path).expect("its files can be read"));
        let name = path.file_name().and_then(|name| name.to_str()).expect("their names are text");
        routes = routes.route(get(&format!("/{name}"), move || {
            let json = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
            std::future::ready(([json], content.clone()))
        }));
    }
    routes
}

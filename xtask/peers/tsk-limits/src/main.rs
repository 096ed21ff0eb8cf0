//! The product with a limit of each address on `/plaintext`, which nobody reaches: in its own memory, or where `REDIS` is the URL of
//! one, in that. Without `LIMIT` there is none.

use tsk::http::{Listen, get};
use tsk::prelude::*;
use tsk::ratelimit::{Rule, config::RedisConfig};

fn main() {
    let mut config = Config::default();
    config.http.listen = vec![Listen::tcp("127.0.0.1", contract::port())];
    config.limits.redis = std::env::var("REDIS").ok().map(RedisConfig::new);
    let hello = get("/plaintext", || async { contract::HELLO });
    let hello = if std::env::var_os("LIMIT").is_some() { hello.limit(Rule::per_second(100_000_000)) } else { hello };
    contract::run(App::new(config).routes(Router::new().route(hello)).serve());
}

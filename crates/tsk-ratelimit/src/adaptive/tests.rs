//! The limit, over a model of a service.

mod model;

use model::{Model, Takes::*, Traffic};

use super::{Config, Priority};

fn config() -> Config {
    Config { enabled: true, ..Config::default() }
}

#[test]
fn explore() {
    for (name, takes) in [("exact", Exactly(20.0)), ("exp", Exponentially(20.0)), ("seldom", Seldom(100.0))] {
        for servers in [4, 16, 32, 100] {
            let mean = match takes { Seldom(ms) => ms * 0.109, Exactly(ms) | Exponentially(ms) => ms };
            let capacity = servers as f64 / mean * 1e3;
            let mut model = Model::new(&config(), 1, &[servers]);
            // warm: half load
            let a = model.run(20.0, &[Traffic::new(capacity * 0.5, takes)]);
            let unloaded = model.counts[0].percentile(0.99);
            let b = model.run(60.0, &[Traffic::new(capacity * 3.0, takes)]);
            let tail = &b[b.len() / 2..];
            println!("{name} c={servers} warm limit {:?} p99 {unloaded:.1}; 3x: min {:?} max {:?} mean {:.1} tput {:.2} p99 {:.1}", a.last(),
                tail.iter().min(), tail.iter().max(), tail.iter().sum::<u32>() as f64 / tail.len() as f64, model.throughput(60.0) / capacity, model.counts[0].percentile(0.99));
            for m in model.limiter.moves().iter().rev().take(4) { println!("    {} -> {} {} {:.2}", m.from, m.to, m.reason, m.stretch); }
            let mut model = Model::new(&config(), 1, &[servers]);
            let b = model.run(120.0, &[Traffic::new(capacity * 3.0, takes)]);
            let tail = &b[b.len() / 2..];
            println!("    cold: first {:?} min {:?} max {:?} mean {:.1} tput {:.2} p99 {:.1} avg {:?}", &b[..10],
                tail.iter().min(), tail.iter().max(), tail.iter().sum::<u32>() as f64 / tail.len() as f64, model.throughput(120.0) / capacity, model.counts[0].percentile(0.99), model.limiter.routes()[0].average());
        }
    }
}

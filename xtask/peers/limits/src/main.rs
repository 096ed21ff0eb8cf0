//! A limit on a million keys, by the product or by governor: `limits ENGINE THREADS KEYS PASSES` prints what one check of
//! a new key and one of a known key took, in nanoseconds of processor time, the bytes that a key came to, and the keys that there
//! was no room for. `limits attack KEYS BYTES` has a client invent keys.

mod attack;
mod engine;

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use crate::engine::{Check, Governor, Tsk};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |text: &String| text.parse::<u64>().expect("numbers are numbers");
    let (engine, threads, keys, passes) = match &args[..] {
        [engine, threads, keys, passes] => (engine, threads, keys, passes),
        [_, keys, bytes] => return attack::run(number(keys), number(bytes)),
        _ => panic!("limits ENGINE THREADS KEYS PASSES, or limits attack KEYS BYTES"),
    };
    let (threads, keys, passes) = (number(threads), number(keys), number(passes));
    let before = resident();
    let measured = match engine.as_str() {
        "tsk" => measure(&Tsk::new(keys), threads, keys, passes, before),
        "governor" => measure(&Governor::new(), threads, keys, passes, before),
        _ => panic!("an engine is tsk or governor, not {engine}"),
    };
    println!("{} {} {} {}", measured[0], measured[1], measured[2], measured[3]);
}

/// Each key once, then each again for some passes; what that took, and what it left behind.
fn measure(check: &impl Check, threads: u64, keys: u64, passes: u64, before: u64) -> [f64; 4] {
    let known = |thread: u64, from: u64, to: u64| {
        let each = keys / threads;
        let started = ran();
        let mut refused = 0_u64;
        for at in from * each..to * each {
            // A step that has no factor in common with the keys visits all of them, far from one another.
            let index = (at % each).wrapping_mul(2_654_435_761) % each;
            refused += u64::from(!check.check(&address(index * threads + thread)));
        }
        assert_eq!(refused, 0, "the quota is as large as the passes are many");
        (ran() - started).as_nanos() as f64 / ((to - from) * each) as f64
    };
    let all = |from: u64, to: u64| {
        std::thread::scope(|scope| {
            let running: Vec<_> =
                (0..threads).map(|thread| scope.spawn(move || known(thread, from, to))).collect();
            running.into_iter().map(|it| it.join().expect("no check panics")).sum::<f64>() / threads as f64
        })
    };
    let new = all(0, 1);
    let bytes = (resident() - before) as f64 / keys as f64;
    [new, all(1, passes + 1), bytes, check.forgotten() as f64]
}

/// The addresses of a network, spread as those of clients are.
pub(crate) fn address(index: u64) -> IpAddr {
    let mut bits = index.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    Ipv6Addr::from((u128::from(bits ^ (bits >> 32)) << 64) | 1).into()
}

/// The processor time of this thread.
fn ran() -> Duration {
    let said = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells");
    Duration::from_nanos(said.split(' ').next().and_then(|it| it.parse().ok()).expect("its first number"))
}

/// The bytes of this process that are in memory.
pub(crate) fn resident() -> u64 {
    let said = std::fs::read_to_string("/proc/self/statm").expect("Linux tells");
    said.split(' ').nth(1).and_then(|it| it.parse::<u64>().ok()).expect("its second number") * 4096
}

//! Prints the reference of metrics, for `docs/reference/metrics.md`: `cargo run -p tsk-metrics --example reference`.

fn main() {
    print!("{}", tsk_metrics::catalogue::reference());
}

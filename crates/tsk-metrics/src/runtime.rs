//! What the tokio runtime does, as far as its stable interface tells.

use tokio::runtime::Handle;

use crate::{Samples, catalogue as c};

pub(crate) fn collect(runtime: &Handle, samples: &mut Samples) {
    let metrics = runtime.metrics();
    samples.set(&c::RUNTIME_WORKERS, &[], metrics.num_workers() as f64);
    samples.set(&c::RUNTIME_TASKS, &[], metrics.num_alive_tasks() as f64);
    samples.set(&c::RUNTIME_QUEUE, &[], metrics.global_queue_depth() as f64);
    #[cfg(target_has_atomic = "64")]
    for worker in 0..metrics.num_workers() {
        let label = worker.to_string();
        samples.set(&c::RUNTIME_BUSY, &[&label], metrics.worker_total_busy_duration(worker).as_secs_f64());
        samples.set(&c::RUNTIME_PARKS, &[&label], metrics.worker_park_count(worker) as f64);
    }
}

//! What the process uses.

use crate::{Samples, catalogue as c};

pub(crate) fn collect(samples: &mut Samples) {
    let process = metrics_process::collector::collect();
    let whole = |value: Option<u64>| value.map(|value| value as f64);
    // No limit is written as 0 there, and as infinity here.
    let limit =
        |value: Option<u64>| whole(value).map(|value| if value == 0.0 { f64::INFINITY } else { value });
    for (metric, value) in [
        (&c::PROCESS_CPU, process.cpu_seconds_total),
        (&c::PROCESS_OPEN_FDS, whole(process.open_fds)),
        (&c::PROCESS_MAX_FDS, limit(process.max_fds)),
        (&c::PROCESS_VIRTUAL_MEMORY, whole(process.virtual_memory_bytes)),
        (&c::PROCESS_VIRTUAL_MEMORY_MAX, limit(process.virtual_memory_max_bytes)),
        (&c::PROCESS_RESIDENT_MEMORY, whole(process.resident_memory_bytes)),
        (&c::PROCESS_START_TIME, whole(process.start_time_seconds)),
        (&c::PROCESS_THREADS, whole(process.threads)),
    ] {
        if let Some(value) = value {
            samples.set(metric, &[], value);
        }
    }
}

//! What holds while nobody can be asked.

use std::time::{Duration, Instant};

use crate::{
    Bucket, Charge, Decision, Memory, Outage, Quota, Verdict,
    store::remote::{Settled, Unavailable},
};

/// Decides by what each charge has for an outage. All are taken or none, as ever; those that are
/// [open](Outage::Open) are allowed, and none is where one is [closed](Outage::Closed).
pub(super) fn settle(
    charges: &[(Charge, Outage)],
    memory: &Memory,
    now: Instant,
) -> Result<Settled, Unavailable> {
    if charges.iter().any(|(_, outage)| *outage == Outage::Closed) {
        return Err(Unavailable);
    }
    let shares = charges.iter().filter_map(share).collect::<Vec<_>>();
    let open = Decision { remaining: 0, reset: Duration::ZERO, retry_after: None };
    let mut own = vec![open; shares.len()];
    let verdict = if shares.is_empty() { Verdict::Allowed } else { memory.debit(&shares, now, &mut own) };
    let mut own = own.into_iter();
    let decisions = charges.iter().map(|charge| match share(charge) {
        Some(_) => own.next().expect("each share has its decision"),
        None => Decision { remaining: charge.0.bucket.quota().most_at_once(), ..open },
    });
    Ok(Settled { verdict, decisions: decisions.collect() })
}

/// A charge that this server decides by itself: the rate is the share of it that it is, and so is the burst, but for what one
/// charge takes; otherwise what may be asked for would never be allowed.
fn share((charge, outage): &(Charge, Outage)) -> Option<Charge> {
    let Outage::Local { percent } = *outage else { return None };
    let percent = u32::from(percent.clamp(1, 100));
    let quota = charge.bucket.quota();
    let most = quota.most_at_once();
    // Half of a burst of 3 is one; `most` is 32 bits, and a hundredth of a hundredfold of it is as well.
    let part = (u64::from(most) * u64::from(percent) / 100) as u32;
    let burst = part.max(charge.cost.min(most)).max(1);
    let window = quota.window().saturating_mul(100) / percent;
    let bucket = Bucket::new(Quota::new(quota.limit(), window).burst(burst));
    // One that takes longer than a bucket can is as good as the whole.
    Some(Charge { bucket: bucket.unwrap_or(charge.bucket), ..*charge })
}

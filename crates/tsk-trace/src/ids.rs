//! Identifiers of traces and spans: random, and no secrets.

/// Of a trace: 128 bits.
#[inline]
pub(crate) fn trace() -> u128 {
    // All zeros are no identifier (W3C Trace Context, level 2, §3.2.2.3).
    fastrand::u128(..).max(1)
}

/// Of a span: 64 bits.
#[inline]
pub(crate) fn span() -> u64 {
    fastrand::u64(..).max(1)
}

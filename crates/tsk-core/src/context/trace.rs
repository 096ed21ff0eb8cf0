//! The place of a request in a distributed trace.

/// Where a request belongs in a distributed trace, by the identifiers of W3C Trace Context (level 2, §3.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Trace {
    /// The trace, shown as 32 hexadecimal digits.
    pub id: u128,
    /// The span of this request within it, shown as 16 hexadecimal digits.
    pub span: u64,
    /// Whether the trace is recorded. One that is not still has identifiers, for logs and outgoing calls.
    pub is_sampled: bool,
}

//! What clients of HTTP/2 may do.

use bytesize::ByteSize;
use serde::{Deserialize, Serialize};

use super::text;
use crate::Error;

/// The limits of a connection of HTTP/2: section `[http.h2]` of `tsk.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Http2 {
    /// Streams at a time (RFC 9113 §5.1.2); further ones are refused. Default: 100.
    pub max_streams: u32,

    /// Streams that the client has reset before the server got to them; with more the connection is ended
    /// (CVE-2023-44487, rapid reset). Default: 20.
    pub max_pending_resets: usize,

    /// Streams that the server has reset for what the client did wrong, over the life of a connection; with
    /// more it is ended (CVE-2025-8671, resets that the server is provoked to). Default: 100.
    pub max_error_resets: usize,

    /// The most that compression of header fields may remember for the client (RFC 7541 §4.2). Default: 4 KiB.
    #[serde(with = "text::Size")]
    pub header_table: ByteSize,

    /// The largest frame that is read, 16 KiB to 16 MiB (RFC 9113 §4.2). Default: 16 KiB.
    #[serde(with = "text::Size")]
    pub max_frame: ByteSize,

    /// What a client may send of one body before it is read, below 2 GiB. Default: 1 MiB.
    #[serde(with = "text::Size")]
    pub stream_window: ByteSize,

    /// What a client may send of all bodies before they are read, below 2 GiB. Default: 1 MiB.
    #[serde(with = "text::Size")]
    pub connection_window: ByteSize,
}

impl Default for Http2 {
    fn default() -> Self {
        Self {
            max_streams: 100,
            max_pending_resets: 20,
            max_error_resets: 100,
            header_table: ByteSize::kib(4),
            max_frame: ByteSize::kib(16),
            stream_window: ByteSize::mib(1),
            connection_window: ByteSize::mib(1),
        }
    }
}

impl Http2 {
    /// Checks what the protocol has bounds for.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let error = |what| Err(Error::config(format!("`http.h2.{what}")));
        if self.max_streams == 0 {
            return error("max_streams` is 0, so nothing could be asked for; set 1 or more");
        }
        if !(1 << 14..1 << 24).contains(&self.max_frame.as_u64()) {
            return error("max_frame` is not 16 KiB to 16 MiB; choose one within");
        }
        if self.header_table.as_u64() > 1 << 20 {
            return error(
                "header_table` is above 1 MiB, which every connection may take; choose a smaller one",
            );
        }
        for (name, window) in
            [("stream_window", self.stream_window), ("connection_window", self.connection_window)]
        {
            if !(1..1 << 31).contains(&window.as_u64()) {
                return Err(Error::config(format!(
                    "`http.h2.{name}` is not 1 B to 2 GiB; choose one within"
                )));
            }
        }
        Ok(())
    }
}

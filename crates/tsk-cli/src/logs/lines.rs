//! Lines of bounded length.

use std::io::{self, BufRead};

/// The most that is read of a line, in bytes; of a longer one, the beginning.
pub(crate) const MAX_LINE: usize = 64 * 1024;

/// What has been read of a line.
#[derive(Debug, Default)]
pub(crate) struct Line {
    bytes: Vec<u8>,
    /// How many bytes of it are left out.
    left_out: u64,
}

impl Line {
    /// Reads on to the end of the line. False where the input ends before, and what there is has been read.
    pub(crate) fn read(&mut self, input: &mut impl BufRead) -> io::Result<bool> {
        loop {
            let block = match input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                block => block?,
            };
            if block.is_empty() {
                return Ok(false);
            }
            let end = block.iter().position(|byte| *byte == b'\n');
            self.extend(&block[..end.unwrap_or(block.len())]);
            let used = end.map_or(block.len(), |end| end + 1);
            input.consume(used);
            if end.is_some() {
                return Ok(true);
            }
        }
    }

    fn extend(&mut self, bytes: &[u8]) {
        let fits = bytes.len().min(MAX_LINE - self.bytes.len());
        self.bytes.extend_from_slice(&bytes[..fits]);
        self.left_out += (bytes.len() - fits) as u64;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The line as text; what is no UTF-8 is replaced. Begins the next line.
    pub(crate) fn take(&mut self) -> String {
        let mut text = String::from_utf8_lossy(&self.bytes).into_owned();
        if self.left_out > 0 {
            text.push_str(&format!("… and {} bytes more", self.left_out));
        }
        self.bytes.clear();
        self.left_out = 0;
        text
    }
}

/// Calls `each` with every line, also a last one that has no end.
pub(crate) fn every(
    mut input: impl BufRead,
    mut each: impl FnMut(String) -> io::Result<()>,
) -> io::Result<()> {
    let mut line = Line::default();
    while line.read(&mut input)? {
        each(line.take())?;
    }
    if line.is_empty() { Ok(()) } else { each(line.take()) }
}

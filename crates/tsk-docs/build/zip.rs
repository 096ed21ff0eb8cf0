//! As much of ZIP as is needed to take files out of an archive without inflating them.

use std::error::Error;

/// An archive in memory.
pub(crate) struct Archive<'a> {
    bytes: &'a [u8],
    entries: Vec<Entry<'a>>,
}

struct Entry<'a> {
    name: &'a str,
    method: u16,
    crc: u32,
    compressed: usize,
    size: u32,
    offset: usize,
}

const STORED: u16 = 0;
const DEFLATED: u16 = 8;

impl<'a> Archive<'a> {
    /// Reads the directory at the end (APPNOTE.TXT §4.3.12).
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self, Box<dyn Error>> {
        let end =
            bytes.windows(4).rposition(|window| window == b"PK\x05\x06").ok_or("no end of a directory")?;
        let count = short(bytes, end + 10)?;
        let mut at = long(bytes, end + 16)? as usize;
        let mut entries = Vec::new();
        for _ in 0..count {
            let length = usize::from(short(bytes, at + 28)?);
            let skipped = usize::from(short(bytes, at + 30)?) + usize::from(short(bytes, at + 32)?);
            let name = bytes.get(at + 46..at + 46 + length).ok_or("a name is cut off")?;
            entries.push(Entry {
                name: std::str::from_utf8(name)?,
                method: short(bytes, at + 10)?,
                crc: long(bytes, at + 16)?,
                compressed: long(bytes, at + 20)? as usize,
                size: long(bytes, at + 24)?,
                offset: long(bytes, at + 42)? as usize,
            });
            at += 46 + length + skipped;
        }
        Ok(Self { bytes, entries })
    }

    /// The directory that everything is in.
    pub(crate) fn root(&self) -> Result<&'a str, Box<dyn Error>> {
        let first = self.entries.first().and_then(|entry| entry.name.split('/').next());
        first.ok_or_else(|| "the archive is empty".into())
    }

    /// A file as gzip, and true; or one that is not compressed as it is. ZIP and gzip hold the same stream (RFC 1951),
    /// each in a frame of its own (RFC 1952 §2.3).
    pub(crate) fn gzip(&self, name: &str) -> Result<(Vec<u8>, bool), Box<dyn Error>> {
        let entry = self.entries.iter().find(|entry| entry.name == name);
        let entry = entry.ok_or_else(|| format!("`{name}` is not in the archive"))?;
        let names = usize::from(short(self.bytes, entry.offset + 26)?);
        let extra = usize::from(short(self.bytes, entry.offset + 28)?);
        let start = entry.offset + 30 + names + extra;
        let stream = self.bytes.get(start..start + entry.compressed).ok_or("a file is cut off")?;
        match entry.method {
            STORED => Ok((stream.to_vec(), false)),
            DEFLATED => {
                let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
                gzip.extend_from_slice(stream);
                gzip.extend_from_slice(&entry.crc.to_le_bytes());
                gzip.extend_from_slice(&entry.size.to_le_bytes());
                Ok((gzip, true))
            }
            other => Err(format!("`{name}` is compressed by method {other}").into()),
        }
    }
}

fn short(bytes: &[u8], at: usize) -> Result<u16, Box<dyn Error>> {
    let field = bytes.get(at..at + 2).ok_or("a field is cut off")?;
    Ok(u16::from_le_bytes([field[0], field[1]]))
}

fn long(bytes: &[u8], at: usize) -> Result<u32, Box<dyn Error>> {
    Ok(u32::from(short(bytes, at)?) | u32::from(short(bytes, at + 2)?) << 16)
}

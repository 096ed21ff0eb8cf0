//! What a page in a browser asks, and the tokens that it shows.

use std::path::PathBuf;
use std::process::Command;

use crate::bench::client;
use crate::bench::machine::Cores;
use crate::bench::wrk::{CONNECTIONS, Wrk};
use crate::{Error, peers, step};

pub(super) const PATH: &str = "/users/42";

/// Those of Firefox for a request that a page makes of a server of another origin, but for the token.
const HEADERS: &[(&str, &str)] = &[
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    ("Accept", "application/json, text/plain, */*"),
    ("Accept-Language", "en-US,en;q=0.5"),
    ("Accept-Encoding", "gzip, deflate, br, zstd"),
    ("Referer", "https://app.example.com/"),
    ("Origin", "https://app.example.com"),
    ("Connection", "keep-alive"),
    ("Sec-Fetch-Dest", "empty"),
    ("Sec-Fetch-Mode", "cors"),
    ("Sec-Fetch-Site", "same-site"),
];

/// So many that of those which the product remembers, some 5,000, few come again before they are forgotten: one request in
/// forty at most.
const TOKENS: usize = 200_000;

/// Each of these requests has the same token, or another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Load {
    Known,
    Cold,
}

impl Load {
    pub(super) const ALL: [Self; 2] = [Self::Known, Self::Cold];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Known => "the same token in every request",
            Self::Cold => "another token in each request",
        }
    }

    /// What profiles are named by.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Cold => "cold",
        }
    }
}

/// Tokens in a file, one a line.
pub(super) struct Tokens {
    file: PathBuf,
    all: Vec<String>,
}

impl Tokens {
    pub(super) fn issue() -> Result<Self, Error> {
        peers::build_package("tokens")?;
        let all = step::output(Command::new(peers::program("tokens")?).arg(TOKENS.to_string()))?;
        let folder = peers::target_directory()?.join("bench");
        std::fs::create_dir_all(&folder)?;
        let file = folder.join("tokens");
        std::fs::write(&file, &all)?;
        Ok(Self { file, all: all.lines().map(str::to_owned).collect() })
    }

    /// The bytes of a request, without a token or with that of this number.
    pub(super) fn request(&self, port: u16, number: Option<u64>) -> Vec<u8> {
        let bearer = number.map(|number| format!("Bearer {}", self.all[number as usize % self.all.len()]));
        let token = bearer.iter().map(|bearer| ("Authorization", bearer.as_str()));
        let headers: Vec<_> = HEADERS.iter().copied().chain(token).collect();
        client::request_with(&headers, port, "GET", PATH, &[])
    }

    /// The number of the token that a request has, by its own number.
    pub(super) fn number(load: Load, request: u64) -> u64 {
        match load {
            Load::Known => 0,
            Load::Cold => request,
        }
    }

    /// The command that puts this load on the server on this port.
    pub(super) fn command(&self, load: Load, port: u16, seconds: u64, cores: Cores) -> Command {
        let url = format!("http://127.0.0.1:{port}{PATH}");
        let wrk = Wrk::new(CONNECTIONS, seconds, cores);
        let wrk = HEADERS.iter().fold(wrk, |wrk, (name, value)| wrk.header(name, value));
        match load {
            Load::Known => {
                wrk.header("Authorization", &format!("Bearer {}", self.all[0])).command(&url, &["1"])
            }
            Load::Cold => wrk.header("Authorization", "Bearer TOKEN").command_by(
                "cold.lua",
                &url,
                &[&self.file.display().to_string()],
            ),
        }
    }
}

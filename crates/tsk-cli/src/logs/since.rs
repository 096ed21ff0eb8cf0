//! How people say since when.

use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// `10m`, `2h 30m`, `today`, `yesterday`, `2026-11-26`, `2026-11-26T21:12:00Z`. All in UTC, as the lines are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Since {
    /// So long ago.
    Ago(Duration),
    /// So many days before the beginning of this one.
    Midnight(u32),
    At(SystemTime),
}

impl Since {
    pub(crate) fn at(self, now: SystemTime) -> SystemTime {
        match self {
            Since::Ago(ago) => now.checked_sub(ago).unwrap_or(UNIX_EPOCH),
            Since::Midnight(days) => {
                let since_epoch = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
                let midnight = UNIX_EPOCH + Duration::from_secs(since_epoch - since_epoch % DAY.as_secs());
                midnight.checked_sub(DAY * days).unwrap_or(UNIX_EPOCH)
            }
            Since::At(at) => at,
        }
    }
}

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Since, String> {
        match text {
            "today" => return Ok(Since::Midnight(0)),
            "yesterday" => return Ok(Since::Midnight(1)),
            _ => {}
        }
        if let Some(at) = instant(text) {
            return Ok(Since::At(at));
        }
        humantime::parse_duration(text)
            .map(Since::Ago)
            .map_err(|_| "write 10m, 2h, today, yesterday, 2026-11-26 or 2026-11-26T21:12:00Z".to_owned())
    }
}

/// A day, or an instant of RFC 3339, which may leave out its offset.
fn instant(text: &str) -> Option<SystemTime> {
    if text.len() == 10 {
        return humantime::parse_rfc3339(&format!("{text}T00:00:00Z")).ok();
    }
    let sign = text.get(19..)?.rfind(['+', '-']).map(|at| at + 19);
    let Some(sign) = sign else { return humantime::parse_rfc3339_weak(text).ok() };
    let (local, offset) = text.split_at(sign);
    let (hours, minutes) = offset[1..].split_once(':').filter(|(h, m)| h.len() == 2 && m.len() == 2)?;
    let (hours, minutes): (u64, u64) = (hours.parse().ok()?, minutes.parse().ok()?);
    let offset_by = Duration::from_secs(hours * 3600 + minutes * 60);
    let local = humantime::parse_rfc3339_weak(local).ok()?;
    // RFC 3339, section 4.2: the offset is what local time is ahead of UTC.
    if offset.starts_with('+') { local.checked_sub(offset_by) } else { local.checked_add(offset_by) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_form_means_an_instant() {
        let now = humantime::parse_rfc3339("2026-11-26T21:12:00.5Z").unwrap();
        for (text, at) in [
            ("10m", "2026-11-26T21:02:00.5Z"),
            ("2h 30m", "2026-11-26T18:42:00.5Z"),
            ("today", "2026-11-26T00:00:00Z"),
            ("yesterday", "2026-11-25T00:00:00Z"),
            ("2026-11-01", "2026-11-01T00:00:00Z"),
            ("2026-11-01T10:00:00Z", "2026-11-01T10:00:00Z"),
            ("2026-11-01 10:00:00", "2026-11-01T10:00:00Z"),
            ("2026-11-01T10:00:00.25+01:30", "2026-11-01T08:30:00.25Z"),
            ("2026-11-01T10:00:00-05:00", "2026-11-01T15:00:00Z"),
        ] {
            let since: Since = text.parse().unwrap();
            assert_eq!(since.at(now), humantime::parse_rfc3339(at).unwrap(), "{text}");
        }
        assert_eq!(Since::Ago(Duration::MAX).at(now), UNIX_EPOCH);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[-+0-9TZ:. aü]{0,30}") {
            let _ = text.parse::<Since>();
        }
    }
}

//! What holds in the rooms of a pattern, checked.

use std::{sync::Arc, time::Duration};

use super::{access::Access, config::RoomConfig, error::Error, history::Limits, queue::Slow, topic::Pattern};

/// What holds in the rooms of a pattern.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) pattern: Pattern,
    pub(crate) join: Access,
    pub(crate) push: Access,
    pub(crate) history: Limits,
    pub(crate) has_presence: bool,
    /// The most that are seen to be there.
    pub(crate) present: usize,
    /// The most bytes of what is said of one of them.
    pub(crate) meta: usize,
    pub(crate) slow: Slow,
    /// The member of a payload that says what it says the latest of.
    pub(crate) key: Option<Arc<str>>,
    /// The member of a payload that is set to who sent it.
    pub(crate) from: Option<Arc<str>>,
    pub(crate) queue: usize,
    pub(crate) members: usize,
    /// Zero for no limit.
    pub(crate) per_user: usize,
    pub(crate) echo: bool,
    pub(crate) remembered: usize,
    pub(crate) remembered_for: Duration,
    pub(crate) cost: u32,
}

impl Settings {
    pub(crate) fn new(config: &RoomConfig) -> Result<Self, Error> {
        let pattern: Pattern = config
            .topic
            .parse()
            .map_err(|error| Error::setting("topic", format!("`{}` {error}", config.topic)))?;
        if config.slow == Slow::Coalesce && config.key.is_none() {
            return Err(Error::setting(
                "key",
                format!("`{pattern}`: `slow = \"coalesce\"` needs the `key` by which"),
            ));
        }
        if config.members == 0 {
            return Err(Error::setting("members", format!("`{pattern}`: nobody could join; name a number")));
        }
        let bytes = |size: bytesize::ByteSize| usize::try_from(size.as_u64()).unwrap_or(usize::MAX);
        let history = match &config.history {
            Some(history) => Limits { count: history.count, age: history.age, bytes: bytes(history.bytes) },
            None => Limits { count: 0, age: Duration::ZERO, bytes: 0 },
        };
        let text = |name: &Option<String>| name.as_deref().map(Into::into);
        Ok(Self {
            pattern,
            join: Access::read(&config.join),
            push: Access::read(&config.push),
            history,
            has_presence: config.presence,
            present: config.max_present,
            meta: bytes(config.max_meta),
            slow: config.slow,
            key: text(&config.key),
            from: text(&config.from),
            queue: bytes(config.queue),
            members: config.members,
            per_user: config.members_per_user,
            echo: config.echo,
            remembered: config.remember,
            remembered_for: config.remember_for,
            cost: config.cost,
        })
    }
}

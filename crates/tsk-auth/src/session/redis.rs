//! Sessions in a Redis.

use std::{fmt, io, sync::Arc};

use ::redis::{Script, ScriptInvocation};

use super::{Key, Record, Store, Stored, memory::MAX_A_SUBJECT};
use crate::redis::Redis;

/// Sessions in a [`Redis`], which the instances of a service share. Feature `redis`.
///
/// It has what a session is, and a hash in the place of its id: whoever reads it cannot enter by what is there. Each holds for as long
/// as the session may, by the time to live of its key, so that nothing has to be swept. Every change is one script: all of it, or
/// nothing. A subject has 20 sessions at most, the newest, and those who have not logged in have a bound in number together, in
/// which those make room that would end first. What takes the memory of Redis besides, its `maxmemory` bounds.
///
/// A request that shows a session is one question to Redis. What cannot be asked lets nobody in, and neither does what cannot be
/// read: the instances of a service have one version, or forget what the newer one has kept.
#[derive(Clone)]
pub struct RedisStore {
    redis: Redis,
    script: Arc<Script>,
    strangers: usize,
}

/// What is done, with its arguments.
struct Call<'s>(ScriptInvocation<'s>);

impl RedisStore {
    /// A store of at most so many sessions of those who have not logged in.
    pub fn new(redis: Redis, strangers: usize) -> Self {
        Self { redis, script: Arc::new(Script::new(include_str!("redis.lua"))), strangers: strangers.max(1) }
    }

    fn call(&self, op: &str, now: u64) -> Call<'_> {
        let mut call = self.script.prepare_invoke();
        call.key(self.redis.prefix()).arg(op).arg(now);
        Call(call)
    }

    fn change(&self, op: &str, before: Option<u64>, now: u64) -> Call<'_> {
        let before = before.map_or_else(String::new, |revision| revision.to_string());
        let mut call = self.call(op, now);
        call.0.arg(MAX_A_SUBJECT).arg(self.strangers).arg(before);
        call
    }
}

impl Call<'_> {
    fn record(mut self, record: &Record) -> io::Result<Self> {
        let kind = match (record.moved, &record.subject) {
            (true, _) => "mark",
            (false, Some(_)) => "of",
            (false, None) => "nobody",
        };
        self.0
            .arg(record.key.to_string())
            .arg(record.revision)
            .arg(serde_json::to_string(record)?)
            .arg(record.used)
            .arg(record.until)
            .arg(record.created)
            .arg(kind)
            .arg(record.subject.as_deref().unwrap_or_default());
        Ok(self)
    }

    fn arg(mut self, text: impl ::redis::ToRedisArgs) -> Self {
        self.0.arg(text);
        self
    }
}

/// What a record is by now: its use is noted beside it.
fn read(text: &str, used: u64, until: u64) -> io::Result<Arc<Record>> {
    let record: Record = serde_json::from_str(text)?;
    Ok(Arc::new(Record { used, until, ..record }))
}

impl Store for RedisStore {
    fn find(&self, key: Key) -> Stored<'_, Option<Arc<Record>>> {
        Stored::Wait(Box::pin(async move {
            let call = self.call("find", 0).arg(key.to_string());
            let found: (Option<String>, Option<u64>, Option<u64>) = self.redis.call(&call.0).await?;
            match found {
                (Some(text), Some(used), Some(until)) => read(&text, used, until).map(Some),
                _ => Ok(None),
            }
        }))
    }

    fn put(&self, record: Arc<Record>, before: Option<u64>, now: u64) -> Stored<'_, bool> {
        Stored::Wait(Box::pin(async move {
            let call = self.change("put", before, now).record(&record)?;
            self.redis.call(&call.0).await
        }))
    }

    fn renew(&self, mark: Arc<Record>, before: u64, next: Arc<Record>, now: u64) -> Stored<'_, bool> {
        Stored::Wait(Box::pin(async move {
            let call = self.change("renew", Some(before), now).record(&mark)?.record(&next)?;
            self.redis.call(&call.0).await
        }))
    }

    fn touch(&self, key: Key, used: u64, until: u64) -> Stored<'_, ()> {
        Stored::Wait(Box::pin(async move {
            let call = self.call("touch", used).arg(key.to_string()).arg(until);
            self.redis.call::<bool>(&call.0).await.map(drop)
        }))
    }

    fn remove<'a>(&'a self, key: Key, subject: Option<&'a str>) -> Stored<'a, bool> {
        Stored::Wait(Box::pin(async move {
            let call = self.call("remove", 0).arg(key.to_string()).arg(subject.map_or("any", |_| "of"));
            self.redis.call(&call.arg(subject.unwrap_or_default()).0).await
        }))
    }

    fn remove_all<'a>(&'a self, subject: &'a str, but: Option<Key>) -> Stored<'a, usize> {
        Stored::Wait(Box::pin(async move {
            let but = but.map_or_else(String::new, |key| key.to_string());
            self.redis.call(&self.call("remove_all", 0).arg(subject).arg(but).0).await
        }))
    }

    fn list<'a>(&'a self, subject: &'a str) -> Stored<'a, Vec<Arc<Record>>> {
        Stored::Wait(Box::pin(async move {
            let call = self.call("list", 0).arg(subject);
            let found: Vec<(String, u64, u64)> = self.redis.call(&call.0).await?;
            found.iter().map(|(text, used, until)| read(text, *used, *until)).collect()
        }))
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("redis", &self.redis).finish_non_exhaustive()
    }
}

//! Keys in a Redis.

use std::{
    collections::HashMap,
    fmt, io, mem,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use ::redis::{Script, ScriptInvocation};

use super::{Record, Store, Stored};
use crate::redis::Redis;

/// Keys in a [`Redis`], which the instances of a service share: a key that is revoked is so for all at once. Feature `redis`.
///
/// It has hashes, from which nobody gets to a key. A request that shows a key is one question to Redis. When keys were last used is
/// written once a minute, while [`run`](Store::run) is awaited; what an instance has not written when it ends is lost.
pub struct RedisStore {
    redis: Redis,
    script: Arc<Script>,
    /// What was used and is not written yet: of keys that there are, and so no more than those.
    used: Mutex<HashMap<Box<str>, u64>>,
}

/// How often it is written when keys were used.
const NOTE: Duration = Duration::from_secs(60);

impl RedisStore {
    /// The keys in that Redis.
    pub fn new(redis: Redis) -> Self {
        let script = Arc::new(Script::new(include_str!("redis.lua")));
        Self { redis, script, used: Mutex::default() }
    }

    fn call(&self, op: &str) -> ScriptInvocation<'_> {
        let mut call = self.script.prepare_invoke();
        call.key(self.redis.prefix()).arg(op);
        call
    }

    fn used(&self) -> MutexGuard<'_, HashMap<Box<str>, u64>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is kept of a key, as it is written and as it is read.
    async fn look(&self, id: &str) -> io::Result<Option<(String, Record)>> {
        let mut call = self.call("find");
        let (text, used): (Option<String>, Option<u64>) = self.redis.call(call.arg(id)).await?;
        let Some(text) = text else { return Ok(None) };
        let record = read(&text, used)?;
        Ok(Some((text, record)))
    }

    /// Writes down which keys were used since the last time, as [`run`](Store::run) does: for whoever is about to end.
    ///
    /// # Errors
    ///
    /// A Redis that cannot be asked. It is all tried again next time.
    pub async fn note(&self) -> io::Result<()> {
        let used = mem::take(&mut *self.used());
        if used.is_empty() {
            return Ok(());
        }
        let mut call = self.call("note");
        for (id, at) in &used {
            call.arg(&**id).arg(at);
        }
        let noted: io::Result<bool> = self.redis.call(&call).await;
        noted.map(drop).inspect_err(|_| {
            let mut own = self.used();
            used.into_iter().for_each(|(id, at)| {
                let latest = own.entry(id).or_default();
                *latest = at.max(*latest);
            });
        })
    }
}

fn read(text: &str, last_used: Option<u64>) -> io::Result<Record> {
    let record: Record = serde_json::from_str(text)?;
    Ok(Record { last_used, ..record })
}

impl Store for RedisStore {
    fn find(&self, id: &str) -> Stored<'_, Option<Arc<Record>>> {
        let id = id.to_owned();
        Stored::Wait(Box::pin(async move { Ok(self.look(&id).await?.map(|(_, record)| Arc::new(record))) }))
    }

    fn list(&self) -> Stored<'_, Vec<Arc<Record>>> {
        Stored::Wait(Box::pin(async move {
            let found: Vec<(String, String)> = self.redis.call(&self.call("list")).await?;
            let records = found.iter().map(|(text, used)| read(text, used.parse().ok()).map(Arc::new));
            let mut records = records.collect::<io::Result<Vec<_>>>()?;
            records.sort_by(|one, other| (one.created, &one.id).cmp(&(other.created, &other.id)));
            Ok(records)
        }))
    }

    fn replace(&self, before: Option<&Record>, record: Record) -> Stored<'_, bool> {
        let before = before.cloned();
        Stored::Wait(Box::pin(async move {
            let record = Record { last_used: None, ..record };
            // Compared as it is written, which another version may do otherwise than this.
            let there = self.look(&record.id).await?;
            let text = match (&before, there) {
                (None, None) => String::new(),
                (Some(before), Some((text, there))) if there.is_same(before) => text,
                _ => return Ok(false),
            };
            let mut call = self.call("replace");
            self.redis.call(call.arg(&*record.id).arg(text).arg(serde_json::to_string(&record)?)).await
        }))
    }

    fn touch(&self, id: &str, now: u64) -> bool {
        let mut used = self.used();
        match used.get_mut(id) {
            Some(at) => {
                *at = now.max(*at);
                false
            }
            // Only those that there are come here: as many as there are keys.
            None => used.insert(id.into(), now).is_none(),
        }
    }

    fn run(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            loop {
                tokio::time::sleep(NOTE).await;
                if let Err(error) = self.note().await {
                    tracing::warn!(%error, "when keys were last used is not written down");
                }
            }
        })
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("redis", &self.redis).finish_non_exhaustive()
    }
}

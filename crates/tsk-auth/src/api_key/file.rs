//! Keys in a file.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{Record, Store, Stored};
use crate::stamp::Stamp;

mod replace;
#[cfg(test)]
mod tests;

use replace::{Lock, replace};

/// Keys in a file of JSON, which several processes may read and write.
///
/// A change replaces the file as a whole, so that nobody finds half of it, and nobody's change is lost: who changes it holds a
/// lock on a file beside it. While [`run`](Store::run) is awaited, what others have written is seen within a second; a file
/// that cannot be read by then leaves the keys as they were, and is told of in the log. When keys were last used is in another
/// file beside it, written once a minute.
///
/// It can be read and written by its owner alone.
#[derive(Debug)]
pub struct FileStore {
    path: PathBuf,
    known: RwLock<Known>,
    used: Mutex<BTreeMap<Box<str>, u64>>,
}

#[derive(Debug, Default)]
struct Known {
    stamp: Option<Stamp>,
    keys: BTreeMap<Box<str>, Arc<Record>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    keys: Vec<Record>,
}

/// The largest file that is read, in bytes: some hundred thousand keys.
const LARGEST: u64 = 64 * 1024 * 1024;

/// How often it is looked whether others have written.
const LOOK: Duration = Duration::from_secs(1);

/// How many looks there are between writing down which keys were used.
const LOOKS_A_NOTE: u32 = 60;

impl FileStore {
    /// The keys in that file; none, where there is no such file yet.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or is not of keys: the message says which, and where.
    pub fn open(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let known = read(&path)?;
        let used = read_used(&beside(&path, "used")).unwrap_or_default();
        Ok(Self { path, known: RwLock::new(known), used: Mutex::new(used) })
    }

    fn replace_now(&self, before: Option<&Record>, record: Record) -> io::Result<bool> {
        let _lock = Lock::of(&beside(&self.path, "lock"))?;
        let mut known = read(&self.path)?;
        let is_as_before = match (known.keys.get(&record.id), before) {
            (None, None) => true,
            (Some(there), Some(before)) => there.is_same(before),
            _ => false,
        };
        if !is_as_before {
            return Ok(false);
        }
        known.keys.insert(record.id.clone(), Arc::new(Record { last_used: None, ..record }));
        let content =
            Content { keys: in_order(&known.keys).iter().map(|record| Record::clone(record)).collect() };
        let text = serde_json::to_vec_pretty(&content)?;
        replace(&self.path, &text)?;
        known.stamp = Stamp::of(&self.path)?;
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
        Ok(true)
    }

    /// Reads the file again if it is another by now.
    fn look(&self) -> io::Result<()> {
        let stamp = Stamp::of(&self.path)?;
        if stamp == self.known.read().unwrap_or_else(PoisonError::into_inner).stamp {
            return Ok(());
        }
        if stamp.is_none() {
            return Err(io::Error::new(io::ErrorKind::NotFound, format!("{} is gone", self.path.display())));
        }
        let known = read(&self.path)?;
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
        Ok(())
    }

    /// Writes down which keys were used, after what others have written.
    fn note(&self) -> io::Result<()> {
        let path = beside(&self.path, "used");
        // A server does not stand still for whoever has the lock: there is another note in a minute.
        let Some(_lock) = Lock::if_free(&beside(&self.path, "lock"))? else { return Ok(()) };
        let mut used = read_used(&path).unwrap_or_default();
        {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            let own = self.used.lock().unwrap_or_else(PoisonError::into_inner);
            for (id, at) in own.iter() {
                let latest = used.entry(id.clone()).or_default();
                *latest = (*latest).max(*at);
            }
            used.retain(|id, _| known.keys.contains_key(id));
        }
        replace(&path, &serde_json::to_vec(&used)?)?;
        *self.used.lock().unwrap_or_else(PoisonError::into_inner) = used;
        Ok(())
    }
}

fn read(path: &Path) -> io::Result<Known> {
    // The stamp first: a file that changes meanwhile is then read again.
    let Some(stamp) = Stamp::of(path)? else { return Ok(Known::default()) };
    let wrong = |error: &dyn std::fmt::Display| {
        io::Error::new(io::ErrorKind::InvalidData, format!("{}: {error}", path.display()))
    };
    if stamp.length() > LARGEST {
        return Err(wrong(&format_args!("a file of keys has at most {LARGEST} bytes")));
    }
    let text = fs::read(path)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
    let content: Content = serde_json::from_slice(&text).map_err(|error| wrong(&error))?;
    let keys = content.keys.into_iter().map(|record| (record.id.clone(), Arc::new(record))).collect();
    Ok(Known { stamp: Some(stamp), keys })
}

/// When keys were last used is worth no error.
fn read_used(path: &Path) -> Option<BTreeMap<Box<str>, u64>> {
    let length = fs::metadata(path).ok()?.len();
    (length <= LARGEST).then(|| serde_json::from_slice(&fs::read(path).ok()?).ok())?
}

fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

fn in_order(keys: &BTreeMap<Box<str>, Arc<Record>>) -> Vec<Arc<Record>> {
    let mut keys: Vec<_> = keys.values().cloned().collect();
    keys.sort_by(|one, other| (one.created, &one.id).cmp(&(other.created, &other.id)));
    keys
}

impl Store for FileStore {
    fn find(&self, id: &str) -> Stored<'_, Option<Arc<Record>>> {
        Stored::Done(Ok(self.known.read().unwrap_or_else(PoisonError::into_inner).keys.get(id).cloned()))
    }

    fn list(&self) -> Stored<'_, Vec<Arc<Record>>> {
        let records = in_order(&self.known.read().unwrap_or_else(PoisonError::into_inner).keys);
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let with_use = records.into_iter().map(|record| match used.get(&record.id) {
            Some(at) => Arc::new(Record { last_used: Some(*at), ..Record::clone(&record) }),
            None => record,
        });
        Stored::Done(Ok(with_use.collect()))
    }

    fn replace(&self, before: Option<&Record>, record: Record) -> Stored<'_, bool> {
        Stored::Done(self.replace_now(before, record))
    }

    fn touch(&self, id: &str, now: u64) -> bool {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
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
            let mut is_told = false;
            for look in 1_u32.. {
                tokio::time::sleep(LOOK).await;
                match self.look() {
                    Ok(()) => is_told = false,
                    Err(error) if !is_told => {
                        tracing::error!(%error, "the keys stay as they were");
                        is_told = true;
                    }
                    Err(_) => {}
                }
                if look.is_multiple_of(LOOKS_A_NOTE)
                    && let Err(error) = self.note()
                {
                    tracing::warn!(%error, "when keys were last used is not written down");
                }
            }
        })
    }
}

/// What was used since the last note is noted.
impl Drop for FileStore {
    fn drop(&mut self) {
        if !self.used.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
            let _ = self.note();
        }
    }
}

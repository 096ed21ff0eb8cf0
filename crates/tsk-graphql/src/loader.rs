//! Loading many things at once that resolvers ask for one by one.

mod report;
mod turn;

use std::{
    collections::HashMap,
    fmt,
    future::Future,
    hash::Hash,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::{FutureExt as _, future::Shared};
use tracing::Instrument as _;

use self::report::Report;
use crate::Fault;

/// Loads many things at once, by their keys.
pub trait Batch: Send + Sync + 'static {
    /// What a thing is asked for by.
    type Key: Clone + Eq + Hash + Send + Sync + 'static;
    /// A thing. Each that asks for it is given a clone.
    type Value: Clone + Send + Sync + 'static;

    /// What the loader is called: in spans, metrics and logs.
    fn name(&self) -> &'static str;

    /// The most keys of a batch. Default: 1,000.
    fn most(&self) -> usize {
        1_000
    }

    /// Loads what there is of these keys, which are all different.
    ///
    /// # Errors
    ///
    /// Nothing could be loaded: each that has asked is told so.
    fn load(
        &self,
        keys: Vec<Self::Key>,
    ) -> impl Future<Output = Result<HashMap<Self::Key, Self::Value>, Fault>> + Send;
}

/// Puts together what resolvers of a request ask for, and remembers what they were given.
///
/// It belongs into the context, one for each request, so that nobody is given what another may see. What is asked for until all
/// resolvers wait is one batch.
///
/// ```
/// use std::collections::HashMap;
/// use tsk_graphql::{Batch, Fault, Loader};
///
/// struct Names;
///
/// impl Batch for Names {
///     type Key = i32;
///     type Value = String;
///
///     fn name(&self) -> &'static str {
///         "names"
///     }
///
///     async fn load(&self, ids: Vec<i32>) -> Result<HashMap<i32, String>, Fault> {
///         // SELECT id, name FROM users WHERE id = ANY($1)
///         Ok(ids.into_iter().map(|id| (id, format!("user {id}"))).collect())
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Fault> {
/// let names = Loader::new(Names);
/// let (one, two) = tokio::join!(names.load(1), names.load(2)); // one batch
/// assert_eq!((one?.as_deref(), two?.as_deref()), (Some("user 1"), Some("user 2")));
/// # Ok(())
/// # }
/// ```
pub struct Loader<B: Batch>(Arc<Inner<B>>);

struct Inner<B: Batch> {
    batch: Arc<B>,
    asked: Mutex<Asked<B>>,
    report: Arc<Report>,
}

/// What has been asked for.
struct Asked<B: Batch> {
    /// The batch that each key is in.
    known: HashMap<B::Key, Loading<B>>,
    /// The batch that is not loaded yet, if there is one.
    open: Option<(Keys<B>, Loading<B>)>,
}

/// The keys of a batch, until it is loaded.
type Keys<B> = Arc<Mutex<Vec<<B as Batch>::Key>>>;

type Loaded<B> = Result<Arc<HashMap<<B as Batch>::Key, <B as Batch>::Value>>, Fault>;

type Loading<B> = Shared<Pin<Box<dyn Future<Output = Loaded<B>> + Send>>>;

impl<B: Batch> Loader<B> {
    /// One that has loaded nothing.
    pub fn new(batch: B) -> Self {
        let report = Arc::new(Report::new(batch.name()));
        let asked = Mutex::new(Asked { known: HashMap::new(), open: None });
        Self(Arc::new(Inner { batch: Arc::new(batch), asked, report }))
    }

    /// Loads what has that key; `None` where there is nothing.
    ///
    /// # Errors
    ///
    /// The batch could not be loaded.
    pub async fn load(&self, key: B::Key) -> Result<Option<B::Value>, Fault> {
        let loading = self.loading(&key);
        Ok(loading.await?.get(&key).cloned())
    }

    /// Loads what has these keys, in their order.
    ///
    /// # Errors
    ///
    /// A batch could not be loaded.
    pub async fn load_all(
        &self,
        keys: impl IntoIterator<Item = B::Key>,
    ) -> Result<Vec<Option<B::Value>>, Fault> {
        let asked: Vec<_> = keys.into_iter().map(|key| (self.loading(&key), key)).collect();
        let mut values = Vec::with_capacity(asked.len());
        for (loading, key) in asked {
            values.push(loading.await?.get(&key).cloned());
        }
        Ok(values)
    }

    /// The batch that a key is in, or comes into.
    fn loading(&self, key: &B::Key) -> Loading<B> {
        let mut asked = locked(&self.0.asked);
        if let Some(loading) = asked.known.get(key) {
            return loading.clone();
        }
        let has_room =
            |(keys, _): &mut (Keys<B>, Loading<B>)| locked(keys).len() < self.0.batch.most().max(1);
        let (keys, loading) = match asked.open.take_if(|open| has_room(open)) {
            Some(open) => open,
            None => self.batch(),
        };
        locked(&keys).push(key.clone());
        asked.known.insert(key.clone(), loading.clone());
        asked.open = Some((keys, loading.clone()));
        loading
    }

    /// A batch that others may come into, until it is polled and nobody else is ready to ask.
    fn batch(&self) -> (Keys<B>, Loading<B>) {
        let keys = Keys::<B>::default();
        let (own, batch, report) = (Arc::clone(&keys), Arc::clone(&self.0.batch), Arc::clone(&self.0.report));
        // What is asked for would otherwise hold whoever has asked, who holds it.
        let inner = Arc::downgrade(&self.0);
        let future = async move {
            // A task with much to do yields before it has done it: as long as somebody asks, others may.
            let mut asked = 0;
            while asked < locked(&own).len() {
                asked = locked(&own).len();
                turn::quiet().await;
            }
            if let Some(inner) = inner.upgrade() {
                locked(&inner.asked).open.take_if(|(open, _)| Arc::ptr_eq(open, &own));
            }
            let keys = std::mem::take(&mut *locked(&own));
            report.batch(keys.len());
            let span = tracing::info_span!("load", loader = batch.name(), keys = keys.len());
            batch.load(keys).instrument(span).await.map(Arc::new)
        };
        let boxed: Pin<Box<dyn Future<Output = Loaded<B>> + Send>> = Box::pin(future);
        (keys, boxed.shared())
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<B: Batch> Clone for Loader<B> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<B: Batch> fmt::Debug for Loader<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loader").field("name", &self.0.batch.name()).field("report", &self.0.report).finish()
    }
}

#[cfg(test)]
mod tests;

//! What is known of a request: the single extension on it.

use std::{
    any::Any,
    fmt,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Instant,
};

use http::{Extensions, HeaderMap, HeaderValue};

use crate::{Endpoint, Peer, Principal};

mod head;
mod params;
mod pool;
mod request_id;
mod scope;
mod trace;

pub use head::Head;
pub use params::Params;
pub use request_id::RequestId;
pub use scope::Scope;
pub use trace::Trace;
use trace::TraceSlot;

/// What is known of a request: its route, its sender, its identity; shared by everything that handles it.
///
/// Cloning is cheap and shares the content. Slots such as [`principal`](Self::principal) are written once,
/// by one writer; an observer further out therefore sees the identity that a gate further in established.
///
/// ```
/// use tsk_core::{Principal, RequestContext, principal::Kind};
///
/// let mut request = http::Request::new(());
/// let context = RequestContext::ensure(request.extensions_mut());
/// context.set_principal(Principal::new("ada", Kind::User));
/// assert_eq!(context.principal().map(|p| p.id()), Some("ada"));
/// ```
#[derive(Clone)]
pub struct RequestContext(
    // `None` only in extensions that wait in the pool, and while it is dropped.
    Option<Arc<Inner>>,
);

struct Inner {
    /// `None` where no server of ours attached the context.
    scope: Option<Arc<Scope>>,
    endpoint: usize,
    params: Params,
    start: Instant,
    id: OnceLock<RequestId>,
    client: OnceLock<Option<IpAddr>>,
    trace: TraceSlot,
    principal: OnceLock<Arc<Principal>>,
    claims: OnceLock<Arc<dyn Any + Send + Sync>>,
    cookies: OnceLock<Mutex<Vec<HeaderValue>>>,
}

impl RequestContext {
    /// Puts a context on a request that has none: what a server does before anything else.
    ///
    /// The memory of earlier requests is used again, that of the context once its last clone is dropped, that
    /// of the extensions once they are [recycled](Self::recycle).
    #[inline]
    pub fn attach<'a>(
        extensions: &'a mut Extensions,
        scope: &Arc<Scope>,
        endpoint: usize,
        params: Params,
    ) -> &'a Self {
        Self::put(extensions, Some(Arc::clone(scope)), endpoint, params)
    }

    #[inline]
    fn put(extensions: &mut Extensions, scope: Option<Arc<Scope>>, endpoint: usize, params: Params) -> &Self {
        let (pooled, spare) = pool::take(extensions.is_empty());
        if let Some(spare) = spare {
            *extensions = spare;
        }
        let context = extensions.get_or_insert_with(|| Self(None));
        context.0 = Some(Inner::new(pooled, scope, endpoint, params));
        context
    }

    /// Takes back the extensions of a request that nothing reads any more, for [`attach`](Self::attach) to
    /// use again on this thread.
    #[inline]
    pub fn recycle(mut extensions: Extensions) {
        let Some(context) = extensions.get_mut::<Self>() else { return };
        *context = Self(None);
        if extensions.len() > 1 {
            extensions.clear();
            extensions.insert(Self(None));
        }
        pool::put_extensions(extensions);
    }

    /// The context of a request, if a server or a layer of ours has put one there.
    #[inline]
    pub fn get(extensions: &Extensions) -> Option<&Self> {
        extensions.get()
    }

    /// The context of a request; an empty one is made where there is none, as in a service that was not
    /// built with our router.
    #[inline]
    pub fn ensure(extensions: &mut Extensions) -> Self {
        match Self::get(extensions) {
            Some(context) => context.clone(),
            None => Self::put(extensions, None, usize::MAX, Params::default()).clone(),
        }
    }

    /// The route that matched, or the unmatched endpoint.
    #[inline]
    pub fn endpoint(&self) -> &Endpoint {
        self.scope().routes.get(self.inner().endpoint)
    }

    /// The [index](Endpoint::index) of that endpoint, or one beyond all: faster, where no more is wanted of it.
    #[inline]
    pub fn endpoint_index(&self) -> usize {
        self.inner().endpoint
    }

    /// Where the values of the path parameters are in the path of the request.
    #[inline]
    pub fn params(&self) -> &Params {
        &self.inner().params
    }

    /// What the requests of the connection have in common.
    #[inline]
    pub fn scope(&self) -> &Scope {
        static NOWHERE: OnceLock<Scope> = OnceLock::new();
        match &self.inner().scope {
            Some(scope) => scope,
            None => NOWHERE.get_or_init(Scope::default),
        }
    }

    /// The address that the request came from.
    pub fn peer(&self) -> Peer {
        self.scope().peer
    }

    /// The address of the client: that of the peer, or the one for which it speaks, where it is a proxy that is
    /// [trusted](crate::Proxies). `None` where there is none, as for a call in process.
    ///
    /// It is found once for a request, in the headers that the first to ask has of it.
    #[inline]
    pub fn client(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let scope = self.scope();
        match scope.proxies() {
            None => scope.peer.ip(),
            Some(proxies) => *self.inner().client.get_or_init(|| proxies.client(scope.peer, headers)),
        }
    }

    /// When the head of the request had been read.
    #[inline]
    pub fn start(&self) -> Instant {
        self.inner().start
    }

    /// The identifier that finds this request in logs and traces; made when it is first asked for.
    #[inline]
    pub fn request_id(&self) -> &RequestId {
        self.inner().id.get_or_init(RequestId::new)
    }

    /// The same, but `None` where nobody has asked for it: nothing that was said of the request has it.
    #[inline]
    pub fn known_request_id(&self) -> Option<&RequestId> {
        self.inner().id.get()
    }

    /// Adopts an identifier that came from outside. `false` if the request already had one.
    pub fn set_request_id(&self, id: RequestId) -> bool {
        self.inner().id.set(id).is_ok()
    }

    /// Where the request belongs in a distributed trace, once tracing knows.
    #[inline]
    pub fn trace(&self) -> Option<Trace> {
        self.inner().trace.get()
    }

    /// Sets where the request belongs in a trace: for the one who traces it, when it begins. `false` if somebody has done so before.
    #[inline]
    pub fn set_trace(&self, trace: Trace) -> bool {
        self.inner().trace.set(trace)
    }

    /// Who is calling, once authentication knows.
    pub fn principal(&self) -> Option<&Arc<Principal>> {
        self.inner().principal.get()
    }

    /// Sets who is calling. `false` if somebody has done so before: an identity is never replaced.
    pub fn set_principal(&self, principal: impl Into<Arc<Principal>>) -> bool {
        self.inner().principal.set(principal.into()).is_ok()
    }

    /// The typed claims behind the principal.
    pub fn claims<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.shared_claims().and_then(|claims| claims.downcast_ref())
    }

    pub(crate) fn shared_claims(&self) -> Option<&Arc<dyn Any + Send + Sync>> {
        self.inner().claims.get()
    }

    /// Sets the typed claims. `false` if there were some before.
    pub fn set_claims(&self, claims: Arc<dyn Any + Send + Sync>) -> bool {
        self.inner().claims.set(claims).is_ok()
    }

    /// Adds a `Set-Cookie` value to the answer, whatever the answer will be. Values are only ever appended.
    pub fn push_cookie(&self, cookie: HeaderValue) {
        locked(self.inner().cookies.get_or_init(Mutex::default)).push(cookie);
    }

    /// Takes the `Set-Cookie` values that were added so far: for the layer that writes them out.
    #[inline]
    pub fn take_cookies(&self) -> Vec<HeaderValue> {
        self.inner().cookies.get().map(|cookies| std::mem::take(&mut *locked(cookies))).unwrap_or_default()
    }

    #[inline]
    fn inner(&self) -> &Inner {
        self.0.as_deref().expect("empty only where nobody sees it")
    }
}

impl fmt::Debug for RequestContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestContext")
            .field("endpoint", &format_args!("{}", self.endpoint()))
            .field("peer", &self.peer())
            .field("id", &self.known_request_id())
            .field("principal", &self.principal().map(|principal| principal.id()))
            .finish_non_exhaustive()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for RequestContext {
    #[inline]
    fn drop(&mut self) {
        if let Some(inner) = self.0.take() {
            // Where two holders let go at the same time, neither is the last, and the memory is freed.
            if Arc::strong_count(&inner) == 1 {
                Inner::retire(inner);
            }
        }
    }
}

impl Inner {
    #[inline]
    fn new(
        pooled: Option<Arc<Self>>,
        scope: Option<Arc<Scope>>,
        endpoint: usize,
        params: Params,
    ) -> Arc<Self> {
        let start = Instant::now();
        if let Some(mut inner) = pooled
            && let Some(retired) = Arc::get_mut(&mut inner)
        {
            (retired.scope, retired.endpoint, retired.params, retired.start) =
                (scope, endpoint, params, start);
            return inner;
        }
        Arc::new(Self {
            scope,
            endpoint,
            params,
            start,
            id: OnceLock::new(),
            client: OnceLock::new(),
            trace: TraceSlot::default(),
            principal: OnceLock::new(),
            claims: OnceLock::new(),
            cookies: OnceLock::new(),
        })
    }

    /// Forgets all that belongs to the request, so that what waits in the pool keeps nothing alive and runs
    /// nobody's destructor when the thread exits.
    fn retire(mut inner: Arc<Self>) {
        let Some(retired) = Arc::get_mut(&mut inner) else { return };
        retired.scope = None;
        retired.id.take();
        retired.client.take();
        retired.trace = TraceSlot::default();
        retired.principal.take();
        retired.claims.take();
        retired.cookies.take();
        pool::put_context(inner);
    }
}

#[cfg(test)]
mod tests;

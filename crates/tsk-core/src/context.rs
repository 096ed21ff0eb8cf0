//! What is known of a request: the single extension on it.

use std::{
    any::Any,
    cell::RefCell,
    fmt,
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Instant,
};

use http::{Extensions, HeaderMap, HeaderValue, Method, Request, Uri, Version};

use crate::{Endpoint, Peer, Principal, RouteTable};

mod request_id;

pub use request_id::RequestId;

/// What the requests of one connection have in common.
///
/// It exists once a connection, so that the reference count that each request touches stays with the core
/// that serves the connection.
#[derive(Debug, Default)]
pub struct Scope {
    routes: Arc<RouteTable>,
    peer: Peer,
}

impl Scope {
    /// The scope of a connection from `peer` to a service with these routes.
    pub fn new(routes: Arc<RouteTable>, peer: Peer) -> Self {
        Self { routes, peer }
    }

    /// The routes of the service.
    pub fn routes(&self) -> &RouteTable {
        &self.routes
    }

    /// The other end of the connection.
    pub fn peer(&self) -> Peer {
        self.peer
    }
}

/// What is known of a request: its route, its sender, its identity; shared by everything that handles it.
///
/// Cloning is cheap and shares the content. Slots such as [`principal`](Self::principal) are written once,
/// by one writer; an observer further out therefore sees the identity that a gate further in established.
///
/// ```
/// use tsk_core::{Principal, RequestContext, principal::Kind};
///
/// let mut request = http::Request::new(());
/// let context = RequestContext::ensure(request.extensions_mut()).clone();
/// context.set_principal(Principal::new("ada", Kind::User));
/// assert_eq!(context.principal().map(|p| p.id()), Some("ada"));
/// ```
#[derive(Clone)]
pub struct RequestContext(Arc<Inner>);

struct Inner {
    scope: Arc<Scope>,
    endpoint: usize,
    params: Params,
    start: Instant,
    id: OnceLock<RequestId>,
    principal: OnceLock<Arc<Principal>>,
    claims: OnceLock<Arc<dyn Any + Send + Sync>>,
    cookies: Mutex<Vec<HeaderValue>>,
}

impl RequestContext {
    /// Puts a context on a request that has none: what a server does before anything else.
    ///
    /// The memory of an earlier, [recycled](Self::recycle) request is used again.
    #[inline]
    pub fn attach<'a>(
        extensions: &'a mut Extensions,
        scope: &Arc<Scope>,
        endpoint: usize,
        params: Params,
    ) -> &'a Self {
        let inner = Inner {
            scope: Arc::clone(scope),
            endpoint,
            params,
            start: Instant::now(),
            id: OnceLock::new(),
            principal: OnceLock::new(),
            claims: OnceLock::new(),
            cookies: Mutex::new(Vec::new()),
        };
        if extensions.is_empty()
            && let Some(mut recycled) = POOL.with_borrow_mut(Vec::pop)
        {
            if let Some(context) = recycled.get_mut::<Self>() {
                match Arc::get_mut(&mut context.0) {
                    Some(slot) => *slot = inner,
                    None => context.0 = Arc::new(inner),
                }
            }
            *extensions = recycled;
        } else {
            extensions.insert(Self(Arc::new(inner)));
        }
        Self::get(extensions).expect("the pool holds extensions with a context only")
    }

    /// Takes back the extensions of a request that nothing reads any more, for [`attach`](Self::attach) to
    /// use again on this thread.
    #[inline]
    pub fn recycle(mut extensions: Extensions) {
        if extensions.len() > 1 {
            let Some(context) = extensions.remove::<Self>() else { return };
            extensions.clear();
            extensions.insert(context);
        } else if extensions.get::<Self>().is_none() {
            return;
        }
        POOL.with_borrow_mut(|pool| {
            if pool.len() < POOL_SIZE {
                pool.push(extensions);
            }
        });
    }

    /// The context of a request, if a server or a layer of ours has put one there.
    #[inline]
    pub fn get(extensions: &Extensions) -> Option<&Self> {
        extensions.get()
    }

    /// The context of a request; an empty one is made where there is none, as in a service that was not
    /// built with our router.
    #[inline]
    pub fn ensure(extensions: &mut Extensions) -> &Self {
        static NOWHERE: OnceLock<Arc<Scope>> = OnceLock::new();
        if extensions.get::<Self>().is_none() {
            let scope = NOWHERE.get_or_init(Arc::default);
            Self::attach(extensions, scope, usize::MAX, Params::default());
        }
        Self::get(extensions).expect("it was attached above")
    }

    /// The route that matched, or the unmatched endpoint.
    #[inline]
    pub fn endpoint(&self) -> &Endpoint {
        self.0.scope.routes.get(self.0.endpoint)
    }

    /// Where the values of the path parameters are in the path of the request.
    #[inline]
    pub fn params(&self) -> &Params {
        &self.0.params
    }

    /// What the requests of the connection have in common.
    pub fn scope(&self) -> &Scope {
        &self.0.scope
    }

    /// The address that the request came from.
    pub fn peer(&self) -> Peer {
        self.0.scope.peer
    }

    /// When the head of the request had been read.
    #[inline]
    pub fn start(&self) -> Instant {
        self.0.start
    }

    /// The identifier that finds this request in logs and traces; made when it is first asked for.
    #[inline]
    pub fn request_id(&self) -> &RequestId {
        self.0.id.get_or_init(RequestId::new)
    }

    /// Adopts an identifier that came from outside. `false` if the request already had one.
    pub fn set_request_id(&self, id: RequestId) -> bool {
        self.0.id.set(id).is_ok()
    }

    /// Who is calling, once authentication knows.
    pub fn principal(&self) -> Option<&Arc<Principal>> {
        self.0.principal.get()
    }

    /// Sets who is calling. `false` if somebody has done so before: an identity is never replaced.
    pub fn set_principal(&self, principal: impl Into<Arc<Principal>>) -> bool {
        self.0.principal.set(principal.into()).is_ok()
    }

    /// The typed claims behind the principal.
    pub fn claims<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.0.claims.get().and_then(|claims| claims.downcast_ref())
    }

    /// Sets the typed claims. `false` if there were some before.
    pub fn set_claims(&self, claims: Arc<dyn Any + Send + Sync>) -> bool {
        self.0.claims.set(claims).is_ok()
    }

    /// Adds a `Set-Cookie` value to the answer, whatever the answer will be. Values are only ever appended.
    pub fn push_cookie(&self, cookie: HeaderValue) {
        self.cookies().push(cookie);
    }

    /// Takes the `Set-Cookie` values that were added so far: for the layer that writes them out.
    pub fn take_cookies(&self) -> Vec<HeaderValue> {
        std::mem::take(&mut *self.cookies())
    }

    fn cookies(&self) -> MutexGuard<'_, Vec<HeaderValue>> {
        self.0.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for RequestContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestContext")
            .field("endpoint", &format_args!("{}", self.endpoint()))
            .field("peer", &self.peer())
            .field("id", &self.0.id.get())
            .field("principal", &self.principal().map(|principal| principal.id()))
            .finish_non_exhaustive()
    }
}

/// Enough for the requests that one thread handles at a time; what is beyond is freed.
const POOL_SIZE: usize = 256;

thread_local! {
    // An extension costs four allocations: the map, its table, the box and the context. They are used again
    // together.
    static POOL: RefCell<Vec<Extensions>> = const { RefCell::new(Vec::new()) };
}

/// Where the values of path parameters are: ranges of bytes within the path, in the order of the template.
///
/// The path is as the client sent it, so a value may be percent-encoded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Params {
    ranges: [(u16, u16); Self::MAX],
    len: u8,
}

impl Params {
    /// How many parameters a path may have.
    pub const MAX: usize = 8;

    /// Appends a range. One that does not fit, or a ninth, is left out; neither occurs, as a URI is shorter
    /// than 64 KiB and the router refuses such templates.
    #[inline]
    pub fn push(&mut self, range: Range<usize>) {
        if let (Some(slot), Ok(start), Ok(end)) =
            (self.ranges.get_mut(usize::from(self.len)), u16::try_from(range.start), u16::try_from(range.end))
        {
            *slot = (start, end);
            self.len += 1;
        }
    }

    /// The number of parameters.
    pub fn len(&self) -> usize {
        self.len.into()
    }

    /// Whether the path has no parameter.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The value of a parameter within `path`, the path that was matched.
    #[inline]
    pub fn value<'a>(&self, path: &'a str, index: usize) -> Option<&'a str> {
        let (start, end) = *self.ranges.get(..usize::from(self.len))?.get(index)?;
        path.get(usize::from(start)..usize::from(end))
    }
}

/// The head of a request, as gates and observers see it: to read, not to change.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Head<'a> {
    /// The method.
    pub method: &'a Method,
    /// The target.
    pub uri: &'a Uri,
    /// The protocol version.
    pub version: Version,
    /// The header fields.
    pub headers: &'a HeaderMap,
    /// What others have attached to the request.
    pub extensions: &'a Extensions,
    /// What is known of the request.
    pub context: &'a RequestContext,
}

impl<'a> Head<'a> {
    /// A view of a request; `None` where it has no context.
    #[inline]
    pub fn new<B>(request: &'a Request<B>) -> Option<Self> {
        Some(Self::with(request, RequestContext::get(request.extensions())?))
    }

    /// A view of a request, with a context that is at hand.
    #[inline]
    pub fn with<B>(request: &'a Request<B>, context: &'a RequestContext) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            version: request.version(),
            headers: request.headers(),
            extensions: request.extensions(),
            context,
        }
    }
}

#[cfg(test)]
mod tests;

//! What is known of who is at the other end.

use std::net::IpAddr;

use http::{Extensions, HeaderMap, Uri};
use tsk_core::{Peer, RequestContext, authority::Caller, context::Scope};

/// What is known of who is at the other end of a socket, from the request that asked for it.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Meta {
    /// Who is calling, if that is known.
    pub caller: Option<Caller>,
    /// The address of the client, as [`RequestContext::client`] says.
    pub client: Option<IpAddr>,
    /// The other end of the connection.
    pub peer: Peer,
    /// The identifier of the request that asked for the socket; `None` where no server of ours is in front.
    pub request_id: Option<Box<str>>,
    /// The path that was asked for, and the query.
    pub target: Box<str>,
    /// The subprotocol that was chosen.
    pub protocol: Option<Box<str>>,
}

impl Meta {
    pub(crate) fn of(uri: &Uri, headers: &HeaderMap, extensions: &Extensions) -> Self {
        let target = uri.path_and_query().map_or("", |target| target.as_str()).into();
        let Some(context) = RequestContext::get(extensions) else {
            return Self { target, ..Self::default() };
        };
        Self {
            caller: Caller::of(context),
            client: context.client(headers),
            peer: context.peer(),
            request_id: Some(context.request_id().as_str().into()),
            target,
            protocol: None,
        }
    }
}

/// Whether the connection is encrypted up to here, as far as is known.
pub(crate) fn is_secure(extensions: &Extensions) -> bool {
    RequestContext::get(extensions).map(RequestContext::scope).is_some_and(Scope::is_secure)
}

//! GraphQL over HTTP, as a tower service.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderValue, Method, Request as HttpRequest, Response, StatusCode, header, request::Parts};
use juniper::OperationType;
use tower_service::Service;
use tsk_core::{Body, BoxError, Budget, FromParts as _, IntoResponse as _, Problem, RequestContext, respond};

use crate::{
    GraphQl,
    answers::Answers,
    engine::{Engine, Refusal},
    form, measured,
    negotiate::{Media, is_json},
    request::{Asked, Request},
    sse,
    told::{Code, Told},
    write, ws,
};

/// The answer to a request, once it is there.
type Answering = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

impl<B> Service<HttpRequest<B>> for GraphQl
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequest<B>) -> Answering {
        let engine = Arc::clone(self.engine());
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            RequestContext::ensure(&mut parts.extensions);
            let mut response = match answer(&engine, &mut parts, body).await {
                Ok(response) => response,
                Err(problem) => problem.into_response(),
            };
            response.headers_mut().append(header::VARY, HeaderValue::from_static("accept"));
            Ok(response)
        })
    }
}

/// The answer to a request; a problem where there is none that is GraphQL.
async fn answer<B>(engine: &Arc<Engine>, parts: &mut Parts, body: B) -> Result<Response<Body>, Problem>
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    if let Some(upgrade) = &engine.upgrade
        && ws::asks(parts)
    {
        return Ok(ws::respond(engine, &**upgrade, parts));
    }
    let Some(media) = Media::accepted(&parts.headers) else {
        return Err(Problem::new(StatusCode::NOT_ACCEPTABLE).detail(
            "Answers are `application/graphql-response+json`, `application/json`, or `text/event-stream`.",
        ));
    };
    if parts.method == Method::GET {
        let asked = Request::from_query(parts.uri.query().unwrap_or_default());
        return match asked {
            Ok(request) => one(engine, request, parts, media).await,
            Err(message) => Ok(refused(&[Told::new(Code::BadRequest, message)], parts, media)),
        };
    }
    if parts.method != Method::POST {
        let allow = HeaderValue::from_static("GET, POST");
        return Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED).header(header::ALLOW, allow));
    }
    if engine.config.uploads.files > 0
        && let Some(boundary) = form::boundary(&parts.headers)
    {
        return uploaded(engine, parts, body, &boundary, media).await;
    }
    if !is_json(&parts.headers) {
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE)
            .detail("A request is `application/json` in UTF-8."));
    }
    let body = read(body, engine.config.body.as_u64()).await?;
    match Asked::from_json(&body, engine.config.batch) {
        Ok(Asked::One(request)) => one(engine, request, parts, media).await,
        Ok(Asked::Several(requests)) => several(engine, &requests, parts, media).await,
        Err(message) => Ok(refused(&[Told::new(Code::BadRequest, message)], parts, media)),
    }
}

/// The answer to a request that comes with files.
async fn uploaded<B>(
    engine: &Arc<Engine>,
    parts: &mut Parts,
    body: B,
    boundary: &str,
    media: Media,
) -> Result<Response<Body>, Problem>
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    if !form::is_asked_for(&parts.headers) {
        let message = "A form is sent with the header `graphql-preflight`, which a page of another site has to ask for.";
        return Ok(refused(&[Told::new(Code::BadRequest, message)], parts, media));
    }
    let body = read(body, engine.config.uploads.size.as_u64()).await?;
    match form::read(&body, boundary, &engine.config) {
        Ok((request, files)) => {
            parts.extensions.insert(files);
            one(engine, request, parts, media).await
        }
        Err(message) => Ok(refused(&[Told::new(Code::BadRequest, message)], parts, media)),
    }
}

/// The answer to one request.
async fn one(
    engine: &Arc<Engine>,
    request: Request<'_>,
    parts: &mut Parts,
    media: Media,
) -> Result<Response<Body>, Problem> {
    let Ok(budget) = Budget::from_parts(parts);
    let answered = match media {
        Media::Events => stream(engine, request, parts, &budget).await,
        Media::GraphQl | Media::Json => run(engine, &request, parts, &budget)
            .await
            .map(|bytes| respond::response(media.header(), bytes.into())),
    };
    match answered {
        Ok(response) => Ok(response),
        Err(Refusal::Told(told)) => Ok(refused(&told, parts, media)),
        Err(Refusal::Spent(problem)) => Err(problem),
    }
}

/// Runs an operation, and answers as it goes on.
async fn stream(
    engine: &Arc<Engine>,
    request: Request<'_>,
    parts: &Parts,
    budget: &Budget,
) -> Result<Response<Body>, Refusal> {
    let operation = engine.prepare(&request)?;
    may_run(operation.kind, parts)?;
    let answers = Answers::new(engine, operation, parts.clone(), request.variables, budget).await?;
    Ok(sse::respond(answers))
}

/// A link, or an image of another site, is a GET that nobody was asked about.
fn may_run(kind: OperationType, parts: &Parts) -> Result<(), Told> {
    if kind == OperationType::Mutation && parts.method == Method::GET {
        return Err(Told::new(Code::WrongMethod, "A mutation is sent by POST."));
    }
    Ok(())
}

/// The answers to a batch, in its order and one after the other, so that a batch takes no more of the machine than its requests
/// would.
async fn several(
    engine: &Arc<Engine>,
    requests: &[Request<'_>],
    parts: &mut Parts,
    media: Media,
) -> Result<Response<Body>, Problem> {
    let Ok(budget) = Budget::from_parts(parts);
    let mut all = vec![b'['];
    for (at, request) in requests.iter().enumerate() {
        if at > 0 {
            all.push(b',');
        }
        match run(engine, request, parts, &budget).await {
            Ok(bytes) => all.extend(bytes),
            Err(Refusal::Told(told)) => write::told(&mut all, &told, request_id(parts)),
            Err(Refusal::Spent(problem)) => return Err(problem),
        }
    }
    all.push(b']');
    Ok(respond::response(media.header(), all.into()))
}

/// Runs a query or a mutation.
async fn run(
    engine: &Engine,
    request: &Request<'_>,
    parts: &Parts,
    budget: &Budget,
) -> Result<Vec<u8>, Refusal> {
    let operation = engine.prepare(request)?;
    may_run(operation.kind, parts)?;
    if operation.kind == OperationType::Subscription {
        let message = "A subscription is answered as `text/event-stream`, or over a WebSocket.";
        return Err(Told::new(Code::BadRequest, message).into());
    }
    engine.execute(&operation, &request.variables, parts, budget).await
}

fn request_id(parts: &Parts) -> &str {
    RequestContext::get(&parts.extensions).map_or("", |context| context.request_id().as_str())
}

/// The answer to a request that is not run.
fn refused(told: &[Told], parts: &Parts, media: Media) -> Response<Body> {
    let mut out = Vec::with_capacity(256);
    write::told(&mut out, told, request_id(parts));
    // What does not begin is no stream.
    let media = if media == Media::Events { Media::GraphQl } else { media };
    let mut response = respond::response(media.header(), out.into());
    let code = told.first().map_or(Code::Internal, |told| told.code);
    measured::refused(code.name());
    *response.status_mut() = status(code, media);
    if code == Code::WrongMethod {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    }
    response
}

/// GraphQL over HTTP §6.4: as JSON, whatever is a request is answered with 200, so that clients of old find the errors in it.
fn status(code: Code, media: Media) -> StatusCode {
    match (code, media) {
        (Code::WrongMethod, _) => StatusCode::METHOD_NOT_ALLOWED,
        (Code::Internal, _) => StatusCode::INTERNAL_SERVER_ERROR,
        (Code::BadRequest, _) | (_, Media::GraphQl | Media::Events) => StatusCode::BAD_REQUEST,
        (_, Media::Json) => StatusCode::OK,
    }
}

/// Reads a body of at most so many bytes.
async fn read<B>(body: B, most: u64) -> Result<Bytes, Problem>
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let too_large = || {
        let most = bytesize::ByteSize(most);
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE).detail(format!("A body may have {most}."))
    };
    if body.size_hint().lower() > most {
        return Err(too_large());
    }
    let mut body = Body::new(body);
    let Some(first) = body.chunk().await? else { return Ok(Bytes::new()) };
    let mut all = Vec::new();
    let mut length = first.len() as u64;
    while let Some(next) = body.chunk().await? {
        // A body that is one piece is not copied.
        if all.is_empty() {
            all.extend_from_slice(&first);
        }
        length += next.len() as u64;
        if length > most {
            return Err(too_large());
        }
        all.extend_from_slice(&next);
    }
    match length {
        _ if length > most => Err(too_large()),
        _ if all.is_empty() => Ok(first),
        _ => Ok(all.into()),
    }
}

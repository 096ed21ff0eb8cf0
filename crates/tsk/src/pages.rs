//! The examples of the README and of the guide, as tests.

#[doc = include_str!("../../../README.md")]
struct Readme;

#[doc = include_str!("../README.md")]
struct Facade;

#[doc = include_str!("../../tsk-http/README.md")]
struct Http;

#[doc = include_str!("../../../docs/guide/getting-started.md")]
struct GettingStarted;

#[doc = include_str!("../../../docs/guide/routing.md")]
struct Routing;

#[doc = include_str!("../../../docs/guide/handlers.md")]
struct Handlers;

#[doc = include_str!("../../../docs/guide/responses.md")]
struct Responses;

#[doc = include_str!("../../../docs/guide/events.md")]
struct Events;

#[cfg(feature = "graphql")]
#[doc = include_str!("../../../docs/guide/graphql.md")]
struct GraphQl;

#[doc = include_str!("../../../docs/guide/websockets.md")]
struct Websockets;

#[doc = include_str!("../../../docs/guide/rooms.md")]
struct Rooms;

#[doc = include_str!("../../../docs/guide/middleware.md")]
struct Middleware;

#[doc = include_str!("../../../docs/guide/testing.md")]
struct Testing;

#[doc = include_str!("../../../docs/guide/forms.md")]
struct Forms;

#[doc = include_str!("../../../docs/guide/validation.md")]
struct Validation;

#[doc = include_str!("../../../docs/guide/versions.md")]
struct Versions;

#[doc = include_str!("../../../docs/guide/files.md")]
struct Files;

#[doc = include_str!("../../../docs/guide/access-log.md")]
struct AccessLog;

#[doc = include_str!("../../../docs/guide/serving.md")]
struct Serving;

#[doc = include_str!("../../../docs/guide/tls.md")]
struct Tls;

#[doc = include_str!("../../../docs/guide/components.md")]
struct Components;

#[doc = include_str!("../../../docs/guide/compression.md")]
struct Compression;

#[doc = include_str!("../../../docs/guide/timeouts.md")]
struct Timeouts;

#[doc = include_str!("../../../docs/guide/cors.md")]
struct Cors;

#[doc = include_str!("../../../docs/guide/security-headers.md")]
struct SecurityHeaders;

#[doc = include_str!("../../../docs/guide/conditional.md")]
struct Conditional;

#[doc = include_str!("../../../docs/guide/rate-limits.md")]
struct RateLimits;

#[doc = include_str!("../../../docs/guide/rate-limits-adaptive.md")]
struct RateLimitsAdaptive;

#[doc = include_str!("../../../docs/guide/overload.md")]
struct Overload;

#[doc = include_str!("../../../docs/guide/access.md")]
struct Access;

#[doc = include_str!("../../../docs/guide/api-keys.md")]
struct ApiKeys;

#[doc = include_str!("../../../docs/guide/slo.md")]
struct Slo;

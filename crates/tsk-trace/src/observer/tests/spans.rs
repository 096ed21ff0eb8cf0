use super::*;

#[tokio::test]
async fn a_sampled_request_is_a_server_span_by_the_conventions() {
    let tracing = Tracing::unexported(always());
    let mut request = request("/users/7?page=2&token=abc");
    let headers = request.headers_mut();
    headers.insert("traceparent", PARENT.parse().unwrap());
    headers.insert("tracestate", "vendor=1".parse().unwrap());
    headers.insert("host", "shop.example:8080".parse().unwrap());
    headers.insert("user-agent", "curl/8".parse().unwrap());
    let trace = call(&tracing, 0, request, hello).await;
    assert_eq!((trace.id, trace.is_sampled), (ID, true));

    let [span] = servers(&tracing).try_into().unwrap();
    assert_eq!(
        (&span.trace_id[..], &span.span_id[..]),
        (&ID.to_be_bytes()[..], &trace.span.to_be_bytes()[..])
    );
    assert_eq!(span.parent_span_id, 0x00f0_67aa_0ba9_02b7_u64.to_be_bytes());
    assert_eq!((&*span.name, &*span.trace_state), ("GET /users/{id}", "vendor=1"));
    for (key, value) in [
        ("http.request.method", "GET"),
        ("http.route", "/users/{id}"),
        ("http.response.status_code", "200"),
        ("url.path", "/users/7"),
        ("url.query", "page=2&token=***"),
        ("url.scheme", "http"),
        ("server.address", "shop.example"),
        ("server.port", "8080"),
        ("client.address", "192.0.2.1"),
        ("network.protocol.version", "1.1"),
        ("user_agent.original", "curl/8"),
    ] {
        assert_eq!(said(&span, key).as_deref(), Some(value), "{key}");
    }
    assert_eq!(said(&span, "error.type"), None);
    assert!(span.end_time_unix_nano >= span.start_time_unix_nano);
}

#[tokio::test]
async fn the_scheme_is_that_of_the_connection_or_what_a_proxy_was_asked() {
    let tracing = Tracing::unexported(always());
    call_over(|scope| scope.secured(true), &tracing, 0, request("/users/7"), hello).await;
    call(&tracing, 0, request("https://shop.example/users/7"), hello).await;
    for span in servers(&tracing) {
        assert_eq!(said(&span, "url.scheme").as_deref(), Some("https"));
    }
}

#[tokio::test]
async fn the_client_is_whom_a_proxy_speaks_for_that_is_trusted() {
    let forwarded = || {
        let mut request = request("/users/7");
        request.headers_mut().insert("x-forwarded-for", "127.0.0.1, 198.51.100.7".parse().unwrap());
        request
    };
    let proxies =
        |network: &str| Arc::new(Proxies { networks: vec![network.parse().unwrap()], ..Proxies::default() });
    for (trusted, client, peer) in
        [("192.0.2.0/24", "198.51.100.7", Some("192.0.2.1")), ("10.0.0.0/8", "192.0.2.1", None)]
    {
        let tracing = Tracing::unexported(always());
        let scope = |scope: Scope| scope.with_proxies(&proxies(trusted));
        call_over(scope, &tracing, 0, forwarded(), hello).await;
        let [span] = servers(&tracing).try_into().unwrap();
        let told = |key| said(&span, key);
        assert_eq!(told("client.address").as_deref(), Some(client));
        assert_eq!(told("network.peer.address").as_deref(), peer);
        assert_eq!(told("network.peer.port").as_deref(), Some("4711"));
    }
}

#[tokio::test]
async fn a_request_that_no_route_matches_is_named_by_its_method_alone() {
    let tracing = Tracing::unexported(always());
    call(&tracing, 99, request("/wp-login.php"), hello).await;
    let odd = Request::builder().method("BREW").uri("/any").body(Body::empty()).unwrap();
    call(&tracing, 2, odd, hello).await;
    let [unmatched, odd] = servers(&tracing).try_into().unwrap();
    assert_eq!((&*unmatched.name, said(&unmatched, "http.route")), ("GET", None));
    assert_eq!((&*odd.name, said(&odd, "http.request.method")), ("HTTP /any", Some("_OTHER".into())));
}

#[tokio::test]
async fn a_request_that_is_not_sampled_has_identifiers_and_no_span() {
    let tracing = Tracing::unexported(never());
    let trace = call(&tracing, 0, request("/users/7"), hello).await;
    assert!(trace.id != 0 && trace.span != 0 && !trace.is_sampled);
    assert!(servers(&tracing).is_empty());
    let other = call(&tracing, 0, request("/users/7"), hello).await;
    assert_ne!(trace.id, other.id);
}

#[tokio::test]
async fn who_is_called_is_told_of_the_trace_and_whether_it_is_sampled() {
    for (config, flags) in
        [(always(), "03"), (never(), "02"), (Config { retain: Retain::Full, ..never() }, "02")]
    {
        let tracing = Tracing::unexported(config);
        let mut with_baggage = request("/users/7");
        with_baggage.headers_mut().insert("baggage", "tenant=7".parse().unwrap());
        let told = std::sync::Mutex::new(HeaderMap::new());
        let trace = call(&tracing, 0, with_baggage, |_| async {
            assert_eq!(crate::baggage().get("tenant").as_deref(), Some("7"));
            crate::inject(&mut told.lock().unwrap());
            Response::new(Body::empty())
        })
        .await;
        let told = told.into_inner().unwrap();
        assert_eq!(told["traceparent"], format!("00-{:032x}-{:016x}-{flags}", trace.id, trace.span));
        assert_eq!(told["baggage"], "tenant=7");
    }
    let mut nothing = HeaderMap::new();
    crate::inject(&mut nothing);
    assert!(nothing.is_empty());
}

#[tokio::test]
async fn a_rule_goes_before_what_the_route_declares_and_that_before_the_rest() {
    let tracing = Tracing::unexported(never());
    call(&tracing, 0, request("/users/7"), hello).await;
    call(&tracing, 1, request("/declared"), hello).await;
    assert_eq!(servers(&tracing).len(), 1);
    let rule = Rule { route: "/decl*".into(), sampling: Some(Sampling::Never), slow: None };
    let tracing = Tracing::unexported(Config { rules: vec![rule], ..always() });
    call(&tracing, 0, request("/users/7"), hello).await;
    call(&tracing, 1, request("/declared"), hello).await;
    assert_eq!(servers(&tracing).len(), 1);
}

#[test]
fn a_route_that_cannot_be_sampled_as_it_declares_stops_the_start() {
    let mut meta = Meta::default();
    meta.insert(Sampling::Ratio(2.0));
    let routes = RouteTable::new([Endpoint::new(None, "/a").declared(Operation::default(), meta)]);
    let error = Tracing::unexported(always()).observer().bind(&routes).unwrap_err();
    let reason = "`tracing.sampling` is 2, which is no share; write a number from 0 to 1";
    assert_eq!(error.to_string(), format!("* /a cannot be sampled as it declares: {reason}"));
}

#[tokio::test]
async fn spans_of_a_handler_are_children_where_the_request_is_sampled() {
    let asking = |sampled: &str| {
        let mut request = request("/users/7");
        request.headers_mut().insert("traceparent", PARENT.replace("-01", sampled).parse().unwrap());
        request
    };
    let tracing = Tracing::unexported(Config { parent: Parent::Obeyed, ..never() });
    let subscriber = tracing_subscriber::registry().with(tracing.layer());
    let _installed = tracing::subscriber::set_default(subscriber);
    let handler = |_| {
        async {
            tokio::task::yield_now().await;
            let inner = tracing::info_span!("inner", password = "hunter2", url = "/a?token=abc");
            let told = inner.in_scope(|| {
                let mut headers = HeaderMap::new();
                crate::inject(&mut headers);
                headers["traceparent"].clone()
            });
            Response::builder().header("told", told).body(Body::empty()).unwrap()
        }
        .instrument(tracing::info_span!("outer"))
    };
    call(&tracing, 0, asking("-00"), handler).await;
    let taken = tracing.taken();
    assert_eq!((taken.server.len(), taken.inner.len()), (0, 0));

    let trace = call(&tracing, 0, asking("-01"), handler).await;
    let taken = tracing.taken();
    assert_eq!((taken.server.len(), taken.inner.len()), (1, 2));
    let find = |name: &str| taken.inner.iter().find(|span| span.name == name).unwrap();
    let (outer, inner) = (find("outer"), find("inner"));
    assert_eq!(outer.parent_span_id, trace.span.into());
    assert_eq!(inner.parent_span_id, outer.span_context.span_id());
    assert_eq!(inner.span_context.trace_id(), ID.into());
    assert_eq!(attribute(inner, "password").as_deref(), Some("***"));
    assert_eq!(attribute(inner, "url").as_deref(), Some("/a?token=***"));
}

#[tokio::test]
async fn what_is_spawned_within_a_span_belongs_to_it_and_what_is_elsewhere_is_not_traced() {
    let tracing = Tracing::unexported(always());
    let subscriber = tracing_subscriber::registry().with(tracing.layer());
    let _installed = tracing::subscriber::set_default(subscriber);
    tracing::info_span!("elsewhere").in_scope(|| {});
    call(&tracing, 0, request("/users/7"), |_| async {
        let work = async {
            tracing::info_span!("step").in_scope(|| assert!(crate::current().unwrap().is_sampled));
        };
        tokio::spawn(work.instrument(tracing::info_span!("work"))).await.unwrap();
        Response::new(Body::empty())
    })
    .await;
    let names: Vec<_> = tracing.taken().inner.iter().map(|span| span.name.to_string()).collect();
    assert_eq!(names, ["step", "work"]);
}

#[tokio::test]
async fn a_request_is_the_active_context_of_opentelemetry_where_that_is_asked_for() {
    let active = |active_context| async move {
        let tracing = Tracing::unexported(Config { active_context, ..always() });
        let found = std::sync::Mutex::new(0);
        let trace = call(&tracing, 0, request("/users/7"), |_| async {
            let id = |context: &opentelemetry::Context| context.span().span_context().trace_id();
            *found.lock().unwrap() = u128::from_be_bytes(opentelemetry::Context::map_current(id).to_bytes());
            Response::new(Body::empty())
        })
        .await;
        (found.into_inner().unwrap(), trace.id)
    };
    let (found, id) = active(true).await;
    assert_eq!(found, id);
    assert_eq!(active(false).await.0, 0);
}

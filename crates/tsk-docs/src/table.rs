//! The routes as a table for a terminal.

use tsk_core::RouteTable;

/// Every route, hidden and undescribed ones as well: its method, its path, its version if there are any, what it does, and
/// what it demands.
///
/// ```
/// use tsk_core::{Endpoint, RouteTable};
///
/// let routes = RouteTable::new([Endpoint::new(Some(http::Method::GET), "/users/{id}")]);
/// assert_eq!(tsk_docs::route_table(&routes), "METHOD  PATH         SUMMARY\nGET     /users/{id}\n");
///
/// let routes = RouteTable::new([Endpoint::new(Some(http::Method::GET), "/users").of_version("v1")]);
/// assert_eq!(tsk_docs::route_table(&routes), "METHOD  PATH    VERSION  SUMMARY\nGET     /users  v1\n");
/// ```
pub fn route_table(routes: &RouteTable) -> String {
    let mut rows = vec![["METHOD", "PATH", "VERSION", "SUMMARY"].map(str::to_owned)];
    let mut routes: Vec<_> = routes.iter().collect();
    routes.sort_by_key(|each| (each.template(), each.method().map(http::Method::as_str)));
    for endpoint in routes {
        let said = endpoint.operation();
        let mut summary = said.summary.clone().unwrap_or_default();
        for (is, word) in [(said.deprecated, "deprecated"), (said.hidden, "hidden")] {
            if is {
                summary = format!("{summary} [{word}]");
            }
        }
        let names: Vec<_> =
            said.security.iter().flat_map(|all| all.keys()).map(|name| format!("[{name}]")).collect();
        summary = [summary].into_iter().chain(names).collect::<Vec<_>>().join(" ");
        let method = endpoint.method().map_or("*", http::Method::as_str);
        let version = endpoint.version().unwrap_or_default();
        rows.push([method, endpoint.template(), version, &one_line(&summary)].map(str::to_owned));
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (first, second, third) = (width(0), width(1), width(2));
    let has_versions = rows.iter().skip(1).any(|row| !row[2].is_empty());
    let line = |[method, path, version, summary]: &[String; 4]| {
        let version = if has_versions { format!("  {version:third$}") } else { String::new() };
        format!("{method:first$}  {path:second$}{version}  {summary}").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

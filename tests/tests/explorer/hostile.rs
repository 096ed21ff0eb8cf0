//! What a schema says, and what an answer has, is text on the page.

use juniper::{EmptySubscription, GraphQLEnum, RootNode, graphql_object};
use tsk::graphql::{Fault, GraphQl};

use super::{opened, run, served, text_of};

/// Markup that would run in some place or other, and breaks out of attributes, scripts and comments.
const HOSTILE: &str = "\"'><img src=x onerror=window.hostile=1><script>window.hostile=1</script>\
    <svg onload=window.hostile=1>--></script>javascript:window.hostile=1";

/// "'><img src=x onerror=window.hostile=1><script>window.hostile=1</script>
#[derive(GraphQLEnum)]
enum Kind {
    /// <img src=x onerror=window.hostile=1>
    #[graphql(deprecated = "<img src=x onerror=window.hostile=1>")]
    Bad,
}

struct Query;

/// "'><img src=x onerror=window.hostile=1><script>window.hostile=1</script>
#[graphql_object]
impl Query {
    /// "'><img src=x onerror=window.hostile=1>
    #[graphql(deprecated = "<img src=x onerror=window.hostile=1>")]
    fn said(
        #[graphql(
            description = "<img src=x onerror=window.hostile=1>",
            default = "<img src=x onerror=window.hostile=1>"
        )]
        text: String,
    ) -> String {
        format!("{HOSTILE}{text}")
    }

    fn failed() -> Result<Option<Kind>, Fault> {
        Err(Fault::new(HOSTILE, HOSTILE))
    }
}

struct Mutation;

#[graphql_object]
impl Mutation {
    fn kind() -> Kind {
        Kind::Bad
    }
}

#[test]
fn nothing_that_is_said_is_taken_for_markup() {
    let schema = RootNode::new(Query, Mutation, EmptySubscription::<()>::new());
    let service = served(GraphQl::new(schema));
    let mut browser = opened(&service);
    run(&mut browser, "{ said failed }", "");
    browser.until(&format!("{}.includes('onerror=window.hostile=1')", text_of("answers")));
    browser.until(&format!("{}.includes('onerror=window.hostile=1')", text_of("mistakes")));
    // What was asked is in the history, and where something was found.
    run(&mut browser, &format!("{{ said }} # {HOSTILE}"), "");
    browser.until(&format!("!{}.includes('failed')", text_of("answers")));
    browser.evaluate("document.getElementById('past').open = true");
    browser.fill("#search", "onerror");
    browser.until(&format!("{}.includes('Query.said')", text_of("reading")));
    for name in ["Query", "Kind"] {
        browser.fill("#search", name);
        browser.until(&format!("{}.includes('found')", text_of("reading")));
        browser.evaluate(&format!(
            "[...document.querySelectorAll('#reading button')].find((one) => one.innerText === '{name}').click()"
        ));
        browser.until(&format!("{}.includes('deprecated: <img src=x')", text_of("reading")));
    }
    // A body that is no JSON, and a reason of somebody else's.
    assert_eq!(browser.evaluate("window.hostile === undefined"), true);
    let made = browser.evaluate(
        "document.querySelectorAll('img, script:not([src]), svg, [onerror], [onload], a:not(.skip)').length",
    );
    assert_eq!(made, 0);
    assert_eq!(browser.complaints(), &[] as &[String], "nothing was refused, and nothing failed");
}

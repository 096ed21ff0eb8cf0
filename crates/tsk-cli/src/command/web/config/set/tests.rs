//! What is set is what is read.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

/// A setting of every kind, a text for it, and what it is then.
fn settings() -> impl Strategy<Value = (&'static str, String, Json)> {
    let quoted = |text: &String| Json::from(text.as_str());
    prop_oneof![
        any::<u32>().prop_map(|n| ("http.backlog", n.to_string(), n.into())),
        any::<bool>().prop_map(|is| ("http.cors.private_network", is.to_string(), is.into())),
        (1..60u64).prop_map(|n| ("http.idle_timeout", format!("{n}s"), format!("{n}s").into())),
        (1..1000u64).prop_map(|n| ("http.body_limit", format!("{n}KiB"), format!("{n} KiB").into())),
        "\\PC{0,12}".prop_map(move |text| ("site.immutable", text.replace(',', ""), Json::Null)),
        "[ -~]{0,20}".prop_map(move |text| (
            "http.security_headers.permissions_policy",
            text.clone(),
            quoted(&text)
        )),
        prop::collection::vec("[a-z]{1,5}:[1-9][0-9]{0,3}", 1..4)
            .prop_map(|list| { ("http.listen", list.join(","), list.into_iter().map(Json::from).collect()) }),
    ]
}

const FILES: [&str; 6] = [
    "",
    "# c\n[http] # h\nlisten = ['a:1'] # l\nbacklog = 5\r\n[site]\n[env.live.http]\nidle_timeout = '1s'",
    "http.listen = ['a:1']\nhttp.body_limit = 5\n# end",
    "http = { backlog = 7, cors = { private_network = true } }\nenv = { live = {} }\n",
    "[[http.listen]]\naddress = 'a:1'\n[http.cors]\n\n[env.live]\nsite.immutable = ['x']\n",
    "[http]\nbacklog = 'wrong'\n[env.other]\nunknown = 1\n",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_set_is_what_is_loaded(
        text in prop::sample::select(&FILES[..]),
        (key, value, loaded) in settings(),
        overlay in prop::sample::select(&[None, Some("live")][..]),
    ) {
        let application = Application::stock();
        let keys = path(key, &application).unwrap();
        let overlay = overlay.map(str::to_owned);
        let target = Target::new(&application, "tsk.toml".into(), overlay, &keys, text.to_owned(), true);
        let (after, _) = target.with(&keys, &value).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let layers = application.layers(target.loader(&after, true)).unwrap();
        // What was wrong before is none of its business.
        let (rest, _) = application.without_mistakes(&layers);
        let settings = application.settings(&rest).unwrap();
        let setting = settings.iter().find(|setting| setting.key() == key).unwrap();
        prop_assert!(loaded.is_null() || *setting.value() == loaded, "{:?}", setting);
    }
}

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn path(key: &str) -> Vec<String> {
    Key::parse(key).unwrap().iter().map(|key| key.get().to_owned()).collect()
}

fn changed(text: &str, key: &str, value: &str) -> String {
    let changed = set(text, &path(key), &value.parse().unwrap()).unwrap();
    let document: DocumentMut = changed.parse().unwrap_or_else(|error| panic!("{changed}\n{error}"));
    let item = path(key).iter().fold(document.as_item().clone(), |item, key| item.get(key).unwrap().clone());
    let mut found = item.into_value().unwrap();
    found.decor_mut().clear();
    assert_eq!(found.to_string(), value, "{changed}");
    changed
}

#[test]
fn a_value_changes_where_it_is() {
    for (text, key, after) in [
        ("# c\na = 1 # why\nb = 2", "a", "# c\na = 9 # why\nb = 2"),
        ("\u{feff}a = 1\r\nb = 2\r\n", "b", "\u{feff}a = 1\r\nb = 9\r\n"),
        ("[http]\n  a  =  [1, # x\n 2]\n", "http.a", "[http]\n  a  =  9\n"),
        ("http.a = 1", "http.a", "http.a = 9"),
        ("http = { a = 1, b.c = 2 } # x", "http.b.c", "http = { a = 1, b.c = 9 } # x"),
        ("'http' . \"a\" = '''x\n'''\n", "http.a", "'http' . \"a\" = 9\n"),
    ] {
        assert_eq!(changed(text, key, "9"), after);
    }
}

#[test]
fn a_new_key_stands_beside_its_neighbours() {
    for (text, key, after) in [
        ("", "a", "a = 9\n"),
        ("", "a.b", "[a]\nb = 9\n"),
        ("a = 1", "b", "a = 1\nb = 9\n"),
        ("[a]\n", "b", "b = 9\n\n[a]\n"),
        ("# top\n\n[a]\n", "b", "# top\n\nb = 9\n\n[a]\n"),
        ("# of a\n[a]\n", "b", "b = 9\n\n# of a\n[a]\n"),
        ("[a]\n\n[b]\n", "a.x", "[a]\nx = 9\n\n[b]\n"),
        ("[a]\n  y = 1 # y\n\n# b\n[b]\n", "a.x", "[a]\n  y = 1 # y\n  x = 9\n\n# b\n[b]\n"),
        ("[a.c]\ny = 1\n", "a.x", "[a.c]\ny = 1\n\n[a]\nx = 9\n"),
        ("[[a.c]]\ny = 1\n", "a.x", "[[a.c]]\ny = 1\n\n[a]\nx = 9\n"),
        ("a.c = 1\nb = 2\n", "a.x", "a.c = 1\na.x = 9\nb = 2\n"),
        ("a.c = 1\n", "a.x.y", "a.c = 1\na.x.y = 9\n"),
        ("[t]\na.c = 1\nz = 1\n[u]", "t.a.x", "[t]\na.c = 1\na.x = 9\nz = 1\n[u]"),
        ("a = { c = 1 }\n", "a.x", "a = { c = 1 , x = 9 }\n"),
        ("a = {}\n", "a.x.y", "a = { x = { y = 9 } }\n"),
        ("[a]\r\nb = 1\r\n", "a.x", "[a]\r\nb = 1\r\nx = 9\r\n"),
        ("[a]\n# b = 1\n# x = 1\n# z = 1\n", "a.x", "[a]\n# b = 1\n# x = 1\nx = 9\n# z = 1\n"),
        ("[a]\nb = '''\n# x = 1\n'''\n", "a.x", "[a]\nb = '''\n# x = 1\n'''\nx = 9\n"),
        ("[a]\n# [b]\n# x = 1\n", "a.x", "[a]\nx = 9\n# [b]\n# x = 1\n"),
        ("[a]", "a.\"b c\"", "[a]\n\"b c\" = 9\n"),
        ("[a] # h\n[[l]]\n[[l]]\n", "a.x", "[a] # h\nx = 9\n[[l]]\n[[l]]\n"),
    ] {
        assert_eq!(changed(text, key, "9"), after, "{text}");
    }
}

#[test]
fn tables_in_a_list_become_a_list() {
    let text = "[[a.l]]\r\nx = 1\r\n[[a.l]]\r\n[b]\r\n# c\r\ny = 1\r\n";
    let after = changed(text, "a.l", "[\"x\"]");
    assert!(after.ends_with("[b]\r\n# c\r\ny = 1\r\n") && !after.contains("[[a.l]]"), "{after}");
    assert_eq!(unset(text, &path("a.l")).unwrap().unwrap(), "[b]\r\n# c\r\ny = 1\r\n");
}

#[test]
fn what_is_no_setting_is_not_touched() {
    for (text, key, reason) in [
        ("[a]", "a", "`a` is a section; name a key in it"),
        ("a.b = 1", "a", "`a` is a section; name a key in it"),
        ("[[a]]", "a.b", "`a` is a list of tables; edit the file itself"),
        ("a = 1", "a.b.c", "`a` is a value in the file, and no section"),
        ("t = { a.b = 1 }", "t.a", "`t.a` is a section; name a key in it"),
    ] {
        assert_eq!(set(text, &path(key), &1.into()).unwrap_err(), reason);
        assert_eq!(unset(text, &path(key)).unwrap_err(), reason);
    }
}

#[test]
fn a_key_goes_and_its_comments_stay() {
    for (text, key, after) in [
        ("# c\na = 1\nb = 2", "a", Some("# c\nb = 2")),
        ("a = 1 # why\nb = 2", "a", Some("# why\nb = 2")),
        ("  a = [1,\n2] # why\r\nb = 2", "a", Some("  # why\r\nb = 2")),
        ("\u{feff}a = 1\r\nb = 2", "a", Some("\u{feff}b = 2")),
        ("[t]\nx.y = 1", "t.x.y", Some("[t]\n")),
        ("t = { a = 1, b = 2 }\n", "t.b", Some("t = { a = 1}\n")),
        ("a = 1", "b", None),
    ] {
        assert_eq!(unset(text, &path(key)).unwrap().as_deref(), after);
    }
}

/// Files of all kinds of statements, with comments.
fn files() -> impl Strategy<Value = String> {
    let key = || prop::sample::select(&["a", "b", "'c d'", "a.b", "b.a", "e"][..]);
    let value = prop::sample::select(
        &[
            "1",
            "'x'",
            "[1,2]",
            "[ # z\n 1,\n]",
            "{ a = 1, b = 2 }",
            "{}",
            "'''\n# a = 1\n[a]\n'''",
            "\"\"\"q\"\"\"",
            "true",
        ][..],
    );
    let comment = prop::sample::select(&["", "# c1", " # c2", "# a = 1", "## b", "\t#"][..]);
    let line = prop_oneof![
        4 => (key(), value, comment.clone()).prop_map(|(key, value, comment)| format!("{key} = {value} {comment}")),
        1 => key().prop_map(|key| format!("[{key}] # h")),
        1 => key().prop_map(|key| format!("[[{key}]]")),
        1 => comment.prop_map(str::to_owned),
    ];
    (prop::collection::vec(line, 0..9), any::<bool>(), any::<bool>()).prop_map(
        |(lines, is_crlf, is_ended)| {
            // What clashes with the lines before it is left out.
            let text = lines.iter().fold(String::new(), |text, line| {
                let longer = format!("{text}{line}\n");
                if longer.parse::<DocumentMut>().is_ok() { longer } else { text }
            });
            let text = if is_ended { text } else { text.trim_end_matches('\n').to_owned() };
            if is_crlf { text.replace('\n', "\r\n") } else { text }
        },
    )
}

/// All that a file says, but for one key.
fn others(text: &str, without: &[String]) -> toml_edit::Table {
    let mut document: DocumentMut = text.parse().unwrap();
    if let Some(parent) = table_mut(&mut document, without) {
        parent.remove(without.last().unwrap());
    }
    document.as_table().clone()
}

/// What a table says, without how it says it. A table that is empty, or missing, is the same.
fn meaning(table: &dyn TableLike) -> Vec<(String, String)> {
    let mut meaning = Vec::new();
    for (key, item) in table.iter() {
        match item {
            Item::ArrayOfTables(tables) => {
                let tables: Vec<_> = tables.iter().map(meaning_of).collect();
                meaning.push((key.to_owned(), format!("{tables:?}")));
            }
            item => match (item.as_table_like(), item.as_value()) {
                (Some(table), _) => {
                    let inner = self::meaning(table).into_iter();
                    meaning.extend(inner.map(|(inner, value)| (format!("{key}.{inner}"), value)));
                }
                (None, Some(value)) => {
                    let mut value = value.clone();
                    value.decor_mut().clear();
                    meaning.push((key.to_owned(), value.to_string()));
                }
                (None, None) => {}
            },
        }
    }
    meaning.sort();
    meaning
}

fn meaning_of(table: &Table) -> Vec<(String, String)> {
    meaning(table)
}

fn comments(text: &str) -> Vec<&str> {
    let mut comments: Vec<&str> =
        text.lines().filter_map(|line| line.find("# c").map(|at| line[at..].trim_end())).collect();
    comments.sort_unstable();
    comments
}

proptest! {
    #[test]
    fn only_the_one_key_changes(text in files(), key in prop::sample::select(&["a", "b", "a.b", "b.a", "e.f", "a.b.c", "'c d'.e"][..])) {
        let path = path(key);
        if let Ok(after) = set(&text, &path, &9.into()) {
            let document: DocumentMut = after.parse().map_err(|error| TestCaseError::fail(format!("{after}\n{error}")))?;
            let item = path.iter().try_fold(document.as_item(), |item, key| item.get(key));
            prop_assert_eq!(item.and_then(Item::as_integer), Some(9), "{}", after);
            prop_assert_eq!(meaning(&others(&text, &path)), meaning(&others(&after, &path)), "{}", after);
            if !text.contains("[[") {
                prop_assert_eq!(comments(&text), comments(&after), "{}", after);
            }
            let newlines = if text.contains("\r\n") { after.matches('\n').count() } else { 0 };
            prop_assert_eq!(after.matches("\r\n").count(), newlines, "{}", after);
            let again = set(&after, &path, &9.into()).unwrap();
            prop_assert_eq!(&again, &after);
            let without = unset(&after, &path).unwrap().unwrap();
            prop_assert_eq!(meaning(&others(&text, &path)), meaning(&others(&without, &path)), "{}", without);
            prop_assert_eq!(unset(&without, &path).unwrap(), None);
        }
    }

    #[test]
    fn no_text_makes_it_panic(text: String, key in ".{1,3}") {
        let _ = set(&text, std::slice::from_ref(&key), &9.into());
        let _ = unset(&text, &[key]);
    }
}

//! Strings of the formats that JSON Schema and OpenAPI name.

/// A string of the format; `None` for one that is not known, whose strings may be any.
pub(super) fn value(name: &str, nth: usize) -> Option<String> {
    // A second one differs in a digit or a letter: enough to be another, and still of its format.
    let digit = nth % 9;
    let (letter, number) = (char::from(b'a' + (nth % 26) as u8), nth + 1);
    Some(match name {
        "date-time" => format!("2026-01-{:02}T09:30:00Z", 1 + nth % 28),
        "date" => format!("2026-01-{:02}", 1 + nth % 28),
        "time" => format!("09:{:02}:00Z", (30 + nth) % 60),
        "partial-date-time" | "naive-date-time" => format!("2026-01-{:02}T09:30:00", 1 + nth % 28),
        "duration" => format!("PT{number}H"),
        "email" | "idn-email" => plain(nth, "ada@example.com", || format!("ada{number}@example.com")),
        "hostname" | "idn-hostname" => plain(nth, "example.com", || format!("host{number}.example.com")),
        "ipv4" | "ip" => format!("192.0.2.{}", 1 + nth % 254),
        "ipv6" => format!("2001:db8::{:x}", 1 + nth % 65_535),
        "uri" | "url" | "iri" => {
            plain(nth, "https://example.com/", || format!("https://example.com/{number}"))
        }
        "uri-reference" | "iri-reference" => plain(nth, "/path", || format!("/path/{number}")),
        "uri-template" => plain(nth, "/users/{id}", || format!("/users/{number}/{{id}}")),
        "uuid" => format!("67e55044-10b1-426f-9247-bb680e5fe0c{digit}"),
        "json-pointer" => format!("/path/{nth}"),
        "relative-json-pointer" => format!("{nth}"),
        "regex" => format!("^[a-z]{{{number}}}$"),
        "byte" => plain(nth, "dGV4dA==", || format!("dGV{}", ["0ZQ==", "0Zg==", "0Zw=="][nth % 3])),
        "char" => letter.to_string(),
        "password" => plain(nth, "a long password", || format!("a long password {number}")),
        _ => return None,
    })
}

/// A string of the format that is as long as it has to be, for those whose strings may have any length.
pub(super) fn of_length(name: &str, shortest: usize, longest: usize) -> Option<String> {
    let (start, end) = match name {
        "email" | "idn-email" => ("", "@b.de"),
        "uri" | "url" | "iri" => ("https://b.de/", ""),
        "uri-reference" | "iri-reference" | "json-pointer" => ("/", ""),
        "password" => ("", ""),
        _ => return None,
    };
    let least = start.len() + end.len() + usize::from(name.contains("email"));
    let length = shortest.max(least);
    // The part of an address before its host has at most 64 characters (RFC 5321 §4.5.3.1.1).
    let too_long = name.contains("email") && length > 64 + end.len();
    (length <= longest && !too_long)
        .then(|| format!("{start}{}{end}", "a".repeat(length - start.len() - end.len())))
}

fn plain(nth: usize, first: &str, other: impl FnOnce() -> String) -> String {
    if nth == 0 { first.to_owned() } else { other() }
}

//! Texts within others.

/// As a value in a form, or after the comma of a `data:` URL.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte.into());
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// As text, or a value in quotes, of HTML and of SVG.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // XML has no such characters.
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A number with its unit, as Grafana names that.
pub(super) fn told(value: f64, unit: &str) -> String {
    match unit {
        "percentunit" => format!("{} %", brief(value * 100.0)),
        "s" if value < 1.0 => format!("{} ms", brief(value * 1e3)),
        "s" => format!("{} s", brief(value)),
        "bytes" => format!("{} MiB", brief(value / 1_048_576.0)),
        "Bps" => format!("{} KiB/s", brief(value / 1024.0)),
        "reqps" | "ops" => format!("{}/s", brief(value)),
        _ => brief(value),
    }
}

/// Three digits that tell something.
fn brief(value: f64) -> String {
    let decimals = if value == 0.0 { 0 } else { (2 - value.abs().log10().floor() as i32).clamp(0, 6) };
    let text = format!("{value:.*}", decimals as usize);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

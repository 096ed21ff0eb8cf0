//! A picture of lines, in SVG: drawn by us, so that a report asks no other host for anything.

use std::fmt::Write as _;

use super::{
    Line, Picture,
    encode::{escaped, told},
};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 160.0;
/// Room for what is written at the side and below.
const LEFT: f64 = 70.0;
const BOTTOM: f64 = 20.0;
const TOP: f64 = 8.0;

/// Colours that can be told apart by those who do not see all of them (Okabe and Ito, 2008), and dashes beyond them.
const COLOURS: [&str; 6] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

/// The lines of a picture between two times, in seconds since 1970.
pub(super) fn svg(picture: &Picture, from: u64, to: u64) -> String {
    let highest = picture.lines.iter().map(Line::highest).fold(0.0_f64, f64::max);
    let lowest = picture.lines.iter().map(Line::lowest).fold(0.0_f64, f64::min);
    let span = if highest > lowest { highest - lowest } else { 1.0 };
    let x = |at: f64| LEFT + (at - from as f64) / (to.saturating_sub(from).max(1)) as f64 * (WIDTH - LEFT);
    let y = |value: f64| TOP + (highest.max(lowest + span) - value) / span * (HEIGHT - BOTTOM - TOP);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
         role=\"img\" aria-label=\"{}\" font-family=\"sans-serif\" font-size=\"11\">",
        escaped(&picture.title)
    );
    for value in [lowest, lowest + span / 2.0, lowest + span] {
        let at = y(value);
        // Writing to memory does not fail.
        let _ = write!(
            out,
            "<line x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"#ccc\"/>\
             <text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#555\">{}</text>",
            LEFT - 6.0,
            at + 4.0,
            escaped(&told(value, picture.unit))
        );
    }
    for (index, line) in picture.lines.iter().enumerate() {
        let points: Vec<_> =
            line.points.iter().map(|(at, value)| format!("{:.1},{:.1}", x(*at), y(*value))).collect();
        let dashes = if index >= COLOURS.len() { " stroke-dasharray=\"4 3\"" } else { "" };
        let _ = write!(
            out,
            "<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\"{dashes} points=\"{}\"/>",
            colour(index),
            points.join(" ")
        );
    }
    out.push_str("</svg>");
    out
}

/// The colour of a line.
pub(super) fn colour(index: usize) -> &'static str {
    COLOURS[index % COLOURS.len()]
}

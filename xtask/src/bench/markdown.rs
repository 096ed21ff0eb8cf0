//! Headings, tables and numbers, as Markdown.

use std::fmt::Write;

use super::spread::Spread;

pub(crate) fn heading(text: &mut String, title: &str) {
    let _ = writeln!(text, "\n## {title}");
}

pub(crate) fn paragraph(text: &mut String, paragraph: &str) {
    let _ = writeln!(text, "\n{paragraph}");
}

/// A table whose columns line up in the source too.
pub(crate) fn table(text: &mut String, titles: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let titles: Vec<String> = titles.iter().map(|title| (*title).to_owned()).collect();
    let rows: Vec<Vec<String>> = rows.collect();
    let width = |column: usize| {
        let cells = rows.iter().chain([&titles]).filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0).max(3)
    };
    let widths: Vec<usize> = (0..titles.len()).map(width).collect();
    let rule = widths.iter().map(|width| "-".repeat(*width)).collect();
    text.push('\n');
    for row in [&titles, &rule].into_iter().chain(&rows) {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        let _ = writeln!(text, "| {} |", cells.collect::<Vec<_>>().join(" | "));
    }
}

/// A number as people read it: three digits that matter at least, thousands apart.
pub(crate) fn number(value: f64) -> String {
    let size = value.abs();
    let decimals = if size >= 100.0 || value.fract() == 0.0 {
        0
    } else if size >= 10.0 {
        1
    } else {
        2
    };
    let text = format!("{value:.decimals$}");
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let (sign, digits) = whole.split_at(usize::from(whole.starts_with('-')));
    let mut grouped = String::from(sign);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

/// `6.51 (6.48 to 6.60)`
pub(crate) fn spread(spread: Option<Spread>) -> String {
    spread.map_or_else(String::new, |spread| {
        format!("{} ({} to {})", number(spread.median), number(spread.low), number(spread.high))
    })
}

/// `0.95 (0.94 to 1.02)`
pub(crate) fn ratio(ratio: Option<Spread>) -> String {
    ratio.map_or_else(String::new, |ratio| {
        format!("{:.2} ({:.2} to {:.2})", ratio.median, ratio.low, ratio.high)
    })
}

#[cfg(test)]
mod tests {
    use super::{number, table};

    #[test]
    fn lines_up_the_columns_of_a_table() {
        let mut text = String::new();
        table(&mut text, &["a", "µs"], [vec!["long name".to_owned(), "1".to_owned()]].into_iter());
        assert_eq!(text, "\n| a         | µs  |\n| --------- | --- |\n| long name | 1   |\n");
    }

    #[test]
    fn writes_the_digits_that_matter() {
        assert_eq!(number(1_234_567.4), "1,234,567");
        assert_eq!(number(-2_000.0), "-2,000");
        assert_eq!(number(999.0), "999");
        assert_eq!(number(45.31), "45.3");
        assert_eq!(number(6.514), "6.51");
        assert_eq!(number(0.0), "0");
    }
}

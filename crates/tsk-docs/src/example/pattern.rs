//! Strings that match a regular expression.

use regex_syntax::hir::{Class, Hir, HirKind};

/// How many more repetitions than the fewest are tried, to reach a length.
const MORE: usize = 64;
/// The longest string that is made.
const LONGEST: usize = 4_096;

/// A string of that length that the pattern matches. `None` if the pattern has what only JavaScript knows, or if no such
/// string was found.
pub(super) fn value(pattern: &str, shortest: usize, longest: usize, nth: usize) -> Option<String> {
    let hir = regex_syntax::Parser::new().parse(pattern).ok()?;
    for more in 0..=MORE {
        let mut text = String::new();
        write(&hir, more, nth, &mut text)?;
        let length = text.chars().count();
        if length < shortest && hir.properties().look_set_suffix().is_empty() {
            // Anything may follow what is not tied to the end.
            text.extend(std::iter::repeat_n('a', shortest - length));
        }
        if (shortest..=longest).contains(&text.chars().count()) {
            return Some(text);
        }
    }
    None
}

/// Writes what the expression matches: the fewest repetitions and `more`, and of a class the `nth` readable character.
fn write(hir: &Hir, more: usize, nth: usize, text: &mut String) -> Option<()> {
    if text.len() > LONGEST {
        return None;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(class) => text.push(character(class, nth)?),
        HirKind::Repetition(repetition) => {
            let most = repetition.max.map_or(usize::MAX, |max| max as usize);
            let times = (repetition.min as usize).saturating_add(more).min(most);
            for _ in 0..times {
                write(&repetition.sub, more, nth, text)?;
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, more, nth, text)?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| write(part, more, nth, text))?,
        HirKind::Alternation(alternatives) => {
            write(&alternatives[nth % alternatives.len()], more, nth, text)?
        }
    }
    Some(())
}

/// The `nth` character of a class, letters and digits first.
fn character(class: &Class, nth: usize) -> Option<char> {
    let contains = |wanted: char| match class {
        Class::Unicode(class) => class.iter().any(|range| range.start() <= wanted && wanted <= range.end()),
        Class::Bytes(class) => class.iter().any(|range| {
            u8::try_from(wanted).is_ok_and(|wanted| range.start() <= wanted && wanted <= range.end())
        }),
    };
    let readable: Vec<char> = ('a'..='z')
        .chain('A'..='Z')
        .chain('0'..='9')
        .chain('!'..='~')
        .filter(|each| contains(*each))
        .collect();
    if !readable.is_empty() {
        return Some(readable[nth % readable.len()]);
    }
    match class {
        Class::Unicode(class) => class.iter().next().map(|range| range.start()),
        Class::Bytes(class) => class.iter().next().map(|range| char::from(range.start())),
    }
}

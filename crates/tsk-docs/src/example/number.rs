//! Numbers.

use serde_json::{Map, Number, Value};

/// A whole number within its limits: 1, or what is nearest to it.
pub(super) fn integer(schema: &Map<String, Value>, nth: usize) -> Option<Value> {
    let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_f64);
    let exact = |keyword: &str| schema.get(keyword).and_then(whole);
    let low = [
        exact("minimum").or_else(|| bound("minimum").map(|at| at.ceil() as i128)),
        exact("exclusiveMinimum")
            .or_else(|| bound("exclusiveMinimum").map(|at| at.floor() as i128))
            .map(|at| at + 1),
        format_limits(schema).map(|(low, _)| low),
    ];
    let high = [
        exact("maximum").or_else(|| bound("maximum").map(|at| at.floor() as i128)),
        exact("exclusiveMaximum")
            .or_else(|| bound("exclusiveMaximum").map(|at| at.ceil() as i128))
            .map(|at| at - 1),
        format_limits(schema).map(|(_, high)| high),
    ];
    let low = low.into_iter().flatten().max();
    let high = high.into_iter().flatten().min();
    let step = match schema.get("multipleOf") {
        None => 1,
        Some(step) => match whole(step) {
            Some(step) if step > 0 => step,
            // Whole numbers that are multiples of a fraction: those of its smallest whole multiple are.
            _ => {
                let fraction = step.as_f64().filter(|step| *step > 0.0)?;
                (1..=10_000)
                    .find(|times| (f64::from(*times) * fraction).fract() == 0.0)
                    .map(|times| (f64::from(times) * fraction) as i128)?
            }
        },
    };
    let near = low.unwrap_or(i128::MIN / 4).max(high.map_or(1, |high| high.min(1)));
    let up = |from: i128| from.div_euclid(step) * step + if from.rem_euclid(step) == 0 { 0 } else { step };
    let down = |from: i128| from.div_euclid(step) * step;
    let fits = |value: i128| low.is_none_or(|low| value >= low) && high.is_none_or(|high| value <= high);
    let nth = step.checked_mul(i128::try_from(nth).ok()?)?;
    [up(near) + nth, down(near) - nth].into_iter().find(|value| fits(*value)).and_then(json)
}

/// A number within its limits: 1.5, or one near it.
pub(super) fn number(schema: &Map<String, Value>, nth: usize) -> Option<Value> {
    let limit = |keyword: &str| schema.get(keyword).and_then(Value::as_f64);
    let fits = |value: f64| {
        limit("minimum").is_none_or(|low| value >= low)
            && limit("exclusiveMinimum").is_none_or(|low| value > low)
            && limit("maximum").is_none_or(|high| value <= high)
            && limit("exclusiveMaximum").is_none_or(|high| value < high)
    };
    if let Some(step) = limit("multipleOf") {
        return multiple(schema, step, &fits, nth);
    }
    let low = [limit("minimum"), limit("exclusiveMinimum")].into_iter().flatten().reduce(f64::max);
    let high = [limit("maximum"), limit("exclusiveMaximum")].into_iter().flatten().reduce(f64::min);
    let nth_part = nth as f64;
    let within = match (low, high) {
        (Some(low), Some(high)) => low + (high - low) / (2.0 + nth_part),
        (Some(low), None) => low + 0.5 + nth_part,
        (None, Some(high)) => high - 0.5 - nth_part,
        (None, None) => 1.5 + nth_part,
    };
    let simple = [1.5 + nth_part, within.round(), (within * 100.0).round() / 100.0, within];
    let at_limits = [low, high].into_iter().flatten();
    simple.into_iter().chain(at_limits).find(|value| fits(*value)).and_then(fraction)
}

fn multiple(
    schema: &Map<String, Value>,
    step: f64,
    fits: &impl Fn(f64) -> bool,
    nth: usize,
) -> Option<Value> {
    let low = ["minimum", "exclusiveMinimum"].iter().filter_map(|keyword| schema.get(*keyword)?.as_f64());
    let high = ["maximum", "exclusiveMaximum"].iter().filter_map(|keyword| schema.get(*keyword)?.as_f64());
    let low = low.reduce(f64::max);
    let start = low.map_or_else(
        || high.reduce(f64::min).map_or(1.0, |high| (high / step).floor().min(1.0)),
        |low| (low / step).ceil(),
    );
    // A fraction such as 0.01 is a division by a whole number: that is exact where the product is not.
    let parts = (1.0 / step).round();
    let at = |count: f64| {
        if (parts * step - 1.0).abs() < 1e-9 && step < 1.0 { count / parts } else { count * step }
    };
    let nth = nth as f64;
    [start + nth, start + 1.0 + nth, start - nth, start - 1.0 - nth]
        .into_iter()
        .map(at)
        .find(|value| fits(*value))
        .and_then(fraction)
}

/// The limits that the name of a format sets.
fn format_limits(schema: &Map<String, Value>) -> Option<(i128, i128)> {
    Some(match schema.get("format")?.as_str()? {
        "uint8" => (0, u8::MAX.into()),
        "uint16" => (0, u16::MAX.into()),
        "uint32" => (0, u32::MAX.into()),
        "uint64" | "uint" => (0, u64::MAX.into()),
        "int8" => (i8::MIN.into(), i8::MAX.into()),
        "int16" => (i16::MIN.into(), i16::MAX.into()),
        "int32" => (i32::MIN.into(), i32::MAX.into()),
        "int64" | "int" => (i64::MIN.into(), i64::MAX.into()),
        _ => return None,
    })
}

fn whole(value: &Value) -> Option<i128> {
    value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from))
}

fn json(value: i128) -> Option<Value> {
    let signed = i64::try_from(value).map(Value::from);
    signed.or_else(|_| u64::try_from(value).map(Value::from)).ok()
}

fn fraction(value: f64) -> Option<Value> {
    Number::from_f64(value).map(Value::Number)
}

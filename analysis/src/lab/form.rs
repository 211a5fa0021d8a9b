//! How a setting is written in an address: a form reads its text, names the key if the text is wrong, and writes it again.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use clap::ValueEnum;
use swast_tables::names::name_of;

use crate::Error;
use crate::formula::Formula;
use crate::points::{MarkedPoints, Points};
use crate::scale::Scale;

/// Most points of one's own, and of a generated draw.
pub(super) const MOST_POINTS: usize = 200;
/// Coordinates of one's own points stay within this, so that their squares are numbers.
const LARGEST: f64 = 1e100;

/// How values of `T` are read and written.
pub(super) trait Form<T> {
    /// The value of `key`, which errors name.
    fn read(&self, key: &'static str, text: &str) -> Result<T, Error>;
    /// The text that [`Form::read`] reads as `value`.
    fn write(&self, value: &T) -> String;
}

/// The name of a choice.
pub(super) struct Choice;
/// A whole number in a range.
pub(super) struct Whole(pub(super) RangeInclusive<u64>);
/// A number of things in a range.
pub(super) struct Count(pub(super) RangeInclusive<usize>);
/// A number in a range.
pub(super) struct Number(pub(super) RangeInclusive<f64>);
/// 0 or 1.
pub(super) struct Flag;
/// A formula in x.
pub(super) struct Written;
/// An interval as its two ends, `low,high`.
pub(super) struct Interval;
/// Points as `x,y,marks` joined by `;`: the marks are `n` (noisy), `c` (in the coreset), `nc` or none.
pub(super) struct OwnPoints;

impl<T: ValueEnum + Copy> Form<T> for Choice {
    fn read(&self, key: &'static str, text: &str) -> Result<T, Error> {
        T::from_str(text, false).map_err(|_| {
            let names: Vec<String> = T::value_variants().iter().copied().map(name_of).collect();
            Error::setting(key, format!("`{}` is none of {}", clip(text), names.join(", ")))
        })
    }

    fn write(&self, value: &T) -> String {
        name_of(*value)
    }
}

impl Form<u64> for Whole {
    fn read(&self, key: &'static str, text: &str) -> Result<u64, Error> {
        text.parse().ok().filter(|value| self.0.contains(value)).ok_or_else(|| {
            let (low, high) = (self.0.start(), self.0.end());
            let reason = format!("`{}` is no whole number from {low} to {high}", clip(text));
            Error::setting(key, reason)
        })
    }

    fn write(&self, value: &u64) -> String {
        value.to_string()
    }
}

impl Form<usize> for Count {
    fn read(&self, key: &'static str, text: &str) -> Result<usize, Error> {
        let whole = Whole(*self.0.start() as u64..=*self.0.end() as u64);
        whole.read(key, text).map(|value| value as usize)
    }

    fn write(&self, value: &usize) -> String {
        value.to_string()
    }
}

impl Form<f64> for Number {
    fn read(&self, key: &'static str, text: &str) -> Result<f64, Error> {
        text.parse().ok().filter(|value| self.0.contains(value)).ok_or_else(|| {
            let (low, high) = (self.0.start(), self.0.end());
            Error::setting(key, format!("`{}` is no number from {low} to {high}", clip(text)))
        })
    }

    fn write(&self, value: &f64) -> String {
        value.to_string()
    }
}

impl Form<bool> for Flag {
    fn read(&self, key: &'static str, text: &str) -> Result<bool, Error> {
        Whole(0..=1).read(key, text).map(|value| value == 1)
    }

    fn write(&self, value: &bool) -> String {
        u8::from(*value).to_string()
    }
}

impl Form<Formula> for Written {
    fn read(&self, key: &'static str, text: &str) -> Result<Formula, Error> {
        text.parse().map_err(|reason: String| Error::setting(key, reason))
    }

    fn write(&self, value: &Formula) -> String {
        value.to_string()
    }
}

impl Form<Option<Scale>> for Interval {
    fn read(&self, key: &'static str, text: &str) -> Result<Option<Scale>, Error> {
        let ends = text
            .split_once(',')
            .and_then(|(low, high)| Scale::over(coordinate(low).ok()?, coordinate(high).ok()?));
        ends.map(Some).ok_or_else(|| {
            let reason =
                format!("`{}` is no interval; write low,high, such as 1990,2020", clip(text));
            Error::setting(key, reason)
        })
    }

    /// No interval is no text.
    fn write(&self, value: &Option<Scale>) -> String {
        value.map_or_else(String::new, |scale| scale.interval())
    }
}

impl Form<Option<MarkedPoints>> for OwnPoints {
    fn read(&self, key: &'static str, text: &str) -> Result<Option<MarkedPoints>, Error> {
        check_count(text.split(';').count())?;
        let (mut points, mut noisy, mut coreset) = (Vec::new(), Vec::new(), Vec::new());
        for point in text.split(';') {
            let (at, is_noisy, is_chosen) =
                marked_point(point).map_err(|reason| Error::setting(key, reason))?;
            points.push(at);
            noisy.push(is_noisy);
            coreset.push(is_chosen);
        }
        let all: Points = points.into_iter().collect();
        Ok(Some(MarkedPoints { all, noisy, coreset }))
    }

    /// No points of one's own are no text.
    fn write(&self, value: &Option<MarkedPoints>) -> String {
        let mut text = String::new();
        let Some(own) = value else { return text };
        let marks = own.noisy.iter().zip(&own.coreset);
        for (i, ((x, y), (noisy, coreset))) in own.all.iter().zip(marks).enumerate() {
            let gap = if i == 0 { "" } else { ";" };
            let (n, c) = (if *noisy { "n" } else { "" }, if *coreset { "c" } else { "" });
            write!(text, "{gap}{x},{y},{n}{c}").expect("writing to memory does not fail");
        }
        text
    }
}

/// Checks that the laboratory takes `count` points of one's own.
pub fn check_count(count: usize) -> Result<(), Error> {
    if count <= MOST_POINTS {
        return Ok(());
    }
    let reason = format!(
        "{count} points, and the laboratory takes at most {MOST_POINTS}; leave some out, or use swast-analysis prune --data, which takes any number"
    );
    Err(Error::setting("own", reason))
}

/// Reads `x,y,marks`: the point, whether it is noisy and whether it belongs to the coreset; else what is wrong.
fn marked_point(text: &str) -> Result<((f64, f64), bool, bool), String> {
    let cells: Vec<&str> = text.split(',').collect();
    let [x, y, marks] = cells[..] else {
        return Err(format!("`{}` is no point; write x,y,marks", clip(text)));
    };
    let within = |name: &str, text: &str| coordinate(text).map_err(|why| format!("{name} {why}"));
    let at = (within("x", x)?, within("y", y)?);
    match marks {
        "n" => Ok((at, true, false)),
        "c" => Ok((at, false, true)),
        "nc" => Ok((at, true, true)),
        "" => Ok((at, false, false)),
        _ => Err(format!(
            "`{}` is no mark; write n (noisy), c (in the coreset), nc or nothing",
            clip(marks)
        )),
    }
}

fn coordinate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.abs() <= LARGEST => Ok(value),
        Ok(value) if value.is_finite() => {
            Err(format!("`{}` is beyond {LARGEST:e}; rescale it", clip(text)))
        }
        _ => Err(format!("`{}` is no number; write one such as -0.25", clip(text))),
    }
}

/// The start of what someone wrote, for a message.
pub(super) fn clip(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    if short.len() < text.len() { format!("{short}...") } else { short }
}

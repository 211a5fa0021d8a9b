//! Tables of points as spreadsheets of other countries and other programs write them. They are not
//! read, since a guess may be wrong; the error says what was seen and how to write it.

use std::borrow::Cow;

/// What separates cells in place of commas, and its name.
const SEPARATORS: [(char, &str); 4] = [(';', "`;`"), ('\t', "tabs"), ('|', "`|`"), (' ', "spaces")];

/// Columns that say something about a point.
const MARKS: [&str; 2] = ["noisy", "coreset"];

/// What a first row that does not name the columns x,y is instead, and the cure; none for x,y itself
/// and where nothing better can be said than that the names are missing.
pub(super) fn first_row(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut lines = bytes.split(|byte| matches!(byte, b'\n' | b'\r')).map(String::from_utf8_lossy);
    let mut lines = lines.by_ref().filter(|line| !line.trim().is_empty());
    let (first, second) = (lines.next()?, lines.next().unwrap_or_default());
    if let Some(comment) = comment(&first) {
        return Some(comment);
    }
    let named = |separator: char| {
        let names = cells(&first, separator);
        ["x", "y"].iter().all(|name| names.iter().any(|cell| cell.eq_ignore_ascii_case(name)))
    };
    let other = SEPARATORS.iter().find(|(separator, _)| !named(',') && named(*separator));
    if let Some((_, name)) = other {
        return Some(if second.contains(',') {
            format!(
                "cells are separated by {name} and numbers have decimal commas; separate cells by commas and write decimal points, names first: x,y"
            )
        } else {
            format!("cells are separated by {name}; separate them by commas, names first: x,y")
        });
    }
    capitals(&cells(&first, ','))
}

/// What keeps the row of `line` from being one of points, where a reader of cells sees their number
/// alone: a comment, another separator, or decimal commas, which double the cells.
pub(super) fn other_row(line: &str, found: u64, expected: u64) -> Option<String> {
    if line.trim_start().starts_with('#') {
        return Some("the row is a comment; delete it".to_owned());
    }
    let split = |(separator, _): &&(char, &str)| {
        cells(line, *separator).len() as u64 == expected && expected > 1
    };
    if let Some((_, name)) = SEPARATORS.iter().find(split) {
        return Some(format!("cells are separated by {name}; separate them by commas"));
    }
    (found == 2 * expected).then(|| {
        format!(
            "{found} cells where the header names {expected}: decimal commas part numbers; write decimal points"
        )
    })
}

/// What to write for `text`, where it is a number with commas: one before three digits may part thousands.
pub(super) fn number_with_comma(text: &str) -> Option<String> {
    let is_number = |text: &str| text.parse::<f64>().is_ok_and(f64::is_finite);
    let (point, joined) = (text.replacen(',', ".", 1), text.replace(',', ""));
    let parts_thousands = text.split(',').skip(1).all(|digits| digits.len() == 3);
    match (is_number(&point), parts_thousands && is_number(&joined)) {
        _ if !text.contains(',') => None,
        (true, true) => Some(format!("has a comma; write {joined} or {point}, whichever it means")),
        (true, false) => Some(format!("has a decimal comma; write {point}")),
        (false, true) => Some(format!("has commas between thousands; write {joined}")),
        (false, false) => None,
    }
}

fn comment(first: &str) -> Option<String> {
    let text = first.trim_start().strip_prefix('#')?.trim_start_matches('#').trim();
    let names = cells(text, ',');
    Some(if ["x", "y"].iter().all(|name| names.iter().any(|cell| cell == name)) {
        "the names of the columns are in a comment; delete the `#` before them (numpy.savetxt: comments='')"
            .to_owned()
    } else {
        "the row is a comment; delete it, so that the first row names the columns x,y".to_owned()
    })
}

/// Names that would be right in small letters. An unknown column is no fault, but `Noisy` is no unknown
/// one: without it, other points would be the coreset.
fn capitals(names: &[Cow<'_, str>]) -> Option<String> {
    let wrong = |name: &&str| {
        !names.iter().any(|cell| cell == *name)
            && names.iter().any(|cell| cell.eq_ignore_ascii_case(name))
    };
    let wrong: Vec<&str> = ["x", "y"].iter().chain(&MARKS).filter(|n| wrong(n)).copied().collect();
    if wrong.is_empty() {
        return None;
    }
    let seen = names.iter().filter(|cell| wrong.iter().any(|n| cell.eq_ignore_ascii_case(n)));
    let seen: Vec<&str> = seen.map(AsRef::as_ref).collect();
    Some(format!(
        "columns {}: names are in small letters; write {}",
        seen.join(","),
        wrong.join(",")
    ))
}

/// The cells of a line, without the blanks and the quotes around them. Of several spaces only one
/// parts cells.
fn cells(line: &str, separator: char) -> Vec<Cow<'_, str>> {
    let bare = |cell: &str| cell.trim().trim_matches('"').trim().to_owned();
    let cells = line.trim().split(separator).map(bare).map(Cow::Owned);
    cells.filter(|cell: &Cow<'_, str>| separator != ' ' || !cell.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_rows_are_named_for_what_they_are() {
        let cases = [
            ("x,y\n0,1\n", None),
            ("y,noisy,x\n0,1,1\n", None),
            ("0,1\n1,2\n", None),
            ("x,y,sum of x and y\n0,1,1\n", None),
            ("x;noisy;y\n0.5;1;2\n", Some("separated by `;`; separate them")),
            ("\u{feff}\"x\";\"y\"\r\n0,5;2,5\r\n", Some("by `;` and numbers have decimal commas")),
            ("X\tY\n0\t1\n", Some("separated by tabs; ")),
            ("x   y\n0 1\n", Some("separated by spaces; ")),
            ("x|y\n0|1\n", Some("separated by `|`; ")),
            ("X,y\n0,1\n", Some("columns X: names are in small letters; write x")),
            ("x,y,Noisy\n0,1,0\n", Some("columns Noisy: ")),
            ("Y,X\n0,1\n", Some("columns Y,X: names are in small letters; write x,y")),
            ("#x,y,noisy\n0,1,1\n", Some("names of the columns are in a comment")),
            ("\n## y, x\n0,1\n", Some("names of the columns are in a comment")),
            ("# 3 runs, x in mm\nx,y\n", Some("the row is a comment; delete it")),
        ];
        for (text, expected) in cases {
            let found = first_row(text.as_bytes());
            let right = match (&found, expected) {
                (Some(found), Some(expected)) => found.contains(expected),
                (found, expected) => found.is_none() && expected.is_none(),
            };
            assert!(right, "{text:?}: {found:?}");
        }
    }

    #[test]
    fn other_rows_are_named_for_what_they_are() {
        let of = |line, found, expected| other_row(line, found, expected).unwrap_or_default();
        assert!(of("# the end", 1, 2).contains("comment"));
        assert!(of("1.5;2", 1, 2).contains("separated by `;`"));
        assert!(of("1,5,2,5", 4, 2).contains("decimal commas"));
        assert_eq!(of("1,2,3", 3, 2), "");
        assert_eq!(number_with_comma("-1,5").unwrap(), "has a decimal comma; write -1.5");
        assert_eq!((number_with_comma("1.5"), number_with_comma("a,b")), (None, None));
    }
}

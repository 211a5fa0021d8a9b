//! Lists of degrees as the command line writes them: `1..20` includes 20, and lists may be joined by
//! commas: `1..5,10,20`.

/// Degrees, ascending, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Degrees(pub(crate) Vec<usize>);

/// Beyond this the basis matrices stop fitting into memory long before they make sense.
const HIGHEST: usize = 1_000;

impl std::str::FromStr for Degrees {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut degrees = Vec::new();
        for part in text.split(',') {
            let (first, last) = part.split_once("..").unwrap_or((part, part));
            let (first, last) = (degree(first)?, degree(last)?);
            if first > last {
                return Err(format!("`{part}` runs backwards; write {last}..{first}"));
            }
            degrees.extend(first..=last);
        }
        degrees.sort_unstable();
        degrees.dedup();
        Ok(Self(degrees))
    }
}

fn degree(text: &str) -> Result<usize, String> {
    match text.trim().parse() {
        Ok(degree) if degree <= HIGHEST => Ok(degree),
        _ => Err(format!(
            "`{text}` is no whole number from 0 to {HIGHEST}; write for example 1..20 or 5,10"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_include_their_end() {
        let parse = |text: &str| text.parse::<Degrees>().map(|d| d.0);
        assert_eq!(parse("1..4"), Ok(vec![1, 2, 3, 4]));
        assert_eq!(parse("7"), Ok(vec![7]));
        assert_eq!(parse("5,1..2,2"), Ok(vec![1, 2, 5]));
        for wrong in ["", "1..", "4..1", "a", "-1", "1001"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}

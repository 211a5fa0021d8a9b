//! Numbers as words of a picture or table.

/// A number with its sign, a true minus, and `decimals` digits after the point; what rounds to 0 has no sign.
pub fn signed(value: f64, decimals: usize) -> String {
    let text = format!("{value:+.decimals$}");
    let digits = text.trim_start_matches(['+', '-']);
    if digits.contains(|c: char| c != '0' && c != '.') { minus(&text) } else { digits.to_owned() }
}

/// A number with `decimals` digits after the point, and a true minus.
pub fn plain(value: f64, decimals: usize) -> String {
    minus(&format!("{value:.decimals$}"))
}

fn minus(text: &str) -> String {
    text.replace('-', "\u{2212}")
}

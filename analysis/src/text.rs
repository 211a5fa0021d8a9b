//! Numbers as people read them.

/// Three significant digits; `inf` for infinity.
///
/// ```
/// use swast_analysis::text::short;
/// assert_eq!([0.05249, 3.651, 229.4, 0.0].map(short), ["0.0525", "3.65", "229", "0.00"]);
/// assert_eq!([5.84e8, -1e-7, f64::INFINITY].map(short), ["5.84e8", "-1.00e-7", "inf"]);
/// ```
#[must_use]
pub fn short(value: f64) -> String {
    if !value.is_finite() {
        return format!("{value}");
    }
    if value != 0.0 && !(1e-3..1e5).contains(&value.abs()) {
        return format!("{value:.2e}");
    }
    let digits = if value == 0.0 { 0.0 } else { value.abs().log10().floor() };
    format!("{value:.*}", (2.0 - digits).max(0.0) as usize)
}

/// A number of draws: `1 draw`, `200 draws`.
///
/// ```
/// use swast_analysis::text::draws;
/// assert_eq!([1, 200].map(draws), ["1 draw", "200 draws"]);
/// ```
#[must_use]
pub fn draws(count: u64) -> String {
    format!("{count} {}", if count == 1 { "draw" } else { "draws" })
}

//! Figure 1c: the coreset difficulty I against the degree, per pairing of full set and coreset.

use std::collections::BTreeMap;

use crate::figure::{HEIGHT, WIDTH};
use crate::read::claim::Claim;
use crate::read::judge::{Judgement, Pair, Verdict, judge};
use crate::scene::{Axis, Colour, Dash, Entry, Look, Mark, Marker, Plot};
use swast_tables::growth::{Growth, Observation, growth};
use swast_tables::interval::Interval;
use swast_tables::rows::EpsilonRow;
use swast_tables::stats::{Band, band, median};

/// The curves of one pairing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pairing {
    /// `disjoint`, `subset` or `at-fit`.
    pub name: String,
    /// Exact values by degree: median and 5-95 % band over draws.
    pub exact: Vec<(f64, Band)>,
    /// Medians of the numerical solver by degree.
    pub argmin: Vec<(f64, f64)>,
    /// Slope of ln I over the exact values.
    pub growth: Option<Growth>,
    /// The same slope in every single draw, by number of the draw.
    pub slopes: Vec<(u64, f64)>,
    /// The bound max(1, N/n - 1) of a subset.
    pub bound: Option<f64>,
    /// Exact rows that are infinite or not a number.
    pub left_out: usize,
}

/// The order of drawing; pairings beyond these follow by name.
const ORDER: [&str; 3] = ["disjoint", "subset", "at-fit"];

/// The pairings in `rows`.
pub(crate) fn pairings(rows: &[EpsilonRow]) -> Vec<Pairing> {
    let mut by_name: BTreeMap<&str, Vec<&EpsilonRow>> = BTreeMap::new();
    for row in rows {
        by_name.entry(&row.pairing).or_default().push(row);
    }
    let mut names: Vec<&str> = by_name.keys().copied().collect();
    names.sort_by_key(|name| ORDER.iter().position(|o| o == name).unwrap_or(ORDER.len()));
    names.into_iter().map(|name| pairing(name, &by_name[name])).collect()
}

fn pairing(name: &str, rows: &[&EpsilonRow]) -> Pairing {
    let usable = |r: &&&EpsilonRow| r.epsilon.is_finite() && r.epsilon > 0.0;
    let by_degree = |solver: &str| {
        let mut values: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
        for row in rows.iter().filter(|r| r.solver == solver).filter(usable) {
            values.entry(row.degree).or_default().push(row.epsilon);
        }
        values
    };
    let exact: Vec<&&EpsilonRow> = rows.iter().filter(|r| r.solver == "exact").collect();
    let bands = by_degree("exact").into_iter();
    let medians = by_degree("argmin").into_iter();
    // A subset draws its N points from the noisy and the clean together.
    let ratio = |r: &&EpsilonRow| (r.noisy + r.clean) as f64 / r.clean as f64 - 1.0;
    let bound = rows.first().filter(|_| name == "subset").map(|r| ratio(r).max(1.0));
    Pairing {
        name: name.to_owned(),
        exact: bands.filter_map(|(d, v)| Some((d as f64, band(&v)?))).collect(),
        argmin: medians.filter_map(|(d, v)| Some((d as f64, median(&v)?))).collect(),
        growth: growth(exact.iter().map(|row| Observation::from(**row))),
        slopes: slopes(&exact),
        bound: bound.filter(|b| b.is_finite()),
        left_out: exact.iter().filter(|r| !r.epsilon.is_finite()).count(),
    }
}

/// The slope in each draw.
fn slopes(rows: &[&&EpsilonRow]) -> Vec<(u64, f64)> {
    let mut draws: BTreeMap<u64, Vec<Observation>> = BTreeMap::new();
    for row in rows {
        draws.entry(row.trial).or_default().push(Observation::from(**row));
    }
    draws.into_iter().filter_map(|(draw, own)| Some((draw, growth(own)?.rate))).collect()
}

fn look(name: &str) -> Look {
    let (colour, dash) = match name {
        "disjoint" => (Colour::BLUE, Dash::Solid),
        "subset" => (Colour::VERMILLION, Dash::Solid),
        _ => (Colour::GREEN, Dash::Dotted),
    };
    Look { width: 8, ..Look::line(colour, dash) }
}

/// Slopes up to this are rounding, of numbers that do not change.
const ROUNDING: f64 = 1e-9;

/// Rate and interval, such as `1.02 [0.98, 1.05]`.
fn rate(growth: Option<Growth>) -> String {
    let Some(growth) = growth else { return "no rate".to_owned() };
    // Adding 0 takes the sign off a 0.
    let two = |slope: f64| format!("{:.2}", (100.0 * slope).round() / 100.0 + 0.0);
    match growth.interval {
        Some((a, b)) => format!("{} [{}, {}] per degree", two(growth.rate), two(a), two(b)),
        None => format!("{} per degree in this draw", two(growth.rate)),
    }
}

/// Medians, bands, the bound of a subset, and the numerical solver's medians as rings.
pub(crate) fn plot(pairings: &[Pairing]) -> Plot {
    let mut marks = Vec::new();
    let mut legend = Vec::new();
    for pairing in pairings {
        let look = look(&pairing.name);
        let points = pairing.exact.iter().map(|(d, b)| (*d, b.low, b.high)).collect();
        marks.push(Mark::Band(points, look.colour));
        if let (Some(bound), Some(first), Some(last)) =
            (pairing.bound, pairing.exact.first(), pairing.exact.last())
        {
            let rule = Look { dash: Dash::Dashed, width: 5, ..Look::RULE };
            marks.push(Mark::Line(vec![(first.0, bound), (last.0, bound)], rule));
        }
    }
    for pairing in pairings {
        let look = look(&pairing.name);
        let points = pairing.exact.iter().map(|(d, b)| (*d, b.median)).collect();
        marks.push(Mark::Line(points, look));
        let ring = Look { marker: Marker::Ring, radius: 12, width: 4, ..look };
        marks.push(Mark::Dots(pairing.argmin.clone(), ring));
        legend.push(Entry::line(look, format!("{}: {}", pairing.name, rate(pairing.growth))));
    }
    if let Some(bound) = pairings.iter().find_map(|p| p.bound) {
        legend.push(Entry::line(Look::RULE, format!("bound of a subset, {bound}")));
    }
    if pairings.iter().any(|p| !p.argmin.is_empty()) {
        let ring = Look::marked(Colour::BLACK, Dash::Solid, Marker::Ring);
        legend.push(Entry::dot(ring, "by numerical search"));
    }
    let bands = || pairings.iter().flat_map(|p| p.exact.iter());
    let found = pairings.iter().flat_map(|p| p.argmin.iter().map(|a| a.1).chain(p.bound));
    let degrees = pairings.iter().flat_map(|p| p.argmin.iter().map(|a| a.0));
    Plot {
        width: WIDTH,
        height: HEIGHT,
        title: "Selection difficulty".to_owned(),
        x: Axis::whole("polynomial degree", bands().map(|b| b.0).chain(degrees)),
        y: Axis::log("I(D, C)", bands().flat_map(|b| [b.1.low, b.1.high]).chain(found)),
        marks,
        legend,
    }
}

/// What the paper says of Figure 1c, for each pairing of full set and coreset.
pub(crate) fn claims(pairings: &[Pairing]) -> Vec<Claim> {
    pairings.iter().map(claim).collect()
}

fn claim(pairing: &Pairing) -> Claim {
    let judged = match (growth_interval(pairing), pairing.bound) {
        // What is bounded does not grow exponentially, however it begins.
        (Some(judged), Some(_)) => Judgement { verdict: Verdict::Fails, ..judged },
        (Some(judged), None) => judged,
        (None, _) => judge(&pairing.slopes.iter().map(slope).collect::<Vec<_>>()),
    };
    let evidence = pairing.bound.map(|bound| format!("cannot grow past its bound, {bound}"));
    let judged = judged.of_draws();
    Claim {
        statement: match &*pairing.name {
            "disjoint" => {
                "selection difficulty rises exponentially with the degree, coreset drawn apart"
            }
            "subset" => {
                "selection difficulty rises exponentially with the degree, coreset a subset"
            }
            "at-fit" => {
                "selection difficulty rises exponentially with the degree, taken at the fit"
            }
            _ => "selection difficulty rises exponentially with the degree",
        },
        source: "\u{201c}the difficulty of selection grows exponentially with the number of redundant model \
                 weights\u{201d} (Introduction; Figure 1c)",
        unit: "in ln I a degree",
        judged,
        evidence: evidence.unwrap_or_default(),
    }
}

/// Slopes that are rounding are none.
fn flat(slope: f64) -> f64 {
    if slope.abs() > ROUNDING { slope } else { 0.0 }
}

fn slope(&(seed, slope): &(u64, f64)) -> Pair {
    Pair { seed, gain: flat(slope), learned: true }
}

/// Judged by the interval over whole draws, where there is one: the points of a draw depend on one another.
fn growth_interval(pairing: &Pairing) -> Option<Judgement> {
    let growth = pairing.growth?;
    let (low, high) = growth.interval?;
    let clusters = pairing.slopes.len();
    let won = pairing.slopes.iter().filter(|(_, slope)| flat(*slope) > 0.0).count();
    let interval = Interval { mean: flat(growth.rate), low: flat(low), high: flat(high), clusters };
    Some(Judgement::of_interval(interval, clusters, won))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(trial: u64, pairing: &str, solver: &str, degree: usize, epsilon: f64) -> EpsilonRow {
        EpsilonRow {
            trial,
            seed: trial,
            function: "runge".to_owned(),
            pairing: pairing.to_owned(),
            design: "uniform".to_owned(),
            degree,
            noisy: 50,
            clean: 20,
            noise: 0.1,
            solver: solver.to_owned(),
            epsilon,
        }
    }

    #[test]
    fn infinite_rows_are_counted_and_left_out() {
        let rows = [
            row(0, "disjoint", "exact", 1, 1.0),
            row(1, "disjoint", "exact", 1, 3.0),
            row(0, "disjoint", "exact", 2, f64::INFINITY),
            row(1, "disjoint", "exact", 2, 8.0),
            row(1, "disjoint", "argmin", 2, 7.9),
        ];
        let found = &pairings(&rows)[0];
        let medians: Vec<(f64, f64)> = found.exact.iter().map(|(d, b)| (*d, b.median)).collect();
        assert_eq!(medians, [(1.0, 2.0), (2.0, 8.0)]);
        assert_eq!((found.left_out, &found.argmin), (1, &vec![(2.0, 7.9)]));
    }

    #[test]
    fn what_does_not_change_with_the_degree_does_not_grow() {
        for value in [0.3, 1.0, 2.5, 1e300] {
            let degrees = 1..=20;
            let rows = degrees.flat_map(|d| [0, 1].map(|t| row(t, "disjoint", "exact", d, value)));
            let claim = &claims(&pairings(&rows.collect::<Vec<_>>()))[0];
            assert_eq!((claim.judged.effect, claim.judged.won), (Some(0.0), 0), "{claim}");
            assert_ne!(claim.judged.verdict, Verdict::Holds, "{claim}");
        }
    }

    #[test]
    fn a_subset_has_its_bound() {
        let found = pairings(&[row(0, "subset", "exact", 1, 0.5)]);
        assert_eq!(found[0].bound, Some(2.5));
        assert_eq!(claims(&found)[0].judged.verdict, Verdict::Nothing);
    }

    #[test]
    fn what_grows_holds_but_not_within_a_bound() {
        let verdict = |pairing: &str, draws: u64| {
            let value =
                |trial, degree: usize| 0.01 * (0.2 * degree as f64).exp() + 1e-4 * trial as f64;
            let degrees =
                |trial| (1..=20).map(move |d| row(trial, pairing, "exact", d, value(trial, d)));
            let rows: Vec<EpsilonRow> = (0..draws).flat_map(degrees).collect();
            claims(&pairings(&rows))[0].judged.verdict
        };
        assert_eq!(verdict("disjoint", 5), Verdict::Holds);
        assert_eq!(verdict("subset", 5), Verdict::Fails);
        assert_eq!(verdict("disjoint", 1), Verdict::TooFew);
        assert_eq!(verdict("disjoint", 2), Verdict::TooFew);
    }
}

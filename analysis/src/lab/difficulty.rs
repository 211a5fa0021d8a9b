//! What the laboratory shows of the coreset difficulty I, degree by degree.

use serde::Serialize;
use swast_figures::lab;
use swast_tables::growth::{Observation, growth};
use swast_tables::names::name_of;
use swast_tables::rows::EpsilonRow;
use swast_tables::stats::median_of_all;

use super::answer::{Picture, size};
use super::command::epsilon_command;
use super::state::{Request, Sets, State};
use crate::Error;
use crate::draw::{Draw, Trials};
use crate::epsilon::extremes;
use crate::generate::Apart;
use crate::text::{self, short};
use crate::trials::{Curve, EpsilonStudy, Pairing, Solver};

/// The numerical search is for one draw, and costs more the higher the degree.
const SEARCHED: usize = 20;
/// Degrees times draws that may be asked for; more draws are not made.
const BUDGET: u64 = 40_000;
/// Draws whose rate of growth is given beside that of a single one: as many as `epsilon` makes by default.
const BESIDE_ONE: u64 = 200;
/// Points times degrees² times draws that may be spent on it, about a tenth of a second.
const BESIDE_BUDGET: u64 = 100_000_000;
/// Draws where D has few points for the coefficients of a polynomial, whose rank takes a hundred times as long.
const BESIDE_DEFICIENT: u64 = 10;

/// I against the degree.
#[derive(Debug, Serialize)]
pub struct Difficulty {
    /// Number of draws made.
    pub draws: u64,
    /// The picture.
    pub picture: Picture,
    /// Degree, exact value and value of the numerical search, as people read them; medians over draws.
    pub table: Vec<(usize, String, String)>,
    /// What it says about the paper's second claim.
    pub verdict: String,
    /// The command line that does the same.
    pub command: String,
}

/// I for degrees 1 up to the highest of the state; with one draw beside the numerical search.
pub fn difficulty(request: &Request) -> Result<(Difficulty, Vec<EpsilonRow>), Error> {
    let state = &request.state;
    let draws = match state.sets {
        Sets::Points => 1,
        _ => affordable(state, request.draws),
    };
    let rows = rows(state, draws)?;
    let picture = Picture::of(&lab::difficulty(&rows, size(request, 7, 10)))?;
    let table = (1..=state.degrees).map(|degree| table_line(&rows, degree)).collect();
    let command = epsilon_command(state, draws);
    let verdict = verdict(state, &rows, &beside_one(state, draws)?);
    Ok((Difficulty { draws, picture, table, verdict, command }, rows))
}

/// As many of `draws` draws as the budget allows.
fn affordable(state: &State, draws: u64) -> u64 {
    draws.min((BUDGET / state.degrees as u64).max(1))
}

/// The exact rows of many draws, where only one is shown and there can be more.
fn beside_one(state: &State, draws: u64) -> Result<Vec<EpsilonRow>, Error> {
    match (pairing(state.sets), draws) {
        (Some(pairing), 1) => exact(state, pairing, beside_draws(state, pairing)),
        _ => Ok(Vec::new()),
    }
}

fn beside_draws(state: &State, pairing: Pairing) -> u64 {
    let full = if pairing == Pairing::Subset { state.noisy + state.clean } else { state.noisy };
    if full < 2 * (state.degrees + 2) {
        return BESIDE_DEFICIENT;
    }
    let cost = (state.noisy + state.clean) * state.degrees * state.degrees;
    BESIDE_ONE.min(BESIDE_BUDGET / cost as u64).max(BESIDE_DEFICIENT)
}

/// The pairing that is drawn for `sets`; none for the points of the plot.
fn pairing(sets: Sets) -> Option<Pairing> {
    match sets {
        Sets::Disjoint => Some(Pairing::Disjoint),
        Sets::Subset => Some(Pairing::Subset),
        Sets::AtFit => Some(Pairing::AtFit),
        Sets::Points => None,
    }
}

fn exact(state: &State, pairing: Pairing, draws: u64) -> Result<Vec<EpsilonRow>, Error> {
    study(state, (pairing, Solver::Exact), state.degrees)?.run(trials(state, draws), || ())
}

fn trials(state: &State, count: u64) -> Trials {
    Trials { seed: state.seed, count }
}

fn study(
    state: &State,
    (pairing, solver): (Pairing, Solver),
    degrees: usize,
) -> Result<EpsilonStudy, Error> {
    let sets = Apart {
        target: state.function,
        design: state.placement,
        noisy: state.noisy,
        clean: state.clean,
        noise: state.noise,
    };
    EpsilonStudy::try_new(sets, (1..=degrees).collect(), vec![Curve { pairing, solver }])
}

fn rows(state: &State, draws: u64) -> Result<Vec<EpsilonRow>, Error> {
    let Some(pairing) = pairing(state.sets) else { return own_rows(state) };
    let mut rows = exact(state, pairing, draws)?;
    if draws == 1 && pairing != Pairing::AtFit {
        let searched = study(state, (pairing, Solver::Argmin), state.degrees.min(SEARCHED))?;
        rows.extend(searched.run(trials(state, 1), || ())?);
    }
    Ok(rows)
}

/// The rows of the points in the plot, whose coreset is a part of them.
fn own_rows(state: &State) -> Result<Vec<EpsilonRow>, Error> {
    let drawn = state.study()?.points(Draw::first(state.seed));
    let coreset = drawn.coreset();
    let degrees: Vec<usize> = (1..=state.degrees).collect();
    let found = extremes(&drawn.all, &coreset, &degrees)?;
    let row = |(degree, extremes): (usize, crate::epsilon::Extremes)| EpsilonRow {
        trial: 0,
        seed: state.seed,
        function: name_of(state.function),
        pairing: name_of(Pairing::Subset),
        design: "data".to_owned(),
        degree,
        noisy: drawn.all.len() - coreset.len(),
        clean: coreset.len(),
        noise: f64::NAN,
        solver: name_of(Solver::Exact),
        epsilon: extremes.epsilon(),
    };
    Ok(degrees.into_iter().zip(found).map(row).collect())
}

fn table_line(rows: &[EpsilonRow], degree: usize) -> (usize, String, String) {
    let of = |solver: Solver| {
        let own = rows.iter().filter(|r| r.degree == degree && r.solver == name_of(solver));
        let values: Vec<f64> = own.map(|r| r.epsilon).collect();
        median_of_all(&values).map_or_else(String::new, short)
    };
    (degree, of(Solver::Exact), of(Solver::Argmin))
}

/// The factor by which a degree more multiplies I, with its interval where there are draws enough.
fn factor(rows: &[EpsilonRow]) -> Option<String> {
    let exact = rows.iter().filter(|r| r.solver == name_of(Solver::Exact));
    let growth = growth(exact.map(Observation::from))?;
    let interval = growth.interval.map_or_else(String::new, |(low, high)| {
        format!(" (95 % interval of the factor: {} to {})", short(low.exp()), short(high.exp()))
    });
    Some(format!("{} on average{interval}", short(growth.rate.exp())))
}

/// What the `rows` that are shown say; the rate of a single draw has that of the draws `beside` it.
fn verdict(state: &State, rows: &[EpsilonRow], beside: &[EpsilonRow]) -> String {
    let exact = rows.iter().filter(|r| r.solver == name_of(Solver::Exact));
    let left_out = exact.filter(|r| !r.epsilon.is_finite()).count();
    let one = rows.iter().all(|row| row.trial == 0);
    let mut said = match factor(rows) {
        None => "No value is finite and above 0.".to_owned(),
        Some(factor) if state.sets == Sets::Points => {
            format!("For these points, each degree more multiplies I by {factor}.")
        }
        Some(factor) if one => {
            let many = self::factor(beside).unwrap_or_else(|| "no finite factor".to_owned());
            let draws = beside.last().map_or(0, |row| row.trial + 1);
            format!(
                "In this one draw, each degree more multiplies I by {factor}; over {}, by {many}.",
                text::draws(draws)
            )
        }
        Some(factor) => format!("Each degree more multiplies I by {factor}."),
    };
    if left_out > 0 {
        said += &format!(
            " {left_out} values are infinite: some polynomial meets all of D and misses C, or there are no more points than coefficients."
        );
    }
    match state.sets {
        Sets::Subset | Sets::Points => {
            let (rest, coreset) = rows.first().map_or((0, 1), |r| (r.noisy, r.clean));
            let bound = ((rest + coreset) as f64 / coreset as f64 - 1.0).max(1.0);
            said += &format!(
                " C is part of D, so I cannot pass max(1, N/n - 1) = {}: no exponential growth here.",
                short(bound)
            );
        }
        Sets::AtFit => {
            said += " This is one polynomial only, the least-squares fit to D, not the worst.";
        }
        Sets::Disjoint => {}
    }
    said
}

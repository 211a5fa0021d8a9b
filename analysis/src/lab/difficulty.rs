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
use crate::text::short;
use crate::trials::{Curve, EpsilonStudy, Pairing, Solver};

/// The numerical search is for one draw, and costs more the higher the degree.
const SEARCHED: usize = 20;
/// Degrees times draws that may be asked for; more draws are not made.
const BUDGET: u64 = 40_000;

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
        _ => request.draws.min((BUDGET / state.degrees as u64).max(1)),
    };
    let rows = rows(state, draws)?;
    let picture = Picture::of(&lab::difficulty(&rows, size(request, 7, 10)))?;
    let table = (1..=state.degrees).map(|degree| table_line(&rows, degree)).collect();
    let command = epsilon_command(state, draws);
    Ok((Difficulty { draws, picture, table, verdict: verdict(state, &rows), command }, rows))
}

fn rows(state: &State, draws: u64) -> Result<Vec<EpsilonRow>, Error> {
    let pairing = match state.sets {
        Sets::Disjoint => Pairing::Disjoint,
        Sets::Subset => Pairing::Subset,
        Sets::AtFit => Pairing::AtFit,
        Sets::Points => return own_rows(state),
    };
    let sets = Apart {
        target: state.function,
        design: state.placement,
        noisy: state.noisy,
        clean: state.clean,
        noise: state.noise,
    };
    let study = |degrees: usize, solver| {
        EpsilonStudy::try_new(sets, (1..=degrees).collect(), vec![Curve { pairing, solver }])
    };
    let trials = |count| Trials { seed: state.seed, count };
    let mut rows = study(state.degrees, Solver::Exact)?.run(trials(draws), || ())?;
    if draws == 1 && pairing != Pairing::AtFit {
        let searched = study(state.degrees.min(SEARCHED), Solver::Argmin)?;
        rows.extend(searched.run(trials(1), || ())?);
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

fn verdict(state: &State, rows: &[EpsilonRow]) -> String {
    let observations: Vec<_> =
        rows.iter().filter(|r| r.solver == name_of(Solver::Exact)).map(Observation::from).collect();
    let left_out = observations.iter().filter(|o| !o.value.is_finite()).count();
    let mut text = match growth(observations) {
        None => "No value is finite and above 0.".to_owned(),
        Some(growth) => {
            let interval = growth.interval.map_or_else(String::new, |(low, high)| {
                format!(
                    " (95 % interval of the factor: {} to {})",
                    short(low.exp()),
                    short(high.exp())
                )
            });
            format!(
                "Each degree more multiplies I by {} on average{interval}.",
                short(growth.rate.exp())
            )
        }
    };
    if left_out > 0 {
        text += &format!(
            " {left_out} values are infinite: some polynomial meets all of D and misses C, or there are no more points than coefficients."
        );
    }
    match state.sets {
        Sets::Subset | Sets::Points => {
            let (rest, coreset) = rows.first().map_or((0, 1), |r| (r.noisy, r.clean));
            let bound = ((rest + coreset) as f64 / coreset as f64 - 1.0).max(1.0);
            text += &format!(
                " C is part of D, so I cannot pass max(1, N/n - 1) = {}: no exponential growth here.",
                short(bound)
            );
        }
        Sets::AtFit => {
            text += " This is one polynomial only, the least-squares fit to D, not the worst.";
        }
        Sets::Disjoint => {}
    }
    text
}

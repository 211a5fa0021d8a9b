//! The command lines that give the laboratory's numbers without it.

use swast_tables::names::name_of;
use swast_tables::shell::quoted;

use super::state::{Sets, State};

/// Where the commands write: a folder of their own, apart from the tables of the figures.
const OUT: &str = "--out data/results/laboratory";

/// The command for the upper half: the draw that is shown is the first of its draws. One's own points
/// are read from `points.csv`, and are one draw.
#[must_use]
pub fn prune_command(state: &State, draws: u64) -> String {
    match &state.own {
        Some(_) => prune(state, &own(state)),
        None => draws_command(state, draws),
    }
}

/// The command for many draws, in which the noise of one's own points is drawn again.
#[must_use]
pub fn draws_command(state: &State, draws: u64) -> String {
    let drawn = match &state.own {
        Some(_) => format!("{} --resample --trials {draws}", own(state)),
        None => format!(
            "--points {} --noise {} --noisy-fraction {} --design {} --trials {draws}",
            state.points,
            state.noise,
            state.noisy_fraction,
            name_of(state.design)
        ),
    };
    prune(state, &drawn)
}

fn own(state: &State) -> String {
    format!("--data points.csv --domain={}", state.scale().interval())
}

fn prune(state: &State, drawn: &str) -> String {
    let refit = if state.refit { " --refit" } else { "" };
    format!(
        "swast-analysis prune --function {} {drawn} --degree {} --prune {} --basis {}{refit} --seed {} --plot {OUT}",
        quoted(state.reference().name().as_ref()),
        state.degree,
        state.prune,
        name_of(state.basis),
        state.seed
    )
}

/// The command for the lower half.
#[must_use]
pub fn epsilon_command(state: &State, draws: u64) -> String {
    let degrees = format!("--degrees 1..{}", state.degrees);
    if state.sets == Sets::Points {
        return format!(
            "swast-analysis epsilon --data points.csv --pairing subset {degrees} --plot {OUT}"
        );
    }
    let solver = if draws == 1 && state.sets != Sets::AtFit { "exact,argmin" } else { "exact" };
    format!(
        "swast-analysis epsilon --function {} --noisy {} --clean {} --noise {} {degrees} --pairing {} --design {} --solver {solver} --trials {draws} --seed {} --plot {OUT}",
        name_of(state.function),
        state.noisy,
        state.clean,
        state.noise,
        name_of(state.sets),
        name_of(state.placement),
        state.seed
    )
}

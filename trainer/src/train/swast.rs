//! SWaST (paper, Algorithm 1): alternate coreset selection and pruned training in one run.
//!
//! The baselines are the same loop with parts switched off.

use std::ops::ControlFlow::{self, Break, Continue};
use std::time::Instant;

use swast_datasets::DatasetError;

use super::data::TrainingData;
use super::measure::measured;
use super::outcome::{Observer, TrainError, Trained};
use super::preserve::record_states;
use super::select::select;
use super::state::State;
use super::step::Step;
use super::times::lap;
use crate::libtorch::failure::caught;
use crate::model::recalibrate::gather;
use crate::settings::Settings;

/// Runs Algorithm 1 with `settings` on `data`, from where `state` is to its end or until `observer` stops it.
pub fn train(
    settings: &Settings,
    data: &TrainingData,
    state: &mut State,
    observer: &mut dyn Observer,
) -> Result<ControlFlow<()>, TrainError> {
    while state.course.epoch <= settings.epochs {
        let epoch = state.course.epoch;
        let one = || run_epoch(settings, data, state, observer);
        let flow = caught(one).map_err(|cause| TrainError::Failed { epoch, cause })??;
        if flow.is_break() {
            return Ok(Break(()));
        }
    }
    Ok(Continue(()))
}

/// The epoch under way: a selection before it where one is due, its steps, and measurements after it.
fn run_epoch(
    settings: &Settings,
    data: &TrainingData,
    state: &mut State,
    observer: &mut dyn Observer,
) -> Result<ControlFlow<()>, TrainError> {
    let mut clock = Instant::now();
    let epoch = state.course.epoch;
    let unread = |cause| TrainError::Data { epoch, cause };
    if !state.course.begun {
        if settings.is_due(epoch) {
            if let Some(selector) = settings.selector() {
                let mut selected = select(state, &*selector, settings, data)
                    .map_err(|cause| TrainError::Select { epoch, cause })?;
                state.times.selected(selected.time_s);
                state.times.lap(&mut clock);
                selected.lost = state.lost(data).map_err(unread)?;
                lap(&mut clock);
                observer.selected(&selected, state)?;
            }
            record_states(state, settings.preserve, data).map_err(unread)?;
        }
        state.begin_epoch(settings);
    }
    let (objective, sgd) = (settings.objective, settings.sgd);
    let step = Step { objective, sgd, feed: &*data.images };
    step.feed.announce(&state.coming(settings.seed));
    while let Some(len) = state.course.next() {
        step.take(state, len, |_| ()).map_err(unread)?;
        state.times.lap(&mut clock);
        if observer.stepped(state)?.is_break() {
            return Ok(Break(()));
        }
    }
    let [loss, accuracy] = state.course.means();
    if state.end_epoch() {
        recalibrate(state, &step, settings.seed).map_err(unread)?;
    }
    if !loss.is_finite() {
        return Err(diverged("training", loss, settings, state));
    }
    let rate = state.course.learning_rate;
    state.times.lap(&mut clock);
    let time_s = state.times.end_epoch();
    let due = settings.is_measured(epoch);
    let measured = due.then(|| measured(&state.network, data)).transpose().map_err(unread)?;
    if let Some(loss) = measured.and_then(|m| m.losses().find(|loss| loss.is_nan())) {
        return Err(diverged("measured", loss, settings, state));
    }
    state.times.evaluate += lap(&mut clock);
    state.course.end();
    observer.trained(&Trained { epoch, rate, loss, accuracy, measured, time_s }, state)?;
    Ok(Continue(()))
}

/// Recomputes the running statistics from the samples of the epoch, after its last step.
fn recalibrate(state: &mut State, step: &Step, seed: u64) -> Result<(), DatasetError> {
    state.course.rewind();
    state.follow_masks();
    step.feed.announce(&state.coming(seed));
    let State { network, samples, batch, course, meter, .. } = state;
    let mut unread = Ok(());
    let images = std::iter::from_fn(|| {
        let len = course.next()?;
        let part = batch.fill(samples, course, step.feed, len);
        course.advance(len);
        part.map(|part| part.slots.images).map_err(|cause| unread = Err(cause)).ok()
    });
    gather(network, images);
    meter.forward(samples.len());
    state.price();
    unread
}

fn diverged(which: &'static str, loss: f64, settings: &Settings, state: &State) -> TrainError {
    TrainError::Diverged { epoch: state.course.epoch, which, loss, rate: settings.learning_rate }
}

//! Selection in a run: what the network knows of the pool becomes the samples to train on.

use std::time::Instant;

use swast_datasets::DatasetError;
use swast_selection::quota::{Group, Scope, groups};
use swast_selection::{
    Coreset, Evidence, Moment, Need, Needs, Parts, Pool, Remote, SelectError, Selector, Validation,
};
use tch::{Device, Kind, Tensor};
use thiserror::Error;

use super::data::TrainingData;
use super::double_loss::Lost;
use super::measure::{Scored, for_scored, scored, scored_there};
use super::points::is_worth;
use super::state::State;
use crate::feed::Feed;
use crate::settings::{Settings, Weighting};

/// A coreset that was selected.
#[derive(Debug, Clone, PartialEq)]
pub struct Selected {
    /// The epoch before whose first step it was, from 1.
    pub epoch: u32,
    /// Name of the selector, with its options.
    pub selector: String,
    /// The samples, as indices into the training set as stored, in the order of choice.
    pub samples: Vec<u32>,
    /// Their weights in the loss.
    pub weights: Vec<f64>,
    /// Seconds taken.
    pub time_s: f64,
    /// What was lost since the selection before, where that is measured.
    pub lost: Option<Lost>,
}

/// Why no coreset was selected.
#[derive(Debug, Error)]
pub enum NotSelected {
    /// The selector failed.
    #[error(transparent)]
    Select(#[from] SelectError),
    /// An image could not be read.
    #[error(transparent)]
    Data(#[from] DatasetError),
}

/// Replaces the samples that are trained on by a coreset of D chosen by `selector` with the current network.
///
/// # Errors
/// When the selector fails, or an image cannot be read.
pub fn select(
    state: &mut State,
    selector: &dyn Selector,
    settings: &Settings,
    data: &TrainingData,
) -> Result<Selected, NotSelected> {
    let start = Instant::now();
    let epoch = state.course.epoch;
    let Coreset { indices, weights } = chosen(state, selector, settings, data)?;
    let samples: Vec<u32> = indices.iter().map(|&i| data.pool[i as usize]).collect();
    replace(state, &samples, &weights, settings.objective.weighting);
    let selector = settings.selection.map(|s| s.selector.to_string()).unwrap_or_default();
    let time_s = start.elapsed().as_secs_f64();
    Ok(Selected { epoch, selector, samples, weights, time_s, lost: None })
}

/// The coreset of D, by place in the pool.
fn chosen(
    state: &mut State,
    selector: &dyn Selector,
    settings: &Settings,
    data: &TrainingData,
) -> Result<Coreset, NotSelected> {
    let moment = Moment {
        seed: settings.seed,
        epoch: state.course.epoch,
        epochs: settings.epochs,
        batch_size: settings.batch_size,
        rate: settings.learning_rate,
    };
    let pool = Pool { moment, ..Pool::labelled(&data.pool_labels, data.classes) };
    let mut scoring = Scoring { state, images: &*data.images, selector };
    let validation_labels = on_host(&data.images.labels(&data.validation_indices));
    let held_out = selector.needs().has(Need::Validation).then(|| {
        scoring.of(&data.validation_indices, &Pool { labels: &validation_labels, ..pool })
    });
    let held_out = held_out.transpose()?;
    let validation = held_out
        .as_ref()
        .map(|known| Validation { labels: &validation_labels, evidence: evidence(known) });
    let pool = Pool { validation, ..pool };
    let budget = settings.budget(data.pool.len()).unwrap_or(data.pool.len());
    let parts = if data.images.is_streamed() { selector.parts() } else { Parts::Whole };
    if parts == Parts::Classes {
        return scoring.coresets(&data.pool_indices, &pool, budget);
    }
    let known = match parts {
        Parts::ScoredClasses => scoring.scores_by_class(&data.pool_indices, &pool)?,
        _ => scoring.of(&data.pool_indices, &pool)?,
    };
    let history = scoring.state.history.as_ref().map(|history| history.of(&data.pool_indices));
    let evidence = Evidence { history: history.as_ref(), ..evidence(&known) };
    Ok(selector.select(&Pool { evidence, ..pool }, budget)?)
}

/// Finding out what a selector must know. Each forward pass counts.
struct Scoring<'a> {
    state: &'a mut State,
    images: &'a dyn Feed,
    selector: &'a dyn Selector,
}

impl Scoring<'_> {
    /// What is asked of the samples at `indices`, whose labels and moment `pool` has.
    fn of(&mut self, indices: &Tensor, pool: &Pool) -> Result<Scored, NotSelected> {
        let needs = self.selector.needs();
        if !needs.has(Need::Features) && !needs.has(Need::Probabilities) {
            return Ok(Scored::default());
        }
        self.state.meter.forward(indices.size()[0] as usize);
        if self.selector.parts() == Parts::Samples {
            return self.scores(indices, pool);
        }
        let network = &self.state.network;
        if needs.has(Need::Remote) && self.stays(indices.size()[0], needs) {
            return Ok(scored_there(network, self.images, indices, needs)?);
        }
        Ok(scored(network, self.images, indices, needs)?)
    }

    /// Whether what `needs` ask of so many `samples` stays on the device: no GPU has chosen among them yet, so that this is
    /// asked for together with replayed steps.
    fn stays(&self, samples: i64, needs: Needs) -> bool {
        let State { network, replay, .. } = &*self.state;
        let of = |need, numbers| if needs.has(need) { numbers as i64 } else { 0 };
        let architecture = &network.architecture;
        let numbers = of(Need::Features, architecture.features)
            + of(Need::Probabilities, architecture.classes);
        replay.is_some() && is_worth(network.device(), samples, numbers)
    }

    /// Scores batch by batch, so that one number a sample is all that is kept.
    fn scores(&mut self, indices: &Tensor, pool: &Pool) -> Result<Scored, NotSelected> {
        let (network, needs) = (&mut self.state.network, self.selector.needs());
        let mut scores: Result<Vec<f64>, SelectError> = Ok(Vec::new());
        for_scored(network, self.images, indices, needs, |part| {
            let Ok(all) = &mut scores else { return };
            let first = all.len();
            let rows =
                part.probabilities.as_ref().or(part.features.as_ref()).map_or(0, |m| m.nrows());
            let labels = &pool.labels[first..first + rows];
            match self.selector.scores(&Pool { labels, evidence: evidence(&part), ..*pool }) {
                Ok(part) => all.extend(part),
                Err(error) => scores = Err(error.of_part(|place| first + place)),
            }
        })?;
        Ok(Scored { scores: Some(scores?), ..Scored::default() })
    }

    /// Scores class by class.
    fn scores_by_class(&mut self, indices: &Tensor, pool: &Pool) -> Result<Scored, NotSelected> {
        let mut scores = vec![f64::NAN; pool.labels.len()];
        for class in groups(pool.labels, pool.classes, Scope::PerClass, pool.labels.len()) {
            let own =
                self.of_class(indices, pool, &class, |selector, pool| selector.scores(pool))?;
            class.rows.iter().zip(own).for_each(|(&row, score)| scores[row as usize] = score);
        }
        Ok(Scored { scores: Some(scores), ..Scored::default() })
    }

    /// Coresets class by class.
    fn coresets(
        &mut self,
        indices: &Tensor,
        pool: &Pool,
        budget: usize,
    ) -> Result<Coreset, NotSelected> {
        let mut whole = Coreset { indices: Vec::new(), weights: Vec::new() };
        for class in groups(pool.labels, pool.classes, Scope::PerClass, budget) {
            let own = self.of_class(indices, pool, &class, |selector, pool| {
                selector.select_class(pool, class.quota)
            })?;
            whole.indices.extend(own.indices.iter().map(|&place| class.rows[place as usize]));
            whole.weights.extend(own.weights);
        }
        self.selector.fill(&mut whole, pool, budget);
        Ok(whole)
    }

    /// What the selector answers to `ask` of the `class` alone.
    fn of_class<T>(
        &mut self,
        indices: &Tensor,
        pool: &Pool,
        class: &Group,
        ask: impl FnOnce(&dyn Selector, &Pool) -> Result<T, SelectError>,
    ) -> Result<T, NotSelected> {
        let rows: Vec<i64> = class.rows.iter().map(|&row| i64::from(row)).collect();
        let labels: Vec<u16> = class.rows.iter().map(|&row| pool.labels[row as usize]).collect();
        let indices =
            indices.index_select(0, &Tensor::from_slice(&rows).to_device(indices.device()));
        let known = self.of(&indices, &Pool { labels: &labels, ..*pool })?;
        let own = Pool { labels: &labels, evidence: evidence(&known), ..*pool };
        let place = |place: usize| class.rows[place] as usize;
        Ok(ask(self.selector, &own).map_err(|error| error.of_part(place))?)
    }
}

fn evidence(scored: &Scored) -> Evidence<'_> {
    let Scored { scores, features, points, probabilities } = scored;
    Evidence {
        scores: scores.as_deref(),
        features: features.as_ref(),
        remote: points.as_ref().map(|points| points as &dyn Remote),
        probabilities: probabilities.as_ref(),
        ..Evidence::default()
    }
}

/// Labels on the device as the selectors read them.
fn on_host(labels: &Tensor) -> Vec<u16> {
    let mut wide = vec![0_i64; labels.size()[0] as usize];
    let count = wide.len();
    labels.to_device(Device::Cpu).copy_data(&mut wide, count);
    wide.into_iter().map(|label| label as u16).collect()
}

fn replace(state: &mut State, samples: &[u32], weights: &[f64], weighting: Weighting) {
    let device = state.device();
    let indices: Vec<i64> = samples.iter().map(|&i| i64::from(i)).collect();
    let mut weights = Tensor::from_slice(weights).to_kind(Kind::Float).to_device(device);
    if weighting == Weighting::Coreset {
        let mean = weights.mean(Kind::Float).clamp_min(f64::from(f32::MIN_POSITIVE));
        weights /= mean;
    }
    state.samples.replace(&Tensor::from_slice(&indices).to_device(device), &weights);
}

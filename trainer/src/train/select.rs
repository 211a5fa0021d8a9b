//! Selection in a run: what the network knows of the pool becomes the samples to train on.

use std::time::Instant;

use swast_selection::{Coreset, Evidence, Moment, Need, Pool, SelectError, Selector, Validation};
use tch::{Device, Kind, Tensor};

use super::data::TrainingData;
use super::double_loss::Lost;
use super::measure::{Scored, for_scored, scored};
use super::state::State;
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

/// Replaces the samples that are trained on by a coreset of D chosen by `selector` with the current network.
pub fn select(
    state: &mut State,
    selector: &dyn Selector,
    settings: &Settings,
    data: &TrainingData,
) -> Result<Selected, SelectError> {
    let start = Instant::now();
    let (epoch, needs) = (state.course.epoch, selector.needs());
    let moment = Moment {
        seed: settings.seed,
        epoch,
        epochs: settings.epochs,
        batch_size: settings.batch_size,
        rate: settings.learning_rate,
    };
    let pool = Pool { moment, ..Pool::labelled(&data.pool_labels, data.classes) };
    let known = score(state, data, &data.pool_indices, (selector, &pool))?;
    let validation_labels = on_host(&data.images.labels(&data.validation_indices));
    let held_out = needs.has(Need::Validation).then(|| {
        let pool = Pool { labels: &validation_labels, ..pool };
        score(state, data, &data.validation_indices, (selector, &pool))
    });
    let held_out = held_out.transpose()?;
    let history = state.history.as_ref().map(|history| history.of(&data.pool_indices));
    let pool = Pool {
        evidence: Evidence { history: history.as_ref(), ..evidence(&known) },
        validation: held_out
            .as_ref()
            .map(|scored| Validation { labels: &validation_labels, evidence: evidence(scored) }),
        ..pool
    };
    let budget = settings.budget(data.pool.len()).unwrap_or(data.pool.len());
    let Coreset { indices, weights } = selector.select(&pool, budget)?;
    let samples: Vec<u32> = indices.iter().map(|&i| data.pool[i as usize]).collect();
    replace(state, &samples, &weights, settings.objective.weighting);
    let selector = settings.selection.map(|s| s.selector.to_string()).unwrap_or_default();
    let time_s = start.elapsed().as_secs_f64();
    Ok(Selected { epoch, selector, samples, weights, time_s, lost: None })
}

/// What `selector` asks of the samples at `indices`, whose labels and moment `pool` has; costs a forward pass where it asks
/// anything of the network.
fn score(
    state: &mut State,
    data: &TrainingData,
    indices: &Tensor,
    (selector, pool): (&dyn Selector, &Pool),
) -> Result<Scored, SelectError> {
    let needs = selector.needs();
    if !needs.has(Need::Features) && !needs.has(Need::Probabilities) {
        return Ok(Scored::default());
    }
    state.meter.forward(indices.size()[0] as usize);
    let (network, images) = (&mut state.network, &*data.images);
    if !selector.is_by_sample() {
        return Ok(scored(network, images, indices, needs));
    }
    let mut scores: Result<Vec<f64>, SelectError> = Ok(Vec::new());
    for_scored(network, images, indices, needs, |part| {
        let Ok(all) = &mut scores else { return };
        let first = all.len();
        let rows = part.probabilities.as_ref().or(part.features.as_ref()).map_or(0, |m| m.nrows());
        let labels = &pool.labels[first..first + rows];
        match selector.scores(&Pool { labels, evidence: evidence(&part), ..*pool }) {
            Ok(part) => all.extend(part),
            Err(error) => scores = Err(error.of_part(first)),
        }
    });
    Ok(Scored { scores: Some(scores?), ..Scored::default() })
}

fn evidence(scored: &Scored) -> Evidence<'_> {
    let Scored { scores, features, probabilities } = scored;
    Evidence {
        scores: scores.as_deref(),
        features: features.as_ref(),
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

//! What pruning and selection lose together, beside the same worked out sample by sample on the host; and that measuring
//! it changes nothing else and survives a stop.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/flags.rs"]
mod flags;
#[path = "support/plain.rs"]
mod plain;

use std::collections::BTreeSet;
use std::ops::ControlFlow::{self, Break, Continue};

use swast_datasets::load;
use swast_trainer::model::ops::Mode;
use swast_trainer::model::{Architecture, Network};
use swast_trainer::persist::Snapshot;
use swast_trainer::settings::Settings;
use swast_trainer::train::data::TrainingData;
use swast_trainer::train::double_loss::{DoubleLoss, Lost};
use swast_trainer::train::outcome::{FollowError, Observer, Trained};
use swast_trainer::train::select::Selected;
use swast_trainer::train::state::State;
use swast_trainer::train::swast::train;
use tch::{Device, Tensor};

use flags::described;
use plain::plain;

fn settings(flags: &str) -> Settings {
    let tiny = "--limit-train 200 --limit-test 20 --batch-size 16 --epochs 6 --interval 2 --warmup 1 \
                --eval-every 2 --fraction 0.4 --selector random-redrawn --label-noise 0.1";
    described(tiny.split_whitespace().chain(flags.split_whitespace())).unwrap()
}

fn data(settings: &Settings) -> TrainingData {
    let dataset = load(settings.dataset, None, settings.request()).unwrap();
    TrainingData::new(dataset, settings.holdout(), true, Device::Cpu)
}

fn architecture(settings: &Settings) -> Architecture {
    Architecture::new(settings.model, 10, 32)
}

/// A run as it was at a selection.
struct Then {
    network: Network,
    masks: Vec<f32>,
    samples: BTreeSet<u32>,
}

/// Works out at each selection what was lost.
struct ByHand<'a> {
    settings: &'a Settings,
    data: &'a TrainingData,
    before: Option<Then>,
    found: Vec<(Lost, Lost)>,
}

impl<'a> ByHand<'a> {
    fn new(settings: &'a Settings, data: &'a TrainingData) -> Self {
        Self { settings, data, before: None, found: Vec::new() }
    }

    /// Whether `network` is right about a sample.
    fn is_right(&self, network: &mut Network, sample: u32) -> bool {
        let index = Tensor::from_slice(&[i64::from(sample)]);
        let images = plain(&*self.data.images, &index);
        let logits = tch::no_grad(|| network.forward(&images, Mode::Evaluate).logits);
        logits.argmax(-1, false).int64_value(&[0])
            == self.data.images.labels(&index).int64_value(&[0])
    }

    /// The gradient of the mean loss of `samples` by the parameters of `network`, sample by sample.
    fn gradient(&self, network: &mut Network, samples: &[u32]) -> Vec<f64> {
        let mut sum = vec![0.0; network.parameters.flat.size()[0] as usize];
        for &sample in samples {
            let index = Tensor::from_slice(&[i64::from(sample)]);
            let images = plain(&*self.data.images, &index);
            let logits = network.forward(&images, Mode::Evaluate).logits;
            let loss = logits.cross_entropy_for_logits(&self.data.images.labels(&index));
            let gradient: Vec<f32> = network.parameters.gradient(&loss).try_into().unwrap();
            sum.iter_mut().zip(gradient).for_each(|(sum, g)| *sum += f64::from(g));
        }
        sum.iter().map(|sum| sum / samples.len() as f64).collect()
    }

    fn lost(&self, before: &mut Then, now: &mut Then, maskable: &[std::ops::Range<usize>]) -> Lost {
        let leaving: Vec<u32> = before.samples.difference(&now.samples).copied().collect();
        let known = leaving.iter().filter(|&&sample| {
            self.is_right(&mut before.network, sample) && !self.is_right(&mut now.network, sample)
        });
        let known = known.count() as u64;
        let gradient = self.gradient(&mut before.network, &leaving);
        let (mut masked, mut active) = (0.0, 0.0);
        for weight in maskable.iter().flat_map(Clone::clone) {
            if before.masks[weight] == 1.0 {
                active += gradient[weight].powi(2);
                masked += if now.masks[weight] == 0.0 { gradient[weight].powi(2) } else { 0.0 };
            }
        }
        Lost { known: Some(known), gradient_share: Some(masked / active), time_s: 0.0 }
    }
}

impl Observer for ByHand<'_> {
    fn selected(&mut self, selected: &Selected, state: &State) -> Result<(), FollowError> {
        let mut network = Network::new(architecture(self.settings), 0, Device::Cpu);
        tch::no_grad(|| {
            network.parameters.flat.copy_(&state.network.parameters.flat);
            for (to, from) in network.statistics.iter_mut().zip(&state.network.statistics) {
                to.mean.copy_(&from.mean);
                to.variance.copy_(&from.variance);
            }
        });
        let masks = &state.pruned.as_ref().unwrap().masks;
        let ranges = masks.layers.iter().map(|layer| {
            let first = layer.offset as usize;
            first..first + layer.layer.weights()
        });
        let ranges: Vec<_> = ranges.collect();
        let mut now = Then {
            network,
            masks: Vec::<f32>::try_from(&masks.flat).unwrap(),
            samples: selected.samples.iter().copied().collect(),
        };
        if let Some(mut before) = self.before.take() {
            let expected = self.lost(&mut before, &mut now, &ranges);
            self.found.push((selected.lost.unwrap(), expected));
        }
        self.before = Some(now);
        Ok(())
    }

    fn stepped(&mut self, _state: &mut State) -> Result<ControlFlow<()>, FollowError> {
        Ok(Continue(()))
    }

    fn trained(&mut self, _trained: &Trained, _state: &State) -> Result<(), FollowError> {
        Ok(())
    }
}

/// What a run says it has lost, times aside; stops it after so many mini-batches.
struct Said {
    lost: Vec<Option<Lost>>,
    left: Option<usize>,
}

impl Observer for Said {
    fn selected(&mut self, selected: &Selected, _state: &State) -> Result<(), FollowError> {
        self.lost.push(selected.lost.map(|lost| Lost { time_s: 0.0, ..lost }));
        Ok(())
    }

    fn stepped(&mut self, _state: &mut State) -> Result<ControlFlow<()>, FollowError> {
        self.left = self.left.map(|left| left - 1);
        Ok(if self.left == Some(0) { Break(()) } else { Continue(()) })
    }

    fn trained(&mut self, _trained: &Trained, _state: &State) -> Result<(), FollowError> {
        Ok(())
    }
}

fn watched(settings: &Settings, data: &TrainingData) -> State {
    let mut state = State::new(settings, architecture(settings), data);
    state.double_loss = Some(DoubleLoss::default());
    state
}

#[test]
fn what_is_lost_is_what_is_worked_out_by_hand() {
    tch::set_num_threads(1);
    let settings = settings("--variant cut --prune-rate 0.6 --pruner rigl:update-every=2");
    let data = data(&settings);
    let mut by_hand = ByHand::new(&settings, &data);
    assert!(
        train(&settings, &data, &mut watched(&settings, &data), &mut by_hand)
            .unwrap()
            .is_continue()
    );
    assert_eq!(by_hand.found.len(), 2);
    let known: u64 = by_hand.found.iter().map(|(lost, _)| lost.known.unwrap()).sum();
    assert!(known > 0, "no sample is lost: the test shows nothing");
    for (lost, expected) in by_hand.found {
        assert_eq!(lost.known, expected.known);
        let (share, wanted) = (lost.gradient_share.unwrap(), expected.gradient_share.unwrap());
        assert!(wanted > 0.0 && (share / wanted - 1.0).abs() < 1e-4, "{share} {wanted}");
    }
}

#[test]
fn measuring_changes_no_weight_and_survives_a_stop() {
    tch::set_num_threads(1);
    let settings = settings("--variant cut --prune-rate 0.6 --pruner set:update-every=2");
    let data = data(&settings);
    let mut plain = State::new(&settings, architecture(&settings), &data);
    let mut unseen = Said { lost: Vec::new(), left: None };
    assert!(train(&settings, &data, &mut plain, &mut unseen).unwrap().is_continue());
    assert_eq!(unseen.lost, [None; 3]);
    let (mut whole, mut seen) = (watched(&settings, &data), Said { lost: Vec::new(), left: None });
    assert!(train(&settings, &data, &mut whole, &mut seen).unwrap().is_continue());
    assert!(whole.network.parameters.flat.equal(&plain.network.parameters.flat));
    assert_eq!(whole.meter.total(), plain.meter.total());
    // Stopped between the second selection and the third.
    let (mut first, mut parts) =
        (watched(&settings, &data), Said { lost: Vec::new(), left: Some(30) });
    assert!(train(&settings, &data, &mut first, &mut parts).unwrap().is_break());
    assert_eq!(parts.lost.len(), 2);
    let kept = Snapshot::of(&mut first);
    let mut second = watched(&settings, &data);
    kept.restore(&mut second).unwrap();
    parts.left = None;
    assert!(train(&settings, &data, &mut second, &mut parts).unwrap().is_continue());
    assert_eq!(parts.lost, seen.lost);
    assert!(second.network.parameters.flat.equal(&whole.network.parameters.flat));
}

//! All that changes during a run, in one value.

use tch::{Device, Kind, Tensor};

use crate::model::{Architecture, Network};
use crate::pruner::{self, Action, Masks, Pruner, Sparse};
use crate::settings::Settings;
use crate::sparsity::budget::active_counts;
use crate::sparsity::flops::Meter;
use crate::training_data::TrainingData;

/// The samples that are trained on: D at first, a coreset later.
#[derive(Debug)]
pub struct Samples {
    /// Indices into the training set as stored, `[n]`, on the device.
    pub indices: Tensor,
    /// Weights in the loss, `[n]`.
    pub weights: Tensor,
    /// The recorded states, where they are preserved.
    pub recorded: Option<Recorded>,
}

/// States recorded after a selection (paper, Stage 1).
#[derive(Debug)]
pub struct Recorded {
    /// Logits, `[n, C]`.
    pub logits: Tensor,
    /// 1 for samples whose state is preserved, 0 for the others, `[n]`.
    pub member: Tensor,
}

impl Samples {
    /// The samples at `indices`, all of weight 1.
    pub fn unweighted(indices: Tensor) -> Self {
        let weights = Tensor::ones(indices.size(), (Kind::Float, indices.device()));
        Self { indices, weights, recorded: None }
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.indices.size()[0] as usize
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The state of a run between two mini-batches.
pub struct State {
    /// The network.
    pub network: Network,
    /// Momentum, laid out as the parameters.
    pub momentum: Tensor,
    /// The masks; absent where nothing is pruned.
    pub masks: Option<Masks>,
    /// The pruner; absent where nothing is pruned.
    pub pruner: Option<Box<dyn Pruner>>,
    /// Optimizer steps taken.
    pub step: u64,
    /// The samples that are trained on.
    pub samples: Samples,
    /// The current coreset's indices, ascending; empty before the first selection.
    pub coreset: Vec<u32>,
    /// Operations so far.
    pub meter: Meter,
}

impl State {
    /// The state before the first epoch.
    pub fn new(settings: &Settings, architecture: Architecture, data: &TrainingData) -> Self {
        let mut network = Network::new(architecture, settings.seed, data.images.device());
        let layers = network.architecture.layers();
        let mut masks = None;
        let mut active: Vec<usize> = layers.iter().map(|l| l.weights()).collect();
        if let Some(pruning) = &settings.pruning {
            active = active_counts(&layers, &pruning.budget().densities(&layers));
            let Network { architecture, parameters, .. } = &mut network;
            let drawn = Masks::random(architecture, parameters, &active, settings.seed);
            drawn.apply(&mut parameters.flat);
            masks = Some(drawn);
        }
        let planned = planned_steps(settings, data.pool.len());
        let pruner = settings.pruning.map(|p| pruner::build(p.pruner, planned, p.update_every));
        Self {
            momentum: network.parameters.like(0.0),
            meter: Meter::new(&layers, &active),
            network,
            masks,
            pruner,
            step: 0,
            samples: Samples::unweighted(data.pool_indices.shallow_clone()),
            coreset: Vec::new(),
        }
    }

    /// Device of the run.
    pub fn device(&self) -> Device {
        self.network.device()
    }

    /// Spends `gradient` of `batch` samples: the pruner sees it first and may take it for the masks,
    /// otherwise the optimizer steps.
    pub fn descend(&mut self, gradient: Tensor, batch: usize, settings: &Settings, rate: f64) {
        let Self { network, momentum, masks, pruner, meter, .. } = self;
        let parameters = &mut network.parameters;
        let action = match (pruner, masks.as_mut()) {
            (Some(pruner), Some(masks)) => {
                pruner.observe(self.step, &gradient, Sparse { parameters, momentum, masks })
            }
            _ => Action::Step,
        };
        match action {
            Action::Step => {
                settings.sgd.step(parameters, momentum, gradient, masks.as_ref(), rate);
                self.step += 1;
                meter.step(batch);
            }
            Action::MaskUpdated => meter.mask_update(batch),
        }
    }

    /// Active share of all maskable weights.
    pub fn density(&self) -> f64 {
        self.masks.as_ref().map_or(1.0, Masks::density)
    }

    /// Active weights of every maskable layer.
    pub fn active(&self) -> Vec<usize> {
        match &self.masks {
            Some(masks) => masks.layers.iter().map(|l| l.active).collect(),
            None => self.network.architecture.layers().iter().map(|l| l.weights()).collect(),
        }
    }
}

/// Number of mini-batches of a run on a training set of `count`, known beforehand: coresets have a fixed size.
pub fn planned_steps(settings: &Settings, count: usize) -> u64 {
    let coreset = settings.budget(count).unwrap_or(count);
    let first = (1..=settings.epochs).find(|t| settings.is_due(*t)).unwrap_or(settings.epochs + 1);
    let batches = |samples: usize| samples.div_ceil(settings.batch_size) as u64;
    u64::from(first - 1) * batches(count)
        + u64::from(settings.epochs + 1 - first) * batches(coreset)
}

//! All that changes during a run, in one value.

use tch::{Device, Kind, Tensor};

use crate::model::{Architecture, Network};
use crate::pruner::region::Region;
use crate::pruner::tally::Tally;
use crate::pruner::{self, Action, MaskedModel, Masks, Pruner, PrunerSetup};
use crate::settings::{Pruning, Settings};
use crate::sparsity::flops::Meter;
use crate::train::data::TrainingData;
use crate::train::history::History;

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

/// What weights a run prunes, and how.
pub struct Pruned {
    /// The masks.
    pub masks: Masks,
    /// The pruner.
    pub pruner: Box<dyn Pruner>,
    /// Passes under each state of the masks.
    tally: Tally,
}

/// The state of a run between two mini-batches.
pub struct State {
    /// The network.
    pub network: Network,
    /// Momentum, laid out as the parameters.
    pub momentum: Tensor,
    /// Masks and pruner; absent where nothing is pruned.
    pub pruned: Option<Pruned>,
    /// Optimizer steps taken.
    pub step: u64,
    /// The samples that are trained on.
    pub samples: Samples,
    /// The current coreset's indices, ascending; empty before the first selection.
    pub coreset: Vec<u32>,
    /// How the training images fared, where the selector asks for it.
    pub history: Option<History>,
    /// Operations so far.
    pub meter: Meter,
}

impl Pruned {
    /// Masks and pruner before the first epoch of a run of `steps` mini-batches. Masked weights of `network`
    /// become 0.
    fn new(pruning: &Pruning, settings: &Settings, steps: u64, network: &mut Network) -> Self {
        let Network { architecture, parameters, .. } = network;
        let layers = architecture.layers();
        let groups = pruning.budget().groups(&layers);
        let masks = if pruning.pruner.starts_dense() {
            Masks::dense(architecture, parameters)
        } else {
            let mut active: Vec<_> = layers.iter().map(|l| l.weights()).collect();
            for group in &groups {
                group.layers.iter().for_each(|&layer| active[layer] = group.active);
            }
            Masks::random(architecture, parameters, &active, settings.seed)
        };
        masks.apply(&mut parameters.flat);
        let region = |group| Region::new(group, architecture, parameters);
        let setup = PrunerSetup {
            seed: settings.seed,
            epochs: settings.epochs,
            steps,
            update_every: pruning.update_every,
            averaged: pruning.average_gradients.unwrap_or(1),
            regions: groups.iter().map(region).collect(),
            weights: masks.weights(),
        };
        let pruner = pruner::build(pruning.pruner, setup);
        Self { tally: Tally::new(&masks), masks, pruner }
    }

    /// Active share of all maskable weights; expected, where masks are random.
    fn density(&self) -> f64 {
        self.pruner.density(self.masks.density())
    }
}

impl State {
    /// The state before the first epoch.
    pub fn new(settings: &Settings, architecture: Architecture, data: &TrainingData) -> Self {
        let mut network = Network::new(architecture, settings.seed, data.images.device());
        network.precision = settings.precision;
        let planned = planned_steps(settings, data.pool.len());
        let pruned = settings.pruning.map(|p| Pruned::new(&p, settings, planned, &mut network));
        Self {
            momentum: network.parameters.like(0.0),
            meter: Meter::new(&network.architecture.layers()),
            network,
            pruned,
            step: 0,
            samples: Samples::unweighted(data.pool_indices.shallow_clone()),
            coreset: Vec::new(),
            history: settings
                .selector()
                .is_some_and(|selector| selector.needs_history())
                .then(|| History::new(data.images.count(), data.images.device())),
        }
    }

    /// Device of the run.
    pub fn device(&self) -> Device {
        self.network.device()
    }

    /// Lets the pruner act on the model and notices what became of the masks; `None` where nothing is pruned.
    fn prune<T>(&mut self, act: impl FnOnce(&mut dyn Pruner, MaskedModel) -> T) -> Option<T> {
        let Self { network, momentum, pruned, meter, .. } = self;
        let Pruned { masks, pruner, tally } = pruned.as_mut()?;
        let parameters = &mut network.parameters;
        let acted = act(pruner.as_mut(), MaskedModel { parameters, momentum, masks });
        tally.follow(masks, meter);
        Some(acted)
    }

    /// To be called before the first mini-batch of `epoch`.
    pub fn begin_epoch(&mut self, epoch: u32) {
        self.prune(|pruner, model| pruner.begin_epoch(epoch, model));
    }

    /// To be called after the last mini-batch of `epoch`, before anything looks at the network. Waits for the
    /// device: the operations of the epoch are priced. Returns whether the network has become one that its running
    /// statistics do not fit.
    pub fn end_epoch(&mut self, epoch: u32) -> bool {
        let other = self.prune(|pruner, model| pruner.end_epoch(epoch, model));
        self.price();
        other == Some(true)
    }

    /// Prices all operations counted so far; waits for the device.
    pub fn price(&mut self) {
        if let Some(Pruned { masks, tally, .. }) = &mut self.pruned {
            tally.settle(masks, &mut self.meter);
        } else {
            let passes = self.meter.take_unpriced();
            self.meter.settle(passes, &self.active());
        }
    }

    /// Passes over each mini-batch.
    pub fn passes(&self) -> u32 {
        self.pruned.as_ref().map_or(1, |p| p.pruner.passes())
    }

    /// The gradient of `loss`, a forward pass through the network it is given; the mean over the passes that
    /// the pruner asks for.
    pub fn gradient(&mut self, mut loss: impl FnMut(&mut Network) -> Tensor) -> Tensor {
        let (step, passes) = (self.step, self.passes());
        let mut one = |state: &mut Self, pass| {
            state.prune(|pruner, model| pruner.begin_pass(step, pass, model));
            let loss = loss(&mut state.network);
            let mut gradient = state.network.parameters.gradient(&loss);
            state.prune(|pruner, model| pruner.end_pass(&mut gradient, model));
            gradient
        };
        let first = one(self, 0);
        if passes == 1 {
            return first;
        }
        (1..passes).fold(first, |sum, pass| sum + one(self, pass)) / f64::from(passes)
    }

    /// Spends `gradient` of `batch` samples: the pruner sees it first and may take it for the masks,
    /// otherwise the optimizer steps.
    pub fn descend(&mut self, mut gradient: Tensor, batch: usize, settings: &Settings, rate: f64) {
        let (step, passed) = (self.step, batch * self.passes() as usize);
        let Self { network, momentum, pruned, meter, .. } = self;
        let parameters = &mut network.parameters;
        let action = match pruned {
            Some(Pruned { masks, pruner, .. }) => {
                pruner.observe(step, &mut gradient, MaskedModel { parameters, momentum, masks })
            }
            None => Action::Step,
        };
        // The tally follows only below: these passes were made under the masks as they were.
        match action {
            Action::Step => meter.step(passed),
            Action::DenseStep | Action::MaskUpdated => meter.dense_gradient(passed),
        }
        if action == Action::MaskUpdated {
            self.prune(|_, _| ());
            return;
        }
        let masks = pruned.as_ref().map(|p| &p.masks);
        settings.sgd.step(parameters, momentum, gradient, masks, rate);
        self.step += 1;
        self.prune(|pruner, model| pruner.stepped(step + 1, model));
    }

    /// Active share of all maskable weights; expected, where masks are random.
    pub fn density(&self) -> f64 {
        self.pruned.as_ref().map_or(1.0, Pruned::density)
    }

    /// Active weights of every maskable layer, at the end of the last epoch.
    pub fn active(&self) -> Vec<usize> {
        match &self.pruned {
            Some(pruned) => pruned.masks.layers.iter().map(|l| l.active).collect(),
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

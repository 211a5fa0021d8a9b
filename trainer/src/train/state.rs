//! All that changes during a run, in one value: what a checkpoint holds, what a step reads and writes.

use swast_datasets::DatasetError;
use tch::{Device, Tensor};

use super::course::Course;
use super::data::TrainingData;
use super::double_loss::{DoubleLoss, Lost};
use super::history::HistoryBuffers;
use super::pruned::{Length, Pruned};
use super::replay::Replay;
use super::samples::{Batch, Samples};
use super::scale::LossScale;
use super::times::Times;
use crate::feed::Coming;
use crate::libtorch::arithmetic::Precision;
use crate::model::{Architecture, Network};
use crate::persist::{Fields, Persist};
use crate::pruner::{MaskedModel, PassKind, Pruner};
use crate::settings::{Settings, Sgd};
use crate::sparsity::flops::Meter;
use swast_selection::Need;

/// The state of a run between two mini-batches.
pub struct State {
    /// The network.
    pub network: Network,
    /// Momentum, laid out as the parameters.
    pub momentum: Tensor,
    /// What the loss is multiplied by; absent where that is not needed.
    pub scale: Option<LossScale>,
    /// Masks and pruner; absent where nothing is pruned.
    pub pruned: Option<Pruned>,
    /// Optimizer steps taken.
    pub step: u64,
    /// The samples that are trained on.
    pub samples: Samples,
    /// The mini-batch, filled again for each step.
    pub batch: Batch,
    /// Where the run is.
    pub course: Course,
    /// How the training images fared, where the selector asks for it.
    pub history: Option<HistoryBuffers>,
    /// The run as it was at its last selection, where it is measured what pruning and selection lose together.
    pub double_loss: Option<DoubleLoss>,
    /// Operations so far.
    pub meter: Meter,
    /// Seconds so far.
    pub times: Times,
    /// Steps as they are replayed, where they are.
    pub replay: Option<Replay<Self>>,
}

impl State {
    /// The state before the first epoch, of a freshly initialised network.
    pub fn new(settings: &Settings, architecture: Architecture, data: &TrainingData) -> Self {
        let device = data.images.device();
        Self::of(Network::new(architecture, settings.seed, device), settings, data)
    }

    /// The state before the first epoch of a run that starts from `network`.
    pub fn of(mut network: Network, settings: &Settings, data: &TrainingData) -> Self {
        let device = data.images.device();
        network.precision = settings.precision;
        let count = data.pool.len();
        let length = Length { epochs: settings.epochs, steps: settings.planned_steps(count) };
        let pruned = settings.pruning.map(|p| Pruned::new(&p, settings.seed, length, &mut network));
        let remembers =
            settings.selector().is_some_and(|selector| selector.needs().has(Need::History));
        Self {
            momentum: network.parameters.like(0.0),
            scale: (settings.precision == Precision::Fp16).then(|| LossScale::new(device)),
            meter: Meter::new(&network.architecture.layers()),
            network,
            pruned,
            step: 0,
            samples: Samples::all(&data.pool_indices),
            batch: Batch::new(&*data.images, settings.batch_size.min(count.max(1))),
            course: Course::new(count, settings.batch_size.min(count.max(1)), device),
            history: remembers.then(|| HistoryBuffers::new(data.images.count(), device)),
            double_loss: None,
            times: Times::default(),
            replay: None,
        }
    }

    /// The same buffers for a step that is replayed. It must read nothing of the host that changes from step to step, so
    /// such numbers are not those of the run, nor any.
    pub fn frozen(&self) -> Self {
        Self {
            network: self.network.frozen(),
            momentum: self.momentum.shallow_clone(),
            scale: self.scale.as_ref().map(LossScale::frozen),
            pruned: self.pruned.as_ref().map(Pruned::frozen),
            step: u64::MAX / 2,
            samples: self.samples.frozen(),
            batch: self.batch.frozen(),
            course: self.course.frozen(),
            history: self.history.as_ref().map(HistoryBuffers::frozen),
            double_loss: None,
            meter: Meter::new(&self.network.architecture.layers()),
            times: Times::default(),
            replay: None,
        }
    }

    /// Device of the run.
    pub fn device(&self) -> Device {
        self.network.device()
    }

    /// Lets the pruner act on the model and notices what became of the masks; `None` where nothing is pruned.
    fn prune<T>(&mut self, act: impl FnOnce(&mut dyn Pruner, MaskedModel) -> T) -> Option<T> {
        let Self { network, momentum, pruned, meter, .. } = self;
        let pruned = pruned.as_mut()?;
        let (masks, parameters) = (&mut pruned.masks, &mut network.parameters);
        let acted = act(pruned.pruner.as_mut(), MaskedModel { parameters, momentum, masks });
        pruned.follow(meter);
        Some(acted)
    }

    /// Begins the next epoch of a run of `settings`.
    pub fn begin_epoch(&mut self, settings: &Settings) {
        let Settings { seed, learning_rate, epochs, .. } = *settings;
        self.course.begin(self.samples.len(), seed, learning_rate, epochs);
        let epoch = self.course.epoch;
        self.prune(|pruner, model| pruner.begin_epoch(epoch, model));
    }

    /// What is still to come of the epoch of a run with `seed`.
    pub fn coming(&self, seed: u64) -> Coming {
        let indices = self.samples.indices().index_select(0, &self.course.rest());
        Coming { indices, size: self.course.batch_size(), seed, epoch: self.course.epoch }
    }

    /// Lets the pruner act after the last mini-batch of the epoch, before anything looks at the network. Waits for the
    /// device: the operations of the epoch are priced. Returns true if the weights changed abruptly, so batch-norm
    /// statistics must be recomputed.
    pub fn end_epoch(&mut self) -> bool {
        let epoch = self.course.epoch;
        let abrupt = self.prune(|pruner, model| pruner.end_epoch(epoch, model));
        self.price();
        abrupt == Some(true)
    }

    /// Prices all operations counted so far; waits for the device.
    pub fn price(&mut self) {
        if let Some(pruned) = &mut self.pruned {
            pruned.settle(&mut self.meter);
        } else {
            let passes = self.meter.take_unpriced();
            self.meter.settle(passes, &self.active());
        }
    }

    /// Whether the next step, on `len` samples, is one that can be captured: on a full mini-batch, with the optimizer, and
    /// without the pruner.
    pub fn is_capturable(&self, len: i64) -> bool {
        let aside = self.pruned.as_ref().is_none_or(|p| p.pruner.is_aside());
        aside && self.kind() == PassKind::Step && len == self.course.batch_size() as i64
    }

    /// What the next mini-batch is for.
    pub fn kind(&self) -> PassKind {
        self.pruned.as_ref().map_or(PassKind::Step, |p| p.pruner.kind(self.step))
    }

    /// Passes over each mini-batch.
    pub fn passes(&self) -> u32 {
        self.pruned.as_ref().map_or(1, |p| p.pruner.passes())
    }

    /// Begins pass number `pass` over the mini-batch.
    pub fn begin_pass(&mut self, pass: u32) {
        let step = self.step;
        self.prune(|pruner, model| pruner.begin_pass(step, pass, model));
        self.follow_masks();
    }

    /// Lets the network know the masks as they are.
    pub fn follow_masks(&mut self) {
        if let Some(pruned) = &self.pruned {
            self.network.follow(&pruned.masks.flat, self.course.batch_size() as i64);
        }
    }

    /// The gradient of `loss`, the result of the present pass, by the weights; ends the pass.
    pub fn gradient(&mut self, loss: &Tensor) -> Tensor {
        let parameters = &self.network.parameters;
        let mut gradient = match &mut self.scale {
            Some(scale) => scale.gradient(parameters, loss),
            None => parameters.gradient(loss),
        };
        let learns = self.pruned.as_ref().is_some_and(|pruned| !pruned.pruner.is_aside());
        if let (Some(scale), true) = (&self.scale, learns) {
            gradient = scale.finite(&gradient);
        }
        self.prune(|pruner, model| pruner.end_pass(&mut gradient, model));
        gradient
    }

    /// Counts the operations of a mini-batch of `len` samples; before them, as they belong to the masks of that time.
    pub fn count(&mut self, kind: PassKind, len: i64) {
        let passed = len as usize * self.passes() as usize;
        match kind {
            PassKind::Step => self.meter.step(passed),
            PassKind::Dense | PassKind::Update => self.meter.dense_gradient(passed),
        }
    }

    /// Spends `gradient` as `kind` says: on an optimizer step, or on the masks.
    pub fn spend(&mut self, kind: PassKind, mut gradient: Tensor, sgd: Sgd) {
        let step = self.step;
        if kind == PassKind::Update {
            self.prune(|pruner, model| pruner.update(step, &gradient, model));
            return;
        }
        self.prune(|pruner, model| pruner.observe(kind, &mut gradient, model));
        let Self { network, momentum, scale, pruned, course, .. } = self;
        let (masks, rate) = (pruned.as_ref().map(|p| &p.masks), &course.rate);
        let spoiled = scale.as_ref().map(LossScale::spoiled);
        sgd.step(&mut network.parameters, momentum, gradient, masks, rate, spoiled);
        if let Some(scale) = scale {
            scale.settle();
        }
    }

    /// What the host does after a mini-batch of `len` samples: it counts, and lets the pruner act between two steps.
    pub fn stepped(&mut self, kind: PassKind, len: i64) {
        self.course.count(len);
        if kind == PassKind::Update {
            return;
        }
        self.step += 1;
        let step = self.step;
        self.prune(|pruner, model| pruner.stepped(step, model));
    }

    /// What was lost since the selection before the present one; `None` where this is not measured.
    ///
    /// # Errors
    /// When an image cannot be read.
    pub fn lost(&mut self, data: &TrainingData) -> Result<Option<Lost>, DatasetError> {
        let Self { network, pruned, samples, double_loss, .. } = self;
        let masks = pruned.as_ref().map(|pruned| &pruned.masks);
        let Some(double_loss) = double_loss else { return Ok(None) };
        double_loss.lost(network, masks, &samples.indices(), data).map(Some)
    }

    /// Whether full mini-batches are trained on by sparse kernels in any part of the network.
    pub fn is_sparse(&self) -> bool {
        self.network.is_sparse(self.course.batch_size() as i64)
    }

    /// The kernels that full mini-batches are trained on by: `sparse` in any part, else `dense`.
    pub fn kernels(&self) -> &'static str {
        if self.is_sparse() { "sparse" } else { "dense" }
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

impl Persist for State {
    /// The mini-batch is left out: every step fills it before it reads it. So are captured steps, which hold no numbers.
    fn persist(&mut self, at: &mut dyn Fields) {
        at.part("network", &mut self.network);
        at.tensor("momentum", &mut self.momentum);
        if let Some(scale) = &mut self.scale {
            at.part("loss-scale", scale);
        }
        if let Some(pruned) = &mut self.pruned {
            at.part("pruned", pruned);
        }
        at.plain("step", &mut self.step);
        at.part("samples", &mut self.samples);
        at.part("course", &mut self.course);
        if let Some(history) = &mut self.history {
            at.part("history", history);
        }
        if let Some(double_loss) = &mut self.double_loss {
            at.part("double-loss", double_loss);
        }
        at.part("meter", &mut self.meter);
        at.part("times", &mut self.times);
    }
}

//! ProbMask (Zhou et al. 2021, "Effective sparsification of neural networks with global sparsity constraint";
//! paper, Appendix C): every weight has a probability to stay, its score; weights and scores are learned
//! together, the scores under a budget on their sum, which falls along a cubic ramp. Then the masks become
//! hard and the weights alone are trained on.
//!
//! A mini-batch takes two passes, each with newly drawn masks: soft ones, the Gumbel-sigmoid relaxation of a
//! coin flip, so that the loss has a gradient by the scores. The weights get the plain SGD step of the run,
//! the scores a step of Adam and a projection onto the budget. So a search costs twice the operations of
//! dense training, and only what comes after it is sparse. Between the epochs of the search the weights are
//! weighed with their scores, the mean of what they are trained as: this network is measured, and scored by
//! selectors.
//!
//! Where we depart from the authors' code:
//!
//! * the projection is exact where theirs stops at a residual of up to 1, see [`projection`]; scores stay below
//!   1, see [`annealing::CEILING`], where theirs get unlocked by that very residual;
//! * the final masks hold exactly the budget: the weights of the highest scores, which is the likeliest set of
//!   that size. The authors draw a random number of weights with coin flips, ten times, and keep the draw of
//!   the best accuracy on the training set, measured with batch statistics;
//! * the test set never touches batch norm: it is measured with running statistics. Those of the search belong to
//!   soft masks; when the masks become hard they are recomputed from the samples of that epoch
//!   ([`crate::model::recalibrate`]), where the authors use those of test batches, and twenty epochs of fine-tuning;
//! * weights and scores have their gradients clipped apart. Clipped together, one unlucky draw of the noise
//!   (the slope of a mask reaches thousands near 1) stops the weights for that step;
//! * in runs of fewer steps than theirs the scores learn faster, see [`Annealing::new`];
//! * fine-tuning is the last sixteenth of the run, as 20 of the authors' 320 epochs are, within the epochs of
//!   the run and on its learning rate: the cosine is near 1 % of its start there, as theirs, held constant, is;
//! * in SWaST the classifier has a rate of its own, hence a budget of its own;
//! * one logistic variable is drawn for a mask, not two Gumbel variables and their difference, in the range
//!   that single precision holds on both sides of one half; see [`crate::draws`].

pub mod annealing;
pub mod projection;
pub mod scores;

use rand::RngExt;
use tch::{Kind, Tensor};

use super::{MaskedModel, Method, PassKind, Pruner, PrunerSetup};
use crate::draws;
use crate::persist::{Fields, Persist};
use crate::sparsity::distribution::Distribution;
use annealing::Annealing;
use scores::Scores;
use swast_tables::stream::stream;

/// Passes over a mini-batch, each with masks of its own.
const PASSES: u32 = 2;
/// Largest norm of a gradient, of all weights as of all scores.
const LARGEST_NORM: f64 = 3.0;

swast_tables::options! {
    /// Learns the probability of every weight to stay, under one budget (Zhou et al. 2021)
    ProbMask "probmask" {}
}

impl Method for ProbMask {
    const STARTS_DENSE: bool = true;
    const DISTRIBUTION: Distribution = Distribution::Global;

    fn pruner(self, setup: PrunerSetup) -> Box<dyn Pruner> {
        Box::new(MaskSearch::new(setup))
    }
}

/// The state of ProbMask.
#[derive(Debug)]
pub struct MaskSearch {
    seed: u64,
    annealing: Annealing,
    epoch: u32,
    /// Scores of every region; empty once the masks are hard.
    scores: Vec<Scores>,
    /// Number of maskable weights of the network.
    weights: usize,
}

impl MaskSearch {
    /// Searches masks in a run with the given setup.
    pub fn new(setup: PrunerSetup) -> Self {
        let PrunerSetup { seed, epochs, steps, regions, weights } = setup;
        let scores = regions.into_iter().map(Scores::new).collect();
        Self { seed, annealing: Annealing::new(epochs, steps), epoch: 1, scores, weights }
    }
}

impl Persist for MaskSearch {
    fn persist(&mut self, at: &mut dyn Fields) {
        at.plain("epoch", &mut self.epoch);
        let mut searching = !self.scores.is_empty();
        at.plain("searching", &mut searching);
        if !searching {
            self.scores.clear();
        }
        for (number, scores) in self.scores.iter_mut().enumerate() {
            at.part(&format!("scores.{number}"), scores);
        }
    }
}

impl Pruner for MaskSearch {
    fn begin_epoch(&mut self, epoch: u32, model: MaskedModel) {
        self.epoch = epoch;
        for scores in &mut self.scores {
            scores.restore(&mut model.parameters.flat);
        }
    }

    fn passes(&self) -> u32 {
        if self.scores.is_empty() { 1 } else { PASSES }
    }

    fn is_aside(&self) -> bool {
        self.scores.is_empty()
    }

    fn begin_pass(&mut self, step: u64, pass: u32, model: MaskedModel) {
        let mut keys = stream(self.seed, "mask-noise", step * u64::from(PASSES) + u64::from(pass));
        let sharpness = self.annealing.sharpness(self.epoch);
        for scores in &mut self.scores {
            let weights = scores.region();
            let noise = draws::logistic(keys.random(), weights.weights(), weights.device());
            scores.draw(&mut model.parameters.flat, &noise, sharpness);
        }
    }

    fn end_pass(&mut self, gradient: &mut Tensor, model: MaskedModel) {
        for scores in &mut self.scores {
            scores.learn(gradient, 1.0 / f64::from(PASSES));
            scores.restore(&mut model.parameters.flat);
        }
    }

    fn observe(&mut self, _kind: PassKind, gradient: &mut Tensor, _model: MaskedModel) {
        if self.scores.is_empty() {
            return;
        }
        let _guard = tch::no_grad_guard();
        *gradient *= clip(&[&*gradient]);
        let factor = clip(&self.scores.iter().map(Scores::gradient).collect::<Vec<_>>());
        let rate = self.annealing.rate(self.epoch);
        let left = self.annealing.left_to_remove(self.epoch);
        for scores in &mut self.scores {
            scores.step(&factor, rate, left);
        }
    }

    fn end_epoch(&mut self, epoch: u32, model: MaskedModel) -> bool {
        let MaskedModel { parameters, momentum, masks } = model;
        if epoch < self.annealing.search() {
            for scores in &mut self.scores {
                scores.weigh(&mut parameters.flat);
            }
            return false;
        }
        for scores in &mut self.scores {
            masks.keep(scores.region(), &scores.likeliest());
        }
        masks.apply(&mut parameters.flat);
        masks.apply(momentum);
        !std::mem::take(&mut self.scores).is_empty()
    }

    fn density(&self, counted: f64) -> f64 {
        if self.scores.is_empty() {
            return counted;
        }
        let searched: usize = self.scores.iter().map(|s| s.region().weights()).sum();
        let expected: f64 = self.scores.iter().map(Scores::expected).sum();
        (expected + (self.weights - searched) as f64) / self.weights as f64
    }
}

/// The factor that brings the joint norm of `gradients` down to [`LARGEST_NORM`], 1 where it is below; on the
/// device.
fn clip(gradients: &[&Tensor]) -> Tensor {
    let squares: Vec<_> = gradients.iter().map(|g| g.square().sum(Kind::Float)).collect();
    let norm = Tensor::stack(&squares, 0).sum(Kind::Float).sqrt();
    ((norm + 1e-6).reciprocal() * LARGEST_NORM).clamp_max(1.0)
}

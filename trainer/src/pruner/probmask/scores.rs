//! The scores of a region: the probability of each of its weights to stay, and how it is learned.

use tch::Tensor;

use super::annealing::CEILING;
use super::projection::project;
use crate::persist::{Fields, Persist};
use crate::pruner::region::Region;

/// What the authors add to the arguments of logarithms. In single precision it counts next to 0 alone.
const TINY: f64 = 1e-20;
/// Decay of the averages of Adam, of the gradient and of its square, and what is added to the root of the
/// latter: PyTorch's defaults.
const DECAY: [f64; 2] = [0.9, 0.999];
const ADAM_EPSILON: f64 = 1e-8;

/// The scores of a region and the weights they belong to.
#[derive(Debug)]
pub struct Scores {
    region: Region,
    /// Probabilities to stay, f32 `[n]`, at most [`CEILING`].
    scores: Tensor,
    /// The gradient of the loss by them in the present step.
    gradient: Tensor,
    /// Averages of the gradient and of its square.
    averages: [Tensor; 2],
    /// Number of steps taken.
    steps: i32,
    /// The weights, while the network holds others in their place.
    weights: Option<Tensor>,
    /// The masks of the present pass.
    drawn: Option<Relaxed>,
}

/// Soft masks and their derivative by the scores, each f32 `[n]`.
#[derive(Debug)]
pub struct Relaxed {
    /// The masks, in [0, 1].
    pub mask: Tensor,
    /// Their derivative by the scores.
    pub slope: Tensor,
}

/// The relaxation of coin flips with probabilities `scores`, for logistic `noise` `[n]`: the sigmoid of
/// `(logit(score) + noise) * sharpness`, above one half where the flip would be 1.
///
/// Its slope is `sharpness m (1 - m) (1/s + 1/(1-s))`, with `1 - m` computed as the sigmoid of the negative:
/// near 1, where most masks are at first, the difference would keep a digit at best.
pub fn relax(scores: &Tensor, noise: &Tensor, sharpness: f64) -> Relaxed {
    let stay = scores + TINY;
    let go: Tensor = 1.0 - scores + TINY;
    let x = (stay.log() - go.log() + noise) * sharpness;
    let mask = x.sigmoid();
    let slope = &mask * (-x).sigmoid() * (stay.reciprocal() + go.reciprocal()) * sharpness;
    Relaxed { mask, slope }
}

impl Scores {
    /// Scores under which every weight of `region` stays.
    pub fn new(region: Region) -> Self {
        Self {
            scores: region.like(CEILING),
            gradient: region.like(0.0),
            averages: [region.like(0.0), region.like(0.0)],
            steps: 0,
            weights: None,
            drawn: None,
            region,
        }
    }

    /// The weights that are scored.
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// Probabilities to stay, f32 `[n]`.
    pub fn scores(&self) -> &Tensor {
        &self.scores
    }

    /// The gradient of the loss by the scores in the present step.
    pub fn gradient(&self) -> &Tensor {
        &self.gradient
    }

    /// Expected number of weights that stay; waits for the device.
    pub fn expected(&self) -> f64 {
        self.scores.sum(tch::Kind::Double).double_value(&[])
    }

    /// Positions within the region of the weights that stay in the end: exactly its budget of them, those of
    /// the highest scores.
    pub fn likeliest(&self) -> Tensor {
        self.region.highest(&self.scores, self.region.active)
    }

    /// Multiplies the weights in `flat` by masks drawn with `noise`, until [`Scores::restore`].
    pub fn draw(&mut self, flat: &mut Tensor, noise: &Tensor, sharpness: f64) {
        let drawn = relax(&self.scores, noise, sharpness);
        self.replace(flat, &drawn.mask);
        self.drawn = Some(drawn);
    }

    /// Multiplies the weights in `flat` by their scores, until [`Scores::restore`].
    pub fn weigh(&mut self, flat: &mut Tensor) {
        let scores = self.scores.shallow_clone();
        self.replace(flat, &scores);
    }

    fn replace(&mut self, flat: &mut Tensor, factors: &Tensor) {
        let weights = self.region.of(flat);
        self.region.put(flat, &(&weights * factors));
        self.weights = Some(weights);
    }

    /// Puts the weights themselves back into `flat`, where others took their place.
    pub fn restore(&mut self, flat: &mut Tensor) {
        if let Some(weights) = self.weights.take() {
            self.region.put(flat, &weights);
        }
    }

    /// Learns from `gradient`, that of the loss by the masked weights, laid out as the parameters: the chain
    /// rule gives that by the weights, which replaces it, and that by the scores; a `share` of the latter is added to
    /// the gradient of the step.
    pub fn learn(&mut self, gradient: &mut Tensor, share: f64) {
        let (Some(Relaxed { mask, slope }), Some(weights)) = (self.drawn.take(), &self.weights)
        else {
            return;
        };
        let own = self.region.of(gradient);
        self.gradient += &own * weights * slope * share;
        self.region.put(gradient, &(own * mask));
    }

    /// A step of Adam at `rate` with the gradient times `factor` (a scalar tensor), then the projection onto
    /// the budget, of whose removals the share `left` is still to come.
    pub fn step(&mut self, factor: &Tensor, rate: f64, left: f64) {
        let gradient = std::mem::replace(&mut self.gradient, self.region.like(0.0)) * factor;
        self.steps += 1;
        let [mean, square] = &mut self.averages;
        *mean = &*mean * DECAY[0] + &gradient * (1.0 - DECAY[0]);
        *square = &*square * DECAY[1] + gradient.square() * (1.0 - DECAY[1]);
        let [mean_bias, square_bias] = DECAY.map(|decay| 1.0 - decay.powi(self.steps));
        let spread = square.sqrt() / square_bias.sqrt() + ADAM_EPSILON;
        let moved = &self.scores - &*mean / spread * (rate / mean_bias);
        let (weights, active) = (self.region.weights() as f64, self.region.active as f64);
        self.scores = project(&moved, CEILING, active + (weights - active) * left);
    }
}

impl Persist for Scores {
    fn persist(&mut self, at: &mut dyn Fields) {
        at.tensor("scores", &mut self.scores);
        at.tensor("gradient", &mut self.gradient);
        let [mean, square] = &mut self.averages;
        at.tensor("mean", mean);
        at.tensor("square", square);
        at.plain("steps", &mut self.steps);
        // Between the epochs of the search the network holds other weights than these. Masks of a pass are drawn and
        // used within one step.
        at.optional("weights", &mut self.weights);
    }
}

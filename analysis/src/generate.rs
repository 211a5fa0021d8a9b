//! Points drawn from a true function: partly noisy ones, whose clean part is the coreset, and noisy and clean
//! ones drawn apart; and given points whose noise is drawn again.

use rand::seq::index;
use rand_distr::{Distribution, StandardNormal};

use crate::Error;
use crate::design::Design;
use crate::draw::{Draw, Purpose};
use crate::points::{MarkedPoints, Points};
use crate::target::Target;

/// Squares of larger noise leave the range of `f64`.
const LARGEST_NOISE: f64 = 1e100;

/// One set of points, some of them noisy (paper Appendix B, "Polynomial interpolation experiment").
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PartlyNoisy {
    /// The true function.
    pub target: Target,
    /// Placement of the abscissae.
    pub design: Design,
    /// Number of points.
    pub points: usize,
    /// Standard deviation of the noise.
    pub noise: f64,
    /// Share of the points that are noisy.
    pub noisy_fraction: f64,
}

impl PartlyNoisy {
    /// The points of `draw`: a random share of them carries noise.
    #[must_use]
    pub fn draw(&self, draw: Draw) -> MarkedPoints {
        let x = self.design.abscissae(self.points, &mut draw.random(Purpose::Abscissae));
        let mut all = Points::on(self.target, x);
        let noisy = random_marks(self.points, self.noisy_fraction, draw);
        add_noise(&mut all, self.noise, draw, |i| noisy[i]);
        MarkedPoints::new(all, noisy)
    }
}

/// Given abscissae whose ordinates are drawn about values taken for their truth.
#[derive(Debug, Clone, PartialEq)]
pub struct Resampled {
    /// The abscissae, and the ordinates without noise.
    truth: Points,
    /// Number of points that are noisy.
    noisy: usize,
    /// Standard deviation of their noise.
    noise: f64,
}

impl Resampled {
    /// As many noisy points as in `points`, and noise as large as theirs: the root mean square of their distances
    /// from `truth`, which has the same abscissae.
    pub fn try_new(points: &MarkedPoints, truth: Points) -> Result<Self, Error> {
        let distances = points.all.y.iter().zip(&truth.y).map(|(y, truth)| y - truth);
        let of_noisy = distances.zip(&points.noisy).filter(|(_, noisy)| **noisy);
        let squares: Vec<f64> = of_noisy.map(|(distance, _)| distance * distance).collect();
        let noisy = squares.len();
        if noisy == 0 || noisy == points.all.len() {
            let reason = format!(
                "{noisy} of {} points are noisy; mark some as noisy (1) and leave some clean (0)",
                points.all.len()
            );
            return Err(Error::setting("--resample", reason));
        }
        let noise = (squares.iter().sum::<f64>() / noisy as f64).sqrt();
        check_noise(noise)?;
        Ok(Self { truth, noisy, noise })
    }

    /// The points of `draw`: a random choice of them carries noise.
    #[must_use]
    pub fn draw(&self, draw: Draw) -> MarkedPoints {
        let (mut all, noisy) =
            (self.truth.clone(), random_marks(self.truth.len(), self.share(), draw));
        add_noise(&mut all, self.noise, draw, |i| noisy[i]);
        MarkedPoints::new(all, noisy)
    }

    /// Standard deviation of the noise.
    #[must_use]
    pub fn noise(&self) -> f64 {
        self.noise
    }

    /// Share of the points that are noisy.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.noisy as f64 / self.truth.len() as f64
    }
}

/// Noisy points and, drawn apart, clean ones (paper Appendix B, "Epsilon calculation experiment").
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Apart {
    /// The true function.
    pub target: Target,
    /// Placement of the abscissae.
    pub design: Design,
    /// Number of noisy points.
    pub noisy: usize,
    /// Number of clean points.
    pub clean: usize,
    /// Standard deviation of the noise.
    pub noise: f64,
}

impl Apart {
    /// Checks that both sets have points, and that the noise is a standard deviation.
    pub fn check(&self) -> Result<(), Error> {
        if self.noisy == 0 {
            return Err(Error::setting("--noisy", "0 points are no full set; give at least 1"));
        }
        if self.clean == 0 {
            return Err(Error::setting("--clean", "0 points are no coreset; give at least 1"));
        }
        check_noise(self.noise)
    }

    /// The noisy and the clean points of `draw`.
    #[must_use]
    pub fn draw(&self, draw: Draw) -> (Points, Points) {
        let place = |n, purpose| self.design.abscissae(n, &mut draw.random(purpose));
        let mut noisy = Points::on(self.target, place(self.noisy, Purpose::Abscissae));
        add_noise(&mut noisy, self.noise, draw, |_| true);
        (noisy, Points::on(self.target, place(self.clean, Purpose::CleanAbscissae)))
    }
}

/// Adds Gaussian noise of standard deviation `noise` to the ordinates for which `noisy` holds.
fn add_noise(points: &mut Points, noise: f64, draw: Draw, noisy: impl Fn(usize) -> bool) {
    let mut random = draw.random(Purpose::Noise);
    for (_, y) in points.y.iter_mut().enumerate().filter(|(i, _)| noisy(*i)) {
        let z: f64 = StandardNormal.sample(&mut random);
        *y += noise * z;
    }
}

/// Marks a random `share` of `n` points, rounded to whole points.
#[must_use]
pub fn random_marks(n: usize, share: f64, draw: Draw) -> Vec<bool> {
    let count = marked_count(n, share);
    let mut marks = vec![false; n];
    for i in index::sample(&mut draw.random(Purpose::Split), n, count) {
        marks[i] = true;
    }
    marks
}

/// Number of points that a `share` in [0, 1] of `n` comes to.
#[must_use]
pub fn marked_count(n: usize, share: f64) -> usize {
    ((share * n as f64).round() as usize).min(n)
}

/// Checks that `noise` is a standard deviation.
pub(crate) fn check_noise(noise: f64) -> Result<(), Error> {
    if (0.0..=LARGEST_NOISE).contains(&noise) {
        return Ok(());
    }
    Err(Error::setting(
        "--noise",
        format!("{noise:?} is no standard deviation; give 0 up to {LARGEST_NOISE:e}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_drawn_again_on_the_given_abscissae() {
        let all: Points = [(3.0, 1.0), (5.0, 4.0), (9.0, -2.0), (11.0, 1.0)].into_iter().collect();
        let points = MarkedPoints::new(all, vec![false, true, true, false]);
        let truth = Points { x: points.all.x.clone(), y: vec![1.0; 4] };
        let recipe = Resampled::try_new(&points, truth).unwrap();
        assert_eq!((recipe.noise(), recipe.share()), (3.0, 0.5), "distances 3 and -3");
        let mut squares = 0.0;
        for trial in 0..2_000 {
            let drawn = recipe.draw(Draw { seed: 1, trial });
            assert_eq!(drawn.all.x, points.all.x);
            assert_eq!(drawn.noisy.iter().filter(|noisy| **noisy).count(), 2);
            for (y, noisy) in drawn.all.y.iter().zip(&drawn.noisy) {
                assert!(*noisy || *y == 1.0, "clean points keep the value taken for their truth");
                squares += (y - 1.0).powi(2);
            }
        }
        assert!((squares / 4_000.0 / 9.0 - 1.0).abs() < 0.1, "{squares}");
        let clean = MarkedPoints::new(points.all.clone(), vec![false; 4]);
        assert!(Resampled::try_new(&clean, points.all.clone()).unwrap_err().is_usage());
    }
}

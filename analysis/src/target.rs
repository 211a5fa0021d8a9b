//! The functions that the polynomials are fitted to. The paper shows Runge's function and promises
//! others in its appendix, which has none; the others here span smooth, kinked and discontinuous.

use std::f64::consts::PI;

use clap::ValueEnum;

/// A function on [-1, 1].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// Runge's function 1/(1 + 25 x²), the paper's.
    Runge,
    /// |x|: a kink.
    Abs,
    /// sin(πx): odd and entire.
    Sine,
    /// eˣ: entire, with fast falling coefficients.
    Exp,
    /// sign(x), 0 at 0: a jump.
    Step,
    /// 1/(1 + x²): poles further away than Runge's.
    Witch,
    /// exp(-x²/0.08): as narrow as Runge's, and entire.
    Gauss,
}

impl Target {
    /// Value at `x`.
    ///
    /// ```
    /// use swast_analysis::target::Target;
    /// assert_eq!(Target::Runge.eval(0.2), 0.5);
    /// assert_eq!(Target::Step.eval(0.0), 0.0);
    /// ```
    #[must_use]
    pub fn eval(self, x: f64) -> f64 {
        match self {
            Self::Runge => 1.0 / (1.0 + 25.0 * x * x),
            Self::Abs => x.abs(),
            Self::Sine => (PI * x).sin(),
            Self::Exp => x.exp(),
            Self::Step if x == 0.0 => 0.0,
            Self::Step => x.signum(),
            Self::Witch => 1.0 / (1.0 + x * x),
            Self::Gauss => (-x * x / 0.08).exp(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_at_half() {
        let expected = [
            (Target::Runge, 1.0 / 7.25),
            (Target::Abs, 0.5),
            (Target::Sine, 1.0),
            (Target::Exp, 1.648_721_270_700_128_2),
            (Target::Step, 1.0),
            (Target::Witch, 0.8),
            (Target::Gauss, 0.043_936_933_623_407_42),
        ];
        for (target, value) in expected {
            assert!((target.eval(0.5) - value).abs() < 1e-15, "{target:?}");
            let mirrored =
                if matches!(target, Target::Sine | Target::Step) { -value } else { value };
            if target != Target::Exp {
                assert!((target.eval(-0.5) - mirrored).abs() < 1e-15, "{target:?}");
            }
        }
    }
}

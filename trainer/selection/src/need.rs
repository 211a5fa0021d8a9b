//! What a method must know to select, beyond labels, seed and epoch.

/// Something a method may need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The penultimate features of every sample.
    Features,
    /// The softmax probabilities of every sample.
    Probabilities,
    /// Gradients of every sample: where they are given, they are used in place of features and probabilities.
    Gradients,
    /// The samples whose loss a selection should lower; without them it looks at the pool itself.
    Validation,
    /// The labels of the validation samples, even where their gradients are given.
    ValidationLabels,
    /// What training has shown of every sample.
    History,
    /// The size of a mini-batch of the run.
    BatchSize,
    /// The initial learning rate of the run.
    Rate,
    /// Features that may be stored elsewhere: where they are, those are used in place of features here. They have no
    /// coordinates where no features are needed.
    Remote,
}

/// A set of [`Need`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs(u16);

impl Needs {
    /// No need at all.
    pub const NONE: Self = Self(0);

    /// This set and `need`.
    pub const fn with(self, need: Need) -> Self {
        Self(self.0 | 1 << need as u8)
    }

    /// This set without `need`.
    pub const fn without(self, need: Need) -> Self {
        Self(self.0 & !(1 << need as u8))
    }

    /// Whether `need` is one of them.
    pub const fn has(self, need: Need) -> bool {
        self.0 & 1 << need as u8 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_put_in_and_not_taken_out() {
        const SET: Needs = Needs::NONE.with(Need::Features).with(Need::Rate);
        assert!(SET.has(Need::Features) && SET.has(Need::Rate) && !SET.has(Need::History));
        assert_eq!(
            SET.without(Need::Features).without(Need::History),
            Needs::NONE.with(Need::Rate)
        );
    }
}

//! One type per table: a field per column, in the order of the columns. Rows are raw observations,
//! never averages; what is unknown is an empty cell (`None`), never 0.

pub mod lab;
mod unknown;

use serde::{Deserialize, Serialize};

use crate::table::Row;

/// Ties a row type to the name of its table and the names of its columns; those that tables made earlier lack come
/// last and may be empty.
macro_rules! table_row {
    ($(#[$doc:meta])* $name:ident in $file:literal { $($(#[$field_doc:meta])* $field:ident : $ty:ty,)* }
        $(later { $($(#[$added_doc:meta])* $added:ident : Option<$added_ty:ty>,)* })?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $ty,)*
            $($($(#[$added_doc])* pub $added: Option<$added_ty>,)*)?
        }

        impl Row for $name {
            const FILE: &'static str = $file;
            const COLUMNS: &'static [&'static str] =
                &[$(stringify!($field),)* $($(stringify!($added),)*)?];
            const LATER: &'static [&'static str] = &[$($(stringify!($added),)*)?];
        }
    };
}
pub(crate) use table_row;

table_row! {
    /// One draw of the pruning study (Figure 1a, 1b): losses before and after pruning.
    PruneStudyRow in "prune_study.csv" {
        /// Number of the draw, from 0.
        trial: u64,
        /// Seed of the draw.
        seed: u64,
        /// Name of the target function.
        function: String,
        /// Number of points in the full set.
        points: usize,
        /// Standard deviation of the noise; empty for points from a file.
        noise: Option<f64>,
        /// Share of the points that are noisy.
        noisy_fraction: f64,
        /// How the abscissae are placed.
        design: String,
        /// Degree of the polynomial.
        degree: usize,
        /// Number of coefficients set to zero.
        pruned: usize,
        /// Basis whose coefficients are pruned.
        basis: String,
        /// Whether the survivors were fitted again.
        refit: bool,
        /// Relative singular-value cut-off of the minimum-norm fit.
        rank_cutoff: f64,
        /// `full` or `coreset`.
        training_set: String,
        /// Mean squared error against the true function before pruning; NaN where none is known.
        #[serde(with = "unknown")]
        loss_before: f64,
        /// Mean squared error against the true function after pruning; NaN where none is known.
        #[serde(with = "unknown")]
        loss_after: f64,
        /// Mean squared error on the training points before pruning.
        train_loss_before: f64,
        /// Mean squared error on the training points after pruning.
        train_loss_after: f64,
    }
}

impl PruneStudyRow {
    /// The losses, before and after pruning, by which fits are compared: against the true function or, where
    /// none is known, on the training points.
    pub fn compared(&self) -> (f64, f64) {
        if self.loss_before.is_nan() && self.loss_after.is_nan() {
            (self.train_loss_before, self.train_loss_after)
        } else {
            (self.loss_before, self.loss_after)
        }
    }

    /// Whether the points are the user's own, so that their truth is not known.
    pub fn is_own(&self) -> bool {
        self.design == "data"
    }
}

table_row! {
    /// A point of the curves of the one draw that Figure 1a and 1b show.
    PruneCurveRow in "prune_curves.csv" {
        /// `full` or `coreset`.
        training_set: String,
        /// Abscissa.
        x: f64,
        /// The true function; NaN where none is known.
        #[serde(with = "unknown")]
        truth: f64,
        /// The least-squares fit.
        fit: f64,
        /// The fit after pruning.
        pruned_fit: f64,
    }
}

table_row! {
    /// A data point of the one draw that Figure 1a and 1b show.
    PrunePointRow in "prune_points.csv" {
        /// Abscissa.
        x: f64,
        /// Ordinate, noise included.
        y: f64,
        /// Whether the point carries noise (clean points are the coreset).
        noisy: bool,
    }
}

table_row! {
    /// The coreset difficulty I(D, C) of one draw at one degree (Figure 1c).
    EpsilonRow in "epsilon.csv" {
        /// Number of the draw, from 0.
        trial: u64,
        /// Seed of the draw.
        seed: u64,
        /// Name of the target function.
        function: String,
        /// `disjoint`, `subset` or `at-fit`.
        pairing: String,
        /// How the abscissae are placed.
        design: String,
        /// Degree of the polynomial.
        degree: usize,
        /// Number of noisy points.
        noisy: usize,
        /// Number of clean points.
        clean: usize,
        /// Standard deviation of the noise.
        noise: f64,
        /// `exact` or `argmin`.
        solver: String,
        /// The supremum; may be infinite.
        epsilon: f64,
    }
}

table_row! {
    /// A finished training run: its settings and what came of it.
    RunRow in "runs.csv" {
        /// Hash of every setting that changes numbers.
        run: String,
        /// What the run was made for: `figure5a`, `figure7`, `table1`, `train`, ...
        artifact: String,
        /// `quick`, `desk`, `paper`, or `custom` for a single run.
        profile: String,
        /// Seed of everything random in the run.
        seed: u64,
        /// Name of the data set.
        dataset: String,
        /// Name of the model.
        model: String,
        /// `cut`, `trim`, `coreset-only`, `prune-only` or `dense`.
        variant: String,
        /// Name of the coreset selector; empty where nothing is selected.
        selector: Option<String>,
        /// Name of the pruner; empty where nothing is pruned.
        pruner: Option<String>,
        /// How density is spread over the layers; empty where nothing is pruned.
        distribution: Option<String>,
        /// Coreset size as a fraction of the training set; empty where nothing is selected.
        fraction: Option<f64>,
        /// Prune rate of the backbone (of the classifier for `trim`); empty where nothing is pruned.
        prune_rate: Option<f64>,
        /// Prune rate of the classifier; empty where nothing is pruned.
        fc_prune_rate: Option<f64>,
        /// State preservation: `none`, `selective` or `complete`.
        preserve: String,
        /// Weight of the preservation loss.
        lambda: f64,
        /// Fraction of the training labels replaced by another class.
        label_noise: f64,
        /// Epochs planned (and run).
        epochs: u32,
        /// Epochs between two selections; empty where nothing is selected or recorded.
        interval: Option<u32>,
        /// Mini-batch size.
        batch_size: usize,
        /// Number of training images read; empty for all.
        limit_train: Option<usize>,
        /// `after-warmup` or `aligned`; empty where nothing is selected or recorded.
        selection_start: Option<String>,
        /// `batch` or `coreset`.
        weighting: String,
        /// `noisy` or `clean`.
        validation: String,
        /// Test accuracy after the last epoch, in [0, 1].
        test_accuracy: f64,
        /// Mean test cross-entropy after the last epoch.
        test_loss: f64,
        /// Best test accuracy over the measured epochs.
        best_test_accuracy: f64,
        /// Parameters of the model, biases and batch norm included.
        params_total: u64,
        /// Parameters that are not masked away.
        params_active: u64,
        /// Floating-point operations of training and selection.
        train_flops: f64,
        /// `train_flops` over the cost of dense training on all data.
        relative_flops: f64,
        /// Seconds of training and selection, evaluation excluded.
        time_s: f64,
        /// Seconds of selection, part of `time_s`.
        time_select_s: f64,
        /// Seconds of evaluation.
        time_eval_s: f64,
        /// Optimizer steps between two mask updates; empty for a static or absent mask.
        update_every: Option<u64>,
        /// Last optimizer step at which masks may change; empty for a static or absent mask.
        update_end: Option<u64>,
        /// Device the run was made on.
        device: String,
        /// Floating-point precision.
        precision: String,
        /// Number of CPU threads.
        threads: usize,
        /// Version-control revision of the program.
        revision: String,
    } later {
        /// Number of selections; empty where nothing is selected.
        selections: Option<u32>,
        /// Mean seconds of an epoch on a coreset, selection and evaluation left out; empty where nothing is selected.
        time_coreset_epoch_s: Option<f64>,
        /// Digest of the training set, 16 hexadecimal digits.
        train_digest: Option<String>,
        /// Digest of the test set, 16 hexadecimal digits.
        test_digest: Option<String>,
    }
}

table_row! {
    /// A run that a sweep is to make: with it a picture drawn meanwhile says how much of it is there.
    PlanRow in "plan.csv" {
        /// The artifact the run is for, as in `runs.csv`.
        artifact: String,
        /// The run.
        run: String,
    }
}

table_row! {
    /// One epoch of a run. Cells of what was not measured at this epoch are empty.
    EpochRow in "epochs.csv" {
        /// The run.
        run: String,
        /// Epoch, from 1.
        epoch: u32,
        /// `warmup`, `coreset` or `full`.
        phase: String,
        /// Learning rate of the epoch.
        lr: f64,
        /// Mean training loss over the epoch's mini-batches, preservation included.
        train_loss: f64,
        /// Accuracy on the training batches as they were seen (augmented, given labels).
        train_accuracy: f64,
        /// Mean validation cross-entropy.
        val_loss: Option<f64>,
        /// Validation accuracy.
        val_accuracy: Option<f64>,
        /// Mean test cross-entropy.
        test_loss: Option<f64>,
        /// Test accuracy.
        test_accuracy: Option<f64>,
        /// Mean loss over a fixed sample of clean training images.
        loss_clean: Option<f64>,
        /// Mean loss, against the given label, over a fixed sample of mislabelled training images.
        loss_noisy: Option<f64>,
        /// Number of samples trained on in the epoch.
        coreset_size: usize,
        /// Active share of the maskable weights (all convolution and classifier weights).
        density: f64,
        /// Floating-point operations so far.
        flops_cumulative: f64,
        /// Seconds of the epoch, selection included, evaluation excluded.
        time_s: f64,
    }
}

table_row! {
    /// One coreset selection of a run.
    SelectionRow in "selections.csv" {
        /// The run.
        run: String,
        /// Epoch before whose first step the coreset was selected, from 1.
        epoch: u32,
        /// Name of the selector.
        selector: String,
        /// Number of samples selected.
        size: usize,
        /// Share of mislabelled samples in the coreset; empty without label noise.
        noise_share: Option<f64>,
        /// Share of the coreset that was in the previous one; empty for the first.
        overlap_previous: Option<f64>,
        /// Seconds taken.
        time_s: f64,
    }
}

table_row! {
    /// A maskable layer of a finished run.
    LayerRow in "layers.csv" {
        /// The run.
        run: String,
        /// Name of the layer, as in torchvision without `.weight`.
        layer: String,
        /// Number of weights.
        weights: u64,
        /// Number of weights that are not masked away.
        active: u64,
    }
}

table_row! {
    /// One sample of one selected coreset.
    CoresetRow in "coresets.csv" {
        /// The run.
        run: String,
        /// Epoch of the selection, from 1.
        epoch: u32,
        /// Index into the training set as stored.
        index: u64,
        /// Weight in the loss.
        weight: f64,
        /// Whether the label given is wrong; empty without label noise.
        noisy: Option<bool>,
    }
}

table_row! {
    /// One label that was flipped.
    NoiseRow in "noise.csv" {
        /// Index into the training set as stored.
        index: u64,
        /// The label as stored.
        label_true: u16,
        /// The label trained on.
        label_given: u16,
    }
}

//! One type per table: a field per column, in the order of the columns. Rows are raw observations,
//! never averages; what is unknown is an empty cell (`None`), never 0.

pub mod lab;
mod unknown;

use serde::{Deserialize, Serialize};

use crate::table::Row;

/// Ties a row type to the name of its table, and to the names, types and descriptions of its columns; those that tables
/// made earlier lack come last and may be empty. A description of a number ends with its unit and range, after `Unit:`.
macro_rules! table_row {
    ($(#[$doc:ident $($doc_text:tt)*])* $name:ident in $file:literal {
        $($(#[$about:ident $($about_text:tt)*])* $field:ident : $ty:ty,)*
    } $(later {
        $($(#[$added_about:ident $($added_text:tt)*])* $added:ident : Option<$added_ty:ty>,)*
    })?) => {
        $(#[$doc $($doc_text)*])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        pub struct $name {
            $($(#[$about $($about_text)*])* pub $field: $ty,)*
            $($($(#[$added_about $($added_text)*])* pub $added: Option<$added_ty>,)*)?
        }

        impl Row for $name {
            const FILE: &'static str = $file;
            const ABOUT: &'static str = concat!($(doc_text!($doc $($doc_text)*),)*);
            const COLUMNS: &'static [&'static str] =
                &[$(stringify!($field),)* $($(stringify!($added),)*)?];
            const TYPES: &'static [&'static str] =
                &[$(stringify!($ty),)* $($(stringify!(Option<$added_ty>),)*)?];
            const DESCRIPTIONS: &'static [&'static str] = &[
                $(concat!($(doc_text!($about $($about_text)*),)*),)*
                $($(concat!($(doc_text!($added_about $($added_text)*),)*),)*)?
            ];
            const LATER: &'static [&'static str] = &[$($(stringify!($added),)*)?];
        }
    };
}
pub(crate) use table_row;

/// The text of a documentation attribute; nothing for other attributes.
macro_rules! doc_text {
    (doc = $text:literal) => {
        $text
    };
    ($($other:tt)*) => {
        ""
    };
}
pub(crate) use doc_text;

table_row! {
    /// One draw of the pruning study (Figure 1a, 1b) and one training set: losses before and after pruning.
    PruneStudyRow in "prune_study.csv" {
        /// Number of the draw. Unit: integer, 0 and up.
        trial: u64,
        /// Seed of the draw. Unit: integer, 0 and up.
        seed: u64,
        /// What losses are taken against: name or formula of a function, `data` for the line through the clean points,
        /// `none` for nothing.
        function: String,
        /// Number of points in the full set. Unit: count, 1 and up.
        points: usize,
        /// Standard deviation of the noise; empty for points from a file. Unit: that of y, 0 and up.
        noise: Option<f64>,
        /// Share of the points that are noisy. Unit: fraction, 0 to 1.
        noisy_fraction: f64,
        /// Placement of the x values: `equispaced`, `uniform` or `chebyshev`; `data` for points from a file.
        design: String,
        /// Degree of the polynomial. Unit: integer, 0 and up.
        degree: usize,
        /// Number of coefficients set to zero. Unit: count, 0 to `degree`.
        pruned: usize,
        /// Basis whose coefficients are pruned: `monomial`, `chebyshev` or `legendre`.
        basis: String,
        /// Whether the remaining coefficients were fitted again.
        refit: bool,
        /// Singular values below this share of the largest count as zero in the minimum-norm fit. Unit: fraction, 0 to
        /// 1.
        rank_cutoff: f64,
        /// `full` or `coreset`.
        training_set: String,
        /// Mean squared error against the true function before pruning; empty where none is known. Unit: that of y
        /// squared, 0 and up.
        #[serde(with = "unknown")]
        loss_before: f64,
        /// Mean squared error against the true function after pruning; empty where none is known. Unit: that of y
        /// squared, 0 and up.
        #[serde(with = "unknown")]
        loss_after: f64,
        /// Mean squared error on the training points before pruning. Unit: that of y squared, 0 and up.
        train_loss_before: f64,
        /// Mean squared error on the training points after pruning. Unit: that of y squared, 0 and up.
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
        /// The place. Unit: that of x; -1 to 1 for generated points.
        x: f64,
        /// The true function; empty where none is known. Unit: that of y, any value.
        #[serde(with = "unknown")]
        truth: f64,
        /// The least-squares fit. Unit: that of y, any value.
        fit: f64,
        /// The fit after pruning. Unit: that of y, any value.
        pruned_fit: f64,
    }
}

table_row! {
    /// A data point of the one draw that Figure 1a and 1b show.
    PrunePointRow in "prune_points.csv" {
        /// The place. Unit: that of x; -1 to 1 for generated points.
        x: f64,
        /// The value, noise included. Unit: that of y, any value.
        y: f64,
        /// Whether the point carries noise; clean points are the coreset.
        noisy: bool,
    }
}

table_row! {
    /// The coreset difficulty I(D, C) of one draw at one degree (Figure 1c).
    EpsilonRow in "epsilon.csv" {
        /// Number of the draw. Unit: integer, 0 and up.
        trial: u64,
        /// Seed of the draw. Unit: integer, 0 and up.
        seed: u64,
        /// Name of the target function.
        function: String,
        /// `disjoint`, `subset` or `at-fit`.
        pairing: String,
        /// Placement of the x values: `equispaced`, `uniform` or `chebyshev`.
        design: String,
        /// Degree of the polynomial. Unit: integer, 0 and up.
        degree: usize,
        /// Number of noisy points. Unit: count, 0 and up.
        noisy: usize,
        /// Number of clean points, which are the coreset. Unit: count, 1 and up.
        clean: usize,
        /// Standard deviation of the noise. Unit: that of y, 0 and up.
        noise: f64,
        /// `exact` or `argmin`.
        solver: String,
        /// The difficulty I: the largest relative difference of the losses on coreset and full set. Unit: pure
        /// number, 0 and up; `inf` where it has no bound.
        epsilon: f64,
    }
}

table_row! {
    /// A finished training run: its settings and its results.
    RunRow in "runs.csv" {
        /// Identity of the run: a hash of every setting that changes numbers, 12 hexadecimal digits.
        run: String,
        /// What the run was made for: `figure5a`, `figure7`, `selectors`, `train`, ...
        artifact: String,
        /// `quick`, `desk`, `paper`, or `custom` for a single run.
        profile: String,
        /// Seed of everything random in the run. Unit: integer, 0 and up.
        seed: u64,
        /// Name of the data set.
        dataset: String,
        /// Name of the model.
        model: String,
        /// `cut`, `trim`, `coreset-only`, `prune-only` or `dense`.
        variant: String,
        /// Coreset selector with its options; empty where nothing is selected.
        selector: Option<String>,
        /// Pruner with its options; empty where nothing is pruned.
        pruner: Option<String>,
        /// How the prune rate is spread over the layers of the backbone; empty where the backbone is not pruned.
        distribution: Option<String>,
        /// Coreset size as a share of the training set; empty where nothing is selected. Unit: fraction, above 0 to 1.
        fraction: Option<f64>,
        /// Share of weights removed from the backbone (from the classifier for `trim`); empty where nothing is pruned.
        /// Unit: fraction, 0 to below 1.
        prune_rate: Option<f64>,
        /// Share of weights removed from the classifier; empty where nothing is pruned. Unit: fraction, 0 to below 1.
        fc_prune_rate: Option<f64>,
        /// Whose recorded states are preserved: `none`, `selective` or `complete`.
        preserve: String,
        /// Weight of the preservation loss. Unit: pure number, 0 and up.
        lambda: f64,
        /// Share of the training labels replaced by another class. Unit: fraction, 0 to below 1.
        label_noise: f64,
        /// Epochs trained. Unit: count, 1 and up.
        epochs: u32,
        /// Epochs between two selections; empty where nothing is selected or recorded. Unit: count, 1 and up.
        interval: Option<u32>,
        /// Samples in a mini-batch. Unit: count, 1 and up.
        batch_size: usize,
        /// Number of training images read; empty for all. Unit: count, 1 and up.
        limit_train: Option<usize>,
        /// When the first selection happens: `after-warmup` or `aligned`; empty where nothing is selected or recorded.
        selection_start: Option<String>,
        /// How the selector's weights enter the loss: `batch` or `coreset`.
        weighting: String,
        /// Labels of the validation part: `noisy` or `clean`.
        validation: String,
        /// Test accuracy after the last epoch. Unit: fraction, 0 to 1.
        test_accuracy: f64,
        /// Mean test cross-entropy after the last epoch. Unit: nats, 0 and up.
        test_loss: f64,
        /// Best test accuracy over the measured epochs. Unit: fraction, 0 to 1.
        best_test_accuracy: f64,
        /// Parameters of the model, biases and batch norm included. Unit: count, 1 and up.
        params_total: u64,
        /// Parameters that are not masked away. Unit: count, up to `params_total`.
        params_active: u64,
        /// Operations of training and selection. Unit: FLOPs (2 x multiply-adds), 0 and up.
        train_flops: f64,
        /// `train_flops` over the operations of dense training on all data for as many epochs. Unit: pure number, 0 and
        /// up.
        relative_flops: f64,
        /// Time of training and selection, evaluation excluded. Unit: seconds, 0 and up.
        time_s: f64,
        /// Time of selection, part of `time_s`. Unit: seconds, 0 and up.
        time_select_s: f64,
        /// Time of evaluation, not part of `time_s`. Unit: seconds, 0 and up.
        time_eval_s: f64,
        /// Optimizer steps between two mask updates; empty for a static or absent mask. Unit: count, 1 and up.
        update_every: Option<u64>,
        /// Last optimizer step at which masks may change; empty for a static or absent mask. Unit: steps, 0 and up.
        update_end: Option<u64>,
        /// Device that made the run, such as `cpu`.
        device: String,
        /// Floating-point precision: `fp32`, `tf32`, `bf16` or `fp16`.
        precision: String,
        /// CPU threads. Unit: count, 1 and up.
        threads: usize,
        /// Version-control revision of the program.
        revision: String,
    } later {
        /// Number of selections; empty where nothing is selected. Unit: count, 0 and up.
        selections: Option<u32>,
        /// Mean time of an epoch on a coreset, selection and evaluation excluded; empty where nothing is selected.
        /// Unit: seconds, 0 and up.
        time_coreset_epoch_s: Option<f64>,
        /// Digest of the training set, 16 hexadecimal digits.
        train_digest: Option<String>,
        /// Digest of the test set, 16 hexadecimal digits.
        test_digest: Option<String>,
        /// Kernels of its last steps: `sparse` where they visit active weights alone in any layer, else `dense`.
        kernels: Option<String>,
    }
}

table_row! {
    /// A run that a sweep has planned. With this table, a picture drawn before the sweep ends says how many runs
    /// are missing.
    PlanRow in "plan.csv" {
        /// What the run is for, as in `runs.csv`.
        artifact: String,
        /// Identity of the run, as in `runs.csv`.
        run: String,
    }
}

table_row! {
    /// One epoch of a run. A quantity that was not measured at this epoch is empty.
    EpochRow in "epochs.csv" {
        /// Identity of the run, as in `runs.csv`.
        run: String,
        /// The epoch. Unit: integer, 1 to `epochs` of the run.
        epoch: u32,
        /// `warmup`, `coreset` or `full`.
        phase: String,
        /// Learning rate of the epoch. Unit: pure number, 0 and up.
        lr: f64,
        /// Mean training loss over the mini-batches of the epoch: cross-entropy plus the weighted preservation loss.
        /// Unit: nats, 0 and up.
        train_loss: f64,
        /// Accuracy on the training batches as the network saw them: augmented, with the given labels. Unit: fraction,
        /// 0 to 1.
        train_accuracy: f64,
        /// Mean validation cross-entropy. Unit: nats, 0 and up.
        val_loss: Option<f64>,
        /// Validation accuracy. Unit: fraction, 0 to 1.
        val_accuracy: Option<f64>,
        /// Mean test cross-entropy. Unit: nats, 0 and up.
        test_loss: Option<f64>,
        /// Test accuracy. Unit: fraction, 0 to 1.
        test_accuracy: Option<f64>,
        /// Mean cross-entropy over a fixed sample of training images with right labels; empty without label noise.
        /// Unit: nats, 0 and up.
        loss_clean: Option<f64>,
        /// Mean cross-entropy, against the given label, over a fixed sample of mislabelled training images; empty
        /// without label noise. Unit: nats, 0 and up.
        loss_noisy: Option<f64>,
        /// Number of samples trained on in the epoch. Unit: count, 1 and up.
        coreset_size: usize,
        /// Share of the convolution and classifier weights that are not masked away. Unit: fraction, 0 to 1.
        density: f64,
        /// Operations of training and selection up to the end of the epoch. Unit: FLOPs (2 x multiply-adds), 0 and up.
        flops_cumulative: f64,
        /// Time of the epoch, selection included, evaluation excluded. Unit: seconds, 0 and up.
        time_s: f64,
    }
}

table_row! {
    /// One coreset selection of a run.
    SelectionRow in "selections.csv" {
        /// Identity of the run, as in `runs.csv`.
        run: String,
        /// The epoch whose first step follows the selection. Unit: integer, 1 and up.
        epoch: u32,
        /// Coreset selector with its options.
        selector: String,
        /// Number of samples selected. Unit: count, 1 and up.
        size: usize,
        /// Share of mislabelled samples in the coreset; empty without label noise. Unit: fraction, 0 to 1.
        noise_share: Option<f64>,
        /// Share of the coreset that was also in the previous one; empty for the first. Unit: fraction, 0 to 1.
        overlap_previous: Option<f64>,
        /// Time of the selection. Unit: seconds, 0 and up.
        time_s: f64,
    } later {
        /// Of the samples that left the coreset, the number that were classified right when the coreset before was
        /// selected and are not now; empty for the first selection and where double-loss is not measured. Unit: count,
        /// 0 and up.
        lost_known: Option<u64>,
        /// Share of the gradient of their mean loss at that time, squared and summed over the weights active then, that
        /// belongs to weights masked now; empty where `lost_known` is. Unit: fraction, 0 to 1.
        lost_gradient_share: Option<f64>,
        /// Time of measuring double-loss, not part of `time_s`; empty where it is not measured. Unit: seconds, 0 and up.
        time_double_loss_s: Option<f64>,
    }
}

table_row! {
    /// A layer of a finished run whose weights can be masked.
    LayerRow in "layers.csv" {
        /// Identity of the run, as in `runs.csv`.
        run: String,
        /// Name of the layer, as in torchvision without `.weight`.
        layer: String,
        /// Number of weights. Unit: count, 1 and up.
        weights: u64,
        /// Number of weights that are not masked away. Unit: count, 0 to `weights`.
        active: u64,
    }
}

table_row! {
    /// One sample of one selected coreset.
    CoresetRow in "coresets.csv" {
        /// Identity of the run, as in `runs.csv`.
        run: String,
        /// The epoch whose first step follows the selection. Unit: integer, 1 and up.
        epoch: u32,
        /// Index into the training set as stored. Unit: integer, 0 and up.
        index: u64,
        /// Weight of the sample in the loss. Unit: pure number, 0 and up.
        weight: f64,
        /// Whether the given label is wrong; empty without label noise.
        noisy: Option<bool>,
    }
}

table_row! {
    /// One label that was flipped.
    NoiseRow in "noise.csv" {
        /// Index into the training set as stored. Unit: integer, 0 and up.
        index: u64,
        /// The class as stored. Unit: integer, 0 to classes - 1.
        label_true: u16,
        /// The class trained on. Unit: integer, 0 to classes - 1.
        label_given: u16,
    }
}

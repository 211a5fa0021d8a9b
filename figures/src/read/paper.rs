//! The numbers that the paper prints in its tables, compiled in from `data/paper`, and the slips in them.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::read::block::Block;
use crate::scene::table::{Mark, Printed};

/// Model that ran on CIFAR-10 for Table 2, and data set of Tables 2 and 3.
const CIFAR: &str = "cifar10";

/// A cell of Tables 1, 4 and 5.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Joint {
    /// `cut` or `trim`.
    pub variant: String,
    /// Name of the model.
    pub model: String,
    /// Name of the data set.
    pub dataset: String,
    /// Coreset selector.
    pub coreset_method: String,
    /// Pruner.
    pub pruner: String,
    /// Coreset size in percent of the training set.
    pub coreset_percent: f64,
    /// Prune rate in percent.
    pub prune_percent: f64,
    /// Test accuracy in percent.
    pub accuracy_percent: f64,
    /// Test accuracy in percent without pruning.
    pub coreset_only_accuracy_percent: f64,
}

/// A setting of Table 2: ResNet-101 on CIFAR-10.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Cost {
    /// `coreset-only` or `swast-cut`.
    pub setting: String,
    /// Coreset size in percent of the training set.
    pub coreset_percent: f64,
    /// Test accuracy in percent.
    pub accuracy_percent: f64,
    /// Training time in seconds.
    pub time_s: f64,
    /// Parameters in millions.
    pub params_million: f64,
}

/// A cell of Table 3: CIFAR-10 with 20 % label noise.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Noisy {
    /// Coreset size in percent of the training set; 100 for all data.
    pub coreset_percent: f64,
    /// Prune rate in percent; 0 for dense networks.
    pub prune_percent: f64,
    /// Test accuracy in percent.
    pub accuracy_percent: f64,
}

/// A table of [`Joint`] cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JointTable {
    /// RigL, by coreset size.
    Table1,
    /// ProbMask.
    Table4,
    /// Other selectors.
    Table5,
}

impl JointTable {
    /// Its cells, as printed.
    pub fn cells(self) -> Vec<Joint> {
        rows(match self {
            Self::Table1 => include_str!("../../../data/paper/table1.csv"),
            Self::Table4 => include_str!("../../../data/paper/table4.csv"),
            Self::Table5 => include_str!("../../../data/paper/table5.csv"),
        })
    }
}

/// Table 2 as printed.
pub fn table2() -> Vec<Cost> {
    rows(include_str!("../../../data/paper/table2.csv"))
}

/// Table 3 as printed.
pub fn table3() -> Vec<Noisy> {
    rows(include_str!("../../../data/paper/table3.csv"))
}

/// The rows of a compiled-in table; that all of them can be read is tested.
fn rows<R: DeserializeOwned>(text: &str) -> Vec<R> {
    csv::Reader::from_reader(text.as_bytes()).into_deserialize().filter_map(Result::ok).collect()
}

/// A difference that the paper prints and its own accuracies do not give, or another oddity of one cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slip {
    table: JointTable,
    /// Variant, model, data set and selector of the cell.
    at: [&'static str; 4],
    /// Coreset size and prune rate in percent.
    percents: (f64, f64),
    /// The printed difference, where it is another than that of the accuracies.
    difference: Option<f64>,
    /// The mark of the note on it.
    pub mark: Mark,
    /// What is wrong.
    pub about: &'static str,
}

/// All slips in single cells.
pub const SLIPS: [Slip; 4] = [
    Slip {
        table: JointTable::Table1,
        at: ["trim", "resnet18", CIFAR, "gradmatch"],
        percents: (1.0, 90.0),
        difference: Some(2.97),
        mark: Mark('\u{2020}'),
        about: "The paper prints a difference of +2.97; its accuracies give +3.07.",
    },
    Slip {
        table: JointTable::Table1,
        at: ["cut", "resnet18", CIFAR, "gradmatch"],
        percents: (1.0, 50.0),
        difference: Some(3.24),
        mark: Mark('\u{2021}'),
        about: "The paper prints a difference of +3.24; its accuracies give +3.04.",
    },
    Slip {
        table: JointTable::Table1,
        at: ["trim", "resnet101", "cifar100", "gradmatch"],
        percents: (10.0, 10.0),
        difference: Some(0.95),
        mark: Mark('\u{a7}'),
        about: "The paper prints a difference of +0.95; its accuracies give \u{2212}0.05, so that 69.74 was probably meant.",
    },
    Slip {
        table: JointTable::Table5,
        at: ["cut", "resnet18", CIFAR, "moderate"],
        percents: (10.0, 90.0),
        difference: None,
        mark: Mark('\u{2020}'),
        about: "Figure 6 of the paper shows 93.15 in this setting with 10 % label noise, more than here without noise.",
    },
];

impl Slip {
    /// The table that it is in.
    pub fn table(&self) -> JointTable {
        self.table
    }
}

impl Joint {
    /// The slip in this cell of `table`.
    pub fn slip(&self, table: JointTable) -> Option<&'static Slip> {
        let at = [&*self.variant, &*self.model, &*self.dataset, &*self.coreset_method];
        let percents = (self.coreset_percent, self.prune_percent);
        SLIPS.iter().find(|slip| slip.table == table && slip.at == at && slip.percents == percents)
    }

    /// The number and the difference from coreset-only as printed in `table`.
    pub fn printed(&self, table: JointTable) -> Printed {
        let slip = self.slip(table);
        let own = self.accuracy_percent - self.coreset_only_accuracy_percent;
        let difference = Some(slip.and_then(|slip| slip.difference).unwrap_or(own));
        Printed {
            value: self.accuracy_percent,
            decimals: 2,
            difference,
            mark: slip.map(|s| s.mark),
        }
    }

    /// The printed number of its unpruned baseline.
    pub fn baseline(&self) -> Printed {
        plain(self.coreset_only_accuracy_percent)
    }

    /// Whether it was made in the setting of `block`.
    pub fn is_of(&self, block: &Block<'_>) -> bool {
        let methods = (&*self.coreset_method, &*self.pruner) == (block.selector, block.pruner);
        is_setting(block, &self.dataset, &self.model, 0.0) && methods
    }
}

/// An accuracy that the paper prints without a difference.
pub fn plain(value: f64) -> Printed {
    Printed { value, decimals: 2, difference: None, mark: None }
}

/// Whether `block` has this data set, all of it, this model and this share of wrong labels.
pub fn is_setting(block: &Block<'_>, dataset: &str, model: &str, label_noise: f64) -> bool {
    // The paper's name and ours.
    let same = dataset == block.dataset || (dataset == "imagenet1k" && block.dataset == "imagenet");
    let whole = |run: &&swast_tables::rows::RunRow| {
        run.limit_train.is_none() && run.label_noise == label_noise
    };
    same && model == block.model && block.rows.iter().all(whole)
}

/// Whether Table 2 was made in the setting of `block`.
pub fn is_table2(block: &Block<'_>) -> bool {
    is_setting(block, CIFAR, "resnet101", 0.0)
        && (block.selector, block.pruner) == ("gradmatch", "rigl")
}

/// Whether Table 3 may have been made in the setting of `block`: the paper does not name its model.
pub fn is_table3(block: &Block<'_>) -> bool {
    let model = ["resnet18", "resnet101"].iter().any(|name| is_setting(block, CIFAR, name, 0.2));
    model && block.pruner == "rigl"
}

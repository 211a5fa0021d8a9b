//! What each method says of itself to those who choose one, as lines of help; the README has the same in a table.

use std::fmt::Write;

/// Advice on a method; each method's file has its own.
#[derive(Debug, Clone, Copy)]
pub struct Guide {
    /// What it needs beside labels.
    pub needs: &'static str,
    /// What it is good for.
    pub good_for: &'static str,
    /// What spoils it.
    pub spoiled_by: &'static str,
    /// What its weights mean.
    pub weights: &'static str,
}

/// The weights of a method that gives every row the same.
pub const ALL_ONE: &str = "all 1";

/// How to use the weights, whatever the method.
pub const WEIGHTED_LOSS: &str = r#"How to use the weights in PyTorch, where x and y hold all rows:

    chosen, w = torch.tensor(numpy.loadtxt("coreset.csv", delimiter=",", skiprows=1)).T
    b = torch.randint(len(w), (128,)); i = chosen[b].long()     # a mini-batch
    losses = F.cross_entropy(model(x[i]), y[i], reduction="none")
    loss = (w[b] / w.mean() * losses).mean()

The global scale of the weights does not matter: twice the weights give twice the
gradient, as twice the learning rate would, and the division by their mean removes
it. A row of weight 0 trains nothing. Where all weights are 1, this is the usual loss.
"#;

impl Guide {
    fn parts(&self) -> [(&'static str, &'static str); 4] {
        let Self { needs, good_for, spoiled_by, weights } = *self;
        [("needs", needs), ("good for", good_for), ("spoiled by", spoiled_by), ("weights", weights)]
    }

    /// A line for each part, `indent` columns from the left.
    pub fn lines(&self, indent: usize) -> String {
        let mut lines = String::new();
        for (title, text) in self.parts() {
            let _infallible = writeln!(lines, "{:indent$}{title:12}{text}", "");
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Need, Spec};

    const README: &str = include_str!("../README.md");

    /// The advice on all `methods`, each by its name, as a table in Markdown.
    fn table(methods: &[(&'static str, Guide)]) -> String {
        let mut table =
            String::from("| method | needs beside labels | good for | spoiled by | weights |\n");
        table.push_str("|---|---|---|---|---|\n");
        for (name, guide) in methods {
            let cells = guide.parts().map(|(_, text)| text).join(" | ");
            let _infallible = writeln!(table, "| `{name}` | {cells} |");
        }
        table
    }

    #[test]
    fn the_readme_has_what_the_methods_say() {
        let methods: Vec<_> = Spec::all().iter().map(|spec| (spec.name(), spec.guide())).collect();
        let expected = table(&methods);
        assert!(README.contains(&expected), "the README's table is not\n{expected}");
        assert!(README.contains(WEIGHTED_LOSS), "the README lacks\n{WEIGHTED_LOSS}");
    }

    #[test]
    fn what_a_method_needs_is_named() {
        for spec in Spec::all() {
            let needs = spec.guide().needs;
            for (need, word) in [
                (Need::Features, "features"),
                (Need::Probabilities, "probabilities"),
                (Need::Gradients, "gradients"),
                (Need::History, "correctness"),
                (Need::Validation, "held-out"),
            ] {
                assert_eq!(spec.may_need().has(need), needs.contains(word), "{spec}: {needs}");
            }
        }
    }

    #[test]
    fn a_line_fits_a_terminal() {
        let lines: String = Spec::all().iter().map(|spec| spec.guide().lines(6)).collect();
        for line in lines.lines().chain(WEIGHTED_LOSS.lines()) {
            assert!(line.len() <= 90, "{line}");
        }
    }
}

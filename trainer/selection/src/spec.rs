//! The list of methods: what each name means, and how a spec becomes a selector.

use swast_tables::spec::{Given, SpecError, help_beside};
use swast_tables::specs;

use crate::guide::Guide;
use crate::kernel::dot::Element;
use crate::method::craig::Craig;
use crate::method::el2n::El2n;
use crate::method::forgetting::Forgetting;
use crate::method::full::Full;
use crate::method::glister::Glister;
use crate::method::gradmatch::GradMatch;
use crate::method::grand::Grand;
use crate::method::herding::Herding;
use crate::method::k_center::KCenter;
use crate::method::moderate::Moderate;
use crate::method::random::{Random, RandomRedrawn};
use crate::method::uncertainty::{Entropy, LeastConfidence, Margin};
use crate::method::{Alone, Method};
use crate::pool::check_budget;
use crate::{Needs, SelectError, Selector};

/// Declares [`Spec`] and what is the same for every method in it.
macro_rules! methods {
    ($($method:ident,)+) => {
        specs! {
            /// A method of selection with its options.
            Spec of "selector" { $($method,)+ }
        }

        impl Spec {
            /// The selector that this describes.
            pub fn selector<E: Element>(&self) -> Box<dyn Selector<E>> {
                match *self {
                    $(Self::$method(method) => Box::new(method),)+
                }
            }

            /// What it needs, as it is set up.
            pub fn needs(&self) -> Needs {
                match self {
                    $(Self::$method(method) => Method::needs(method),)+
                }
            }

            /// All that the method may need, however it is set up.
            pub fn may_need(&self) -> Needs {
                match self {
                    $(Self::$method(_) => $method::NEEDS,)+
                }
            }

            /// When to choose the method, and how to use its weights.
            pub fn guide(&self) -> Guide {
                match self {
                    $(Self::$method(_) => $method::GUIDE,)+
                }
            }

            /// Whether the method takes all samples, whatever the budget.
            pub fn takes_all(&self) -> bool {
                match self {
                    $(Self::$method(_) => $method::TAKES_ALL,)+
                }
            }

            /// The key and the value that make the method select within each class, where it can.
            pub fn per_class(&self) -> Option<(&'static str, &'static str)> {
                match self {
                    $(Self::$method(_) => $method::PER_CLASS,)+
                }
            }

            /// The same with options that others settle as those settle them, so that equal requests have equal texts.
            ///
            /// # Errors
            /// When two options contradict each other.
            pub fn settled(self) -> Result<Self, SpecError> {
                Ok(match self {
                    $(Self::$method(method) => Self::$method(Method::settled(method)?),)+
                })
            }

            /// Refuses before any work what [`Selector::select`] would refuse after it: `budget` samples of classes
            /// with so many samples each.
            ///
            /// # Errors
            /// When the budget is 0 or exceeds the samples, or the method cannot choose so many of such classes.
            pub fn check(&self, sizes: &[usize], budget: usize) -> Result<(), SelectError> {
                let samples = sizes.iter().sum();
                check_budget(samples, if self.takes_all() { samples } else { budget })?;
                match self.settled()? {
                    $(Self::$method(method) => method.check(sizes, budget),)+
                }
            }

            /// The method with the options `given`, and the defaults of a selection outside training.
            ///
            /// # Errors
            /// When there is no such method or option, or a value does not fit.
            pub fn alone(given: &Given, case: Alone) -> Result<Self, SpecError> {
                match Self::named(&given.name)?.with(given)? {
                    $(Self::$method(asked) => {
                        Self::$method(given.read_over(&$method::alone(asked, case))?).settled()
                    })+
                }
            }

            /// What help prints of the method, with the defaults of training and of `select`.
            pub fn describe(&self) -> String {
                let (mut text, note) = match self {
                    $(Self::$method(_) => {
                        let base = $method::alone($method::default(), Alone::default());
                        (help_beside("select", &base), $method::ALONE)
                    })+
                };
                if !note.is_empty() {
                    text.push_str(&format!("By default select takes {note}.\n"));
                }
                text + "\n" + &self.guide().lines(2)
            }
        }
    };
}

methods! {
    GradMatch, Craig, Glister, Moderate, El2n, Grand, Margin, Entropy, LeastConfidence, Forgetting, KCenter, Herding,
    Random, RandomRedrawn, Full,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_in_every_place() {
        for spec in Spec::all() {
            let name = spec.to_string();
            assert_eq!(name.parse(), Ok(spec));
            assert_eq!((spec.name(), spec.selector::<f32>().name()), (&name[..], &name[..]));
            let needs = spec.selector::<f32>().needs();
            assert_eq!(needs, spec.needs());
        }
    }

    #[test]
    fn defaults_of_training_and_of_selections_from_files_are_both_described() {
        let described = |name: &str| Spec::named(name).unwrap().describe();
        assert!(described("gradmatch").contains("[default: 0.5; select: 0]"));
        assert!(described("gradmatch").contains("1 with deepcore"));
        assert!(described("moderate").contains("[default: median]"));
        assert!(described("margin").contains("It has no options.\n"));
    }
}

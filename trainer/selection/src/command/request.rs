//! What the flags ask for: the method with all its options, and whether the other flags fit it.

use anyhow::Result;
use swast_tables::spec::{Given, SpecError};
use swast_tables::usage::UsageError;

use super::Args;
use crate::method::Alone;
use crate::{Need, Spec};

/// The method that `args` ask for: options from its spec and from the flags that are options too.
///
/// # Errors
/// When the method has no such option, it is given twice, or a value does not fit.
pub(super) fn spec(args: &Args) -> Result<Spec, UsageError> {
    let mut given = args.method.clone();
    let method = Spec::named(&given.name).map_err(|error| wrong("--method", &error))?;
    let keys = [("--ridge", "ridge", &args.ridge), ("--compat", "compat", &args.compat)];
    for (flag, key, value) in keys {
        if let Some(value) = value {
            add(&mut given, flag, (key, value))?;
            // Each by itself, so that a message belongs to its flag.
            let options = vec![(key.to_owned(), value.clone())];
            let alone = Given { name: given.name.clone(), options };
            method.with(&alone).map_err(|error| wrong(flag, &error))?;
        }
    }
    if let (Some(_), Some(option)) = (args.budget_per_class, method.per_class()) {
        // An option that is given holds within the class too.
        if given.options.iter().all(|(key, _)| key != option.0) && !args.per_class {
            add(&mut given, "--budget-per-class", option)?;
        }
    }
    if args.per_class {
        let flag = "--per-class";
        let option = method.per_class().ok_or_else(|| {
            let able = named(|spec| spec.per_class().is_some());
            UsageError(format!("{flag}: {} has no use for it; {able} have", given.name))
        })?;
        add(&mut given, flag, option)?;
    }
    let case = Alone { features: args.features.is_some() };
    Spec::alone(&given, case).map_err(|error| wrong("--method", &error))
}

fn wrong(flag: &str, error: &SpecError) -> UsageError {
    UsageError(format!("{flag}: {error}"))
}

/// Adds an option by its `flag`, once.
fn add(given: &mut Given, flag: &str, (key, value): (&str, &str)) -> Result<(), UsageError> {
    if given.options.iter().any(|(known, _)| known == key) {
        return Err(UsageError(format!(
            "{flag}: --method gives `{key}` already; give one of them"
        )));
    }
    given.options.push((key.to_owned(), value.to_owned()));
    Ok(())
}

/// Names of the methods that are `able`.
fn named(able: impl Fn(&Spec) -> bool) -> String {
    let names: Vec<&str> = Spec::all().iter().filter(|spec| able(spec)).map(Spec::name).collect();
    names.join(", ")
}

/// Refuses flags that the method would ignore, and the absence of what it needs.
///
/// # Errors
/// When there is such a flag, or something is missing.
pub(super) fn check(args: &Args, spec: &Spec) -> Result<(), UsageError> {
    for (flag, given, need) in [
        ("--gradients", args.gradients.is_some(), Need::Gradients),
        ("--batch-size", args.batch_size.is_some(), Need::BatchSize),
        ("--learning-rate", args.learning_rate.is_some(), Need::Rate),
        ("--correctness", args.correctness.is_some(), Need::History),
        ("--validation-gradients", args.validation_gradients.is_some(), Need::Validation),
        ("--validation-features", args.validation_features.is_some(), Need::Validation),
        ("--validation-probabilities", args.validation_probabilities.is_some(), Need::Validation),
        ("--validation-labels", args.validation_labels.is_some(), Need::Validation),
    ] {
        if given && !spec.needs().has(need) {
            let cure = match spec.may_need().has(need) {
                true => "with other options it has".to_owned(),
                false => format!("it belongs to {}", named(|spec| spec.may_need().has(need))),
            };
            return Err(UsageError(format!("{flag}: {spec} has no use for it; {cure}")));
        }
    }
    if args.learning_rate.is_some_and(|rate| !(rate > 0.0 && rate.is_finite())) {
        return Err(UsageError("--learning-rate: give a rate above 0, such as 0.05".to_owned()));
    }
    check_validation(args, spec)?;
    check_budget(args, spec)
}

/// Refuses a budget that the method has no use for, and the absence of one that it needs.
fn check_budget(args: &Args, spec: &Spec) -> Result<(), UsageError> {
    let Some(each) = args.budget_per_class else {
        return match args.budget.is_none() && !spec.takes_all() {
            true => Err(UsageError(format!(
                "--budget is missing: {} needs to know how many rows; or give --budget-per-class",
                spec.name()
            ))),
            false => Ok(()),
        };
    };
    let reason = if spec.takes_all() {
        "takes all rows; leave it out"
    } else if spec.needs().has(Need::BatchSize) {
        "chooses whole mini-batches, which belong to no class; give --budget"
    } else if spec.to_string().contains("compat=") {
        // Some of them also scale weights over all classes.
        "shares the budget out as the code it follows does; leave out compat, or give --budget"
    } else {
        return Ok(());
    };
    Err(UsageError(format!("--budget-per-class {each}: {spec} {reason}")))
}

/// Refuses held-out rows that come with less than the others.
fn check_validation(args: &Args, spec: &Spec) -> Result<(), UsageError> {
    let (labels, gradients) = (&args.validation_labels, &args.validation_gradients);
    let (features, probabilities) = (&args.validation_features, &args.validation_probabilities);
    if labels.is_none() && gradients.is_none() && features.is_none() && probabilities.is_none() {
        return Ok(());
    }
    let classes = spec.needs().has(Need::ValidationLabels);
    let missing = [
        ("gradients", gradients.is_none() && args.gradients.is_some()),
        ("features", features.is_none() && args.features.is_some()),
        ("probabilities", probabilities.is_none() && args.probabilities.is_some()),
        ("labels", labels.is_none() && (classes || args.gradients.is_none())),
    ];
    match missing.into_iter().find(|(_, missing)| *missing) {
        Some((what, _)) => Err(UsageError(format!(
            "--validation-{what} is missing: the held-out rows need what the others have"
        ))),
        None => Ok(()),
    }
}

//! Specs as methods declare them: one text for each choice, errors of one line, help from the struct.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "what the macros make is for libraries"
)]

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use swast_tables::{options, specs};

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Side {
    Left,
    FarRight,
}

options! {
    /// Chooses by a rule.
    Rule "rule" {
        /// How strongly
        strength: f64 = 0.5; |s| s.is_finite() && *s >= 0.0 => "give a number of at least 0",
        /// Which side: left or far-right
        side: Side = Side::Left,
        /// Steps between two
        every_so_often: Option<u64> = None; |n| *n != Some(0) => "give at least 1",
        /// Whether it is on
        on: bool = true,
    }
}

options! {
    /// Has no options.
    Plain "plain" {}
}

specs! {
    /// A method for these tests.
    Spec of "method" { Rule, Plain, }
}

fn read(text: &str) -> Result<String, String> {
    text.parse::<Spec>().map(|spec| spec.to_string()).map_err(|error| error.to_string())
}

#[test]
fn a_spec_is_written_in_one_way() {
    for (text, canonical) in [
        ("plain", "plain"),
        ("rule", "rule"),
        ("rule:strength=0.50", "rule"),
        ("rule:side=far-right,strength=5e-1", "rule:side=far-right"),
        (
            "rule:on=false,side=left,every-so-often=7,strength=2",
            "rule:strength=2,every-so-often=7,on=false",
        ),
        ("rule:strength=1e-9", "rule:strength=1e-9"),
        ("rule:strength=0.001", "rule:strength=0.001"),
    ] {
        assert_eq!(read(text).as_deref(), Ok(canonical));
    }
}

#[test]
fn what_is_no_spec_says_why() {
    for (text, words) in [
        ("", "a part is empty"),
        ("rule:", "a part is empty"),
        ("rule:,", "a part is empty"),
        ("rule:strength", "`strength` has no value"),
        ("rule:strength=", "a part is empty"),
        ("rule:=1", "a part is empty"),
        ("rule:strength=1,strength=1", "`strength` is given twice"),
        ("rule:strength=1:2", "`:` cannot stand in a spec"),
        ("rule: strength=1", "` ` cannot stand in a spec"),
        ("role", "`role` is no method; expected one of rule, plain"),
        (
            "rule:strenth=1",
            "rule has no option `strenth`; it has strength, side, every-so-often, on",
        ),
        ("plain:side=left", "plain has no option `side`; it has none; `side` is an option of rule"),
        (
            "rule:side=right",
            "rule:side=right: unknown value `right`, expected `left` or `far-right`",
        ),
        ("rule:strength=-1", "rule:strength=-1: give a number of at least 0"),
        ("rule:strength=strong", "expected a number"),
        ("rule:strength=inf", "expected a number"),
        ("rule:strength=1e999", "rule:strength=1e999"),
        ("rule:every-so-often=1.5", "expected a whole number"),
        ("rule:every-so-often=0", "rule:every-so-often=0: give at least 1"),
        ("rule:every_so_often=1", "`_` cannot stand in a spec"),
    ] {
        let message = read(text).expect_err(text);
        assert!(message.contains(words) && !message.contains('\n'), "{text}: {message}");
    }
}

#[test]
fn help_has_a_line_for_each_option() {
    let help = Spec::named("rule").unwrap().help();
    assert_eq!(
        help,
        "rule: Chooses by a rule.\n\
         \x20 strength        How strongly [default: 0.5]\n\
         \x20 side            Which side: left or far-right [default: left]\n\
         \x20 every-so-often  Steps between two [default: none]\n\
         \x20 on              Whether it is on [default: true]\n"
    );
    assert!(Spec::named("plain").unwrap().help().ends_with("It has no options.\n"));
    let elsewhere = Rule { strength: 0.0, every_so_often: Some(3), ..Rule::default() };
    let help = swast_tables::spec::help_beside("there", &elsewhere);
    assert!(help.contains("How strongly [default: 0.5; there: 0]\n"), "{help}");
    assert!(help.contains("between two [default: none; there: 3]\n"), "{help}");
    assert!(help.contains("Whether it is on [default: true]\n"), "{help}");
}

#[test]
fn json_holds_the_text() {
    let spec: Spec = "rule:on=false".parse().unwrap();
    let json = serde_json::to_string(&spec).unwrap();
    assert_eq!(json, "\"rule:on=false\"");
    assert_eq!(serde_json::from_str::<Spec>(&json).unwrap(), spec);
    assert!(serde_json::from_str::<Spec>("\"rule:off=1\"").is_err());
}

proptest! {
    #[test]
    fn a_spec_reads_back_the_same(strength in 0.0..f64::MAX, far: bool, every: Option<u32>, on: bool) {
        let side = if far { Side::FarRight } else { Side::Left };
        let every_so_often = every.map(|n| u64::from(n) + 1);
        let spec = Spec::Rule(Rule { strength, side, every_so_often, on });
        prop_assert_eq!(spec.to_string().parse::<Spec>().unwrap(), spec);
    }

    #[test]
    fn no_text_panics(text in "[ -~]{0,40}") {
        let _read = text.parse::<Spec>();
    }
}

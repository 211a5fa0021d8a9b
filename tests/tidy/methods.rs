//! A method is named where it is written and in one list: adding a selector, a pruner or a data set touches no other
//! file. What there is comes from the sources: the types and options declared with `options!`, and the data sets.

use std::path::Path;

use swast_tests::root;

use crate::source::{Crate, crates, planted, read};
use crate::tokens::{Kind, Token, close, tokens};

/// Methods of one kind.
struct Family {
    what: &'static str,
    /// The package that declares them.
    package: &'static str,
    /// Its name for other packages.
    dependency: &'static str,
    /// The files that may name them.
    home: &'static [&'static str],
    /// The enum that lists them, where they are no types with options.
    list: Option<&'static str>,
}

const FAMILIES: &[Family] = &[
    Family {
        what: "selector",
        package: "trainer/selection",
        dependency: "swast-selection",
        home: &[
            "trainer/selection/src/method/",
            "trainer/selection/src/method.rs",
            "trainer/selection/src/spec.rs",
        ],
        list: None,
    },
    Family {
        what: "pruner",
        package: "trainer",
        dependency: "swast-trainer",
        home: &["trainer/src/pruner/", "trainer/src/pruner.rs"],
        list: None,
    },
    Family {
        what: "data set",
        package: "trainer/datasets",
        dependency: "swast-datasets",
        home: &["trainer/datasets/src/"],
        list: Some("DatasetKind"),
    },
];

/// Options whose names are common words, which other parts of the program use in their own sense.
const COMMON: &[&str] = &[
    "centre",       // of a synthetic figure
    "gradient",     // of the loss
    "offset",       // of a slice
    "scope",        // of a quota
    "update_every", // a column of runs.csv
];

/// Where the option of a method may be named all the same.
const EXCEPTIONS: &[(&str, &str)] = &[
    // Flags of `select` that are older than specs.
    ("trainer/selection/src/command", "ridge"),
    ("trainer/selection/src/command", "compat"),
    // The ridge of any least squares, not of the method that asks for them.
    ("trainer/selection/src/pursuit/", "ridge"),
];

/// What a family declares.
#[derive(Debug, Default)]
struct Declared {
    types: Vec<String>,
    keys: Vec<String>,
}

impl Declared {
    fn of(family: &Family, all: &[Crate]) -> Self {
        let mut declared = Self::default();
        for parts in all.iter().filter(|parts| parts.package == family.package) {
            for module in &parts.modules {
                if !family.home.iter().any(|home| module.file.starts_with(home)) {
                    continue;
                }
                match family.list {
                    Some(list) => {
                        let variants = variants(&module.tokens, Some(list));
                        declared.types.extend(names(&module.tokens, variants));
                    }
                    None => declared.read_options(&module.tokens),
                }
            }
        }
        declared
    }

    /// Adds what `options! { Name "name" { key: Type = default, } }` declares.
    fn read_options(&mut self, code: &[Token]) {
        for at in 0..code.len().saturating_sub(6) {
            let begins = code[at].is_word("options") && code[at + 1].is("!");
            if !(begins && code[at + 2].is("{") && code[at + 4].kind == Kind::Text) {
                continue;
            }
            self.types.push(code[at + 3].text.clone());
            let body = &code[at + 6..close(code, at + 5)];
            let keys = starts_of_parts(body).into_iter().filter(|&key| {
                body[key].kind == Kind::Word && body.get(key + 1).is_some_and(|t| t.is(":"))
            });
            self.keys.extend(keys.map(|key| body[key].text.clone()));
        }
        self.keys.retain(|key| key.len() >= 4 && !COMMON.contains(&key.as_str()));
    }
}

/// Where the parts of `body`, which commas divide, start; attributes before them are passed over.
fn starts_of_parts(body: &[Token]) -> Vec<usize> {
    let (mut starts, mut at, mut fresh) = (Vec::new(), 0, true);
    while at < body.len() {
        if fresh && body[at].is("#") {
            at = close(body, at + 1) + 1;
            continue;
        }
        if fresh {
            starts.push(at);
        }
        fresh = body[at].is(",");
        if ["(", "[", "{"].iter().any(|sign| body[at].is(sign)) {
            at = close(body, at);
        }
        at += 1;
    }
    starts
}

/// Where the variants of the enum called `name` are declared, or those of every enum in the code.
fn variants(code: &[Token], name: Option<&str>) -> Vec<usize> {
    let is_enum = |at: &usize| {
        code[*at].is_word("enum") && name.is_none_or(|name| code[*at + 1].is_word(name))
    };
    let inside = (0..code.len().saturating_sub(1)).filter(is_enum).flat_map(|at| {
        let open = (at..code.len()).find(|&open| code[open].is("{")).unwrap_or(at);
        let body = &code[open + 1..close(code, open).max(open + 1)];
        starts_of_parts(body).into_iter().map(move |start| open + 1 + start)
    });
    inside.collect()
}

/// The names at the given places.
fn names(code: &[Token], places: Vec<usize>) -> Vec<String> {
    places.into_iter().map(|at| code[at].text.clone()).collect()
}

/// Every enum of the workspace with its variants.
fn enums(all: &[Crate]) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for module in all.iter().flat_map(|parts| &parts.modules) {
        let code = &module.tokens;
        for at in 0..code.len().saturating_sub(1) {
            if code[at].is_word("enum") {
                let name = code[at + 1].text.clone();
                let variants = names(code, variants(code, Some(&name)));
                found.push((name, variants));
            }
        }
    }
    found
}

/// Whether the word at `at` is a variant of an enum that is no list of methods, as in `Phase::Full`, or is declared as
/// one here.
fn is_other(code: &[Token], at: usize, enums: &[(String, Vec<String>)], family: &Family) -> bool {
    let own = variants(code, None);
    if at < 2 || !code[at - 1].is("::") {
        return own.contains(&at);
    }
    let (owner, word) = (&code[at - 2].text, &code[at].text);
    let has = |(name, variants): &(String, Vec<String>)| name == owner && variants.contains(word);
    (owner == "Self" && names(code, own).contains(word))
        || (family.list != Some(owner) && enums.iter().any(has))
}

/// Whether the option at `at` is one of a value: `.key`, or `key:` of a field or a parameter.
fn is_option(code: &[Token], at: usize) -> bool {
    let before = |sign: &str| at > 0 && code[at - 1].is(sign);
    let after = |sign: &str| code.get(at + 1).is_some_and(|token| token.is(sign));
    (before(".") && !after("(")) || after(":")
}

/// Every place outside of its home where a method of `family` or an option of one is named.
fn strays(workspace: &Path, family: &Family) -> Vec<String> {
    let all = crates(workspace);
    let (declared, enums) = (Declared::of(family, &all), enums(&all));
    assert!(!declared.types.is_empty(), "no {} is declared with its options", family.what);
    let mut found = Vec::new();
    for parts in &all {
        let manifest = read(&workspace.join(&parts.package).join("Cargo.toml"));
        if !(parts.package == family.package || manifest.contains(family.dependency)) {
            continue;
        }
        for module in &parts.modules {
            if family.home.iter().any(|home| module.file.starts_with(home)) {
                continue;
            }
            let excused = |key: &String| {
                EXCEPTIONS.iter().any(|(file, name)| module.file.starts_with(file) && key == name)
            };
            for (at, token) in module.tokens.iter().enumerate() {
                let code = &module.tokens;
                let is_type = token.kind == Kind::Word
                    && declared.types.contains(&token.text)
                    && !is_other(code, at, &enums, family);
                let is_key = token.kind == Kind::Word
                    && declared.keys.contains(&token.text)
                    && !excused(&token.text)
                    && is_option(code, at);
                if is_type || is_key {
                    let what = if is_type { family.what } else { "an option of one" };
                    found.push(format!("{}:{} {} ({what})", module.file, token.line, token.text));
                }
            }
        }
    }
    found.dedup();
    found
}

fn check(what: &str) {
    let family = FAMILIES.iter().find(|family| family.what == what).unwrap();
    let found = strays(&root(), family);
    assert!(
        found.is_empty(),
        "{} places name a {what} outside of {}:\n{}",
        found.len(),
        family.home.join(", "),
        found.join("\n")
    );
}

#[test]
fn selectors_are_named_in_their_files_and_one_list() {
    check("selector");
}

#[test]
fn pruners_are_named_in_their_files_and_one_list() {
    check("pruner");
}

#[test]
fn data_sets_are_named_in_their_crate() {
    check("data set");
}

#[test]
fn declarations_are_read() {
    let source = "options! { /// About, with a comma
        Rule \"rule\" {
        /// Strength: how much
        strength: f64 = 0.5; |s| *s >= 0.0 => \"give (0, 1]\",
        /// Scope
        scope: Scope = Scope::Global,
        pair: Option<(u64, Far)> = None,
        on: bool = true,
    } } options! { Plain \"plain\" {} }";
    let mut declared = Declared::default();
    declared.read_options(&tokens(source));
    assert_eq!(declared.types, ["Rule", "Plain"]);
    assert_eq!(declared.keys, ["strength", "pair"]);
    let list = "pub enum Kind { /// a\n #[value(name = \"b\")] One, Two { x: u8, y: u8 }, Three(A, B), } enum Other { No }";
    let list = tokens(list);
    assert_eq!(names(&list, variants(&list, Some("Kind"))), ["One", "Two", "Three"]);
}

#[test]
fn a_stray_name_is_found() {
    let family = Family {
        what: "rule",
        package: "lab",
        dependency: "lab",
        home: &["lab/src/rule/", "lab/src/spec.rs"],
        list: None,
    };
    let count = |user: &str| {
        let workspace = planted(&[
            ("lab/Cargo.toml", ""),
            ("lab/src/lib.rs", "mod rule { mod full; } mod spec; mod user;"),
            ("lab/src/rule/full.rs", "options! { Full \"full\" { strength: f64 = 0.0, } }"),
            ("lab/src/spec.rs", "specs! { Spec of \"rule\" { Full, } }"),
            ("lab/src/user.rs", user),
        ]);
        strays(workspace.path(), &family).len()
    };
    for stray in [
        "use crate::rule::full::Full;",
        "fn f(s: Spec) -> bool { matches!(s, Spec::Full(_)) }",
        "fn f(s: X) -> f64 { s.strength }",
        "fn f() -> X { X { strength: 0.1 } }",
    ] {
        assert_eq!(count(stray), 1, "{stray}");
    }
    for fine in [
        "enum Phase { Warmup, #[value(name = \"all\")] Full } fn f(p: Phase) -> bool { p == Phase::Full }",
        "// Full\nconst NAME: &str = \"Full\";",
        "enum Size<'a, T> { All(&'a T), Full } fn f() -> Size<'static, u8> { Size::Full }",
        "fn f(x: X) -> f64 { x.strength() }",
        "#[cfg(test)] mod tests { use super::Full; }",
        "fn fully() {}",
    ] {
        assert_eq!(count(fine), 0, "{fine}");
    }
    let list = Family { list: Some("Kind"), home: &["lab/src/rule/"], ..family };
    let workspace = planted(&[
        ("lab/Cargo.toml", ""),
        ("lab/src/lib.rs", "mod rule { mod a; } fn f(k: Kind) -> bool { k == Kind::One }"),
        ("lab/src/rule/a.rs", "pub enum Kind { One, Two }"),
    ]);
    assert_eq!(strays(workspace.path(), &list), ["lab/src/lib.rs:1 One (rule)"]);
}

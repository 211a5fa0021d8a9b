//! What a module names: the paths in its code and in its `use` items, resolved to the modules of its crate.

use std::collections::BTreeMap;

use crate::source::{Crate, Module};
use crate::tokens::{Kind, Token, close};

/// A module of the crate that another one names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Where the name belongs.
    pub target: Vec<String>,
    pub line: usize,
}

/// A path as written, and the name by which a `use` item makes it known.
#[derive(Debug, Clone)]
struct Written {
    segments: Vec<String>,
    name: Option<String>,
    line: usize,
}

/// What each module of a crate makes known under other names: by module and name, the path that it means.
#[derive(Debug)]
pub struct Names<'a> {
    parts: &'a Crate,
    aliases: BTreeMap<(Vec<String>, String), Vec<String>>,
}

impl<'a> Names<'a> {
    /// Reads the `use` items of all modules.
    pub fn of(parts: &'a Crate) -> Self {
        let mut aliases = BTreeMap::new();
        for module in &parts.modules {
            for written in written(&module.tokens) {
                if let Some(name) = written.name {
                    aliases.insert((module.path.clone(), name), written.segments);
                }
            }
        }
        Self { parts, aliases }
    }

    /// The modules of the crate that `module` names.
    pub fn references(&self, module: &Module) -> Vec<Reference> {
        let resolve = |written: Written| {
            let target = self.resolve(&module.path, &written.segments, 0)?;
            Some(Reference { target, line: written.line })
        };
        written(&module.tokens).into_iter().filter_map(resolve).collect()
    }

    /// The module that the item at `segments`, as written in the module `from`, belongs to; re-exports are followed.
    /// Nothing if the path leads out of the crate.
    fn resolve(&self, from: &[String], segments: &[String], depth: usize) -> Option<Vec<String>> {
        let first = segments.first()?.as_str();
        let supers = segments.iter().take_while(|segment| *segment == "super").count();
        match first {
            "crate" => self.descend(&[], &segments[1..], depth),
            "self" => self.descend(from, &segments[1..], depth),
            "super" => {
                let above = &from[..from.len().checked_sub(supers)?];
                self.descend(above, &segments[supers..], depth)
            }
            _ => {
                let alias = self.aliases.get(&(from.to_vec(), segments[0].clone()));
                let is_alias = alias.is_some_and(|path| path != segments);
                let child = [from, &segments[..1]].concat();
                let is_known = is_alias || self.parts.module(&child).is_some();
                if is_known { self.descend(from, segments, depth) } else { None }
            }
        }
    }

    /// The module that `rest`, seen from the module `at`, belongs to.
    fn descend(&self, at: &[String], rest: &[String], depth: usize) -> Option<Vec<String>> {
        let Some(first) = rest.first() else { return Some(at.to_vec()) };
        let below = [at, &rest[..1]].concat();
        if self.parts.module(&below).is_some() {
            return self.descend(&below, &rest[1..], depth);
        }
        let alias = self.aliases.get(&(at.to_vec(), first.clone())).filter(|_| depth < 10);
        // What an alias means may be in another crate; then it is the alias that is used.
        let target = alias
            .and_then(|path| self.resolve(at, &[path.as_slice(), &rest[1..]].concat(), depth + 1));
        target.or_else(|| Some(at.to_vec()))
    }
}

/// The paths in `tokens` that can lead to a module of the same crate.
fn written(tokens: &[Token]) -> Vec<Written> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < tokens.len() {
        let after_path = at > 0 && tokens[at - 1].is("::");
        if tokens[at].is_word("use") {
            at = tree(tokens, at + 1, &[], &mut found);
        } else if tokens[at].kind == Kind::Word
            && !after_path
            && tokens.get(at + 1).is_some_and(|token| token.is("::"))
        {
            let mut segments = vec![tokens[at].text.clone()];
            let line = tokens[at].line;
            while let Some(word) = segment_after(tokens, at) {
                segments.push(word);
                at += 2;
            }
            found.push(Written { segments, name: None, line });
        }
        at += 1;
    }
    found
}

/// The word after the `::` that follows the token at `at`.
fn segment_after(tokens: &[Token], at: usize) -> Option<String> {
    let follows = tokens.get(at + 1).is_some_and(|token| token.is("::"));
    let word = tokens.get(at + 2).filter(|token| follows && token.kind == Kind::Word)?;
    Some(word.text.clone())
}

/// Reads the tree of a `use` item that starts at `at` under `prefix`; returns where it ends.
fn tree(tokens: &[Token], mut at: usize, prefix: &[String], found: &mut Vec<Written>) -> usize {
    let mut segments = prefix.to_vec();
    while at < tokens.len() {
        let token = &tokens[at];
        if token.is("{") {
            let end = close(tokens, at);
            while at < end {
                at = tree(&tokens[..end], at + 1, &segments, found);
            }
            return end + 1;
        }
        if token.is("*") {
            // The names it brings are not followed; the module is named.
            found.push(Written { segments, name: None, line: token.line });
            return at + 1;
        }
        if token.kind == Kind::Word {
            // `self` inside braces is the module before them.
            if token.text != "self" || segments.is_empty() {
                segments.push(token.text.clone());
            }
            if !tokens.get(at + 1).is_some_and(|next| next.is("::")) {
                let renamed = tokens.get(at + 1).is_some_and(|next| next.is_word("as"));
                let end = if renamed { at + 3 } else { at + 1 };
                let name = if renamed { tokens.get(at + 2).map(|t| t.text.clone()) } else { None };
                let name = name.or_else(|| segments.last().cloned());
                found.push(Written { segments, name, line: token.line });
                return end;
            }
        } else if token.is(";") || token.is(",") {
            return at;
        }
        at += 1;
    }
    at
}

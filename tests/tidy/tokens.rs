//! Rust source as tokens: comments are left out, and literals are marked so that no search looks into them.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An identifier or a keyword.
    Word,
    /// The contents of a string literal.
    Text,
    /// A number, a character or a lifetime.
    Literal,
    /// Punctuation: one character, or `::`.
    Sign,
}

/// A token and where it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    pub text: String,
    /// From 1.
    pub line: usize,
}

impl Token {
    /// Whether this is the identifier or keyword `word`.
    pub fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text == word
    }

    /// Whether this is the punctuation `sign`.
    pub fn is(&self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text == sign
    }
}

/// The tokens of `source`.
pub fn tokens(source: &str) -> Vec<Token> {
    let characters: Vec<char> = source.chars().collect();
    let (mut found, mut at, mut line) = (Vec::new(), 0, 1);
    while at < characters.len() {
        let rest = &characters[at..];
        let (kind, length) = next(rest);
        if let Some(kind) = kind {
            let text = match kind {
                Kind::Text => contents(&rest[..length]),
                _ => rest[..length].iter().collect(),
            };
            found.push(Token { kind, text, line });
        }
        line += rest[..length].iter().filter(|&&c| c == '\n').count();
        at += length;
    }
    found
}

/// Kind and length of what `rest` begins with; no kind for space and comments.
fn next(rest: &[char]) -> (Option<Kind>, usize) {
    let starts = |text: &str| text.chars().enumerate().all(|(i, c)| rest.get(i) == Some(&c));
    let first = rest[0];
    if first.is_whitespace() {
        (None, 1)
    } else if starts("//") {
        (None, rest.iter().position(|&c| c == '\n').unwrap_or(rest.len()))
    } else if starts("/*") {
        (None, block_comment(rest))
    } else if let Some(length) = string(rest) {
        (Some(Kind::Text), length)
    } else if first == '\'' || starts("b'") {
        (Some(Kind::Literal), character(rest))
    } else if first.is_alphanumeric() || first == '_' {
        let start = if starts("r#") { 2 } else { 0 };
        let word = |c: &char| c.is_alphanumeric() || *c == '_';
        let length = start + rest[start..].iter().take_while(|c| word(c)).count();
        (Some(if first.is_numeric() { Kind::Literal } else { Kind::Word }), length)
    } else {
        (Some(Kind::Sign), if starts("::") { 2 } else { 1 })
    }
}

/// Length of the comment that `rest` begins with; comments nest.
fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at + 1 < rest.len() {
        match (rest[at], rest[at + 1]) {
            ('/', '*') => depth += 1,
            ('*', '/') => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// Length of the string literal that `rest` begins with, if it does.
fn string(rest: &[char]) -> Option<usize> {
    let prefix = rest.iter().take_while(|c| matches!(c, 'b' | 'c' | 'r')).count();
    let hashes = rest[prefix..].iter().take_while(|&&c| c == '#').count();
    let raw = rest[..prefix].contains(&'r');
    let open = prefix + hashes;
    if prefix > 2 || rest.get(open) != Some(&'"') || (hashes > 0 && !raw) {
        return None;
    }
    let mut at = open + 1;
    while at < rest.len() {
        match rest[at] {
            '\\' if !raw => at += 1,
            '"' if rest[at + 1..].iter().take_while(|&&c| c == '#').count() >= hashes => {
                return Some(at + 1 + hashes);
            }
            _ => {}
        }
        at += 1;
    }
    Some(rest.len())
}

/// Length of the character or the lifetime that `rest` begins with.
fn character(rest: &[char]) -> usize {
    let open = rest.iter().position(|&c| c == '\'').unwrap_or(0);
    if rest.get(open + 1) == Some(&'\\') {
        let escaped = open + 3;
        let close = rest[escaped.min(rest.len())..].iter().position(|&c| c == '\'');
        return close.map_or(rest.len(), |place| escaped + place + 1);
    }
    if rest.get(open + 2) == Some(&'\'') {
        return open + 3;
    }
    let word = |c: &char| c.is_alphanumeric() || *c == '_';
    open + 1 + rest[open + 1..].iter().take_while(|c| word(c)).count()
}

/// The text between the quotes of a string literal.
fn contents(literal: &[char]) -> String {
    let text: String = literal.iter().collect();
    let inner = text.split_once('"').map_or("", |(_, inner)| inner);
    inner.trim_end_matches('#').trim_end_matches('"').to_owned()
}

/// Where the bracket that opens at `open` closes.
pub fn close(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        if ["(", "[", "{"].iter().any(|sign| token.is(sign)) {
            depth += 1;
        } else if [")", "]", "}"].iter().any(|sign| token.is(sign)) {
            depth -= 1;
            if depth == 0 {
                return at;
            }
        }
    }
    tokens.len().saturating_sub(1)
}

/// Where the item that starts at `start` ends: at its `;`, or at the brace that closes its body.
fn end_of_item(tokens: &[Token], start: usize) -> usize {
    let mut at = start;
    while at < tokens.len() {
        if tokens[at].is(";") {
            return at;
        }
        if tokens[at].is("(") || tokens[at].is("[") {
            at = close(tokens, at);
        } else if tokens[at].is("{") {
            let end = close(tokens, at);
            let goes_on = tokens.get(end + 1).is_some_and(|token| token.is(";"));
            return if goes_on { end + 1 } else { end };
        }
        at += 1;
    }
    tokens.len().saturating_sub(1)
}

/// The tokens that are compiled without tests: every item under `#[cfg(test)]` is left out.
pub fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let marker = ["#", "[", "cfg", "(", "test", ")", "]"];
    let (mut kept, mut at) = (Vec::new(), 0);
    while at < tokens.len() {
        let rest = &tokens[at..];
        let is_marked = rest.len() > marker.len()
            && marker.iter().zip(rest).all(|(text, token)| token.text == *text);
        if !is_marked {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        at += marker.len();
        while tokens.get(at).is_some_and(|token| token.is("#")) {
            at = close(tokens, at + 1) + 1;
        }
        at = end_of_item(tokens, at) + 1;
    }
    kept
}

#[test]
fn comments_vanish_and_literals_are_marked() {
    let source = "// a\nlet b = \"c \\\" d\"; /* e /* f */ g */ h::<'i>('j', '\\'', r#\"k\"l\"#, 1.5, b'\"');";
    let found = tokens(source);
    let texts = |kind| -> Vec<&str> {
        found.iter().filter(|t| t.kind == kind).map(|t| t.text.as_str()).collect()
    };
    assert_eq!(texts(Kind::Word), ["let", "b", "h"]);
    assert_eq!(texts(Kind::Text), ["c \\\" d", "k\"l"]);
    assert_eq!(texts(Kind::Literal), ["'i", "'j'", "'\\''", "1", "5", "b'\"'"]);
    assert!(found.iter().all(|token| token.line == 2));
    assert_eq!(found.iter().filter(|token| token.is("::")).count(), 1);
}

#[test]
fn what_only_tests_see_is_left_out() {
    let source = "fn a() {} #[cfg(test)] #[allow(b)] mod c { fn d() { e } } #[cfg(test)] use f::{g}; fn h() {}
        #[cfg(test)] const I: [u8; 2] = [0; 2]; #[cfg(unix)] mod j;";
    let kept = without_tests(&tokens(source));
    let words: Vec<&str> =
        kept.iter().filter(|t| t.kind == Kind::Word).map(|t| t.text.as_str()).collect();
    assert_eq!(words, ["fn", "a", "fn", "h", "cfg", "unix", "mod", "j"]);
}

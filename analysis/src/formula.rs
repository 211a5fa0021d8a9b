//! A function of x that a user writes down, such as `2e5 + 9e4 * sin((x - 1990) / 6)`: numbers, x, pi, the operators
//! `+ - * / ^`, parentheses, and a few functions. Read once, with a limit on length and nesting, then evaluated from a
//! list of steps.

use std::f64::consts::PI;
use std::fmt;
use std::str::FromStr;

/// Longest text, in bytes.
const LONGEST: usize = 200;
/// Deepest nesting of parentheses and signs.
const DEEPEST: usize = 40;

type Function = fn(f64) -> f64;

/// The functions that a formula may use.
const FUNCTIONS: [(&str, Function); 7] = [
    ("sin", f64::sin),
    ("cos", f64::cos),
    ("tan", f64::tan),
    ("exp", f64::exp),
    ("ln", f64::ln),
    ("sqrt", f64::sqrt),
    ("abs", f64::abs),
];

/// A function of x.
#[derive(Debug, Clone)]
pub struct Formula {
    text: String,
    steps: Vec<Step>,
}

/// A step of the evaluation: what it takes is on top of a stack, and so is what it leaves.
#[derive(Debug, Clone, Copy)]
enum Step {
    Number(f64),
    X,
    Negate,
    Call(Function),
    Join(fn(f64, f64) -> f64),
}

impl Formula {
    /// Its value at `x`, which may be no finite number.
    ///
    /// ```
    /// use swast_analysis::formula::Formula;
    /// let formula: Formula = "1 + 2*x^2 / (x - 1)".parse().unwrap();
    /// assert_eq!(formula.eval(3.0), 10.0);
    /// ```
    #[must_use]
    pub fn eval(&self, x: f64) -> f64 {
        let mut stack: Vec<f64> = Vec::new();
        for step in &self.steps {
            let value = match step {
                Step::Number(value) => *value,
                Step::X => x,
                Step::Negate => -stack.pop().unwrap_or(f64::NAN),
                Step::Call(function) => function(stack.pop().unwrap_or(f64::NAN)),
                Step::Join(join) => {
                    let right = stack.pop().unwrap_or(f64::NAN);
                    join(stack.pop().unwrap_or(f64::NAN), right)
                }
            };
            stack.push(value);
        }
        stack.pop().unwrap_or(f64::NAN)
    }
}

/// The same text is the same formula.
impl PartialEq for Formula {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.text)
    }
}

impl FromStr for Formula {
    /// What is wrong, and where.
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.len() > LONGEST {
            return Err(format!("a formula has at most {LONGEST} characters; shorten it"));
        }
        let mut reader = Reader { text, at: 0, steps: Vec::new() };
        reader.sum(0)?;
        if !reader.rest().is_empty() {
            return Err(reader.unexpected());
        }
        Ok(Self { text: text.to_owned(), steps: reader.steps })
    }
}

/// Reads a formula from left to right and writes its steps.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    steps: Vec<Step>,
}

impl<'a> Reader<'a> {
    /// What is not read yet, from the next character that is no blank.
    fn rest(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
        &self.text[self.at..]
    }

    /// Takes the next character if it is one of `wanted`.
    fn take(&mut self, wanted: &str) -> Option<char> {
        let next = self.rest().chars().next().filter(|c| wanted.contains(*c))?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn unexpected(&mut self) -> String {
        match self.rest().chars().next() {
            Some(c) => format!("`{c}` is unexpected; write a formula such as 2 * x^2 + sin(x)"),
            None => "the formula ends too early; write one such as 2 * x^2 + sin(x)".to_owned(),
        }
    }

    /// Products joined by + and -.
    fn sum(&mut self, depth: usize) -> Result<(), String> {
        if depth > DEEPEST {
            return Err(format!("a formula is nested at most {DEEPEST} deep; write it out"));
        }
        self.product(depth)?;
        while let Some(sign) = self.take("+-") {
            self.product(depth)?;
            let join = if sign == '+' { |a, b| a + b } else { |a: f64, b: f64| a - b };
            self.steps.push(Step::Join(join));
        }
        Ok(())
    }

    /// Powers joined by * and /.
    fn product(&mut self, depth: usize) -> Result<(), String> {
        self.signed(depth)?;
        while let Some(sign) = self.take("*/") {
            self.signed(depth)?;
            let join = if sign == '*' { |a, b| a * b } else { |a: f64, b: f64| a / b };
            self.steps.push(Step::Join(join));
        }
        Ok(())
    }

    /// A power with a sign, which binds less: -x^2 is -(x^2).
    fn signed(&mut self, depth: usize) -> Result<(), String> {
        if depth > DEEPEST {
            return Err(format!("a formula is nested at most {DEEPEST} deep; write it out"));
        }
        if self.take("-").is_some() {
            self.signed(depth + 1)?;
            self.steps.push(Step::Negate);
            return Ok(());
        }
        self.atom(depth)?;
        if self.take("^").is_some() {
            self.signed(depth + 1)?;
            self.steps.push(Step::Join(f64::powf));
        }
        Ok(())
    }

    /// A number, x, pi, a function of something in parentheses, or something in parentheses.
    fn atom(&mut self, depth: usize) -> Result<(), String> {
        let rest = self.rest();
        if self.take("(").is_some() {
            return self.closed(depth);
        }
        let length = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        if length == 0 {
            return self.number();
        }
        let name = &rest[..length];
        let function = FUNCTIONS.iter().find(|(known, _)| *known == name);
        let step = match (name, function) {
            ("x", _) => Step::X,
            ("pi", _) => Step::Number(PI),
            (_, Some((_, function))) => Step::Call(*function),
            _ => {
                let known: Vec<&str> = FUNCTIONS.iter().map(|(name, _)| *name).collect();
                return Err(format!(
                    "`{name}` is unknown; a formula has x, pi, {}",
                    known.join(", ")
                ));
            }
        };
        self.at += length;
        if let Step::Call(_) = step {
            self.take("(").ok_or_else(|| format!("`{name}` needs parentheses; write {name}(x)"))?;
            self.closed(depth)?;
        }
        self.steps.push(step);
        Ok(())
    }

    /// A sum up to the parenthesis that ends it.
    fn closed(&mut self, depth: usize) -> Result<(), String> {
        self.sum(depth + 1)?;
        match self.take(")") {
            Some(_) => Ok(()),
            None if self.rest().is_empty() => {
                Err("a parenthesis is not closed; add `)`".to_owned())
            }
            None => Err(self.unexpected()),
        }
    }

    fn number(&mut self) -> Result<(), String> {
        let rest = self.rest();
        let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let mut length = digits(rest);
        if rest[length..].starts_with('.') {
            length += 1 + digits(&rest[length + 1..]);
        }
        // An exponent, where digits follow.
        if let Some(exponent) = rest[length..].strip_prefix(['e', 'E']) {
            let sign = usize::from(exponent.starts_with(['+', '-']));
            let count = digits(&exponent[sign..]);
            length += if count > 0 { 1 + sign + count } else { 0 };
        }
        let value: f64 = rest[..length].parse().map_err(|_| self.unexpected())?;
        self.at += length;
        self.steps.push(Step::Number(value));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formulas_follow_the_rules_of_arithmetic() {
        for (text, x, value) in [
            ("2", 0.0, 2.0),
            ("-x^2", 3.0, -9.0),
            ("2^-x", 1.0, 0.5),
            ("2^3^x", 2.0, 512.0),
            ("10 - 4 - 3", 0.0, 3.0),
            ("12 / 3 / 2", 0.0, 2.0),
            ("1 + 2 * x", 5.0, 11.0),
            ("(1 + 2) * x", 5.0, 15.0),
            ("2e5 + 9e4 * sin((x - 1990) / 6)", 1990.0, 2e5),
            ("abs(-x) + sqrt(x) + ln(exp(x)) + cos(pi) + tan(0)", 4.0, 9.0),
            (" .5*x + 1.e1 ", 2.0, 11.0),
            ("--x", 2.0, 2.0),
        ] {
            let formula: Formula = text.parse().unwrap();
            assert!((formula.eval(x) - value).abs() < 1e-12, "{text}: {}", formula.eval(x));
            assert_eq!(formula.to_string().parse(), Ok(formula), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, word) in [
            ("", "ends too early"),
            ("2 *", "ends too early"),
            ("2 x", "`x` is unexpected"),
            ("(1 + x", "not closed"),
            ("1 + x)", "`)` is unexpected"),
            ("sin x", "write sin(x)"),
            ("parabola(x)", "`parabola` is unknown; a formula has x, pi, sin"),
            ("1,5 * x", "`,` is unexpected"),
            (".", "`.` is unexpected"),
            ("2 ** x", "`*` is unexpected"),
            (&"(".repeat(190), "nested"),
            (&"-".repeat(190), "nested"),
            (&"x+".repeat(190), "at most 200"),
        ] {
            let error = text.parse::<Formula>().unwrap_err();
            assert!(error.contains(word) && error.lines().count() == 1, "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[-+*/^(). x0-9esincoπ]{0,40}", x in any::<f64>()) {
            if let Ok(formula) = text.parse::<Formula>() {
                let _value = formula.eval(x);
            }
        }
    }
}

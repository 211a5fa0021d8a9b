//! Specs: a method with its options in one text, `NAME` or `NAME:KEY=VALUE,...`, such as `gradmatch:ridge=0`.
//!
//! The same text is a flag, a line of `settings.json`, a part of a run's identity, the cell of a table and an entry in a
//! plan. It is read into the method's own struct, declared with [`crate::options!`], and written from it: keys in the
//! order of the struct, the shortest numbers, defaults left out. So a method is added in its own file, and the list of
//! them, made with [`crate::specs!`], is the only other place that names it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use thiserror::Error;

/// The options of a method; [`crate::options!`] implements it.
pub trait Options: Serialize + DeserializeOwned + Default {
    /// Name of the method.
    const NAME: &'static str;
    /// What the method does, in a line.
    const ABOUT: &'static str;
    /// The options in order.
    const KEYS: &'static [Key];

    /// What is wrong with a value and its cure, by key.
    fn wrong(&self) -> Option<(&'static str, &'static str)>;
}

/// A field of a method's options.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// The field, in snake case.
    pub field: &'static str,
    /// What it means, in a line.
    pub about: &'static str,
}

impl Key {
    /// The key, in kebab case.
    pub fn name(&self) -> String {
        self.field.replace('_', "-")
    }
}

/// A text that is no spec.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SpecError {
    /// The text breaks the grammar.
    #[error("`{text}`: {reason}; write NAME or NAME:KEY=VALUE,KEY=VALUE")]
    Grammar {
        /// The text.
        text: String,
        /// How.
        reason: String,
    },
    /// No method has the name.
    #[error("`{name}` is no {what}; expected one of {names}")]
    Name {
        /// What was looked for, such as `selector`.
        what: &'static str,
        /// The name given.
        name: String,
        /// The names there are.
        names: String,
    },
    /// The method has no such option.
    #[error("{method} has no option `{key}`; it has {keys}{owners}")]
    Key {
        /// The method.
        method: &'static str,
        /// The key given.
        key: String,
        /// The keys there are.
        keys: String,
        /// The methods that have it, after a semicolon; empty where there are none.
        owners: String,
    },
    /// A value does not fit its option.
    #[error("{method}:{key}={value}: {reason}")]
    Value {
        /// The method.
        method: &'static str,
        /// The key.
        key: String,
        /// The value.
        value: String,
        /// What is wrong, and the cure.
        reason: String,
    },
}

impl SpecError {
    /// This error; where it is that of a key, with the names of the methods that have it.
    pub fn with_owners(mut self, owners: impl Fn(&str) -> Vec<&'static str>) -> Self {
        if let Self::Key { key, owners: text, .. } = &mut self {
            let names = owners(key);
            if !names.is_empty() {
                *text = format!("; `{key}` is an option of {}", names.join(", "));
            }
        }
        self
    }
}

/// The text of a spec, cut into its parts and not yet compared with any method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Name of the method.
    pub name: String,
    /// Keys and values, as given.
    pub options: Vec<(String, String)>,
}

impl Given {
    /// Cuts `text` at the first `:`, then at each `,`, then at the first `=` of each part.
    ///
    /// # Errors
    /// When a part is empty or holds other than letters, digits, `-`, `.` and `+`, or a key occurs twice.
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        let wrong = |reason: String| SpecError::Grammar { text: text.to_owned(), reason };
        let word = |part: &str| {
            let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '+');
            match part.chars().find(|&c| !known(c)) {
                Some(c) => Err(wrong(format!("`{c}` cannot stand in a spec"))),
                None if part.is_empty() => Err(wrong("a part is empty".to_owned())),
                None => Ok(part.to_owned()),
            }
        };
        let (name, rest) = text.split_once(':').map_or((text, None), |(a, b)| (a, Some(b)));
        let mut given = Self { name: word(name)?, options: Vec::new() };
        for part in rest.into_iter().flat_map(|rest| rest.split(',')) {
            let Some((key, value)) = part.split_once('=') else {
                word(part)?;
                return Err(wrong(format!("`{part}` has no value")));
            };
            let (key, value) = (word(key)?, word(value)?);
            if given.options.iter().any(|(known, _)| *known == key) {
                return Err(wrong(format!("`{key}` is given twice")));
            }
            given.options.push((key, value));
        }
        Ok(given)
    }

    /// The options of a method of type `T`, those of `base` where none is given.
    ///
    /// # Errors
    /// When the method has no such option, or a value does not fit.
    pub fn read_over<T: Options>(&self, base: &T) -> Result<T, SpecError> {
        let mut all = fields(base);
        for (key, text) in &self.options {
            let field = T::KEYS.iter().map(Key::name).position(|name| name == *key);
            let Some(field) = field.map(|place| T::KEYS[place].name()) else {
                let keys: Vec<String> = T::KEYS.iter().map(Key::name).collect();
                let keys = if keys.is_empty() { "none".to_owned() } else { keys.join(", ") };
                let (method, owners) = (T::NAME, String::new());
                return Err(SpecError::Key { method, key: key.clone(), keys, owners });
            };
            // An option that is absent by default is shown as `none`, and may be given so.
            let is_absent = all.get(&field).is_none_or(Value::is_null) && text == ABSENT;
            let given = if is_absent { Value::Null } else { value(text) };
            all.insert(field.clone(), given.clone());
            // One at a time, so that a message belongs to its key.
            let alone = Map::from_iter([(field, given)]);
            serde_json::from_value::<T>(Value::Object(alone))
                .map_err(|error| self.wrong::<T>(key, text, &plainly(&error.to_string())))?;
        }
        let read: T = serde_json::from_value(Value::Object(all)).map_err(|error| {
            let (key, text) = self.options.first().cloned().unwrap_or_default();
            self.wrong::<T>(&key, &text, &error.to_string())
        })?;
        checked(&read)?;
        Ok(read)
    }

    fn wrong<T: Options>(&self, key: &str, value: &str, reason: &str) -> SpecError {
        let (key, value, reason) = (key.to_owned(), value.to_owned(), reason.to_owned());
        SpecError::Value { method: T::NAME, key, value, reason }
    }
}

/// Checks `options` that may have been made other than by reading.
///
/// # Errors
/// When a value does not fit.
pub fn checked<T: Options>(options: &T) -> Result<(), SpecError> {
    match options.wrong() {
        None => Ok(()),
        Some((field, reason)) => {
            let key = field.replace('_', "-");
            let value = shown(&fields(options)[&key]);
            Err(SpecError::Value { method: T::NAME, key, value, reason: reason.to_owned() })
        }
    }
}

/// The canonical text of a method with `options`.
pub fn canonical<T: Options>(options: &T) -> String {
    let (own, usual) = (fields(options), fields(&T::default()));
    let parts: Vec<String> = own
        .iter()
        .filter(|(key, value)| usual.get(*key) != Some(value))
        .map(|(key, value)| format!("{key}={}", shown(value)))
        .collect();
    match parts.is_empty() {
        true => T::NAME.to_owned(),
        false => format!("{}:{}", T::NAME, parts.join(",")),
    }
}

/// What `help NAME` prints: a line on the method, then one on each of its options with its default.
pub fn help<T: Options>() -> String {
    help_beside("", &T::default())
}

/// As [`help`], with the defaults of the command called `place` where they are other than the method's.
pub fn help_beside<T: Options>(place: &str, elsewhere: &T) -> String {
    let (defaults, others) = (fields(&T::default()), fields(elsewhere));
    let mut text = format!("{}: {}\n", T::NAME, T::ABOUT);
    if T::KEYS.is_empty() {
        text.push_str("It has no options.\n");
    }
    let width = T::KEYS.iter().map(|key| key.field.len()).max().unwrap_or(0);
    for key in T::KEYS {
        let name = key.name();
        let shown = |all: &Map<String, Value>| match &all[&name] {
            Value::Null => ABSENT.to_owned(),
            value => shown(value),
        };
        let mut default = shown(&defaults);
        if others[&name] != defaults[&name] {
            default.push_str(&format!("; {place}: {}", shown(&others)));
        }
        text.push_str(&format!("  {name:width$}  {} [default: {default}]\n", key.about));
    }
    text
}

/// The options of a method as JSON, in the order of its keys.
fn fields<T: Options>(options: &T) -> Map<String, Value> {
    match serde_json::to_value(options) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// How an option without a value is shown and given.
const ABSENT: &str = "none";

/// A value as written: a number, `true`, `false` or a name.
fn value(text: &str) -> Value {
    let numeric = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    if let Ok(whole) = text.parse::<u64>() {
        return whole.into();
    }
    match text.parse::<f64>() {
        Ok(number) if numeric => number.into(),
        _ if text == "true" || text == "false" => (text == "true").into(),
        _ => text.into(),
    }
}

/// A value as it is written: the shortest that reads back the same.
pub fn shown(value: &Value) -> String {
    match value {
        Value::String(name) => name.clone(),
        other => {
            let text = other.to_string();
            text.strip_suffix(".0").unwrap_or(&text).to_owned()
        }
    }
}

/// What serde says of a value, in words for a user.
fn plainly(message: &str) -> String {
    let mut text = message.replace("unknown variant", "unknown value");
    for (kind, words) in [
        ("f64", "a number"),
        ("u64", "a whole number"),
        ("u32", "a whole number"),
        ("usize", "a whole number"),
    ] {
        text = text.replace(&format!("expected {kind}"), &format!("expected {words}"));
    }
    text
}

/// Declares the struct of a method's options: `NAME` of the type, its name in specs, and for each option its line of
/// help, type and default, with a condition and the cure where not every value of the type will do.
#[macro_export]
macro_rules! options {
    (
        $(#[doc = $about:literal])+
        $name:ident $text:literal {
            $($(#[doc = $help:literal])+ $field:ident : $ty:ty = $default:expr
                $(; $fine:expr => $cure:literal)? ,)*
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, Copy, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
        #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
        pub struct $name {
            $($(#[doc = $help])+ pub $field: $ty,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        impl $crate::spec::Options for $name {
            const NAME: &'static str = $text;
            const ABOUT: &'static str = concat!($($about),+).trim_ascii();
            const KEYS: &'static [$crate::spec::Key] = &[$($crate::spec::Key {
                field: stringify!($field),
                about: concat!($($help),+).trim_ascii(),
            },)*];

            fn wrong(&self) -> Option<(&'static str, &'static str)> {
                $($({
                    let fine: fn(&$ty) -> bool = $fine;
                    if !fine(&self.$field) {
                        return Some((stringify!($field), $cure));
                    }
                })?)*
                None
            }
        }
    };
}

/// Declares the list of methods: an enum with a variant for each struct of options, called alike, which is read from
/// and written as a spec.
#[macro_export]
macro_rules! specs {
    ($(#[$doc:meta])* $name:ident of $what:literal { $($method:ident,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq)]
        #[allow(missing_docs, reason = "each variant is documented where its struct is")]
        pub enum $name {
            $($method($method),)+
        }

        impl $name {
            /// Names of all methods, in order.
            pub const NAMES: &'static [&'static str] =
                &[$(<$method as $crate::spec::Options>::NAME,)+];

            /// Every method with its defaults, in order.
            pub fn all() -> Vec<Self> {
                vec![$(Self::$method($method::default()),)+]
            }

            /// Name of the method.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$method(_) => <$method as $crate::spec::Options>::NAME,)+
                }
            }

            /// What the method does, in a line.
            pub fn about(&self) -> &'static str {
                match self {
                    $(Self::$method(_) => <$method as $crate::spec::Options>::ABOUT,)+
                }
            }

            /// Names of the method's options.
            pub fn keys(&self) -> Vec<String> {
                let keys = match self {
                    $(Self::$method(_) => <$method as $crate::spec::Options>::KEYS,)+
                };
                keys.iter().map($crate::spec::Key::name).collect()
            }

            /// The method called `name`, with its defaults.
            ///
            /// # Errors
            /// When there is none.
            pub fn named(name: &str) -> Result<Self, $crate::spec::SpecError> {
                match name {
                    $(_ if name == <$method as $crate::spec::Options>::NAME => {
                        Ok(Self::$method($method::default()))
                    })+
                    _ => Err($crate::spec::SpecError::Name {
                        what: $what,
                        name: name.to_owned(),
                        names: Self::NAMES.join(", "),
                    }),
                }
            }

            /// This method with the options `given` in place of its own.
            ///
            /// # Errors
            /// When an option is none of the method's, or a value does not fit.
            pub fn with(&self, given: &$crate::spec::Given) -> Result<Self, $crate::spec::SpecError> {
                let read = || {
                    Ok(match self {
                        $(Self::$method(base) => Self::$method(given.read_over(base)?),)+
                    })
                };
                read().map_err(|error: $crate::spec::SpecError| error.with_owners(Self::owners))
            }

            /// Names of the methods that have an option called `key`.
            pub fn owners(key: &str) -> Vec<&'static str> {
                let all = Self::all();
                all.iter().filter(|m| m.keys().iter().any(|k| k == key)).map(Self::name).collect()
            }

            /// What `help NAME` prints of the method.
            pub fn help(&self) -> String {
                match self {
                    $(Self::$method(_) => $crate::spec::help::<$method>(),)+
                }
            }
        }

        impl ::std::fmt::Display for $name {
            /// The canonical text.
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(&match self {
                    $(Self::$method(options) => $crate::spec::canonical(options),)+
                })
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::spec::SpecError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let given = $crate::spec::Given::parse(text)?;
                Self::named(&given.name)?.with(&given)
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                <String as ::serde::Deserialize>::deserialize(from)?
                    .parse()
                    .map_err(::serde::de::Error::custom)
            }
        }
    };
}

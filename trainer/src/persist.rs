//! What must survive a stop: each part of a run names its fields once, for writing and for reading.
//!
//! One function for both ways cannot forget a field in one of them. Tensors keep their memory when they are read back,
//! so whatever holds an address of a buffer (views of parameters, a captured step) stays valid.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tch::Tensor;
use thiserror::Error;

/// A part of a run that changes while it is trained.
pub trait Persist {
    /// Passes every field that must survive to `at`, which keeps it or replaces it by what was kept.
    fn persist(&mut self, at: &mut dyn Fields);
}

/// Where fields are written to or read from.
pub trait Fields {
    /// Keeps `tensor`, or fills it with what was kept; its shape stays.
    fn tensor(&mut self, name: &str, tensor: &mut Tensor);

    /// As [`Fields::tensor`], for a tensor that may be absent.
    fn optional(&mut self, name: &str, tensor: &mut Option<Tensor>);

    /// Keeps `value` and returns nothing, or returns what was kept.
    fn value(&mut self, name: &str, value: Value) -> Option<Value>;

    /// Notes that what was kept under `name` does not fit.
    fn fail(&mut self, name: &str, reason: String);

    /// Names given from here on belong to the part `name`.
    fn enter(&mut self, name: &str);

    /// Ends the part entered last.
    fn leave(&mut self);
}

impl dyn Fields + '_ {
    /// Keeps a plain value, or replaces it by what was kept.
    pub fn plain<T: Serialize + DeserializeOwned>(&mut self, name: &str, value: &mut T) {
        let written = match serde_json::to_value(&*value) {
            Ok(written) => written,
            Err(error) => return self.fail(name, error.to_string()),
        };
        if let Some(kept) = self.value(name, written) {
            match serde_json::from_value(kept) {
                Ok(kept) => *value = kept,
                Err(error) => self.fail(name, error.to_string()),
            }
        }
    }

    /// Keeps or replaces all fields of `part`.
    pub fn part(&mut self, name: &str, part: &mut (impl Persist + ?Sized)) {
        self.enter(name);
        part.persist(self);
        self.leave();
    }
}

/// What was kept does not fit what it is read into.
#[derive(Debug, Error, PartialEq)]
#[error("the field `{name}` of a checkpoint does not fit: {reason}")]
pub struct PersistError {
    name: String,
    reason: String,
}

/// All fields of something, by their full names.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// The tensors.
    pub tensors: BTreeMap<String, Tensor>,
    /// Everything else.
    pub values: BTreeMap<String, Value>,
}

impl Snapshot {
    /// A copy of all fields of `part`.
    pub fn of(part: &mut (impl Persist + ?Sized)) -> Self {
        let mut writer = Writer { kept: Self::default(), place: Place::default() };
        part.persist(&mut writer);
        writer.kept
    }

    /// Replaces all fields of `part`, which was set up as that which was kept.
    ///
    /// # Errors
    /// When a field is absent or of another shape; `part` is then half replaced and must not be used.
    pub fn restore(&self, part: &mut (impl Persist + ?Sized)) -> Result<(), PersistError> {
        let mut reader = Reader { kept: self, place: Place::default(), failure: None };
        part.persist(&mut reader);
        reader.failure.map_or(Ok(()), Err)
    }
}

/// The parts that have been entered.
#[derive(Default)]
struct Place(Vec<String>);

impl Place {
    fn name(&self, name: &str) -> String {
        self.0.iter().map(String::as_str).chain([name]).collect::<Vec<_>>().join(".")
    }
}

struct Writer {
    kept: Snapshot,
    place: Place,
}

impl Fields for Writer {
    fn tensor(&mut self, name: &str, tensor: &mut Tensor) {
        let copy = tensor.detach().copy();
        self.kept.tensors.insert(self.place.name(name), copy);
    }

    fn optional(&mut self, name: &str, tensor: &mut Option<Tensor>) {
        if let Some(tensor) = tensor {
            self.tensor(name, tensor);
        }
    }

    fn value(&mut self, name: &str, value: Value) -> Option<Value> {
        self.kept.values.insert(self.place.name(name), value);
        None
    }

    fn fail(&mut self, name: &str, reason: String) {
        unreachable!("`{}` cannot be written: {reason}", self.place.name(name))
    }

    fn enter(&mut self, name: &str) {
        self.place.0.push(name.to_owned());
    }

    fn leave(&mut self) {
        self.place.0.pop();
    }
}

struct Reader<'a> {
    kept: &'a Snapshot,
    place: Place,
    failure: Option<PersistError>,
}

impl Fields for Reader<'_> {
    fn tensor(&mut self, name: &str, tensor: &mut Tensor) {
        match self.kept.tensors.get(&self.place.name(name)) {
            None => self.fail(name, "it is missing".to_owned()),
            Some(kept) if kept.size() != tensor.size() || kept.kind() != tensor.kind() => {
                let (found, wanted) = ((kept.size(), kept.kind()), (tensor.size(), tensor.kind()));
                self.fail(name, format!("{found:?} where {wanted:?} is needed"));
            }
            Some(kept) => tch::no_grad(|| tensor.copy_(kept)),
        }
    }

    fn optional(&mut self, name: &str, tensor: &mut Option<Tensor>) {
        let kept = self.kept.tensors.get(&self.place.name(name));
        match (kept, &mut *tensor) {
            (Some(kept), Some(own)) if kept.size() == own.size() => self.tensor(name, own),
            (kept, _) => *tensor = kept.map(Tensor::copy),
        }
    }

    fn value(&mut self, name: &str, _value: Value) -> Option<Value> {
        let kept = self.kept.values.get(&self.place.name(name)).cloned();
        if kept.is_none() {
            self.fail(name, "it is missing".to_owned());
        }
        kept
    }

    fn fail(&mut self, name: &str, reason: String) {
        let name = self.place.name(name);
        self.failure.get_or_insert(PersistError { name, reason });
    }

    fn enter(&mut self, name: &str) {
        self.place.0.push(name.to_owned());
    }

    fn leave(&mut self) {
        self.place.0.pop();
    }
}

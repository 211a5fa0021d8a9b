//! Checkpoints: all that a run needs to go on, in a file that is written whole and checked when it is read.
//!
//! The file is a safetensors file. Its metadata hold what is no tensor, as JSON, and a SHA-256 value of everything.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensorError, SafeTensors, TensorView, serialize_to_file};
use serde_json::Value;
use sha2::{Digest, Sha256};
use swast_tables::table::{self, TableError};
use tch::{Device, Kind, TchError, Tensor};
use thiserror::Error;

use crate::persist::{PersistError, Snapshot};

const PREFIX: &str = "checkpoint-";
const ENDING: &str = ".safetensors";
/// How many are kept: the newest may turn out to be damaged.
const KEPT: usize = 2;
/// Raised when what is kept, or its names, change.
const FORMAT: &str = "swast checkpoint 1";
const VALUES: &str = "values";
const CHECKSUM: &str = "sha256";

/// Why a checkpoint is not written or read.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// The file could not be written or read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is no safetensors file, or is cut off.
    #[error("it is damaged ({0})")]
    Torn(SafeTensorError),
    /// Its content is not what was written.
    #[error("it was altered")]
    Altered,
    /// It belongs to another run.
    #[error("it is of run {0}")]
    OtherRun(String),
    /// It does not fit the run.
    #[error(transparent)]
    Unfit(#[from] PersistError),
    /// The rows before it are not there.
    #[error("its rows are not there: {0}")]
    Rows(TableError),
    /// libtorch cannot hold or give a tensor.
    #[error(transparent)]
    Tensor(#[from] TchError),
}

impl From<SafeTensorError> for CheckpointError {
    fn from(error: SafeTensorError) -> Self {
        match error {
            SafeTensorError::IoError(error) => Self::Io(error),
            other => Self::Torn(other),
        }
    }
}

/// A tensor in bytes.
struct Bytes {
    dtype: Dtype,
    shape: Vec<usize>,
    data: Vec<u8>,
}

impl Bytes {
    fn of(tensor: &Tensor) -> Result<Self, TchError> {
        let tensor = tensor.to_device(Device::Cpu).contiguous();
        let (kind, count) = (tensor.kind(), tensor.numel());
        let mut data = vec![0; count * kind.elt_size_in_bytes()];
        tensor.f_copy_data_u8(&mut data, count)?;
        let shape = tensor.size().iter().map(|&side| side as usize).collect();
        Ok(Self { dtype: kind.try_into()?, shape, data })
    }

    fn view(&self) -> Result<TensorView<'_>, SafeTensorError> {
        TensorView::new(self.dtype, self.shape.clone(), &self.data)
    }
}

/// Writes `kept` into `folder` as its newest checkpoint, and removes those that are no longer needed.
///
/// # Errors
/// When it cannot be written; the checkpoints that are there then stay.
pub fn write(folder: &Path, kept: &Snapshot) -> Result<(), CheckpointError> {
    let mut tensors = BTreeMap::new();
    for (name, tensor) in &kept.tensors {
        tensors.insert(name.as_str(), Bytes::of(tensor)?);
    }
    let mut views = Vec::new();
    for (name, bytes) in &tensors {
        views.push((*name, bytes.view()?));
    }
    let values = serde_json::to_string(&kept.values).map_err(io::Error::from)?;
    let checksum = checksum(&values, &views);
    let metadata = HashMap::from([(VALUES.to_owned(), values), (CHECKSUM.to_owned(), checksum)]);
    let number = all(folder)?.first().map_or(0, |(number, _)| *number) + 1;
    // As readable as the tables: others who share the folder may go on with the run.
    let partial = table::temporary(folder)?;
    serialize_to_file(views, &Some(metadata), partial.path())?;
    File::open(partial.path())?.sync_all()?;
    partial.persist(folder.join(format!("{PREFIX}{number:06}{ENDING}"))).map_err(|e| e.error)?;
    for (_, old) in all(folder)?.into_iter().skip(KEPT) {
        fs::remove_file(old)?;
    }
    Ok(())
}

/// The checkpoints in `folder`, the newest first.
///
/// # Errors
/// When the folder cannot be read.
pub fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    Ok(all(folder)?.into_iter().map(|(_, path)| path).collect())
}

/// Number and path of the checkpoints in `folder`, the newest first.
fn all(folder: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let number = name.strip_prefix(PREFIX).and_then(|name| name.strip_suffix(ENDING));
        if let Some(number) = number.and_then(|number| number.parse().ok()) {
            found.push((number, path));
        }
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    Ok(found)
}

/// What the checkpoint at `path` keeps, its tensors on `device`.
///
/// # Errors
/// When it cannot be read or is not, byte for byte, what was written.
pub fn read(path: &Path, device: Device) -> Result<Snapshot, CheckpointError> {
    let bytes = fs::read(path)?;
    let (_, header) = SafeTensors::read_metadata(&bytes)?;
    let metadata = header.metadata().clone().unwrap_or_default();
    let (Some(values), Some(written)) = (metadata.get(VALUES), metadata.get(CHECKSUM)) else {
        return Err(CheckpointError::Altered);
    };
    let file = SafeTensors::deserialize(&bytes)?;
    let mut views = file.tensors();
    views.sort_by(|a, b| a.0.cmp(&b.0));
    if checksum(values, &views) != *written {
        return Err(CheckpointError::Altered);
    }
    let values: BTreeMap<String, Value> =
        serde_json::from_str(values).map_err(|_| CheckpointError::Altered)?;
    let mut tensors = BTreeMap::new();
    for (name, view) in views {
        let shape: Vec<i64> = view.shape().iter().map(|&side| side as i64).collect();
        let tensor = Tensor::f_from_data_size(view.data(), &shape, Kind::try_from(view.dtype())?)?;
        tensors.insert(name, tensor.to_device(device));
    }
    Ok(Snapshot { tensors, values })
}

/// SHA-256 of all that a checkpoint holds, names, types and shapes included.
fn checksum<S: AsRef<str>>(values: &str, tensors: &[(S, TensorView)]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(format!("{FORMAT}\n{values}\n"));
    for (name, view) in tensors {
        hasher.update(format!("{} {:?} {:?}\n", name.as_ref(), view.dtype(), view.shape()));
        hasher.update(view.data());
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(seed: f64) -> Snapshot {
        let values =
            [("b".to_owned(), Value::from(0.1 + seed)), ("a".to_owned(), Value::from("x"))];
        let tensors = [
            ("w".to_owned(), Tensor::from_slice(&[seed, f64::NAN, -0.0]).view([3, 1])),
            ("none".to_owned(), Tensor::from_slice::<f32>(&[])),
            ("rate".to_owned(), Tensor::from(0.1_f32)),
            ("marks".to_owned(), Tensor::from_slice(&[true, false])),
            ("half".to_owned(), Tensor::from_slice(&[1.5_f32, 2.0]).to_kind(Kind::BFloat16)),
        ];
        Snapshot { tensors: tensors.into(), values: values.into() }
    }

    fn same(a: &Snapshot, b: &Snapshot) -> bool {
        let bytes = |snapshot: &Snapshot| -> Vec<(String, Vec<usize>, Vec<u8>)> {
            let bytes = |(name, tensor): (&String, &Tensor)| {
                let Bytes { shape, data, .. } = Bytes::of(tensor).unwrap();
                (name.clone(), shape, data)
            };
            snapshot.tensors.iter().map(bytes).collect()
        };
        bytes(a) == bytes(b) && a.values == b.values
    }

    #[test]
    fn what_is_read_is_what_was_written_and_two_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        for seed in [1.0, 2.0, 3.0] {
            write(folder.path(), &kept(seed)).unwrap();
            let newest = &list(folder.path()).unwrap()[0];
            assert!(same(&read(newest, Device::Cpu).unwrap(), &kept(seed)));
        }
        let all = list(folder.path()).unwrap();
        assert_eq!((all.len(), fs::read_dir(folder.path()).unwrap().count()), (2, 2));
        assert!(same(&read(&all[1], Device::Cpu).unwrap(), &kept(2.0)));
    }

    #[test]
    fn every_cut_and_every_flipped_byte_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &kept(1.0)).unwrap();
        let path = &list(folder.path()).unwrap()[0];
        let whole = fs::read(path).unwrap();
        for place in 0..whole.len() {
            fs::write(path, &whole[..place]).unwrap();
            assert!(read(path, Device::Cpu).is_err(), "cut at {place}");
            let mut flipped = whole.clone();
            flipped[place] ^= 1 << (place % 8);
            fs::write(path, &flipped).unwrap();
            // A change that is none, such as that of the case of a letter of JSON, reads the same.
            let read = read(path, Device::Cpu);
            assert!(read.is_err() || same(&read.unwrap(), &kept(1.0)), "flipped at {place}");
        }
    }
}

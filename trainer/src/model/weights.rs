//! Weights that a network starts from: a file of tensors under torchvision's names.

use std::path::{Path, PathBuf};
use std::{fs, io};

use sha2::{Digest, Sha256};
use tch::{TchError, Tensor};
use thiserror::Error;

use super::Network;
use super::saved::SavedModelError;

/// Names of the classifier's tensors, which depend on the number of classes.
const CLASSIFIER: [&str; 2] = ["fc.weight", "fc.bias"];

/// Weights that cannot be used.
#[derive(Debug, Error)]
pub enum WeightsError {
    /// The file cannot be read.
    #[error("--weights: {path}: {cause}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        cause: io::Error,
    },
    /// The file holds no tensors.
    #[error("--weights: {path}: {cause}; give a file of tensors in the safetensors format", path = path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// The cause.
        cause: TchError,
    },
    /// The tensors are those of another model.
    #[error("--weights: {path}: {cause}; choose the --model (and the resolution) that the weights are of", path = path.display())]
    Model {
        /// The file.
        path: PathBuf,
        /// The cause.
        cause: SavedModelError,
    },
}

/// Weights that a network starts from.
#[derive(Debug)]
pub struct Weights {
    path: PathBuf,
    digest: String,
    tensors: Vec<(String, Tensor)>,
}

impl Weights {
    /// Reads the safetensors file `path`.
    ///
    /// # Errors
    /// When it cannot be read or holds no tensors.
    pub fn read(path: &Path) -> Result<Self, WeightsError> {
        let io = |cause| WeightsError::Io { path: path.to_owned(), cause };
        let digest = Sha256::digest(fs::read(path).map_err(io)?);
        let digest = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let tensors = Tensor::read_safetensors(path)
            .map_err(|cause| WeightsError::Form { path: path.to_owned(), cause })?;
        Ok(Self { path: path.to_owned(), digest, tensors })
    }

    /// SHA-256 of the file, in hexadecimal digits.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Where they were read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether they are for so many classes; then the classifier is taken over too.
    pub fn are_for(&self, classes: usize) -> bool {
        let bias = self.tensors.iter().find(|(name, _)| name == CLASSIFIER[1]);
        bias.is_some_and(|(_, bias)| bias.size() == [classes as i64])
    }

    /// Gives `network` these weights and running statistics; a classifier for another number of classes stays as it is.
    ///
    /// # Errors
    /// When they are those of another model; the network is then half changed.
    pub fn give(&self, network: &mut Network) -> Result<(), WeightsError> {
        let own = self.are_for(network.architecture.classes);
        let keep = |name: &str| !own && CLASSIFIER.contains(&name);
        network
            .load_but(&self.tensors, keep)
            .map_err(|cause| WeightsError::Model { path: self.path.clone(), cause })
    }
}

#[cfg(test)]
mod tests {
    use tch::Device;

    use super::*;
    use crate::model::{Architecture, ModelKind};

    fn network(classes: usize, seed: u64) -> Network {
        Network::new(Architecture::new(ModelKind::ResNet8, classes, 32), seed, Device::Cpu)
    }

    fn equal(a: &Network, b: &Network) -> Vec<(String, bool)> {
        let pairs = a.tensors().into_iter().zip(b.tensors());
        pairs.map(|((name, a), (_, b))| (name, a.size() == b.size() && a.equal(&b))).collect()
    }

    #[test]
    fn all_tensors_are_taken_over_but_a_classifier_for_other_classes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        let mut first = network(10, 1);
        first.statistics.iter_mut().for_each(|s| drop(s.mean.fill_(0.5)));
        Tensor::write_safetensors(&first.tensors(), &path).unwrap();
        let weights = Weights::read(&path).unwrap();
        let mut same = network(10, 2);
        weights.give(&mut same).unwrap();
        assert!(weights.are_for(10) && equal(&first, &same).iter().all(|(_, equal)| *equal));
        let (mut other, fresh) = (network(7, 2), network(7, 2));
        weights.give(&mut other).unwrap();
        let is_classifier = |name: &str| CLASSIFIER.contains(&name);
        assert!(equal(&first, &other).iter().all(|(name, equal)| *equal != is_classifier(name)));
        let kept = equal(&fresh, &other).into_iter().filter(|(name, _)| is_classifier(name));
        assert!(!weights.are_for(7) && kept.map(|(_, equal)| equal).eq([true, true]));
    }
}

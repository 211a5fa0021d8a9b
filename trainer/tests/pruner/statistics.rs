//! Recomputed running statistics: what they are, and that a run of ProbMask ends with those of its hard
//! masks.

use swast_trainer::model::network::prefers_channels_last;
use swast_trainer::model::ops::Mode;
use swast_trainer::model::recalibrate::gather;
use swast_trainer::model::{Architecture, ModelKind, Network};
use swast_trainer::run::record::MODEL;
use swast_trainer::train::data::TrainingData;
use tch::{Device, Kind, Tensor};

use crate::feed::{augmented, batches, drawn};
use crate::matrix::{dataset, settings};
use crate::support::made_on;
use crate::toy::scattered;

fn images(count: i64, salt: u64) -> Tensor {
    Tensor::from_slice(&scattered(count as usize * 3072, salt)).reshape([count, 3, 32, 32]) * 3.0
}

/// Running statistics, one after the other.
fn flat(network: &Network) -> Tensor {
    let both = network.statistics.iter().flat_map(|s| [&s.mean, &s.variance]);
    Tensor::cat(&both.map(Tensor::copy).collect::<Vec<_>>(), 0)
}

fn apart(a: &Tensor, b: &Tensor) -> f64 {
    (a - b).abs().max().double_value(&[])
}

#[test]
fn gathered_statistics_are_means_over_samples() {
    let mut network = Network::new(Architecture::new(ModelKind::ResNet8, 10, 32), 3, Device::Cpu);
    let (many, few) = (images(24, 1), images(8, 2));
    let mut alone = |images: &Tensor| {
        gather(&mut network, std::iter::once(images.shallow_clone()));
        let _guard = tch::no_grad_guard();
        // With the statistics of a batch, evaluation does to it what training does, but for the divisor n - 1.
        let evaluated = network.forward(images, Mode::Evaluate).logits;
        let statistics = flat(&network);
        let trained = network.forward(images, Mode::Train).logits;
        assert!(apart(&evaluated, &trained) < 5e-3, "{}", apart(&evaluated, &trained));
        assert!(apart(&flat(&network), &statistics) < 1e-5, "a mean moves nothing at the mean");
        statistics
    };
    let (first, second) = (alone(&many), alone(&few));
    assert!(apart(&first, &second) > 1e-2);
    let seen = network.batches_seen;
    gather(&mut network, [many, few].into_iter());
    assert!(apart(&flat(&network), &(first * 0.75 + second * 0.25)) < 1e-5);
    assert_eq!(network.batches_seen, seen);
    let before = flat(&network);
    gather(&mut network, std::iter::empty());
    assert_eq!(flat(&network), before);
}

#[test]
fn hard_masks_are_left_with_their_own_statistics() {
    let folder = tempfile::tempdir().unwrap();
    // The masks become hard at the end of the only epoch, on a coreset too.
    for (name, flags) in [("all", "--variant prune-only"), ("coreset", "--variant cut --warmup 0")]
    {
        let settings = settings(&format!(
            "{flags} --selector random --pruner probmask --dataset cifar10 --epochs 1 --prune-rate 0.9"
        ));
        let own = folder.path().join(name);
        made_on(&settings, dataset("cifar10", 10), &own);
        let architecture = Architecture::new(settings.model, 10, 32);
        let layout = prefers_channels_last(Device::Cpu);
        let data =
            TrainingData::new(dataset("cifar10", 10), settings.holdout(), layout, Device::Cpu);
        let mut network = Network::new(architecture, 0, Device::Cpu);
        network.load(&Tensor::read_safetensors(own.join(MODEL)).unwrap()).unwrap();
        let left = flat(&network);
        let rows: Vec<swast_tables::rows::CoresetRow> =
            if name == "all" { Vec::new() } else { crate::support::rows(&own) };
        let indices: Vec<i64> = match name {
            "all" => data.pool.iter().map(|&index| i64::from(index)).collect(),
            _ => rows.iter().map(|row| row.index as i64).collect(),
        };
        let indices = Tensor::from_slice(&indices);
        let plan = drawn(indices.numel(), settings.seed, 1);
        let batch = |(first, len)| {
            let chosen = indices.index_select(0, &plan.order.narrow(0, first, len));
            augmented(&*data.images, &chosen, &plan, first)
        };
        gather(&mut network, batches(indices.numel(), settings.batch_size).map(batch));
        let scale = left.abs().max().double_value(&[]);
        assert!(apart(&flat(&network), &left) < 1e-5 * scale, "{name}");
        assert!(left.sum(Kind::Double).double_value(&[]).is_finite());
    }
}

//! How the samples of a training set fare while they are trained on, kept on the device.

use tch::{Device, Kind, Tensor};

use crate::persist::{Fields, Persist};

/// Which samples were classified correctly when last seen, and how often that was lost.
#[derive(Debug)]
pub struct HistoryBuffers {
    /// Whether the last presentation was classified correctly, 0 or 1, `[n]`.
    correct: Tensor,
    /// Presentations classified wrongly after one classified correctly, `[n]`.
    forgotten: Tensor,
    /// Whether any presentation was classified correctly, 0 or 1, `[n]`.
    learnt: Tensor,
}

impl HistoryBuffers {
    /// The history of `count` samples that were never seen.
    pub fn new(count: i64, device: Device) -> Self {
        let zeros = || Tensor::zeros([count], (Kind::Int, device));
        Self { correct: zeros(), forgotten: zeros(), learnt: zeros() }
    }

    /// The same buffers for a step that is replayed.
    pub fn frozen(&self) -> Self {
        let [correct, forgotten, learnt] =
            [&self.correct, &self.forgotten, &self.learnt].map(Tensor::shallow_clone);
        Self { correct, forgotten, learnt }
    }

    /// Takes note of a mini-batch: the samples at `indices`, all different, and whether each was classified correctly
    /// (`hits`). Does not wait for the device.
    pub fn observe(&mut self, indices: &Tensor, hits: &Tensor) {
        let hits = hits.to_kind(Kind::Int);
        let before = self.correct.index_select(0, indices);
        let events = (&before - &hits).clamp_min(0);
        let forgotten = self.forgotten.index_select(0, indices) + events;
        let learnt = self.learnt.index_select(0, indices).maximum(&hits);
        for (all, own) in [
            (&mut self.forgotten, forgotten),
            (&mut self.learnt, learnt),
            (&mut self.correct, hits),
        ] {
            let _ = all.index_copy_(0, indices, &own);
        }
    }

    /// What is known of the samples at `indices`, on the host.
    pub fn of(&self, indices: &Tensor) -> swast_selection::History {
        let read = |values: &Tensor| -> Vec<i32> {
            let own = values.index_select(0, indices).to_device(Device::Cpu);
            let mut host = vec![0; own.numel()];
            let count = host.len();
            own.copy_data(&mut host, count);
            host
        };
        swast_selection::History {
            forgotten: read(&self.forgotten).into_iter().map(|events| events as u32).collect(),
            learnt: read(&self.learnt).into_iter().map(|learnt| learnt != 0).collect(),
        }
    }
}

impl Persist for HistoryBuffers {
    fn persist(&mut self, at: &mut dyn Fields) {
        at.tensor("correct", &mut self.correct);
        at.tensor("forgotten", &mut self.forgotten);
        at.tensor("learnt", &mut self.learnt);
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use rand::RngExt;
    use rand::seq::index::sample;

    use super::*;
    use swast_tables::stream::stream;

    /// Against the count over whole sequences, with samples presented at different times and not equally often.
    #[test]
    fn mini_batches_add_up_to_the_whole_history() {
        const SAMPLES: usize = 40;
        let mut draw = stream(5, "test", 0);
        let mut history = HistoryBuffers::new(SAMPLES as i64, Device::Cpu);
        let mut seen = vec![Vec::new(); SAMPLES];
        for _ in 0..60 {
            let batch = sample(&mut draw, SAMPLES, 7).into_vec();
            let hits: Vec<bool> = batch.iter().map(|_| draw.random_bool(0.4)).collect();
            batch.iter().zip(&hits).for_each(|(&i, &hit)| seen[i].push(f32::from(u8::from(hit))));
            let indices: Vec<i64> = batch.iter().map(|&i| i as i64).collect();
            history.observe(&Tensor::from_slice(&indices), &Tensor::from_slice(&hits));
        }
        let own = history.of(&Tensor::arange(SAMPLES as i64, (Kind::Int64, Device::Cpu)));
        for (sample, row) in seen.into_iter().enumerate() {
            let row = Array2::from_shape_vec((1, row.len()), row).unwrap();
            let expected = swast_selection::History::of(&row.view());
            assert_eq!(own.forgotten[sample], expected.forgotten[0]);
            assert_eq!(own.learnt[sample], expected.learnt[0]);
        }
    }
}

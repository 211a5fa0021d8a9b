//! Stage 1 of state preservation (paper, section "State Preservation"): the network's present answers are recorded.

use swast_datasets::DatasetError;
use tch::Kind;

use super::data::TrainingData;
use super::measure::logits;
use super::samples::Recorded;
use super::state::State;
use crate::settings::Preserve;

/// Records the network's present answers for the samples that are trained on; nothing where none are preserved.
///
/// # Errors
/// When an image cannot be read.
pub fn record_states(
    state: &mut State,
    preserve: Preserve,
    data: &TrainingData,
) -> Result<(), DatasetError> {
    if preserve == Preserve::None {
        return Ok(());
    }
    let State { network, samples, meter, .. } = state;
    meter.forward(samples.len());
    let indices = samples.indices();
    let logits = logits(network, &*data.images, &indices)?;
    let labels = data.images.labels(&indices);
    let member = match preserve {
        Preserve::Selective => logits.argmax(-1, false).eq_tensor(&labels).to_kind(Kind::Float),
        _ => labels.ones_like().to_kind(Kind::Float),
    };
    samples.record(Recorded { logits, member });
    Ok(())
}

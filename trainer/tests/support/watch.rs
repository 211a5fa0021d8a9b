//! What a run shows and what it is: its rows, and every field of its state, to be compared bit for bit.

use std::ops::ControlFlow::{self, Break, Continue};

use swast_trainer::persist::{Fields, Persist};
use swast_trainer::train::outcome::{FollowError, Observer, Trained};
use swast_trainer::train::select::Selected;
use swast_trainer::train::state::State;
use swast_trainer::train::times::Times;
use tch::Tensor;

/// What a run shows, times aside; stops it after so many mini-batches.
#[derive(Default)]
pub(crate) struct Watch {
    pub(crate) shown: Vec<String>,
    pub(crate) left: Option<usize>,
}

impl Observer for Watch {
    fn selected(&mut self, selected: &Selected, _state: &State) -> Result<(), FollowError> {
        self.shown.push(format!("{:?}", Selected { time_s: 0.0, ..selected.clone() }));
        Ok(())
    }

    fn stepped(&mut self, _state: &mut State) -> Result<ControlFlow<()>, FollowError> {
        Ok(match &mut self.left {
            None => Continue(()),
            Some(left) => {
                *left -= 1;
                if *left == 0 { Break(()) } else { Continue(()) }
            }
        })
    }

    fn trained(&mut self, trained: &Trained, state: &State) -> Result<(), FollowError> {
        let trained = Trained { time_s: 0.0, ..trained.clone() };
        self.shown.push(format!("{trained:?} {} {}", state.density(), state.meter.total()));
        Ok(())
    }
}

/// Every field of a state, in order: names, and values or the bytes of tensors.
#[derive(Default)]
struct Listed(Vec<(String, String)>);

impl Fields for Listed {
    fn tensor(&mut self, name: &str, tensor: &mut Tensor) {
        let flat = tensor.detach().contiguous().view([-1]).to_kind(tch::Kind::Double);
        let bits: Vec<u64> =
            Vec::<f64>::try_from(flat).unwrap().into_iter().map(f64::to_bits).collect();
        self.0.push((name.to_owned(), format!("{:?} {bits:?}", tensor.size())));
    }

    fn optional(&mut self, name: &str, tensor: &mut Option<Tensor>) {
        match tensor {
            Some(tensor) => self.tensor(name, tensor),
            None => self.0.push((name.to_owned(), "absent".to_owned())),
        }
    }

    fn value(&mut self, name: &str, value: serde_json::Value) -> Option<serde_json::Value> {
        self.0.push((name.to_owned(), value.to_string()));
        None
    }

    fn fail(&mut self, name: &str, reason: String) {
        panic!("{name}: {reason}");
    }

    fn enter(&mut self, name: &str) {
        self.0.push(("enter".to_owned(), name.to_owned()));
    }

    fn leave(&mut self) {
        self.0.push(("leave".to_owned(), String::new()));
    }
}

/// Every field of `state`, times aside.
pub(crate) fn listed(state: &mut State) -> Vec<(String, String)> {
    state.times = Times { selections: state.times.selections, ..Times::default() };
    state.times.coreset_epochs = 0;
    let mut fields = Listed::default();
    state.persist(&mut fields);
    fields.0
}

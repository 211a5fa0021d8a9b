//! `swast-analysis explore`

use std::net::SocketAddr;

use swast_analysis::lab::{self, Against, Request, State};
use swast_analysis::points::{self, MarkedPoints};
use swast_analysis::scale::Scale;

use crate::args::ExploreArgs;
use crate::{report, serve};

/// `swast-analysis explore`
pub(crate) fn execute(args: &ExploreArgs) -> anyhow::Result<()> {
    let query = match &args.data {
        None => String::new(),
        Some(path) => {
            let table = points::read(path)?;
            // In words, as they are not about an address.
            lab::check_count(table.points.len())
                .map_err(|e| anyhow::anyhow!("{}: {e}", path.display()))?;
            // As in `prune --data`: the unit of x does not matter.
            let scale = Scale::of(&table.points);
            // Without marks all points are clean and the coreset.
            let marked = table.marked().unwrap_or_else(|| {
                MarkedPoints::new(table.points.clone(), vec![false; table.points.len()])
            });
            let domain = scale.is_rescaled().then_some(scale);
            let state =
                State { own: Some(marked), domain, against: Against::Line, ..State::default() };
            let query = state.query();
            Request::parse(&query).map_err(|e| anyhow::anyhow!("{}: {e}", path.display()))?;
            report::rescaled(&scale)?;
            query
        }
    };
    serve::serve(SocketAddr::new(args.address, args.port), &query, !args.no_open)
}

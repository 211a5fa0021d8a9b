//! Images as they are, all at once.

use swast_trainer::feed::Feed;
use tch::Tensor;

/// The images at `indices` as they are, f32 `[n, 3, H, W]`.
pub(crate) fn plain(feed: &dyn Feed, indices: &Tensor) -> Tensor {
    let all = feed.plain(indices, indices.size()[0]).next();
    all.unwrap().unwrap().1
}

//! The points that are nearer to a candidate than to every facility.

use crate::kernel::dot::Element;

/// The points that a candidate would take over, and their distances from it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reach<S> {
    points: Vec<(u32, S)>,
}

impl<S: Element> Reach<S> {
    /// Bytes of a point.
    pub(super) const POINT_BYTES: usize = size_of::<(u32, S)>();

    /// The reach, of `length` points, of a candidate with distances `row` to all points, whose distances to the
    /// facilities are `nearest`.
    pub(super) fn of(row: &[S], nearest: &[S], length: usize) -> Self {
        // One more, for what is written after the last.
        let mut points = vec![(0, S::zero()); length + 1];
        let mut kept = 0;
        for (point, (&distance, &nearest)) in (0..).zip(row.iter().zip(nearest)) {
            // Without a branch, which would be guessed wrongly as often as not.
            points[kept] = (point, distance);
            kept += usize::from(distance < nearest);
        }
        points.truncate(length);
        Self { points }
    }

    /// The points, each with its distance.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, S)> {
        self.points.iter().map(|&(point, distance)| (point as usize, distance))
    }

    /// Lets go the points that are as near to a facility by now; returns what the others would take off the `nearest`
    /// distances.
    pub(super) fn shortened(&mut self, nearest: &[S]) -> f64 {
        let (mut gain, mut kept) = (0.0, 0);
        for place in 0..self.points.len() {
            let (point, distance) = self.points[place];
            let less = nearest[point as usize].into() - distance.into();
            self.points[kept] = (point, distance);
            kept += usize::from(less > 0.0);
            gain += less.max(0.0);
        }
        self.points.truncate(kept);
        gain
    }
}

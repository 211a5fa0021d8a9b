//! Drops of test accuracy that training does not make good until the coreset is selected again.

/// What counts as a drop, for the caption.
pub(super) const MEANING: &str = "A drop not made good: test accuracy falls from one measured epoch to the next, and no \
                                  later measurement up to the one right before the next selection (after the last \
                                  selection, up to the end) reaches the value before the fall; its size is what the best \
                                  of those measurements lacks. Falls after which nothing was measured are left out.";

/// What remains of each drop that is not made good, in the unit of the accuracies. `measured`: epoch and accuracy, by
/// ascending epoch; `selected`: the epochs whose first step follows a selection.
///
/// The deadline of a fall seen at epoch e is the epoch before the first selection that comes after a later epoch than e.
pub(super) fn drops(measured: &[(u32, f64)], selected: &[u32]) -> Vec<f64> {
    let mut remaining = Vec::new();
    for (at, pair) in measured.windows(2).enumerate() {
        let ((_, before), (seen, fallen)) = (pair[0], pair[1]);
        if fallen >= before {
            continue;
        }
        let later = selected.iter().copied().filter(|epoch| epoch.saturating_sub(1) > seen);
        let deadline = later.min().map_or(u32::MAX, |epoch| epoch - 1);
        let after = measured[at + 2..].iter().take_while(|(epoch, _)| *epoch <= deadline);
        let best = after.map(|(_, accuracy)| *accuracy).reduce(f64::max);
        remaining.extend(best.map(|best| before - best).filter(|lacking| *lacking > 0.0));
    }
    remaining
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drop_counts_when_the_next_interval_does_not_make_it_good() {
        // Selections before epochs 3, 5 and 7: measured right before each, and at the end.
        let selected = [3, 5, 7];
        let lost = [(2, 50.0), (4, 40.0), (6, 47.0), (8, 60.0)];
        assert_eq!(drops(&lost, &selected), [3.0]);
        let made_good = [(2, 50.0), (4, 40.0), (6, 50.0), (8, 60.0)];
        assert!(drops(&made_good, &selected).is_empty());
        // Better only after the deadline.
        let late = [(2, 50.0), (4, 40.0), (6, 45.0), (8, 55.0)];
        assert_eq!(drops(&late, &selected), [5.0]);
    }

    #[test]
    fn measurements_between_selections_count() {
        let selected = [3, 7];
        let between = [(2, 50.0), (3, 40.0), (5, 51.0), (6, 49.0), (8, 49.0)];
        // The fall at 3 is made good at 5; that at 6 is not by the last epoch.
        assert_eq!(drops(&between, &selected), [2.0]);
    }

    #[test]
    fn nothing_is_said_of_a_fall_at_the_end() {
        assert!(drops(&[(2, 50.0), (4, 40.0)], &[3]).is_empty());
        assert!(drops(&[], &[]).is_empty());
    }
}

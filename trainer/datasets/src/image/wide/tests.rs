//! The units of this processor against any processor.

use proptest::prelude::*;

use super::*;

/// All that a processor can do with eight rows of numbers.
struct All([[i16; 8]; 8], [[u16; 8]; 8]);

impl Work for All {
    type Output = Vec<u8>;

    fn run(self, processor: impl Processor) -> Vec<u8> {
        let rows = std::array::from_fn(|i| processor.products(&self.0[i], &self.1[i]));
        let columns = Eight::transposed(rows);
        let factor = |i: usize| i32::from(self.0[0][i]).wrapping_mul(70_001);
        let mixed: [_; 8] = std::array::from_fn(|i| {
            let (one, other) = (columns[i], columns[(i + 3) % 8]);
            let near = one.rounded::<9>().add(other.rounded::<18>());
            near.sub(one.times(factor(i)).raised::<13>().rounded::<21>())
        });
        let halves = mixed.as_chunks::<4>().0;
        halves.iter().flat_map(|half| Eight::bytes(*half).concat()).collect()
    }
}

/// Bytes of rows as columns.
struct Turned([[u8; 16]; 16]);

impl Work for Turned {
    type Output = [[u8; 16]; 16];

    fn run(self, processor: impl Processor) -> [[u8; 16]; 16] {
        processor.turned(self.0)
    }
}

/// Planes in turn.
struct Interleaved([[u8; 16]; 3]);

impl Work for Interleaved {
    type Output = [u8; 48];

    fn run(self, processor: impl Processor) -> [u8; 48] {
        processor.interleaved(self.0)
    }
}

/// Sums of bytes.
struct Sums<'a>(&'a [([u8; 32], u16)]);

impl Work for Sums<'_> {
    type Output = [u8; 32];

    fn run(self, processor: impl Processor) -> [u8; 32] {
        let sums = self.0.iter().fold(processor.halves(), |sums, (samples, share)| {
            processor.plus(sums, samples, *share)
        });
        processor.whole(sums)
    }
}

proptest! {
    #[test]
    fn sums_are_near_and_the_same_everywhere(terms in prop::collection::vec((any::<[u8; 32]>(), any::<u16>()), 1..8)) {
        let all: u32 = terms.iter().map(|(_, share)| u32::from(*share)).sum();
        let share = |share: u16| (65_536 * u64::from(share) / u64::from(all.max(65_536))) as u16;
        let terms: Vec<_> = terms.iter().map(|(samples, part)| (*samples, share(*part))).collect();
        let sums = widely(Sums(&terms));
        prop_assert_eq!(Sums(&terms).run(Portable), sums);
        for (place, sum) in sums.into_iter().enumerate() {
            let exact: f64 =
                terms.iter().map(|(samples, part)| f64::from(samples[place]) * f64::from(*part)).sum();
            prop_assert!((f64::from(sum) - exact / 65_536.0).abs() < 0.5 + 9.0 / 256.0);
        }
    }

    #[test]
    fn all_units_give_the_same(numbers: [[i16; 8]; 8], factors: [[u16; 8]; 8], small in 0_u32..16) {
        let numbers = numbers.map(|row| row.map(|number| number >> small));
        let factors = factors.map(|row| row.map(|factor| factor >> small));
        prop_assert_eq!(widely(All(numbers, factors)), All(numbers, factors).run(Portable));
    }
}

#[test]
fn planes_are_interleaved() {
    let planes = [0, 1, 2].map(|plane| std::array::from_fn(|i| (3 * i + plane) as u8));
    let in_order: [u8; 48] = std::array::from_fn(|i| i as u8);
    assert_eq!(widely(Interleaved(planes)), in_order);
    assert_eq!(Interleaved(planes).run(Portable), in_order);
}

#[test]
fn rows_become_columns() {
    let rows = std::array::from_fn(|row| std::array::from_fn(|column| (16 * row + column) as u8));
    let turned = widely(Turned(rows));
    for (row, column) in (0..16).flat_map(|row| (0..16).map(move |column| (row, column))) {
        assert_eq!(turned[column][row], rows[row][column]);
    }
    assert_eq!(Turned(rows).run(Portable), turned);
}

//! SplitMix64 on the device, and what is made of it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use swast_trainer::draws::{below, bits, logistic, permutation, ranks, uniform};
use tch::{Device, Kind, Tensor};

const COUNT: usize = 1_000_000;

fn numbers(tensor: &Tensor) -> Vec<f64> {
    Vec::try_from(tensor.to_kind(Kind::Double)).unwrap()
}

/// Mean of `values` in units of its standard error where their standard deviation is `deviation`.
fn surprise(values: impl ExactSizeIterator<Item = f64>, mean: f64, deviation: f64) -> f64 {
    let count = values.len() as f64;
    (values.sum::<f64>() / count - mean).abs() / deviation * count.sqrt()
}

#[test]
fn bits_are_those_of_splitmix64() {
    // The published outputs for state 1234567, then the generator written out for other states.
    let published: [u64; 5] = [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ];
    let found = Vec::<i64>::try_from(bits(1_234_567, 5, Device::Cpu)).unwrap();
    assert_eq!(found.map_to_unsigned(), published);
    for key in [0, 1, u64::MAX, 0x8000_0000_0000_0000, 0xDEAD_BEEF_0BAD_F00D] {
        let mut state = key;
        let expected: Vec<u64> = (0..1000)
            .map(|_| {
                state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mut z = state;
                z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                z ^ (z >> 31)
            })
            .collect();
        let found = Vec::<i64>::try_from(bits(key, 1000, Device::Cpu)).unwrap();
        assert_eq!(found.map_to_unsigned(), expected);
        let ranked = Vec::<i64>::try_from(ranks(key, 1000, Device::Cpu)).unwrap();
        let halves: Vec<i64> = expected.iter().map(|bits| (bits >> 1) as i64).collect();
        assert_eq!(ranked, halves);
    }
}

trait Unsigned {
    fn map_to_unsigned(self) -> Vec<u64>;
}

impl Unsigned for Vec<i64> {
    fn map_to_unsigned(self) -> Vec<u64> {
        self.into_iter().map(i64::cast_unsigned).collect()
    }
}

#[test]
fn uniform_numbers_are_uniform_and_inside_the_interval() {
    let u = numbers(&uniform(7, COUNT, Device::Cpu));
    let smallest = 0.5_f64.powi(24);
    assert!(u.iter().all(|u| (smallest..=1.0 - smallest).contains(u)));
    assert!(surprise(u.iter().copied(), 0.5, (1.0_f64 / 12.0).sqrt()) < 5.0);
    // The squared distance from the centre has mean 1/12 and variance 1/80 - 1/144.
    let squares = u.iter().map(|u| (u - 0.5).powi(2));
    assert!(surprise(squares, 1.0 / 12.0, (1.0_f64 / 80.0 - 1.0 / 144.0).sqrt()) < 5.0);
    for tenth in 0..10 {
        let inside = u.iter().map(|u| f64::from((u * 10.0) as u32 == tenth));
        assert!(surprise(inside, 0.1, 0.3) < 5.0, "{tenth}");
    }
}

#[test]
fn whole_numbers_are_uniform_below_their_end() {
    for end in [1, 2, 9, 18, 1 << 31] {
        let found = Vec::<i64>::try_from(below(end, 5, COUNT, Device::Cpu)).unwrap();
        assert!(found.iter().all(|number| (0..end).contains(number)));
        let upper = found.iter().map(|&number| f64::from(2 * number >= end));
        let share = 1.0 - (end as f64 / 2.0).ceil() / end as f64;
        let deviation = (share * (1.0 - share)).sqrt();
        assert!(end == 1 || surprise(upper, share, deviation) < 5.0, "{end}");
    }
    let found = Vec::<i64>::try_from(below(9, 5, COUNT, Device::Cpu)).unwrap();
    for number in 0..9 {
        let equal = found.iter().map(|&other| f64::from(other == number));
        assert!(surprise(equal, 1.0 / 9.0, 8_f64.sqrt() / 9.0) < 5.0, "{number}");
    }
}

#[test]
fn every_order_is_as_likely() {
    const DRAWS: u64 = 24_000;
    let mut counts = std::collections::BTreeMap::new();
    for key in 0..DRAWS {
        // Neighbouring keys, which must not give neighbouring orders.
        let order = Vec::<i64>::try_from(permutation(key, 4, Device::Cpu)).unwrap();
        *counts.entry(order).or_insert(0_u64) += 1;
    }
    assert_eq!(counts.len(), 24);
    let share: f64 = 1.0 / 24.0;
    let deviation = (share * (1.0 - share) * DRAWS as f64).sqrt();
    for (order, count) in counts {
        assert!((count as f64 - share * DRAWS as f64).abs() < 5.0 * deviation, "{order:?}");
    }
    let mut long = Vec::<i64>::try_from(permutation(3, 100_000, Device::Cpu)).unwrap();
    assert_ne!(long[..5], [0, 1, 2, 3, 4]);
    long.sort_unstable();
    assert!(long.into_iter().eq(0..100_000));
}

#[test]
fn neighbours_and_keys_are_uncorrelated() {
    let u = numbers(&uniform(7, COUNT, Device::Cpu));
    let variance = 1.0 / 12.0;
    for key in [8, 7 << 32, !7] {
        let other = numbers(&uniform(key, COUNT, Device::Cpu));
        let products = u.iter().zip(&other).map(|(a, b)| (a - 0.5) * (b - 0.5));
        assert!(surprise(products, 0.0, variance) < 5.0, "{key}");
    }
    for lag in [1, 2, 64] {
        let products = u.iter().zip(&u[lag..]).map(|(a, b)| (a - 0.5) * (b - 0.5));
        assert!(surprise(products, 0.0, variance) < 5.0, "{lag}");
    }
}

#[test]
fn logistic_noise_flips_coins_of_any_probability() {
    let noise = numbers(&logistic(9, COUNT, Device::Cpu));
    let variance = std::f64::consts::PI.powi(2) / 3.0;
    assert!(surprise(noise.iter().copied(), 0.0, variance.sqrt()) < 5.0);
    // The fourth moment of the logistic distribution is 7 pi^4 / 15.
    let fourth = 7.0 * std::f64::consts::PI.powi(4) / 15.0;
    let squares = noise.iter().map(|x| x * x);
    assert!(surprise(squares, variance, (fourth - variance * variance).sqrt()) < 5.0);
    // A mask is above one half where noise > -logit(s): with probability s.
    for s in [0.001_f64, 0.05, 0.3, 0.5, 0.9, 0.999] {
        let stays = noise.iter().map(|x| f64::from(x + (s / (1.0 - s)).ln() > 0.0));
        assert!(surprise(stays, s, (s * (1.0 - s)).sqrt()) < 5.0, "{s}");
    }
}

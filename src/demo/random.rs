//! A small, reproducible source of randomness: the same seed gives the same demo on every machine.
//!
//! SplitMix64, from Guy L. Steele Jr., Doug Lea and Christine H. Flood, “Fast splittable
//! pseudorandom number generators”, OOPSLA 2014, <https://doi.org/10.1145/2660193.2660195>.
//! Not for secrets: whoever knows the seed knows every number.

/// 2⁶⁴ divided by the golden ratio: the step of the generator.
const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// One stream of random numbers.
#[derive(Debug, Clone)]
pub(super) struct Random {
    state: u64,
}

impl Random {
    /// The stream of a seed; every seed is as good as any other.
    pub(super) fn seeded(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A stream of its own for `label`, which takes nothing from this one: what one fork draws
    /// never shows in another, so a ward can grow without changing its neighbours.
    pub(super) fn fork(&self, label: u64) -> Self {
        Self { state: mix(self.state ^ mix(label.wrapping_add(GAMMA))) }
    }

    /// A number from 0 up to, but not including, `n`; 0 if `n` is 0.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        // The high half of a product, not a remainder: no division, uneven by under n in 2⁶⁴.
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    /// A number from `low` to `high`, both included. `low` must not be over `high`.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True in `percent` of 100 cases.
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < u64::from(percent)
    }

    /// One of `choices`, each as likely as the others. `choices` must not be empty.
    pub(super) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len() as u64) as usize]
    }

    /// One of `choices`, each as likely as its weight says. `choices` must not be empty.
    pub(super) fn weighted<T: Copy>(&mut self, choices: &[(T, u32)]) -> T {
        let total: u64 = choices.iter().map(|(_, weight)| u64::from(*weight)).sum();
        let mut left = self.below(total);
        for (choice, weight) in choices {
            match left.checked_sub(u64::from(*weight)) {
                Some(rest) => left = rest,
                None => return *choice,
            }
        }
        choices[choices.len() - 1].0 // only if every weight is 0
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GAMMA);
        mix(self.state)
    }
}

/// The label of a text (a ward's code, the name of a purpose) for [`Random::fork`]: its 64-bit
/// FNV-1a hash.
pub(super) const fn label(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let mut hash: u64 = 0xCBF2_9CE4_8422_2325;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01B3);
        at += 1;
    }
    hash
}

fn mix(state: u64) -> u64 {
    let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_published_generator() {
        let mut random = Random::seeded(1_234_567);
        let drawn: Vec<u64> = (0..3).map(|_| random.next()).collect();
        assert_eq!(drawn, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn label_is_fnv_1a() {
        assert_eq!(label(""), 0xCBF2_9CE4_8422_2325);
        assert_eq!(label("a"), 0xAF63_DC4C_8601_EC8C);
    }

    #[test]
    fn stays_within_its_bounds_and_reaches_them() {
        let mut random = Random::seeded(1);
        let drawn: Vec<u64> = (0..1_000).map(|_| random.between(3, 7)).collect();
        assert_eq!((drawn.iter().min(), drawn.iter().max()), (Some(&3), Some(&7)));
        assert_eq!(random.below(0), 0);
        assert!(!random.chance(0) && random.chance(100));
    }

    #[test]
    fn weights_are_kept() {
        let mut random = Random::seeded(1);
        let rare =
            (0..10_000).filter(|_| random.weighted(&[("often", 9), ("never", 0), ("rare", 1)]) == "rare").count();
        assert!((900..1_100).contains(&rare), "{rare}");
        assert!((0..1_000).all(|_| random.weighted(&[(1, 1), (2, 0)]) == 1));
    }

    #[test]
    fn a_fork_takes_nothing_from_the_stream_it_comes_from() {
        let mut random = Random::seeded(1);
        let mut forks = [random.fork(1), random.fork(2), random.fork(1)];
        let [one, two, again] = forks.each_mut().map(Random::next);
        assert_eq!(one, again);
        assert_ne!(one, two);
        assert_eq!(random.next(), Random::seeded(1).next());
    }
}

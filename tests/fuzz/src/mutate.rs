//! Mutations of seeds, for the runs without a fuzzer's guidance: SplitMix64 decides.

/// A stream of inputs from seeds: the same number gives the same inputs everywhere.
pub struct Mutator(u64);

impl Mutator {
    /// Begins a stream.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^= word >> 31;
        usize::try_from(word % (limit.max(1) as u64)).unwrap_or_default()
    }

    /// One of the seeds, changed in some places, sometimes with a piece of another.
    pub fn next_input(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut input = seeds.get(self.below(seeds.len())).cloned().unwrap_or_default();
        for _ in 0..=self.below(6) {
            let at = self.below(input.len() + 1);
            match self.below(8) {
                0 => input.truncate(at),
                1 => input.insert(at, self.byte()),
                2 if at < input.len() => drop(input.remove(at)),
                3 => {
                    let other = seeds.get(self.below(seeds.len())).cloned().unwrap_or_default();
                    let from = self.below(other.len() + 1);
                    let piece: Vec<u8> = other.into_iter().skip(from).take(1 + self.below(40)).collect();
                    input.splice(at..at, piece);
                }
                4 => {
                    let end = (at + self.below(40)).min(input.len());
                    let piece = input.get(at..end).unwrap_or_default().to_vec();
                    input.splice(at..at, piece);
                }
                5 if at < input.len() => input[at] ^= 1 << self.below(8),
                _ if at < input.len() => input[at] = self.byte(),
                _ => input.push(self.byte()),
            }
        }
        input
    }

    /// Any byte; often one that means something in a frame.
    fn byte(&mut self) -> u8 {
        const MEANT: &[u8] = b"0123456789{}[]\",:\\u \0\xff\xef";
        match self.below(2) {
            0 => MEANT.get(self.below(MEANT.len())).copied().unwrap_or_default(),
            _ => u8::try_from(self.below(256)).unwrap_or_default(),
        }
    }
}

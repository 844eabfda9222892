"""Random numbers that any language can repeat: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), keyed by integers.

    mix(z)      z ^= z >> 30; z *= 0xBF58476D1CE4E5B9; z ^= z >> 27; z *= 0x94D049BB133111EB; z ^= z >> 31
    start       s = 0; then for each 64-bit digit d of each key, the lowest first: s = mix((s ^ d) + GOLDEN)
    number n    (mix(s + (n + 1) GOLDEN) >> 11) / 2**53, n counted from 0

All arithmetic is modulo 2**64. A key below 2**64 has one digit. `generate` draws from the key (random seed), `live` in
each bar from the keys (random seed, bar). The numbers are the same everywhere; the tokens drawn with them are the same
wherever the logits are, which come from float32 sums whose last bits depend on the machine and on numpy's BLAS.
"""

GOLDEN, _64_BITS = 0x9E3779B97F4A7C15, 2**64 - 1


def _mix(z: int) -> int:
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & _64_BITS
    z = (z ^ z >> 27) * 0x94D049BB133111EB & _64_BITS
    return z ^ z >> 31


class RandomNumbers:
    """A stream of numbers that depends on its keys alone. Keys are integers from 0."""

    __slots__ = ("_start", "count", "keys")

    def __init__(self, *keys: int) -> None:
        self.keys, self.count, self._start = keys, 0, 0
        for key in keys:
            self._start = _mix((self._start ^ key & _64_BITS) + GOLDEN & _64_BITS)
            while key := key >> 64:
                self._start = _mix((self._start ^ key & _64_BITS) + GOLDEN & _64_BITS)

    def random(self) -> float:
        """The next number: from 0 up to, not including, 1."""
        self.count += 1
        return (_mix(self._start + self.count * GOLDEN & _64_BITS) >> 11) * 2.0**-53

    def branch(self, number: int) -> "RandomNumbers":
        """A stream of its own that begins here, another for each `number`."""
        return RandomNumbers(*self.keys, self.count, number)

"""Made-up tunes that are built like real ones, so that the judge can be judged without any real music at hand."""

from collections.abc import Callable

import numpy as np
import pytest

from melodyrnn.music import Song, TimeSignature, Track
from melodyrnn.music.scales import MODES

EIGHTH = 12
STEPS, STEP_SHARES = (-2, -1, 0, 1, 2, 4), (0.14, 0.3, 0.12, 0.28, 0.12, 0.04)
REEL_BARS = ((1, 1, 1, 1, 1, 1, 1, 1), (2, 1, 1, 2, 1, 1), (3, 1, 1, 1, 1, 1), (2, 2, 2, 2))
JIG_BARS = ((1, 1, 1, 1, 1, 1), (2, 1, 2, 1), (2, 1, 1, 1, 1), (3, 2, 1))


def tune(rng: np.random.Generator) -> Song:
    """AABB of eight-bar strains in some key: stepwise, in a reel's or a jig's rhythm, home on the tonic at the end."""
    jig = rng.random() < 0.5
    bar_pulses, kinds = (6 * EIGHTH, JIG_BARS) if jig else (8 * EIGHTH, REEL_BARS)
    scale = MODES["major" if rng.random() < 0.7 else "minor"].steps
    tonic = int(rng.integers(60, 72))

    def pitch(degree: int) -> int:
        return tonic + 12 * (degree // 7) + scale[degree % 7]

    def strain() -> list[tuple[int, int, int]]:
        half: list[list[tuple[int, int, int]]] = []
        degree = int(rng.integers(0, 5))
        for bar in range(8):
            if bar in (4, 5) and rng.random() < 0.8:  # the second half begins as the first did
                half.append(half[bar - 4])
                continue
            place, notes = 0, []
            last = (4, 2) if jig else (4, 4)
            lengths = last if bar == 7 else kinds[int(rng.choice(len(kinds), p=(0.55, 0.25, 0.1, 0.1)))]
            for index, length in enumerate(lengths):
                degree = min(max(degree + int(rng.choice(STEPS, p=STEP_SHARES)), -3), 9)
                if bar == 7 and index == len(lengths) - 1:
                    degree = 0
                notes.append((place * EIGHTH, pitch(degree), length * EIGHTH))
                place += length
            half.append(notes)
        return [(bar * bar_pulses + place, p, length) for bar, notes in enumerate(half) for place, p, length in notes]

    first, second = strain(), strain()
    notes = [
        (onset + 8 * bar_pulses * number, p, length, 80)
        for number, part in enumerate((first, first, second, second))
        for onset, p, length in part
    ]
    return Song((Track(notes),), (), (TimeSignature(0, *((6, 8) if jig else (4, 4))),), 32 * bar_pulses)


@pytest.fixture(scope="session")
def tunes() -> Callable[[int, int], list[Song]]:
    """`tunes(count, random_seed)`: that many made-up tunes, always the same for the same number."""

    def made(count: int, random_seed: int) -> list[Song]:
        rng = np.random.default_rng(random_seed)
        return [tune(rng) for _ in range(count)]

    return made

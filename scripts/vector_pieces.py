"""The pieces of scripts/vectors.py."""

from collections.abc import Iterable

from melodyrnn.music.metre import TimeSignature
from melodyrnn.music.song import Note, Song, Track


def line(pitches: Iterable[int], step: int = 12, onset: int = 0, length: int = 12, velocity: int = 80) -> list[Note]:
    """Notes of equal steps, one after the other."""
    return [Note(onset + step * i, pitch, length, velocity - 8 * (i % 2)) for i, pitch in enumerate(pitches)]


def songs() -> dict[str, Song]:
    """Short pieces that between them reach every feature."""
    tune, answer = [60, 62, 64, 65, 67, 65, 64, 62], [67, 65, 64, 62, 60, 62, 59, 60]
    bass = [note for bar in range(6) for note in line([36 + bar % 3 * 5, 43], 48, 96 * bar, 40, 100)]
    beat = [
        (0, 36),
        (0, 42),
        (23, 38),
        (25, 42),
        (47, 36),
        (49, 42),
        (73, 38),
        (94, 42),
    ]  # by hand, near the sixteenths
    kit = [Note(96 * bar + place, sound, 6, 50 + 9 * i) for bar in range(5) for i, (place, sound) in enumerate(beat)]
    chords = [
        Note(96 * bar + 48 * half, root + above, 46, 64)
        for bar in range(4)
        for half, root in enumerate((48, 53 + bar % 2))
        for above in (0, 4, 7, 12)
    ]
    minor = [
        60,
        63,
        67,
        68,
        66,
        71,
        72,
        75,
        74,
        70,
        69,
        68,
        64,
        61,
        65,
        58,
    ]  # two a bar, so that it returns after eight
    held = [Note(192 * i, (48, 44, 51, 54, 47)[i % 5], 190, 60) for i in range(9)]
    odd = [*line(tune[:5], 24), Note(120, 127, 600, 127), Note(130, 0, 1, 1), *line(answer[:4], 24, 3000, 30)]
    return {
        "a tune that returns changed": Song((Track([*line(tune + answer + tune[:5] + [69, 64, 62] + answer)], 73),)),
        "chords": Song((Track(chords, 0),), (), (TimeSignature(0, 4, 4),)),
        "a kit": Song((Track(kit, 0, True),), (), (TimeSignature(0, 4, 4),)),
        "a band": Song((Track(line(tune * 2, 24), 25), Track(bass, 33), Track(kit, 0, True))),
        "eight bars twice": Song((Track(line(minor * 2, 48, 0, 44)), Track(held, 42))),
        "changes, rests and ties": Song(
            (Track(odd, 19),), (), (TimeSignature(0, 3, 4), TimeSignature(100, 5, 8), TimeSignature(700, 12, 4))
        ),
    }

"""A beat from nothing is in its groove from the first bar that is played."""

from itertools import pairwise

import pytest

from melodyrnn.api import load_model
from melodyrnn.live.score.composer import MusicNote
from melodyrnn.live.score.model_composer import ModelComposer
from melodyrnn.live.score.request import Call
from melodyrnn.live.score.settings import Settings
from melodyrnn.music import Note

BAR, BARS, SIXTEENTH = 96, 10, 6
DRUMS = Settings("drums")


def composer(stay: float = 0.5) -> ModelComposer:
    return ModelComposer(lambda _: load_model("drums"), DRUMS, 1, stay=stay, in_groove=True)


def notes(source: ModelComposer, until: int = BARS * BAR) -> list[MusicNote]:
    """What is composed from here up to a pulse."""
    found: list[MusicNote] = []
    while (passage := source.compose()).until < until:
        found += passage.notes
    return found


def rhythms(found: list[MusicNote]) -> list[set[int]]:
    """The sixteenths of each bar on which something begins."""
    onsets = [note.onset_pulses + SIXTEENTH // 2 for note in found]
    lines = pairwise(range(0, (BARS + 1) * BAR, BAR))
    return [{(onset - first) // SIXTEENTH for onset in onsets if first <= onset < last} for first, last in lines]


def overlap(bars: list[set[int]]) -> float:
    """Of the bars with those four before, in the mean."""
    return sum(len(bar & before) / len(bar | before) for before, bar in zip(bars, bars[4:], strict=False)) / (BARS - 4)


@pytest.fixture(scope="module")
def beat() -> ModelComposer:
    return composer()


def test_a_beat_keeps_its_rhythm_and_its_sounds(beat: ModelComposer) -> None:
    beat.rewind(0)
    kept, free = notes(beat), notes(composer(stay=0))
    assert overlap(rhythms(kept)) > overlap(rhythms(free)) + 0.1
    assert min(note.onset_pulses for note in kept) < BAR
    assert len({note.pitch for note in kept}) < len({note.pitch for note in free})


def test_a_bar_comes_again_as_it_was(beat: ModelComposer) -> None:
    beat.rewind(0)
    first = notes(beat)
    beat.rewind(2 * BAR)
    assert notes(beat) == [note for note in first if note.onset_pulses >= 2 * BAR]


def test_a_player_is_answered(beat: ModelComposer) -> None:
    source = composer()
    source.respond(Call(0, BAR, tuple(Note(24 * beat, 36, 12, 90) for beat in range(4))), 0, DRUMS)
    answer = notes(source, 3 * BAR)
    assert answer
    assert min(note.onset_pulses for note in answer) >= BAR


def test_pitched_music_has_no_groove_to_learn() -> None:
    folk = load_model("folk")
    settings = Settings("folk")
    found = [notes(ModelComposer(lambda _: folk, settings, 1, stay=stay, in_groove=True)) for stay in (0.0, 0.5)]
    assert found[0] == found[1]

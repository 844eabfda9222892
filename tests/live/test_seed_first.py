"""A session that begins with its seed."""

import pytest

from melodyrnn.generation import NoteConstraints, Sampling, Seed
from melodyrnn.live.score.composer import MusicNote
from melodyrnn.live.score.model_composer import ModelComposer
from melodyrnn.live.score.seed_first import SeedFirst
from melodyrnn.live.score.settings import Settings
from melodyrnn.live.testing import ScriptedComposer, Simulation
from melodyrnn.music import Note, Song, TimeSignature, Track

BAR = 96
PLAIN = Settings("plain", Sampling(constraints=NoteConstraints(density=2)))
LEAD = Track([Note(n * 24, 60 + n % 12, 20, 50 + n) for n in range(16)], program=40)
KIT = Track([Note(n * 24, 36, 6, 80) for n in range(16)], is_drum=True)
SEED = Seed.of(Song((LEAD, KIT)))


def composed(source: SeedFirst | ModelComposer, until: int) -> list[MusicNote]:
    found: list[MusicNote] = []
    while (passage := source.compose()).until <= until:
        found += passage.notes
    return [note for note in found if note.onset_pulses < until]


def seed_first(model, **given: object) -> tuple[SeedFirst, ModelComposer]:
    made = [ModelComposer(lambda _: model, PLAIN, 1, seed=SEED, **given) for _ in range(2)]  # type: ignore[arg-type]
    return SeedFirst(SEED, made[0]), made[1]


def test_the_notes_of_the_seed_come_first_and_then_the_same_music_as_without_them(small_model):
    source, alone = seed_first(small_model)
    found = composed(source, 12 * BAR)
    own = [note for note in found if note.onset_pulses < 4 * BAR]
    lead = [(n.onset_pulses, n.pitch, n.duration_pulses, n.velocity) for n in own if (n.channel, n.program) == (0, 40)]
    kit = [(n.onset_pulses, n.pitch, n.duration_pulses, n.velocity) for n in own if n.channel == 9]
    assert (lead, kit) == ([tuple(note) for note in LEAD], [tuple(note) for note in KIT])
    new = [note._replace(onset_pulses=note.onset_pulses - 4 * BAR) for note in found[len(own) :]]
    assert new == composed(alone, 8 * BAR)


@pytest.mark.parametrize("pulse", [0, BAR + 30, 4 * BAR - 1, 4 * BAR, 6 * BAR])
def test_a_bar_gone_back_to_comes_again(small_model, pulse):
    source, _ = seed_first(small_model)
    first = composed(source, 8 * BAR)
    source.rewind(pulse)
    assert composed(source, 8 * BAR) == [note for note in first if note.onset_pulses >= pulse]


def test_a_seed_in_other_bars_ends_at_a_bar_line():
    seed = Seed.of(Song((Track([Note(n * 24, 60, 24, 80) for n in range(6)]),), (), (TimeSignature(0, 3, 4),)))
    source = SeedFirst(seed, ScriptedComposer(Settings("plain")))
    found = composed(source, 4 * BAR)
    own = [note.onset_pulses for note in found if note.duration_pulses == 24]
    assert own == [2 * BAR - 144 + n * 24 for n in range(6)]
    assert found[6].onset_pulses == 2 * BAR


def test_it_plays_on_time_through_the_join():
    simulation = Simulation(SeedFirst(SEED, ScriptedComposer(Settings("plain"), step=24)))
    simulation.run(16)
    assert simulation.player.schedule.late_pulses == simulation.player.schedule.skipped == 0
    assert len(simulation.onsets()) == 2 * 16 + 17

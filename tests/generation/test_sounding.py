"""What sounds on both sides of a gap goes on sounding in it, and bars made anew are others for another random seed."""

from pathlib import Path

import numpy as np
import pytest

from melodyrnn import api
from melodyrnn.generation import Request, Sampling, Seed, sounding
from melodyrnn.generation.gap import Gap
from melodyrnn.generation.infilling import fill_gap
from melodyrnn.generation.sounding import NATS_A_BEAT, Sounding
from melodyrnn.generation.steering import Steering
from melodyrnn.music import Note, Song, Track
from models import flat_model

BAR = 96
GAP = Gap(3 * BAR, 6 * BAR, (0, 1))


def band() -> Song:
    """A pad that holds a chord in every bar, and a melody that sounds for two beats of each; nine bars."""
    pad = [Note(start, pitch, BAR, 70) for start in range(0, 9 * BAR, BAR) for pitch in (55, 59, 62)]
    lead = [Note(start + 24 * beat, 72 + beat, 24, 80) for start in range(0, 9 * BAR, BAR) for beat in (0, 2)]
    return Song([Track(pad, 89, name="Pad"), Track(lead, 73, name="Lead")], (), (), 9 * BAR)


def draft(*notes: tuple[int, int, int]) -> np.ndarray:
    """Notes of a draft: onset, part, duration."""
    return np.array([(onset, part, 60, duration, 80, -1) for onset, part, duration in notes]).reshape(-1, 6)


def test_a_beat_in_which_a_held_part_falls_silent_costs() -> None:
    of_band = Sounding(GAP, band())
    held = [(start, 0, BAR) for start in range(3 * BAR, 6 * BAR, BAR)]
    lead = [(start, 1, 48) for start in range(3 * BAR, 6 * BAR, BAR)]
    assert of_band.missing_nats(draft(*held, *lead), 6 * BAR) == pytest.approx(0)
    assert of_band.missing_nats(draft(*held[:2], *lead), 6 * BAR) == pytest.approx(4 * NATS_A_BEAT)
    assert of_band.missing_nats(draft(*held, *lead[:2]), 6 * BAR) == pytest.approx(2 * NATS_A_BEAT)
    assert of_band.missing_nats(draft((0, 0, 4 * BAR), *lead), 4 * BAR) == pytest.approx(0)  # held into the gap


def test_a_part_that_rests_on_one_side_may_rest() -> None:
    song = band()
    song = Song([song.tracks[0], song.tracks[1].with_notes(song.tracks[1].array[:6])], (), (), 9 * BAR)
    assert Sounding(Gap(3 * BAR, 6 * BAR, (1,)), song).missing_nats(draft(), 6 * BAR) == 0


def test_a_part_that_is_nowhere_else_sounds_as_the_notes_that_go() -> None:
    everywhere = Gap(0, 9 * BAR, (1,))
    assert Sounding(everywhere, band()).missing_nats(draft(), 9 * BAR) == pytest.approx(18 * NATS_A_BEAT)


def test_of_the_drafts_one_that_goes_on_sounding_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    model = flat_model(bars=-2.0 * np.arange(16), part={0: 5, 1: 5})

    def missing_with(nats_a_beat: float) -> float:
        monkeypatch.setattr(sounding, "NATS_A_BEAT", nats_a_beat)
        gap = Gap(3 * BAR, 4 * BAR, (0, 1))
        made = [fill_gap(model, Seed.of(band()), gap, None, Sampling(), number) for number in range(4)]
        monkeypatch.setattr(sounding, "NATS_A_BEAT", 1.0)
        notes = [draft(*((n[0], part, n[2]) for part in (0, 1) for n in each.song.tracks[part].array)) for each in made]
        return sum(Sounding(gap, band()).missing_nats(each, 4 * BAR) for each in notes)

    assert missing_with(100.0) < missing_with(0.0) - 1


def test_a_seed_of_one_note_is_made_anew_as_notes() -> None:
    seed = api.load_seed(Song([Track([Note(0, 60, 24, 80)])]))
    for random_seed in range(4):
        assert api.continuation(seed, Request(replace="1", stay=0, random_seed=random_seed)).new_note_count


def test_another_random_seed_makes_other_bars_of_a_piece_that_is_known_by_heart(midi_samples: Path) -> None:
    seed = api.load_seed(midi_samples / "ode_to_joy.mid")
    made = [
        api.continuation(seed, Request(replace="3-6", random_seed=number)).new_notes[0][:, :2].tolist()
        for number in range(4)
    ]
    assert len({str(notes) for notes in made}) >= 3


def test_a_part_that_is_nowhere_else_comes_back_about_as_dense_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    seed, asked = api.load_seed(band()), {"replace": "1-9", "part": ("Pad",), "stay": 0}

    def onsets() -> float:
        made = [api.continuation(seed, Request(**asked, random_seed=number)).new_notes[0] for number in range(3)]
        return float(np.mean([len(np.unique(new[:, 0])) for new in made]))

    near = onsets()
    monkeypatch.setattr(Steering, "expect_part", lambda *_: None)
    assert 9 / 2 < near < min(9 * 2.5, onsets())

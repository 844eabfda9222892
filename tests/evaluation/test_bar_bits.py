"""The bits of single events add up to what the likelihood of a folder says."""

import numpy as np
import pytest

from melodyrnn.api import load_model
from melodyrnn.encoding.events import encode
from melodyrnn.evaluation.bar_bits import bar_bits, model_bits
from melodyrnn.evaluation.likelihood import evaluate_folder
from melodyrnn.midi import read_song


def test_they_add_up_to_the_likelihood_of_the_folder(midi_samples):
    model = load_model("folk")
    songs = [read_song(path) for path in sorted(midi_samples.glob("*.mid"))]
    pieces = [encode(song).events for song in songs]
    told: list[float] = []
    bits = model_bits(model, pieces, model.style_number("folk"), told.append)
    assert told == [1.0]
    assert [len(of_piece) for of_piece in bits] == [len(piece) for piece in pieces]
    whole = evaluate_folder(model, midi_samples, "folk")
    found = bar_bits(songs, pieces, bits)
    assert found.notes == whole.notes
    assert found.all == pytest.approx(whole.bits_per_note, rel=1e-3)
    share = found.notes_in_repeated / found.notes
    assert np.isclose(share * found.repeated + (1 - share) * found.new, found.all)

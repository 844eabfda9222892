"""The example that makes bars anew from Python."""

import importlib.util
from pathlib import Path

from melodyrnn.drawing import notes_not_in
from melodyrnn.midi import read_song

EXAMPLE = Path(__file__).parents[2] / "examples" / "four_ways.py"


def test_four_ways_over_a_gap_differ_there_alone(midi_samples, tmp_path):
    spec = importlib.util.spec_from_file_location("four_ways", EXAMPLE)
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    path = midi_samples / "silent_night.mid"
    made = example.four_ways(path, "5-8", tmp_path / "ways")
    given = read_song(path)
    gap = range(given.bar_lines.start(4), given.bar_lines.start(8))
    for song in made:
        new = [
            onset
            for track, is_new in zip(song.tracks, notes_not_in(song, given), strict=True)
            for onset in track.array[is_new, 0].tolist()
        ]
        assert all(onset in gap for onset in new)
    assert len({tuple(map(bytes, (track.array for track in song.tracks))) for song in made}) > 1
    assert sorted(file.name for file in (tmp_path / "ways").iterdir()) == [
        "way-1.mid",
        "way-2.mid",
        "way-3.mid",
        "way-4.mid",
        "ways.svg",
    ]

"""Tracks that are drums by their name, on whatever channel they are."""

import numpy as np
import pytest

from melodyrnn.midi import ReadReport, parse_midi
from melodyrnn.midi.drumnames import Evidence, is_named_drums, named_evidence

BEAT = (36, 42, 38, 42) * 4
BASS_LINE = (36, 36, 39, 41, 43, 36, 34, 31, 36, 48, 46, 43)
MELODY = (69, 72, 74, 76, 79, 76, 74, 72)


def midi(events: str) -> bytes:
    """One track, at 24 ticks a quarter note: a tick is a pulse."""
    data = bytes.fromhex(events + "00 FF 2F 00")
    header = bytes.fromhex("4D 54 68 64 00 00 00 06 00 00 00 01 00 18")
    return header + b"MTrk" + len(data).to_bytes(4, "big") + data


def is_drums(name: str, pitches: tuple[int, ...], notes_at_once: int = 1) -> bool:
    return is_named_drums(name, 0, np.arange(len(pitches)) // notes_at_once, np.array(pitches))


DRUMS = [
    "Drums",
    "drum kit",
    "DRUMSET",
    "Latin percussion",
    "Drum",
    "Schlagzeug 1",
    "Drums1",
    "DRUMS_L",
    "Perc.",
    "Snare",
]
DRUMS += ["Percusión", "Percusió", "Batería 2", "Percussão", "Kick Drum", "Ludwig Drums (live)", "HiHat"]
DRUMS += ["Hi Hat", "Hi-Hats", "Drums and Percussion", "The Drums", "My Drums", "Drums on 10", "Percussion No. 1"]
DRUMS += ["Kick and Snare", "Drums on MIDI channel 10", "Perc no 2"]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
@pytest.mark.parametrize("name", DRUMS)
def test_drums_by_name(name: str, encoding: str) -> None:
    text = name.encode(encoding)
    named = f"00 FF 03 {len(text):02X} {text.hex()} "
    song, report = parse_midi(midi(named + "00 90 24 40 06 80 24 00"))
    assert song.tracks[0].is_drum
    assert report == ReadReport(named_drums=1)
    assert not parse_midi(midi(named + "00 C0 0E 00 90 24 40 06 80 24 00"))[0].tracks[0].is_drum  # program 14: bells


NO_DRUMS = ["", "Steel drums", "Conundrum", "Drumming Song lead", "Synth Drum", "Piano", "No drums", "Drums of Up"]
NO_DRUMS += ["The Little Drummer", "Concerto for Percussion", "Piano and drums", "Ohne Schlagzeug", "Kicking", "?"]
NO_DRUMS += ["Without drums", "No drums 2", "Drum and Bass", "The Drums of Up", "Drums in the Night", "With drums"]


@pytest.mark.parametrize("name", NO_DRUMS)
def test_names_of_no_drums(name: str) -> None:
    assert named_evidence(name) == Evidence.NONE
    assert not is_drums(name, BEAT)


BY_DAWS = ["Hats", "Clap", "Ride", "Toms", "Perc", "Shaker", "Superior Drummer 3", "EZdrummer", "Battery 4", "TR-808"]
BY_DAWS += [
    "tr 909",
    "Kick",
    "Kick 808",
    "Snare",
    "Drum Rack",
    "Break",
    "Amen Break",
    "Breakbeat",
    "Open Hat",
    "HH",
    "BD",
]
BY_DAWS += [
    "Floor Tom",
    "Tom 1",
    "Ride Cymbal",
    "Crash 2",
    "909",
    "808 Kit",
    "808 Snare",
    "Bass Drum",
    "Addictive Drums 2",
]
BY_DAWS += [
    "BFD3",
    "Rimshot",
    "Cowbell",
    "Drum Loop",
    "Trap Hats",
    "Drum Machine",
    "ドラム",
    "架子鼓",
    "Ударные",
    "03 Kick",
]


@pytest.mark.parametrize("name", BY_DAWS)
def test_drums_by_the_names_of_daws(name: str) -> None:
    assert is_drums(name, BEAT)
    assert is_drums(name, (60,) * 8)  # one sound, where a sampler has it


NOT_BY_DAWS = ["Steel Drums", "Drum'n'Bass Reese", "808 Bass", "Ride the Lightning", "Percussive Organ", "Kick Bass"]
NOT_BY_DAWS += [
    "Hang Drum",
    "Taiko Drums",
    "太鼓",
    "Bass & Drums",
    "Melodic Tom",
    "Clap Your Hands",
    "Synth Kick",
    "Kitchen",
]


@pytest.mark.parametrize("name", NOT_BY_DAWS)
def test_names_of_instruments_and_titles_are_no_drums(name: str) -> None:
    assert not is_drums(name, BEAT)


@pytest.mark.parametrize("name", ["Midnight Ride", "Jerry's Beaver Hat", "Kit O'Mahony's Jig", "Tom Sawyer", "808"])
def test_where_a_name_leaves_a_doubt_the_notes_decide(name: str) -> None:
    assert is_drums(name, BEAT)
    assert is_drums(name, (36, 42, 38, 46, 36, 51), notes_at_once=2)
    assert not is_drums(name, MELODY)
    assert not is_drums(name, BASS_LINE)


def test_808_alone_on_one_pitch_is_a_bass() -> None:
    assert not is_drums("808", (36,) * 8)


def test_a_tune_far_above_a_kit_is_no_ride() -> None:
    assert is_drums("Ride", MELODY)  # it could be: it fits a kit
    assert not is_drums("Ride", tuple(pitch + 20 for pitch in MELODY))

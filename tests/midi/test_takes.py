"""A take: what was sent, read back as the music it was, at any moment while it grows."""

import io
import json

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.errors import OutputError
from melodyrnn.midi import read_song
from melodyrnn.midi.takes import Take
from melodyrnn.music import TimeSignature

METRE = TimeSignature(0, 3, 4)
ON, OFF, PROGRAM = 0x90, 0x80, 0xC0


def test_its_tracks_have_the_names_of_their_channels(tmp_path):
    take = Take(METRE, {}, {1: "Sub Bass", 9: "\ud800 Körper", 3: "never played"})
    for channel in (1, 2, 9):
        take.add(0, bytes((ON | channel, 60, 80)))
    take.add(24, bytes((OFF | 1, 60, 0)))
    take.write(tmp_path / "take.mid")
    assert [track.name for track in read_song(tmp_path / "take.mid").tracks] == ["Sub Bass", "", "? Körper"]


def test_it_reads_back_as_what_was_sent(tmp_path):
    take = Take(METRE, {"random_seed": 7})
    take.set_tempo(0, 100)
    take.add(0, bytes((PROGRAM | 1, 40)))
    take.add(0, bytes((ON | 1, 60, 80)))
    take.add(9, bytes((ON | 9, 36, 90)))
    take.add(24, bytes((OFF | 1, 60, 0)))
    take.add(30, bytes((OFF | 9, 36, 0)))
    take.set_tempo(72, 150)
    take.add(200_000, bytes((ON | 1, 62, 70)))
    take.add(200_010, bytes((OFF | 1, 62, 0)))
    take.write(tmp_path / "take.mid")
    song = read_song(tmp_path / "take.mid")
    violin, kit = song.tracks
    assert (violin.program, violin.is_drum, kit.is_drum) == (40, False, True)
    assert [tuple(note) for note in violin] == [(0, 60, 24, 80), (200_000, 62, 10, 70)]
    assert [tuple(note) for note in kit] == [(9, 36, 21, 90)]
    assert [(tempo.onset_pulses, round(tempo.bpm)) for tempo in song.tempos] == [(0, 100), (72, 150)]
    assert song.time_signatures == (METRE,)


@pytest.mark.parametrize("bpm", [0.5, 3.5, 3.58, 5000])
def test_any_tempo_of_a_clock_can_be_written(bpm, tmp_path):
    """A tempo event has three bytes: below 3.576 bpm the take is as slow as a file can be."""
    take = Take(METRE, {})
    take.set_tempo(0, bpm)
    take.add(0, bytes((ON, 60, 80)))
    take.write(tmp_path / "take.mid")
    (tempo,) = [m.tempo for m in mido.MidiFile(tmp_path / "take.mid").tracks[0] if m.type == "set_tempo"]
    assert mido.tempo2bpm(tempo) == pytest.approx(max(bpm, 60e6 / (2**24 - 1)), rel=1e-3)


def test_how_it_came_about_stands_in_a_text_event(tmp_path):
    take = Take(METRE, {"random_seed": 7, "options": {"seed": "lied – ä.mid"}})
    take.add_notice(3, "density 2")
    take.write(tmp_path / "take.mid")
    (text,) = [message.text for message in mido.MidiFile(tmp_path / "take.mid").tracks[0] if message.type == "text"]
    assert json.loads(text) == {
        "random_seed": 7,
        "options": {"seed": "lied – ä.mid"},
        "changes": [{"bar": 4, "change": "density 2"}],
    }


messages = st.tuples(
    st.integers(0, 3), st.sampled_from([ON, OFF, 0xB0, PROGRAM]), st.integers(0, 127), st.integers(0, 127)
)


@given(st.lists(st.tuples(st.integers(0, 40_000), messages), max_size=60))
def test_at_any_moment_it_is_a_whole_file_with_every_note_ended(steps):
    take, now, sent = Take(METRE, {}), 0, []
    for gap, (channel, kind, first, second) in steps:
        now += gap
        message = bytes((kind | channel, first) if kind == PROGRAM else (kind | channel, first, second))
        take.add(now, message)
        sent.append((now * 20, message))
    file = mido.MidiFile(file=io.BytesIO(bytes(take)))
    read, sounding = [], set()
    for track in file.tracks[1:]:
        tick, last = 0, 0
        for message in track:
            tick += message.time
            if message.is_meta:
                last = tick
                continue
            read.append((tick, bytes(message.bytes())))
            key = message.channel, getattr(message, "note", None)
            if message.type == "note_on" and message.velocity:
                sounding.add(key)
            elif message.type in ("note_on", "note_off"):
                sounding.discard(key)
        assert last == now * 20
    assert not sounding
    missing = list(read)
    for each in sent:
        missing.remove(each)  # ValueError where one was lost
    assert all(message[0] & 0xF0 == OFF for _, message in missing)


def test_a_take_that_cannot_be_written_leaves_what_is_there(tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        Take(METRE, {}).write(tmp_path / "no folder" / "take.mid")
    target = tmp_path / "take.mid"
    take = Take(METRE, {})
    take.write(target)
    before = target.read_bytes()
    take.add(5, bytes((ON, 60, 60)))
    take.write(target)
    assert target.read_bytes() != before
    assert [path.name for path in tmp_path.iterdir()] == ["take.mid"]

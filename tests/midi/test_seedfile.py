"""A seed as its file: what comes back untouched, what is closed at the join, what is added after it."""

import io
import struct
import time
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, zip_longest
from pathlib import Path

import mido
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from melodyrnn.errors import MelodyRnnError, OptionError
from melodyrnn.midi.appending import ContinuedFile, continued
from melodyrnn.midi.cutting import bars_between
from melodyrnn.midi.limits import Limits
from melodyrnn.midi.parts import parts_of
from melodyrnn.midi.reading import parse_midi
from melodyrnn.midi.seedfile import SeedFile, of_busiest, parse_seed, read_seed, seed_of_song
from melodyrnn.music import Note, Song, Track
from melodyrnn.music.join import join_pulse

QUARTER = 480
BAR = 4 * QUARTER
Timed = tuple[int, bytes]  # the wait before an event, and the event


def number(value: int) -> bytes:
    digits = [value & 127]
    while value := value >> 7:
        digits.append(value & 127 | 128)
    return bytes(reversed(digits))


def meta(kind: int, data: bytes) -> bytes:
    return bytes((0xFF, kind)) + number(len(data)) + data


def midi(*tracks: Sequence[Timed], form: int = 1, quarter: int = QUARTER, end: int = 0) -> bytes:
    """A MIDI file of tracks of (wait, event); each ends so many ticks after its last event."""
    chunks = []
    for track in tracks:
        body = b"".join(number(wait) + event for wait, event in track) + number(end) + b"\xff\x2f\x00"
        chunks.append(b"MTrk" + struct.pack(">I", len(body)) + body)
    return b"MThd" + struct.pack(">IHHH", 6, form, len(tracks), quarter) + b"".join(chunks)


def scale(channel: int = 0, notes: int = 4, quarter: int = QUARTER) -> list[Timed]:
    """Quarter notes from C4 upwards."""
    timed = []
    for i in range(notes):
        timed += [(0, bytes((0x90 | channel, 60 + i, 80))), (quarter, bytes((0x80 | channel, 60 + i, 0)))]
    return timed


def timed_tracks(data: bytes) -> list[list[tuple[int, list[int]]]]:
    """For each track its events, each with its tick, as mido parses them."""
    tracks = []
    for track in mido.MidiFile(file=io.BytesIO(data), charset="latin-1").tracks:
        ticks = accumulate(message.time for message in track)
        tracks.append([(now, message.bytes()) for now, message in zip(ticks, track, strict=True)])
    return tracks


def before(data: bytes, tick: int, including: bool = False) -> list[list[tuple[int, list[int]]]]:
    """The events of each track before a tick, but for the end of track."""
    end = tick + including
    return [[e for e in track if e[0] < end and e[1][:2] != [0xFF, 0x2F]] for track in timed_tracks(data)]


def after(data: bytes, tick: int, track: int = 0) -> list[tuple[int, list[int]]]:
    """The events of a track from a tick on, counted from it."""
    return [(now - tick, event) for now, event in timed_tracks(data)[track] if now >= tick]


def go_on(seed: SeedFile, *notes: tuple[int, int, int, int], bars: int = 1, **options: object) -> ContinuedFile:
    """The seed with notes (onset in ticks after the join, duration, pitch, velocity) added to each of its parts."""
    join = seed.tick(join_pulse(seed.song))
    new = np.array(notes, np.int64).reshape(-1, 4) + np.array([join, 0, 0, 0])
    return continued(seed, [new] * len(seed.parts), join, join + bars * BAR, **options)  # type: ignore[arg-type]


NEW = (0, QUARTER, 72, 90)

VALUE = st.integers(0, 127)
CHANNEL_EVENTS = st.one_of(
    st.tuples(st.sampled_from([0x80, 0x90, 0xA0, 0xB0, 0xE0]), st.integers(0, 15), VALUE, VALUE).map(
        lambda event: bytes((event[0] | event[1], *event[2:]))
    ),
    st.tuples(st.sampled_from([0xC0, 0xD0]), st.integers(0, 15), VALUE).map(
        lambda event: bytes((event[0] | event[1], event[2]))
    ),
)
META_EVENTS = st.tuples(st.sampled_from([*range(1, 8), 9, 0x7F]), st.binary(max_size=200)).map(lambda e: meta(*e))
SYSEX_EVENTS = st.binary(max_size=40).map(lambda d: b"\xf0" + number(len(d) + 1) + bytes(b & 127 for b in d) + b"\xf7")
EVENTS = st.lists(st.tuples(st.integers(0, 300), CHANNEL_EVENTS | META_EVENTS | SYSEX_EVENTS), max_size=40)


def with_running_status(track: list[Timed]) -> list[Timed]:
    """The same events, each status left out that the one before it says."""
    running, shorter = -1, []
    for wait, event in track:
        if event[0] >= 0xF0:
            running = running if event[0] == 0xFF else -1
            shorter.append((wait, event))
        else:
            shorter.append((wait, event[1:] if event[0] == running else event))
            running = event[0]
    return shorter


@settings(max_examples=40)
@given(st.lists(EVENTS, min_size=1, max_size=3), st.sampled_from([24, 96, 100, 480, 19200]), st.booleans())
def test_every_event_before_the_join_comes_back(tracks: list[list[Timed]], quarter: int, running: bool) -> None:
    played = [[*scale(quarter=quarter), *track] for track in tracks]
    data = midi(*(with_running_status(track) if running else track for track in played), quarter=quarter, end=7)
    seed = parse_seed(data)
    assert not seed.is_repaired
    result = go_on(seed, NEW, (40, 30, 72, 90)).data
    join = seed.tick(join_pulse(seed.song))
    assert before(result, join) == before(data, join)
    assert result[:14] == data[:14]


@pytest.mark.parametrize("form", [0, 1])
def test_new_notes_are_in_the_tracks_and_channels_of_the_seed(form: int) -> None:
    tracks = [[(0, b"\xc3\x28"), *scale(3)], [(0, b"\xc5\x49"), *scale(5)]]
    data = midi(*(tracks if form else [[*tracks[0], *tracks[1]]]), form=form)
    seed = parse_seed(data)
    result = go_on(seed, NEW).data
    assert mido.MidiFile(file=io.BytesIO(result)).type == form
    song, report = parse_midi(result)
    assert not report.repaired
    assert [(track.program, len(track)) for track in song.tracks] == [(0x28, 5), (0x49, 5)]
    join = join_pulse(seed.song)
    assert all(track.notes[-1] == Note(join, 72, 24, 90) for track in song.tracks)


def test_names_and_lyrics_come_back_as_their_bytes() -> None:
    texts = [(0x03, "ピアノ".encode("shift-jis")), (0x05, b"\xe9\xff"), (0x01, b"\x00"), (0x06, "Refrain é".encode())]
    data = midi([*((0, meta(*text)) for text in texts), *scale()])
    result = go_on(parse_seed(data), NEW).data
    assert all(meta(*text) in result for text in texts)


def test_what_ends_late_is_as_long_as_the_new_bars_and_what_is_elsewhere_stays() -> None:
    data = midi([(0, meta(0x51, b"\x07\xa1\x20"))], scale(), [(0, meta(0x01, b"a remark"))])
    result = go_on(parse_seed(data), NEW).data
    ends = [sum(message.time for message in track) for track in mido.MidiFile(file=io.BytesIO(result)).tracks]
    assert ends == [0, 2 * BAR, 0]


HELD = {
    "sustain pedal of Piano": (b"\xb0\x40\x7f", [0xB0, 0x40, 0]),
    "sostenuto pedal of Piano": (b"\xb0\x42\x7f", [0xB0, 0x42, 0]),
    "soft pedal of Piano": (b"\xb0\x43\x01", [0xB0, 0x43, 0]),
    "pitch bend of Piano": (b"\xe0\x00\x50", [0xE0, 0x00, 0x40]),
    "aftertouch of Piano": (b"\xd0\x33", [0xD0, 0]),
    "1 note that nothing ends": (b"\x90\x30\x50", [0x80, 0x30, 0]),
}


@pytest.mark.parametrize("what", HELD)
def test_what_would_colour_the_new_notes_is_closed_at_the_join(what: str) -> None:
    event, closing = HELD[what]
    seed = parse_seed(midi([(0, meta(0x03, b"Piano")), *scale(notes=3), (0, event), *scale(notes=1)]))
    result = go_on(seed, NEW)
    assert result.closed == (what,)
    join = seed.tick(join_pulse(seed.song))
    assert after(result.data, join) == [
        (0, [0x80, 60, 0]),
        (0, closing),
        (0, [0x90, 72, 90]),
        (QUARTER, [0x80, 72, 0]),
        (BAR, [0xFF, 0x2F, 0]),
    ]


@pytest.mark.parametrize(
    "let_go",
    [[b"\xb0\x40\x00", b"\xe0\x00\x40"], [b"\xb0\x79\x00"]],
    ids=["by the file", "by a reset of all controllers"],
)
def test_what_the_file_lets_go_itself_is_left_alone(let_go: list[bytes]) -> None:
    data = midi([(0, b"\xb0\x40\x7f"), (0, b"\xe0\x00\x50"), *scale(), *((0, event) for event in let_go)])
    assert go_on(parse_seed(data), NEW).closed == ()


def test_a_pedal_of_one_port_is_not_that_of_another() -> None:
    other = [(0, meta(0x21, b"\x01")), (0, b"\xb0\x40\x7f"), *scale(), (0, b"\xb0\x40\x00")]
    data = midi([(0, meta(0x21, b"\x00")), (0, b"\xb0\x40\x7f"), *scale()], other)
    assert go_on(parse_seed(data), NEW).closed == ("sustain pedal of channel 1",)


def test_a_note_that_sounds_over_the_join_keeps_its_end_unless_its_pitch_is_struck_again() -> None:
    data = midi([*scale(notes=3), (0, b"\x90\x3c\x50"), (QUARTER + 30, b"\x80\x3c\x40")])
    seed = parse_seed(data)
    assert after(go_on(seed, NEW).data, BAR + 1)[0] == (29, [0x80, 60, 0x40])
    again = after(go_on(seed, (10, QUARTER, 60, 90)).data, BAR)
    assert again[:3] == [(10, [0x80, 60, 0]), (10, [0x90, 60, 90]), (10 + QUARTER, [0x80, 60, 0])]


def test_in_the_new_bars_tempos_and_texts_stay_and_what_would_change_them_is_left_out() -> None:
    tail = [
        (100, b"\xb0\x07\x00"),
        (0, meta(0x51, b"\x07\xa1\x21")),
        (10, meta(0x58, b"\x03\x02\x18\x08")),
        (0, meta(0x06, b"end")),
        (10, b"\xf0\x02\x01\xf7"),
        (5 * BAR, b"\xe0\x00\x00"),
    ]
    result = go_on(parse_seed(midi([*scale(), *tail])), NEW)
    assert result.left_out == (
        "1 event of automation",
        "1 change of metre",
        "1 message to a device",
    )
    assert after(result.data, BAR + 1) == [
        (99, meta_list(0x51, b"\x07\xa1\x21")),
        (109, meta_list(0x06, b"end")),
        (QUARTER - 1, [0x80, 72, 0]),
        (119 + 5 * BAR, [0xE0, 0, 0]),
        (119 + 5 * BAR, [0xFF, 0x2F, 0]),
    ]


def meta_list(kind: int, data: bytes) -> list[int]:
    return list(meta(kind, data))


def test_running_status_goes_on_where_it_was_before_what_was_added() -> None:
    tail = [(10, meta(0x01, b"x")), (20, b"\x3d\x00")]
    data = midi([*scale(notes=3), (0, b"\x90\x3c\x50"), (0, b"\x3d\x50"), (QUARTER, b"\x3c\x00"), *tail])
    seed = parse_seed(data)
    assert after(go_on(seed, NEW).data, BAR + 1)[:2] == [(9, meta_list(0x01, b"x")), (29, [0x90, 0x3D, 0])]


def test_of_two_kits_on_one_channel_each_plays_its_own_notes() -> None:
    kit_a = [(0, b"\xc9\x00"), (0, b"\x99\x24\x50"), (QUARTER, b"\x89\x24\x00")]
    kit_b = [(2 * QUARTER, b"\xc9\x19"), (0, b"\x99\x26\x50"), (QUARTER, b"\x89\x26\x00")]
    seed = parse_seed(midi(kit_a, kit_b))
    result = go_on(seed, (0, 10, 36, 90), (QUARTER, 10, 36, 90)).data
    assert after(result, BAR)[:3] == [(0, [0xC9, 0]), (0, [0x99, 36, 90]), (10, [0x89, 36, 0])]
    programs = sorted((now, event) for track in (0, 1) for now, event in after(result, BAR, track) if event[0] == 0xC9)
    assert programs == [(0, [0xC9, 0]), (0, [0xC9, 0x19]), (QUARTER, [0xC9, 0]), (QUARTER, [0xC9, 0x19])]


def test_a_program_with_a_bank_comes_back_with_it() -> None:
    first = [(0, b"\xb0\x00\x08"), (0, b"\xb0\x20\x04"), (0, b"\xc0\x04"), *scale(notes=2)]
    data = midi([*first, (QUARTER, b"\xc0\x05")])
    result = go_on(parse_seed(data), NEW).data
    assert after(result, BAR)[:4] == [(0, [0xB0, 0, 8]), (0, [0xB0, 32, 4]), (0, [0xC0, 4]), (0, [0x90, 72, 90])]


def test_notes_that_overlap_their_own_pitch_are_cut_and_counted() -> None:
    seed = parse_seed(midi(scale()))
    result = go_on(seed, (0, 100, 72, 90), (0, 50, 72, 70), (60, 100, 72, 80))
    assert result.cut_notes == 1
    assert [there.tolist() for there in result.in_file] == [[True, False, True]]
    assert [note[:3] for note in parse_midi(result.data)[0].tracks[0].notes[-2:]] == [(96, 72, 3), (99, 72, 5)]


def test_the_first_of_notes_struck_at_once_that_is_longest_stays() -> None:
    seed = parse_seed(midi(scale()))
    result = go_on(seed, (0, 50, 72, 70), (0, 100, 72, 90))
    assert after(result.data, BAR)[1:3] == [(0, [0x90, 72, 90]), (100, [0x80, 72, 0])]


def test_new_notes_lie_on_the_ticks_of_the_seed() -> None:
    seed = parse_seed(midi(scale(quarter=19200), quarter=19200))
    onsets = np.array([96.0, 96.123, 100.5])
    assert seed.ticks(onsets).tolist() == [76800, 76898, 80400]


def test_what_was_played_is_known_exactly() -> None:
    late = [(17, b"\x90\x3c\x50"), (201, b"\x80\x3c\x00"), (260, b"\x90\x40\x50"), (2 * BAR, b"\x80\x40\x00")]
    seed = parse_seed(midi(late))
    (part,) = seed.parts
    assert (part.onsets * 20).round(9).tolist() == [17, 478]
    assert (part.durations * 20).round(9).tolist() == [201, 2 * BAR]
    assert seed.song.tracks[0].notes[0].onset_pulses == 1


def test_the_new_bars_alone_sound_as_after_the_seed() -> None:
    head = [
        (0, meta(0x03, b"Piano")),
        (0, meta(0x51, b"\x07\xa1\x20")),
        (0, b"\xf0\x05\x7e\x7f\x09\x01\xf7"),
        (0, b"\xb0\x00\x08"),
        (0, b"\xc0\x04"),
        (0, b"\xb0\x07\x50"),
        (0, b"\xb0\x0a\x10"),
        (0, b"\xb0\x40\x7f"),
        (0, b"\xe0\x00\x50"),
    ]
    data = midi([*head, *scale(), (0, b"\xb0\x07\x60")])
    seed = parse_seed(data)
    alone = go_on(seed, NEW, with_seed=False)
    assert after(alone.data, 0) == [
        (0, meta_list(0x03, b"Piano")),
        (0, meta_list(0x51, b"\x07\xa1\x20")),
        (0, list(b"\xf0\x7e\x7f\x09\x01\xf7")),
        (0, [0xB0, 0, 8]),
        (0, [0xC0, 4]),
        (0, [0xB0, 7, 0x60]),
        (0, [0xB0, 10, 0x10]),
        (0, [0x90, 72, 90]),
        (QUARTER, [0x80, 72, 0]),
        (BAR, [0xFF, 0x2F, 0]),
    ]


def test_new_bars_alone_begin_a_bar_earlier_where_a_pickup_does() -> None:
    seed = parse_seed(midi(scale(notes=3)))
    alone = go_on(seed, (-QUARTER, QUARTER, 67, 90), NEW, with_seed=False)
    assert parse_midi(alone.data)[0].tracks[0].notes == [Note(72, 67, 24, 90), Note(96, 72, 24, 90)]


def test_parameters_that_take_several_messages_open_the_new_bars_in_their_order() -> None:
    bend_range = [(0, bytes((0xB0, n, v))) for n, v in ((101, 0), (100, 0), (6, 12), (38, 0), (101, 127), (100, 127))]
    alone = go_on(parse_seed(midi([*bend_range, *scale()])), NEW, with_seed=False)
    assert [event for _, event in after(alone.data, 0)][:4] == [list(event) for _, event in bend_range[:4]]


@pytest.mark.parametrize("with_seed", [True, False])
def test_a_tempo_that_is_asked_for_replaces_every_one(with_seed: bool) -> None:
    data = midi([(0, meta(0x51, b"\x07\xa1\x20")), (BAR // 2, meta(0x51, b"\x06\xa1\x20"))], scale())
    result = go_on(parse_seed(data), NEW, with_seed=with_seed, bpm=60.0).data
    tempos = [event for track in timed_tracks(result) for event in track if event[1][:2] == [0xFF, 0x51]]
    assert tempos == [(0, meta_list(0x51, b"\x0f\x42\x40"))]
    assert parse_midi(result)[0].tempos[0].bpm == 60


@pytest.mark.parametrize(
    "data",
    [
        midi([*scale(), (0, b"\xf4")]),
        midi([*scale(), (0, b"\xb0\x07\xff")]),
        midi(scale())[:-12],
        midi([*scale(), (2**56 - 1, b"\xb0\x07\x01"), *[(2**55, b"\xb0\x07\x01")] * 300]),
        midi([*scale(), (2**31, b"\x90\x40\x50"), (QUARTER, b"\x80\x40\x00")]),
        midi(scale(), scale(), form=2),
        midi(scale(quarter=24), quarter=0xE728),
    ],
    ids=[
        "a message of no meaning",
        "a value above 127",
        "cut short",
        "waits without end",
        "a wait of a month",
        "sequences",
        "time in frames",
    ],
)
def test_a_damaged_or_odd_file_goes_on_from_what_could_be_read(data: bytes) -> None:
    seed = parse_seed(data)
    assert seed.is_repaired
    song, report = parse_midi(go_on(seed, NEW).data)
    assert not report.repaired
    join = join_pulse(seed.song)
    assert [[n for n in t if n.onset_pulses < join] for t in song.tracks] == [t.notes for t in seed.song.tracks]
    assert [t.notes[-1].onset_pulses for t in song.tracks] == [join] * len(song.tracks)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda data: data[:10] + b"\x00\x09" + data[12:],
        lambda data: b"RIFF" + struct.pack("<I", len(data) + 12) + b"RMIDdata" + struct.pack("<I", len(data)) + data,
        lambda data: data[:-4] + b"",
    ],
    ids=["a wrong count of tracks", "in a RIFF file", "without an end of track"],
)
def test_what_is_wrong_around_the_events_leaves_them_as_they_are(wrap: object) -> None:
    data = midi([(0, b"\xd0\x10"), *scale(), (0, b"\xd0\x00")])
    seed = parse_seed(wrap(data))  # type: ignore[operator]
    assert not seed.is_repaired
    assert before(go_on(seed, NEW).data, BAR) == before(data, BAR)


def test_a_song_of_a_program_is_a_seed_as_its_file_would_be() -> None:
    song = Song([Track([Note(0, 60, 24, 80)], 5, name="A"), Track([Note(24, 36, 6, 80)], is_drum=True)])
    seed = seed_of_song(song)
    read, _ = parse_midi(go_on(seed, NEW).data)
    assert [track.notes[0] for track in read.tracks] == [track.notes[0] for track in song.tracks]
    assert [(track.program, track.is_drum, track.name) for track in read.tracks] == [(5, False, "A"), (0, True, "")]


def test_a_part_on_several_channels_spreads_its_notes_over_them() -> None:
    zone = [[(0, bytes((0x90 | c, 60 + c, 80))), (QUARTER, bytes((0x80 | c, 60 + c, 0)))] for c in (1, 2, 3)]
    data = midi([event for events in zone for event in events])
    seed = parse_seed(data)
    song = Song([Track([note for track in seed.song.tracks for note in track])])
    parts = parts_of(song, seed.notes, QUARTER)
    assert parts is not None
    assert parts[0].channels == (1, 2, 3)
    result = go_on(replace(seed, song=song, parts=parts), (0, 96, 60, 80), (0, 96, 64, 80), (0, 96, 67, 80)).data
    assert sorted(event[0] & 15 for now, event in after(result, BAR) if event[0] & 0xF0 == 0x90) == [1, 2, 3]


LARGE = {
    "10 MB of controllers": b"\x00\xb0\x01\x00" + b"\x01\x01\x40" * 3_300_000,
    "a name of 60,000 bytes": b"\x00" + meta(0x03, b"\xfe" * 60_000),
    "a megabyte of system exclusive": b"\x00\xf0" + number(1_000_001) + b"\x11" * 1_000_000 + b"\xf7",
}


@pytest.mark.parametrize("what", LARGE)
def test_a_large_seed_comes_back_in_bounded_time(what: str) -> None:
    plain = midi(scale())
    body = LARGE[what] + plain[22:]
    data = plain[:18] + struct.pack(">I", len(body)) + body
    started = time.process_time()
    seed = parse_seed(data, limits=Limits(file_bytes=20_000_000))
    result = go_on(seed, NEW).data
    assert time.process_time() - started < 20
    assert result[22:].startswith(body[:-4])
    assert not seed.is_repaired


def test_a_thousand_tracks_come_back() -> None:
    empty = [[(0, meta(0x03, str(i).encode())), (BAR, b"\xb0\x07\x40")] for i in range(999)]
    data = midi(*empty, scale())
    result = go_on(parse_seed(data), NEW).data
    assert before(result, BAR) == before(data, BAR)


@pytest.mark.parametrize("folder", ["faults", "odd-midi", "loops"])
def test_files_that_need_no_repair_come_back(folder: str, real_music: Path) -> None:
    """Of real music the files of a folder, where they are there."""
    files = sorted(path for path in (real_music / folder).rglob("*.mid*") if path.is_file())
    if not files:
        pytest.skip(f"there is no folder {folder} in MELODYRNN_DATA")
    assert _untouched(files)


@pytest.mark.parametrize("split", ["test"])
def test_real_music_comes_back(split: str, real_music: Path) -> None:
    files = [path for folder in sorted(real_music.glob(f"*/{split}/midi")) for path in sorted(folder.glob("*.mid"))[:8]]
    if not files:
        pytest.skip("MELODYRNN_DATA holds no test split")
    assert _untouched(files)


def test_the_samples_come_back(midi_samples: Path) -> None:
    assert _untouched(sorted(midi_samples.glob("*.mid"))) == len(list(midi_samples.glob("*.mid")))


def _untouched(files: Sequence[Path]) -> int:
    """How many files were compared; each is the same before the join."""
    compared = 0
    for path in files:
        try:
            seed = read_seed(path)
            old = before(path.read_bytes(), join := seed.tick(join_pulse(seed.song)))
        except (MelodyRnnError, OSError, ValueError, LookupError, EOFError, mido.KeySignatureError):
            continue
        if not seed.is_repaired:
            new = before(go_on(seed, NEW).data, join)
            assert all(a == b for a, b in zip_longest(old, new)), path
            compared += 1
    return compared


def test_bars_of_a_file_open_with_what_is_in_force_and_close_what_sounds() -> None:
    head = [(0, meta(0x03, b"Lead")), (0, meta(0x51, b"\x07\xa1\x20")), (0, b"\xc0\x11"), (0, b"\xb0\x40\x7f")]
    middle = [(0, b"\x90\x30\x50"), *scale(), (0, b"\xb0\x07\x33"), (0, meta(0x06, b"B"))]
    last = [(0, b"\x80\x30\x00"), *scale(notes=3)]
    data = midi([*head, *scale(), *middle, *last, (QUARTER - 10, b"\x90\x48\x50"), (2 * BAR, b"\x80\x48\x00")])
    cut = bars_between(parse_seed(data), 2, 3)
    assert cut.song.length_pulses == 192
    result = go_on(cut, NEW).data
    assert before(result, 1)[0] == [
        (0, meta_list(0x03, b"Lead")),
        (0, meta_list(0x51, b"\x07\xa1\x20")),
        (0, [0xC0, 0x11]),
        (0, [0xB0, 0x40, 0x7F]),
        (0, [0x90, 0x30, 0x50]),
        (0, [0x90, 60, 80]),
    ]
    kept = [event for now, event in before(result, 2 * BAR)[0] if now > 0]
    original = [event for now, event in before(data, 3 * BAR - 10)[0] if now > BAR]
    assert kept == original
    assert parse_midi(result)[0].tracks[0].notes[-1] == Note(192, 72, 24, 90)


def test_a_note_played_before_its_bar_line_belongs_to_the_bar_after_it() -> None:
    late = [(BAR - 7, b"\x90\x40\x50"), (QUARTER, b"\x80\x40\x00")]
    seed = parse_seed(midi([*late, *scale(notes=3)], scale(channel=1, notes=8)))
    first, second = bars_between(seed, 1, 1), bars_between(seed, 2, 2)
    assert [len(track) for track in first.song.tracks] == [0, 4]
    assert second.song.tracks[0].notes[0] == Note(0, 64, 24, 80)
    assert before(go_on(second, NEW).data, 1)[0] == [(0, [0x90, 0x40, 0x50])]
    assert second.parts[0].onsets[0] * 20 == pytest.approx(-7)
    assert before(go_on(first, NEW).data, BAR, including=True)[0] == [(BAR, [0x90, 72, 90])]


@pytest.mark.parametrize(("first", "last"), [(0, 2), (1, 9), (9, None)])
def test_bars_that_a_file_does_not_have(first: int, last: int | None) -> None:
    with pytest.raises(OptionError, match=r"bars \d to \d: MIDI data has bars 1 to 2"):
        bars_between(parse_seed(midi(scale(notes=8))), first, last)


def test_bars_in_the_wrong_order() -> None:
    with pytest.raises(OptionError, match="from_bar 2, to_bar 1: the first bar comes first"):
        bars_between(parse_seed(midi(scale(notes=8))), 2, 1)


TEMPO = meta(0x51, b"\x07\xa1\x20")
FOUR_BARS = scale(notes=16)


@pytest.mark.parametrize(
    ("data", "bar"),
    [
        (midi([(0, TEMPO)], scale(notes=8), end=2 * BAR), 5),
        (midi(scale(notes=1), end=7 * BAR + 3 * QUARTER), 9),
        (midi(scale(notes=8), scale(notes=4), end=2 * BAR), 5),
        (midi(scale(notes=8), end=2 * BAR - 1), 5),
        (midi(scale(notes=8), end=2 * BAR + 30), 3),
        (midi([*scale(notes=15), (0, b"\x90\x3c\x50"), (QUARTER + 30, b"\x80\x3c\x00")]), 5),
        (midi([(0, TEMPO), *[(BAR, TEMPO)] * 900], FOUR_BARS), 5),
        (midi([*FOUR_BARS, *[(BAR, TEMPO)] * 900], form=0), 5),
        (midi([*FOUR_BARS, *[(BAR, TEMPO)] * 900], form=0, end=BAR), 5),
        (midi([(0, TEMPO), *[(BAR, TEMPO)] * 6], FOUR_BARS, end=0), 5),
        (midi([(6 * BAR, meta(0x06, b"the end"))], FOUR_BARS), 5),
        (midi([*FOUR_BARS, (2 * BAR, meta(0x06, b"the end"))], form=0), 5),
        (midi([*FOUR_BARS, *[(BAR // 8, b"\xb0\x07\x20")] * 32], form=0), 5),
        (midi(FOUR_BARS, [(6 * BAR, b"\xb0\x07\x20")], end=0), 5),
        (midi(FOUR_BARS, end=100 * BAR), 5),
        (midi([(0, meta(0x58, b"\x03\x02\x18\x08")), *scale(notes=3), (0, meta(0x58, b"\x04\x02\x18\x08"))]), 2),
        (midi([(2 * BAR, b"\x90\x3c\x50"), (QUARTER, b"\x80\x3c\x00")]), 4),
    ],
    ids=[
        "a clip longer than its notes",
        "one note in a clip of eight bars",
        "tracks of one length",
        "a clip that ends a tick early",
        "no bar line",
        "a late release",
        "a conductor's tail",
        "a tail of tempos in the track of the notes",
        "such a tail, and a wait after it",
        "a short tail of tempos",
        "a lone marker",
        "a marker in the track of the notes",
        "automation",
        "automation in a track of its own",
        "an end beyond reason",
        "a change of metre at the end",
        "leading silence",
    ],
)
def test_where_the_new_bars_begin(data: bytes, bar: int) -> None:
    song = parse_seed(data).song
    assert song.bar_lines.position(join_pulse(song)) == (bar - 1, 0)


def test_a_volume_that_was_faded_out_stays_so_and_is_said() -> None:
    data = midi([(0, meta(0x03, b"Pad")), *scale(), (0, b"\xb0\x07\x00")])
    result = go_on(parse_seed(data), NEW)
    assert result.silent == ("volume of Pad",)
    assert [event[1] for event in after(result.data, BAR)][:3] == [[0x80, 63, 0], [0xB0, 7, 0], [0x90, 72, 90]]


def test_a_track_that_chooses_no_program_gets_none_before_its_new_notes() -> None:
    drums = [(0, meta(0x03, b"Drums")), (0, b"\x90\x24\x50"), (QUARTER, b"\x80\x24\x00"), (0, b"\x90\x26\x50")]
    data = midi([*drums, (QUARTER, b"\x80\x26\x00")], [(0, meta(0x03, b"Keys")), (0, b"\xc0\x04"), *scale()])
    seed = parse_seed(data)
    assert [(t.program, t.is_drum) for t in seed.song.tracks] == [(0, True), (4, False)]
    result = go_on(seed, NEW).data
    assert not [event for track in (0, 1) for now, event in after(result, BAR, track) if event[0] & 0xF0 == 0xC0]


def test_of_too_many_parts_the_busiest_get_new_notes_and_all_come_back() -> None:
    data = midi(*(scale(channel=i % 16, notes=1 + i % 7) for i in range(1000)))
    seed = of_busiest(parse_seed(data), 128)
    assert (len(seed.parts), seed.left_alone) == (128, 872)
    assert {len(track) for track in seed.song.tracks} == {7}
    result = go_on(seed, NEW).data
    assert before(result, 2 * BAR) == before(data, 2 * BAR)
    assert sum(len(track) for track in parse_midi(result)[0].tracks) == parse_midi(data)[0].note_count + 128


def test_parts_that_sound_on_decide_where_new_bars_begin_whoever_gets_new_notes() -> None:
    data = midi(scale(notes=2), [(2 * BAR, b"\x91\x3c\x50"), (QUARTER, b"\x81\x3c\x00")])
    assert join_pulse(of_busiest(parse_seed(data), 1).song) == 3 * 96


def test_a_file_in_a_zip_file_comes_back_as_it_was_inside() -> None:
    data, packed = midi([(0, b"\xd0\x10"), *scale(), (0, b"\xd0\x00")]), io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("song.mid", data)
    seed = parse_seed(packed.getvalue())
    assert seed.remarks == "taken out of a zip file (song.mid)"
    assert before(go_on(seed, NEW).data, BAR) == before(data, BAR)

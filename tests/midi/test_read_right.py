"""Files that readers are known to get wrong: what they hold, read by melodyrnn and, where they can, by others."""

import io
import time
import zipfile

import mido
import pretty_midi
import pytest
import symusic.core

from melodyrnn.errors import MidiFileError
from melodyrnn.midi import LIMITS, Limits, Options, ReadReport, parse_midi
from melodyrnn.midi.texts import decoded, encoding_of
from melodyrnn.music import Note, Song, Tempo

BAR = 1920  # ticks, at 480 a quarter note
KIT = (36, 42, 38, 42) * 4
SCALE = (60, 62, 64, 65, 67, 65, 64, 62) * 2


def quarters(channel: int, pitches: tuple[int, ...], start: int = 0) -> list[tuple[int, bytes]]:
    """A note a quarter, on a channel counted from 0: (tick, event)."""
    return [
        (start + 480 * i + late, bytes([status | channel, pitch, velocity]))
        for i, pitch in enumerate(pitches)
        for late, status, velocity in ((0, 0x90, 80), (480, 0x80, 0))
    ]


def track(*events: tuple[int, bytes], end: int | None = None) -> bytes:
    """A track chunk of (tick, event), in order of time; what is at one tick stays in its order."""
    body, now = b"", 0
    timed = sorted(events, key=lambda event: event[0])
    for tick, event in [*timed, (max(end or 0, timed[-1][0] if timed else 0), b"\xff\x2f\x00")]:
        wait, septets = tick - now, [(tick - now) & 0x7F]
        while wait := wait >> 7:
            septets.append(wait & 0x7F | 0x80)
        body += bytes(reversed(septets)) + event
        now = tick
    return b"MTrk" + len(body).to_bytes(4, "big") + body


def midi(*tracks: bytes, form: int = 1, ticks_per_quarter: int = 480) -> bytes:
    numbers = (form, len(tracks), ticks_per_quarter)
    return b"MThd\0\0\0\6" + b"".join(number.to_bytes(2, "big") for number in numbers) + b"".join(tracks)


def sysex(text: str) -> bytes:
    """A system exclusive message of a hexdump that has neither F0 nor F7."""
    data = bytes.fromhex(text) + b"\xf7"
    return b"\xf0" + bytes([len(data)]) + data


def text(kind: int, data: bytes) -> bytes:
    return b"\xff" + bytes([kind, len(data)]) + data


def kinds(song: Song) -> list[tuple[int, bool, int]]:
    return [(one.program, one.is_drum, len(one)) for one in song.tracks]


GM_ON, GM2_ON = sysex("7E 7F 09 01"), sysex("7E 7F 09 03")
GS_ON, XG_ON = sysex("41 10 42 12 40 00 7F 00 41"), sysex("43 10 4C 00 00 7E 00")

DRUM_MESSAGES = {
    "GS, a part made rhythm": (sysex("41 10 42 12 40 1A 15 02 0F"), 10, b"", True),
    "GS, part 10 made normal": (sysex("41 10 42 12 40 10 15 00 1B"), 9, b"", False),
    "GS, and a reset later": (sysex("41 10 42 12 40 1A 15 02 0F") + b"\0" + GS_ON, 10, b"", True),
    "GS, bank 127 is an old synthesizer": (GS_ON, 10, b"\xba\0\x7f", False),
    "XG, bank 127": (XG_ON, 10, b"\xba\0\x7f\0\xba\x20\0", True),
    "XG, bank 126, sound effects": (XG_ON, 10, b"\xba\0\x7e", True),
    "bank 127 without a word about GS or XG": (b"", 10, b"\xba\0\x7f", True),
    "XG, a part made drums": (XG_ON + b"\0" + sysex("43 10 4C 08 0A 07 02"), 10, b"", True),
    "XG, part 10 made normal": (XG_ON + b"\0" + sysex("43 10 4C 08 09 07 00"), 9, b"", False),
    "XG, melody bank on channel 10": (XG_ON, 9, b"\xb9\0\0", False),
    "General MIDI, bank 0 on channel 10": (GM_ON, 9, b"\xb9\0\0", True),
    "GM2, rhythm bank": (GM2_ON, 10, b"\xba\0\x78", True),
    "GM2, melody bank on channel 10": (GM2_ON, 9, b"\xb9\0\x79", False),
}


@pytest.mark.parametrize(("setup", "channel", "bank", "is_drum"), DRUM_MESSAGES.values(), ids=DRUM_MESSAGES)
def test_a_message_says_which_channel_is_drums(setup: bytes, channel: int, bank: bytes, is_drum: bool) -> None:
    conductor = track((0, setup)) if setup else track()
    program = (bank + b"\0" if bank else b"") + bytes([0xC0 | channel, 40 if channel == 9 and not is_drum else 0])
    data = midi(conductor, track((0, program), *quarters(channel, KIT)))
    song, report = parse_midi(data)
    assert [one.is_drum for one in song.tracks] == [is_drum]
    assert not report.repaired
    found = symusic.core.ScoreTick.from_midi(data).tracks[-1].notes
    assert [note.pitch for note in song.tracks[0]] == [note.pitch for note in found]


def test_a_reset_takes_back_what_a_message_said() -> None:
    rhythm = sysex("41 10 42 12 40 1A 15 02 0F")
    data = midi(track((0, rhythm), (480, GM_ON)), track(*quarters(10, KIT, 480)))
    assert not parse_midi(data)[0].tracks[0].is_drum


def test_a_message_in_any_track_counts_before_the_notes_at_its_tick() -> None:
    late = track(*quarters(10, KIT)), track((0, sysex("41 10 42 12 40 1A 15 02 0F")))
    assert kinds(parse_midi(midi(*late))[0]) == [(0, True, 16)]


PORT_1 = b"\xff\x21\x01\x01"


def test_a_channel_of_one_port_is_not_that_of_another() -> None:
    """All notes off on a port leaves the notes of the other, also where one track speaks to both."""
    held = (0, b"\x90\x48\x50"), (BAR, b"\x80\x48\x00")
    silenced = (0, b"\x90\x24\x50"), (480, b"\xb0\x7b\x00"), (BAR, b"\x80\x24\x00")
    two_tracks = midi(track((0, b"\xff\x21\x01\x00"), *held), track((0, PORT_1), *silenced))
    back = (480, PORT_1), (480, b"\xb0\x7b\x00"), (BAR, b"\x80\x24\x00"), (BAR, b"\xff\x21\x01\x00"), held[1]
    one_track = midi(track(held[0], (0, PORT_1), silenced[0], *back), form=0)
    for data in (two_tracks, one_track):
        for options in (Options(), Options(pedal=True)):
            song, report = parse_midi(data, options=options)
            assert [one.notes for one in song.tracks] == [[Note(0, 72, 96, 80)], [Note(0, 36, 24, 80)]]
            assert report.repairs == ()


def test_the_programs_of_a_channel_are_those_of_its_port() -> None:
    half = 4 * BAR
    first = (0, b"\xc0\x49"), *quarters(0, SCALE)
    second = (half, PORT_1), (half, b"\xc0\x21"), *quarters(0, SCALE, half)
    assert kinds(parse_midi(midi(track(*first, *second), form=0))[0]) == [(73, False, 16), (33, False, 16)]


def test_a_program_change_inside_a_track_makes_no_second_track() -> None:
    half = 4 * BAR
    notes = (0, b"\xc0\x28"), *quarters(0, SCALE), (half, b"\xc0\x49"), *quarters(0, SCALE, half)
    data = midi(track(*notes), form=0)
    assert kinds(parse_midi(data)[0]) == [(73, False, 32)]
    by_program = pretty_midi.PrettyMIDI(io.BytesIO(data)).instruments  # which makes one of each program
    assert [(one.program, len(one.notes)) for one in by_program] == [(40, 16), (73, 16)]


def test_a_track_that_plays_before_its_first_program_is_one_track_too() -> None:
    data = midi(track(*quarters(0, SCALE), (4 * BAR, b"\xc0\x49"), *quarters(0, SCALE, 4 * BAR)), form=0)
    assert kinds(parse_midi(data)[0]) == [(73, False, 32)]
    assert len(symusic.core.ScoreTick.from_midi(data).tracks) == 2


def test_each_track_has_its_own_program_on_a_channel_they_share() -> None:
    """Else what another track sets for the channel counts."""
    first = track((0, text(3, b"Kit A")), (0, b"\xc9\x00"), *quarters(9, KIT))
    second = track((0, text(3, b"Kit B")), (4 * BAR, b"\xc9\x19"), *quarters(9, KIT, 4 * BAR))
    song, _ = parse_midi(midi(first, second))
    assert [(one.name, one.program, one.is_drum) for one in song.tracks] == [("Kit A", 0, True), ("Kit B", 25, True)]


def test_a_program_in_one_track_is_that_of_its_channel_in_others() -> None:
    """But not where a DAW has put all its tracks on one channel."""
    alone, flute = track(*quarters(3, SCALE)), track((0, b"\xc3\x49"), *quarters(3, SCALE))
    oboe = track((0, b"\xc4\x44"), *quarters(4, SCALE))
    assert kinds(parse_midi(midi(track((0, b"\xc3\x28")), alone))[0]) == [(40, False, 16)]
    assert kinds(parse_midi(midi(flute, alone, oboe))[0]) == [(73, False, 16), (73, False, 16), (68, False, 16)]
    drums = track((0, text(3, b"Drums")), *quarters(3, KIT))
    assert kinds(parse_midi(midi(flute, alone, drums))[0]) == [(73, False, 16), (0, False, 16), (0, True, 16)]


def zone(announced: bool, timbre: bool = False) -> bytes:
    """Three chords, each note on a channel of its own with a bend or a timbre; a program on the master channel."""
    events = [(0, b"\xb0\x65\x00"), (0, b"\xb0\x64\x06"), (0, b"\xb0\x06\x0f")] * announced + [(0, b"\xc0\x51")]
    for chord in range(3):
        for voice in range(3):
            channel, pitch = 1 + 3 * chord + voice, 60 + chord + 4 * voice
            expression = (0xB0 | channel, 74, 64) if timbre else (0xE0 | channel, 10, 64)
            events += [(BAR * chord, bytes(event)) for event in (expression, (0x90 | channel, pitch, 80))]
            events += [(BAR * (chord + 1), bytes([0x80 | channel, pitch, 0]))]
    return midi(track(*events), form=0)


@pytest.mark.parametrize("announced", [True, False])
def test_a_zone_of_channels_is_one_instrument(announced: bool) -> None:
    """Channel 10 among them plays no drums."""
    song, report = parse_midi(zone(announced))
    assert kinds(song) == [(81, False, 9)]
    assert [note.onset_pulses for note in song.tracks[0]] == [0] * 3 + [96] * 3 + [192] * 3
    assert report == ReadReport(dropped_controls=0, dropped_pitch_bends=9)
    found = symusic.core.ScoreTick.from_midi(zone(announced)).tracks
    assert len(found) == 9  # a channel each
    assert sum(len(one.notes) for one in found) == 9


def test_a_zone_is_also_found_by_the_timbre_of_its_channels() -> None:
    assert kinds(parse_midi(zone(announced=False, timbre=True))[0]) == [(81, False, 9)]


def test_instruments_with_bends_and_programs_of_their_own_are_no_zone() -> None:
    events = []
    for channel, program in enumerate((25, 33, 48, 73)):
        events += [
            (0, bytes([0xC0 | channel, program])),
            (0, bytes([0xE0 | channel, 0, 70])),
            *quarters(channel, SCALE),
        ]
    assert [kind[0] for kind in kinds(parse_midi(midi(track(*events), form=0))[0])] == [25, 33, 48, 73]


@pytest.mark.parametrize("size", [5, 6, 7, 8, 9, 10, 12, 16])
def test_a_wait_of_more_bytes_than_are_legal_costs_no_note(size: int) -> None:
    """Ardour wrote negative waits as numbers of 64 bits."""
    events = b"\x00\x90\x3c\x50\x81\x96\x00\x80\x3c\x40" + b"\x82" + b"\x80" * (size - 2) + b"\x6f\x90\x46\x50"
    body = events + b"\x81\x96\x00\x80\x46\x40\x00\xff\x2f\x00"
    song, report = parse_midi(midi(b"MTrk" + len(body).to_bytes(4, "big") + body, ticks_per_quarter=19_200))
    assert [note.pitch for note in song.tracks[0]] == [60, 70]
    assert report.repairs == ("1 wait too long to be meant left out",)


NAMES = {
    "utf-8": ["Ténor", "ピアノ右手", "钢琴", "Скрипка", "🎹"],
    "cp1252": ["Ténor", "Flöte", "Percussão", "Große Trommel", "Hautbois d’amour"],
    "cp932": ["ピアノ右手", "ドラム", "主旋律", "ﾄﾞﾗﾑ", "ソロ"],
    "gb18030": ["钢琴", "主旋律", "架子鼓", "小提琴 1"],
    "cp1251": ["Скрипка", "Ударные"],
    "euc_jp": ["ギター"],
}


@pytest.mark.parametrize(("encoding", "name"), [(code, name) for code, names in NAMES.items() for name in names])
def test_a_name_is_shown_as_it_was_meant(encoding: str, name: str) -> None:
    data = name.encode(encoding)
    assert decoded(data, encoding_of([data])) == name
    song, report = parse_midi(midi(track((0, text(3, data)), *quarters(0, SCALE))))
    assert song.tracks[0].name == name
    assert not report.repaired
    assert mido.MidiFile(file=io.BytesIO(midi(track((0, text(3, data))))), charset=encoding).tracks[0].name == name


def test_any_bytes_are_shown_as_something() -> None:
    for data in (b"\xff\xfe\0", b"\x81", b"\x80\x81\x82", bytes(range(256))):
        assert isinstance(decoded(data, encoding_of([data])), str)


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_midi_file_in_a_zip_file_is_read_and_said(method: int) -> None:
    inside = midi(track(*quarters(0, SCALE)))
    song, report = parse_midi(zipped({"__MACOSX/._song.mid": b"x", "readme.txt": b"x", "a/song.mid": inside}, method))
    assert song == parse_midi(inside)[0]
    assert report.repairs == ("taken out of a zip file (a/song.mid)",)
    _, report = parse_midi(zipped({"b.mid": b"x", "a.MID": inside}))
    assert report.repairs == ("taken out of a zip file (a.MID, the first of 2 MIDI files)",)


NO_ZIPS = {
    "without a MIDI file": (zipped({"a.txt": b"x"}), "is a zip file without a MIDI file"),
    "cut short": (zipped({"a.mid": midi(track(*quarters(0, SCALE)))})[:60], "cannot be unpacked"),
    "of a file larger than the limit": (zipped({"a.mid": b"\0" * (LIMITS.file_bytes + 1)}), "a.mid in it is too large"),
    "of no MIDI file": (zipped({"a.mid": b"text"}), "not a MIDI file"),
}


@pytest.mark.parametrize(("data", "reason"), NO_ZIPS.values(), ids=NO_ZIPS)
def test_another_zip_file_is_one_line(data: bytes, reason: str) -> None:
    with pytest.raises(MidiFileError, match=reason) as refusal:
        parse_midi(data, "x.zip", Limits())
    assert str(refusal.value).startswith("x.zip: ")


def tempo(microseconds: int) -> bytes:
    return b"\xff\x51\x03" + microseconds.to_bytes(3, "big")


@pytest.mark.parametrize("changes", [1, 40])
def test_of_two_tempos_at_once_that_of_the_later_track_is_read(changes: int) -> None:
    first = track(*((480 * i, tempo(500_000)) for i in range(changes)))
    second = track(*((480 * i, tempo(1_000_000)) for i in range(changes)), *quarters(0, SCALE))
    song, report = parse_midi(midi(first, second))
    assert set(song.tempos) == {Tempo(24 * i, 60.0) for i in range(changes)}
    assert report.overruled_tempos == changes
    assert not report.repaired


def test_a_report_says_what_was_assumed() -> None:
    plain, metre = track(*quarters(0, SCALE)), track((0, b"\xff\x58\x04\x03\x02\x18\x08"))
    for data, assumed in (
        (midi(plain), "120 bpm and 4/4 assumed"),
        (midi(metre, plain), "120 bpm assumed"),
        (midi(track((0, tempo(500_000))), plain), "4/4 assumed"),
        (midi(track((0, tempo(500_000))), metre, plain), ""),
    ):
        assert parse_midi(data)[1].assumed == assumed


def test_a_report_names_the_key_signature_in_force_at_the_end() -> None:
    def key(sharps: int, minor: int) -> bytes:
        return b"\xff\x59\x02" + bytes([sharps & 0xFF, minor])

    notes = quarters(0, SCALE)
    for events, name in (
        ([], ""),
        ([(0, key(0, 0))], "C major"),
        ([(0, key(-1, 1))], "D minor"),
        ([(0, key(4, 1))], "C# minor"),
        ([(0, key(0, 0)), (480, key(-3, 0)), (100 * BAR, key(2, 0))], "Eb major"),
        ([(0, key(9, 0))], ""),  # which there is not
    ):
        for more in ([], [(0, PORT_1)]):  # parsed, and read event by event
            assert parse_midi(midi(track(*events, *more, *notes)))[1].key_signature == name


def test_tracks_are_drums_or_not_where_somebody_says_so() -> None:
    data = midi(track((0, text(3, b"Pads")), *quarters(0, KIT)), track((0, text(3, b"Drums")), *quarters(1, SCALE)))
    assert [one.is_drum for one in parse_midi(data)[0].tracks] == [False, True]
    for options in (Options(drums=["pads"], not_drums=["Drums"]), Options(drums=["1"], not_drums=["2"])):
        assert [one.is_drum for one in parse_midi(data, options=options)[0].tracks] == [True, False]
    with pytest.raises(MidiFileError, match=r"^x\.mid: no track 'Bass'; there are 1 Pads, 2 Drums$"):
        parse_midi(data, "x.mid", options=Options(drums=["Bass"]))
    with pytest.raises(MidiFileError, match="no track '3'"):
        parse_midi(data, options=Options(not_drums=["3"]))


@pytest.mark.parametrize(
    "setup", [b"\x00\xb0\x00\x79", b"\x00\xc0\x05", b"\x00" + GM_ON, b"\x00" + sysex("41 10 42 12 40 1A 15 02 0F")]
)
def test_many_settings_of_a_channel_of_many_tracks_take_no_longer(setup: bytes) -> None:
    """Each track is asked what its channel is; no track goes through all settings for that."""
    body = setup * (400_000 // len(setup)) + b"\x00\xff\x2f\x00"
    tracks = [track(*quarters(0, (60,))) for _ in range(500)]
    start = time.process_time()
    song, _ = parse_midi(midi(b"MTrk" + len(body).to_bytes(4, "big") + body, track(*quarters(1, (60,))), *tracks))
    assert len(song.tracks) == 501
    assert time.process_time() - start < 5

"""Several files read together: each gives what it gives alone, whatever is beside it."""

import random
import re
from pathlib import Path

import pytest

from melodyrnn.errors import MidiFileError
from melodyrnn.midi import LIMITS, Limits, Options, read_midi
from melodyrnn.midi import records as records_module
from melodyrnn.midi.reading import Reading, read_together


def midi(*tracks: str, ticks_per_quarter: int = 96) -> bytes:
    """A format 1 file of hexdumps of tracks."""
    bodies = [bytes.fromhex(re.sub(r"#.*", "", track)) for track in tracks]
    header = b"MThd\0\0\0\6\0\1" + len(tracks).to_bytes(2, "big") + ticks_per_quarter.to_bytes(2, "big")
    return header + b"".join(b"MTrk" + len(body).to_bytes(4, "big") + body for body in bodies)


END = "00 FF 2F 00"
NOTE = "00 90 3C 40  60 80 3C 00"
LYRICS = "60 FF 05 02 6C 61"
TEMPO = "00 FF 51 03 07 A1 20"
KINDS = {
    "plain": midi(NOTE + END),
    "of two parts": midi("00 C1 20 00 91 40 50 18 81 40 00" + NOTE + END, "00 99 24 70 18 89 24 00" + END),
    "of other ticks": midi(NOTE + END, ticks_per_quarter=480),
    "with a conductor": midi(TEMPO + "00 FF 58 04 03 02 18 08 83 60" + END, NOTE + END),
    "with a long conductor": midi((TEMPO + LYRICS) * 20 + END, NOTE + END),
    "with controls in a long conductor": midi((TEMPO + LYRICS) * 20 + "00 B0 07 50" + END, NOTE + END),
    "with words alone in a track": midi(NOTE + END, LYRICS + END),
    "with words alone in its first track": midi(LYRICS + END, NOTE + END),
    "with several tempos at once": midi((TEMPO + "00 FF 51 03 0A 2C 2B") * 20 + END, NOTE + TEMPO * 3 + END),
    "with several metres at once": midi("00 FF 58 04 03 02 18 08  00 FF 58 04 06 03 18 08" + NOTE + END),
    "with several tempos on one pulse": midi(TEMPO + "01 FF 51 03 0A 2C 2B" + NOTE + END),
    "with a late tempo and none before": midi(NOTE + TEMPO + END),
    "with a tempo later than a song may be": midi(NOTE + "FF FF FF 00 FF 51 03 0A 2C 2B" + END),
    "with a tempo that is none": midi("00 FF 51 03 00 00 01" + NOTE + END),
    "with notes out of order": midi("00 90 43 40 00 90 3C 40 18 80 3C 00 18 80 43 00" + END),
    "with a pedal that is up first": midi("00 90 3C 40 18 80 3C 00 30 B0 40 00 00 B0 40 7F 30 B0 40 00" + END),
    "with a note without an end": midi("00 90 3C 40 60 90 3E 40 60 80 3E 00" + END),
    "silenced before its note-off": midi("00 90 3C 40 18 B0 7B 00 48 80 3C 00" + END, NOTE + END),
    "with a volume of 255": midi("00 B0 07 FF" + NOTE + END),
    "damaged": midi("00 90 3C C0" + NOTE + END),
    "with bytes behind it": midi(NOTE + END) + b"????",
    "of many ticks": midi("88 80 80 00 90 3C 40  60 80 3C 00" + END, ticks_per_quarter=20_000),
    "longer than a song": midi("FF FF FF 7F 90 3C 40  60 80 3C 00" + END),
    "without notes": midi(TEMPO + END),
    "empty": b"",
}


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = []
    for name, data in KINDS.items():
        path = tmp_path / f"{name}.mid"
        path.write_bytes(data)
        paths.append(path)
    return paths


def alone(path: Path, limits: Limits, options: Options) -> Reading:
    try:
        return read_midi(path, limits, options)
    except MidiFileError as error:
        return error


def is_same(one: Reading, other: Reading) -> bool:
    if isinstance(one, MidiFileError) or isinstance(other, MidiFileError):
        return str(one) == str(other)
    return one == other and one[0].length_pulses == other[0].length_pulses


@pytest.mark.parametrize("options", [Options(), Options(pedal=True), Options(pedal=True, beats=True)])
@pytest.mark.parametrize("limits", [LIMITS, Limits(notes=1)])
def test_a_file_gives_the_same_beside_any_others(files: list[Path], limits: Limits, options: Options) -> None:
    expected = {path: alone(path, limits, options) for path in files}
    rng = random.Random(1)
    for count in (2, 3, 5, 17, 40, 90):
        some = rng.choices(files, k=count)
        for path, reading in zip(some, read_together(some, limits, options), strict=True):
            assert is_same(reading, expected[path]), path.stem


def test_each_kind_gives_the_same_beside_plain_ones(files: list[Path]) -> None:
    plain = read_midi(files[0])
    for path in files:
        expected = alone(path, LIMITS, Options())
        for order in ([files[0], path], [path, files[0]], [files[0]] * 40 + [path] + [files[0]] * 5):
            for found, reading in zip(order, read_together(order), strict=True):
                assert is_same(reading, plain if found == files[0] else expected), path.stem


def test_none() -> None:
    assert read_together([]) == []


def test_records_come_out_alike_where_symusic_stores_them_otherwise(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = read_together(files)
    assert records_module.are_stored_plainly()
    monkeypatch.setattr(records_module, "are_stored_plainly", lambda: False)
    assert all(is_same(*pair) for pair in zip(read_together(files), expected, strict=True))

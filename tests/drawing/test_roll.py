"""Piano rolls: every note is where its time and pitch say, what is new shows, and files are what they claim to be."""

import io
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from melodyrnn.drawing import (
    Shown,
    contact_sheet,
    new_from_bar,
    notes_not_in,
    piano_roll,
    picture_bytes,
    write_picture,
)
from melodyrnn.drawing import png as png_module
from melodyrnn.drawing.colours import NEW_BAR, PARTS, pale, part_colour
from melodyrnn.drawing.picture import Box, Label
from melodyrnn.errors import MelodyRnnError, OptionError, OutputError
from melodyrnn.midi import read_song
from melodyrnn.music import Note, Song, TimeSignature, Track

SONG = Song(
    [
        Track([Note(0, 60, 48, 80), Note(96, 64, 96, 80), Note(192, 60, 24, 80)], program=40, name="Lead"),
        Track([Note(0, 36, 6, 90), Note(96, 38, 6, 90)], is_drum=True),
    ],
    length_pulses=3 * 96,
)


def boxes(picture, colour):
    return [mark for mark in picture.marks if isinstance(mark, Box) and mark.colour == colour]


def texts(picture):
    return [mark.text for mark in picture.marks if isinstance(mark, Label)]


def test_notes_stand_where_their_onset_pitch_and_duration_say():
    picture = piano_roll(Shown(SONG))
    c4, e4, again = [box for box in boxes(picture, part_colour(0)) if box.height != 9]
    assert c4.y == again.y
    assert c4.y - e4.y == pytest.approx(4 * (c4.height + 0.6))
    assert (again.x - c4.x) / (e4.x - c4.x) == pytest.approx(2)
    assert (e4.width + 0.7) / (c4.width + 0.7) == pytest.approx(2)
    kick, snare = (box for box in boxes(picture, part_colour(1)) if box.height != 9)
    assert (kick.x, snare.x) == (c4.x, e4.x)
    assert kick.y > snare.y > c4.y


def test_bars_drums_and_parts_are_named():
    named = texts(piano_roll(Shown(SONG, title="tune.mid")))
    for name in ("1", "2", "3", "C4", "kick", "snare", "1 Lead (Violin)", "2 drums", "tune.mid"):
        assert name in named


def test_new_notes_are_strong_and_given_ones_pale():
    picture = piano_roll(Shown(SONG, new_from_bar(SONG, 2)))
    assert len([box for box in boxes(picture, pale(part_colour(0))) if box.height != 9]) == 1
    assert len([box for box in boxes(picture, part_colour(0)) if box.height != 9]) == 2
    assert len(boxes(picture, NEW_BAR)) == 3  # bars 2 and 3, and the legend


def test_beside_what_was_given_only_the_other_notes_are_new():
    given = Song([SONG.tracks[0].with_notes(SONG.tracks[0].notes[:2]), SONG.tracks[1]])
    assert [mask.tolist() for mask in notes_not_in(SONG, given)] == [[False, False, True], [False, False]]
    assert [mask.tolist() for mask in notes_not_in(SONG, SONG)] == [[False] * 3, [False] * 2]
    other = Song([Track(SONG.tracks[0].notes, program=41)])
    assert all(notes_not_in(SONG, other)[0])


def test_two_songs_share_their_axes():
    short = Song([Track([Note(0, 72, 24, 80)])])
    picture = piano_roll(Shown(short, title="given"), Shown(SONG, notes_not_in(SONG, short), "made"))
    named = texts(picture)
    assert (named.count("given"), named.count("made")) == (1, 1)
    lines = {round(box.x, 3) for box in picture.marks if isinstance(box, Box) and box.width == 1 and box.height > 20}
    assert len(lines) == 4  # both have the bar lines of the longer


@pytest.mark.parametrize("sample", ["greensleeves", "minuet_in_g", "mountain_king", "rock_beat", "old_hundredth"])
def test_nothing_leaves_the_picture_and_every_note_is_drawn(midi_samples, sample):
    song = read_song(midi_samples / f"{sample}.mid")
    long = Song(
        [
            track.with_notes(
                np.concatenate([track.array + np.array([again * song.end_pulses, 0, 0, 0]) for again in range(6)])
            )
            for track in song.tracks
        ],
        song.tempos,
        song.time_signatures[:1],
    )
    picture = piano_roll(Shown(long))
    drawn = 0
    for mark in picture.marks:
        if isinstance(mark, Box):
            assert -0.51 <= mark.x <= mark.x + mark.width <= picture.width + 0.1
            assert 0 <= mark.y <= mark.y + mark.height <= picture.height + 0.1
            drawn += mark.colour in PARTS
    assert drawn >= long.note_count
    numbers = [int(text) for text in texts(picture) if text.isdecimal()]
    assert numbers == sorted(set(numbers))


def test_some_bars_alone_and_bars_that_there_are_not():
    assert [text for text in texts(piano_roll(Shown(SONG), from_bar=2, to_bar=2)) if text.isdecimal()] == ["2"]
    with pytest.raises(OptionError, match=r"^bars 2 to 9: there are 3 bars$"):
        piano_roll(Shown(SONG), from_bar=2, to_bar=9)
    with pytest.raises(OptionError, match=r"^from_bar 3, to_bar 2: "):
        piano_roll(Shown(SONG), from_bar=3, to_bar=2)


def test_an_empty_song_and_odd_metres_are_drawn_too():
    empty = Song([Track([])], time_signatures=[TimeSignature(0, 1, 64)], length_pulses=10)
    assert texts(piano_roll(Shown(empty)))
    assert piano_roll(Shown(Song([]))).height > 0


def test_a_contact_sheet_has_a_title_for_each_take():
    takes = [Shown(SONG, new_from_bar(SONG, 2), f"take {number}") for number in range(1, 6)]
    sheet = contact_sheet(takes, columns=2)
    assert [text for text in texts(sheet) if text.startswith("take")] == [take.title for take in takes]
    assert sheet.width < 2.2 * 480


def test_svg_is_xml_whatever_a_track_is_called():
    song = Song([SONG.tracks[0].with_notes(SONG.tracks[0].notes), Track([], name='<&"\x00\x1b\ud800 名前')])
    tree = ET.fromstring(picture_bytes(piano_roll(Shown(song, title="a<b>&c")), ".svg"))
    words = [node.text for node in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert "a<b>&c" in words
    assert any(word.endswith("名前 (Acoustic Grand Piano)") for word in words)


def test_a_notebook_shows_a_picture_as_svg():
    picture = piano_roll(Shown(SONG))
    assert picture._repr_svg_() == picture_bytes(picture, ".svg").decode()


def test_png_has_the_colours_of_the_parts():
    image = Image.open(io.BytesIO(picture_bytes(piano_roll(Shown(SONG)), ".png"))).convert("RGB")
    found = {colour for _, colour in image.getcolors(100_000)}
    for part in (0, 1):
        assert tuple(bytes.fromhex(part_colour(part)[1:])) in found


def test_the_colours_are_eight_that_differ():
    assert len(set(PARTS)) == 8
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in PARTS)
    assert part_colour(8) == part_colour(0)
    assert pale("#000000", 0.0) == "#ffffff"
    assert pale("#0072b2", 1.0) == "#0072b2"


def test_a_picture_is_written_once_and_only_by_a_name_of_its_kind(tmp_path):
    picture = piano_roll(Shown(SONG))
    write_picture(picture, tmp_path / "roll.svg")
    assert (tmp_path / "roll.svg").read_bytes() == picture_bytes(picture, ".svg")
    with pytest.raises(OutputError, match="already exists"):
        write_picture(picture, tmp_path / "roll.svg")
    with pytest.raises(OptionError, match=r"must end in \.svg or \.png$"):
        write_picture(picture, tmp_path / "roll.jpg")


def test_without_pillow_the_error_says_how_to_get_it(monkeypatch):
    def missing(_):
        raise ModuleNotFoundError("No module named 'PIL'", name="PIL")

    monkeypatch.setattr(png_module, "png_bytes", missing)
    monkeypatch.setattr("melodyrnn.drawing.output.png_bytes", missing)
    with pytest.raises(MelodyRnnError, match=r'pip install "melodyrnn\[png\]"'):
        picture_bytes(piano_roll(Shown(SONG)), ".png")

"""`inspect`, `models`, `ports` and `evaluate`: what they print, and their JSON."""

import dataclasses
import json
import os
import shutil

import mido
import numpy as np
import pytest

from melodyrnn.midi import read_song, write_song
from melodyrnn.midi.survey import _alike
from melodyrnn.music import Note, Song, Track
from melodyrnn.ports.devices import Ports


@pytest.fixture
def music(tmp_path, midi_samples):
    """A folder of two pieces and a file that is none."""
    folder = tmp_path / "music"
    (folder / "deeper").mkdir(parents=True)
    shutil.copy(midi_samples / "ode_to_joy.mid", folder)
    shutil.copy(midi_samples / "amazing_grace.mid", folder / "deeper" / "grace.MID")
    (folder / "zero.mid").write_bytes(b"")
    return folder


def test_inspect_a_file(run, midi_samples):
    outcome = run("inspect", midi_samples / "amazing_grace.mid", "--json")
    found = json.loads(outcome.out)
    assert found["files"] == [
        {
            "path": str(midi_samples / "amazing_grace.mid"), "status": "ok", "reason": "", "notes": 35, "bars": 17,
            "key": "G major", "key_signature": None,
            "metre": "3/4", "metre_changes": 1, "bpm": 84.0, "tempo_changes": 0, "seconds": 35.0,
            "on_grid": 1.0, "timing": "notated", "understood": [],
            "same_notes_as": None, "same_melody_as": None,
            "dropped": {"controls": 0, "pitch_bends": 0, "empty_tracks": 0},
            "changed": {"moved_notes": 0, "lengthened_notes": 0},
            "tracks": [{"name": "Oboe", "program": 68, "is_drum": False, "notes": 35}],
        }
    ]  # fmt: skip
    assert found["totals"] == {
        "files": 1, "ok": 1, "repaired": 0, "skipped": 0, "notes": 35, "bars": 17, "hours": 0.01,
        "reasons": {"skipped": {}, "repaired": {}}, "duplicates": {"same_notes": 0, "same_melody": 0},
        "keys": {"G major": 1}, "metres": {"3/4": 1}, "timings": {"notated": 1}, "instruments": {"program 68": 1},
        "dropped": {"controls": 0, "pitch_bends": 0, "empty_tracks": 0},
        "changed": {"moved_notes": 0, "lengthened_notes": 0},
    }  # fmt: skip
    said = run("inspect", midi_samples / "amazing_grace.mid").out.splitlines()
    assert said[0].endswith(": 17 bars of 3/4 (1 change), 35 notes in 1 track, G major, 84 bpm")


def test_inspect_a_folder_names_what_it_skips(run, music):
    found = json.loads(run("inspect", music, "--json").out)
    by_name = {file["path"].replace("\\", "/").rpartition("music/")[2]: file for file in found["files"]}
    assert {name: file["status"] for name, file in by_name.items()} == {
        "deeper/grace.MID": "ok", "ode_to_joy.mid": "ok", "zero.mid": "skipped",
    }  # fmt: skip
    assert "is empty (0 bytes)" in by_name["zero.mid"]["reason"]
    totals = found["totals"]
    counts = {"files": 3, "ok": 2, "repaired": 0, "skipped": 1, "notes": 97, "bars": 33}
    assert {name: totals[name] for name in counts} == counts
    assert totals["reasons"]["skipped"] == {"is empty": 1}
    said = run("inspect", music).out
    assert "zero.mid: skipped (is empty (0 bytes); a MIDI file is needed)\n" in said
    assert said.endswith("3 files (2 ok, 0 repaired, 1 skipped), 97 notes, 33 bars\n")


def test_inspect_a_repaired_file(run, tmp_path):
    track = bytes.fromhex(
        "00 ff 58 04 00 02 18 08"  # metre 0/4
        "00 90 3c 40  83 60 80 3c 00"  # a quarter note of C4
        "00 ff 2f 00"
    )
    header = bytes.fromhex("4d 54 68 64 00 00 00 06 00 00 00 01 01 e0")
    (tmp_path / "odd.mid").write_bytes(header + b"MTrk" + len(track).to_bytes(4, "big") + track)
    file = json.loads(run("inspect", "odd.mid", "--json").out)["files"][0]
    assert (file["status"], file["reason"], file["notes"]) == ("repaired", "1 dropped metre", 1)


def test_inspect_finds_what_is_there_twice(run, music):
    song = read_song(music / "ode_to_joy.mid")
    write_song(song, music / "ode_to_joy_2.mid")
    higher = [track.with_notes(track.array + np.array([0, 3, 0, 0])) for track in song.tracks]
    write_song(dataclasses.replace(song, tracks=tuple(higher)), music / "ode_to_joy_3.mid")
    found = json.loads(run("inspect", music, "--json").out)
    first = str(music / "ode_to_joy.mid")
    assert [(file["same_notes_as"], file["same_melody_as"]) for file in found["files"] if "notes" in file] == [
        (None, None), (None, None), (first, None), (None, first),
    ]  # fmt: skip
    assert found["totals"]["duplicates"] == {"same_notes": 1, "same_melody": 1}
    said = run("inspect", music).out.splitlines()
    assert said[3].endswith(" (same melody as ode_to_joy.mid)")
    assert said[3].startswith("ode_to_joy_3.mid: ")
    assert said[5:] == [
        "skipped     1 × is empty",
        "duplicates  1 × same notes, 1 × same melody",
        *said[7:12],
        "5 files (4 ok, 0 repaired, 1 skipped), 221 notes, 65 bars",
    ]
    assert said[8] == "metres      3 × 4/4, 1 × 3/4"


def test_inspect_keeps_its_table_to_the_terminal(run, music, monkeypatch):
    bent = b"MTrk\0\0\0\x10" + bytes.fromhex("00 e0 00 50 00 90 3c 40 83 60 3c 00 00 ff 2f 00")
    for i, division in enumerate(("01 e0", "e7 28", "00 60")):
        header = bytes.fromhex("4d 54 68 64 00 00 00 06 00 07 00 02") + bytes.fromhex(division)
        (music / f"{i}.mid").write_bytes(header + bent + b"??")
    monkeypatch.setenv("COLUMNS", "50")
    lines = run("inspect", music).out.splitlines()
    table = lines[lines.index("skipped     1 × is empty") : -1]
    assert max(map(len, table)) <= 50
    assert len(table) > 8
    assert all(
        line[:12].strip()
        in ("", "skipped", "repaired", "keys", "metres", "timings", "instruments", "left as is", "changed", "hours")
        for line in table
    )
    assert any(line.startswith("instruments 3 × piano, ") for line in table)


def test_one_of_a_kind_and_several_are_counted_together():
    parts = ["track of a wrong length", "tracks of a wrong length", "byte after the end", "track of a wrong length"]
    assert _alike(parts) == {"tracks of a wrong length": 3, "byte after the end": 1}


def test_inspect_counts_what_is_repaired_and_dropped(run, tmp_path):
    unended = b"MTrk\0\0\0\x14" + bytes.fromhex("00 b0 40 7f 00 e0 00 50 00 90 3c 40 83 60 3e 40 00 ff 2f 00")
    header = bytes.fromhex("4d 54 68 64 00 00 00 06 00 00 00 01 01 e0")
    (tmp_path / "music").mkdir()
    for name in ("a.mid", "b.mid"):
        (tmp_path / "music" / name).write_bytes(header + unended + name.encode())
    totals = json.loads(run("inspect", "music", "--json").out)["totals"]
    assert totals["dropped"] == {"controls": 2, "pitch_bends": 2, "empty_tracks": 0}
    assert totals["reasons"]["repaired"] == {"bytes outside the tracks ignored": 2, "notes without an end": 2}
    assert run("inspect", "music").out.splitlines()[2] == (
        "repaired    2 × bytes outside the tracks ignored, 2 × notes without an end"
    )


def test_inspect_says_of_one_file_too_what_it_left_out_and_changed(run, tmp_path):
    notes = "00 b0 07 7f 00 e0 00 50 00 90 3c 40 01 80 3c 00 00 90 3e 40 00 80 3e 00 00 ff 2f 00"  # one tick, and none
    tracks = [bytes.fromhex(notes), bytes.fromhex("00 ff 05 01 61 00 ff 2f 00")]
    header = bytes.fromhex("4d 54 68 64 00 00 00 06 00 01 00 02 01 e0")
    data = header + b"".join(b"MTrk" + len(track).to_bytes(4, "big") + track for track in tracks)
    (tmp_path / "changed.mid").write_bytes(data)
    assert run("inspect", "changed.mid").out.splitlines()[1:3] == [
        "left as is  1 × control changes, 1 × pitch bends, 1 × tracks without notes",
        "changed     2 × notes moved to a pulse, 2 × notes made a pulse long",
    ]
    found = json.loads(run("inspect", "changed.mid", "--json").out)
    assert found["files"][0]["changed"] == {"moved_notes": 2, "lengthened_notes": 2}
    assert found["totals"]["dropped"] == {"controls": 1, "pitch_bends": 1, "empty_tracks": 1}


def test_inspect_keeps_to_the_limits_it_is_given(run, music):
    found = json.loads(run("inspect", music, "--json", "--limits", "notes=40").out)["files"]
    assert [file["status"] for file in found] == ["ok", "skipped", "skipped"]
    assert found[1]["reason"].endswith("ode_to_joy.mid: 62 notes; at most 40 are read")
    assert (
        "too long; at most 10 bars of 4/4 are read (--limits bars=N)\n"
        in run("inspect", music / "ode_to_joy.mid", "--limits", "bars=10").err
    )
    assert "at most 99 is read" in run("inspect", music / "ode_to_joy.mid", "--limits", "file-bytes=99").err
    assert run("inspect", music, "--limits", f"memory-mb={2**24},bars=87381").exit_code == 0


def test_in_little_memory_the_key_is_found(run, midi_samples):
    found = json.loads(run("inspect", midi_samples, "--json", "--limits", "memory-mb=8").out)["files"]
    assert {file["status"] for file in found} == {"ok"}


def test_inspect_keeps_the_limit_on_memory_for_a_single_file_too(run, tmp_path):
    write_song(Song((Track([Note(24 * i, 60, 24, 64) for i in range(90_000)]),)), tmp_path / "large.mid")
    outcome = run("inspect", "large.mid", "--limits", "memory-mb=5")
    assert (outcome.exit_code, outcome.err) == (1, "error: large.mid: took more than 5 MB of memory to read\n")


@pytest.mark.parametrize(
    ("limits", "legal"),
    [
        ("file-bytes=0", "file-bytes must be a whole number from 1 to"),
        ("notes=40,repair-bytes=-1", "repair-bytes must be a whole number from 1 to"),
        ("notes=4.5", "notes must be a whole number from 1 to"),
        ("bars=100000", "bars must be a whole number from 1 to 87381"),
        ("memory-mb=99999999", "memory-mb must be a whole number from 1 to 16777216"),
        ("seconds=0.0", "seconds must be from 1 to"),
        ("seconds=nan", "seconds must be from 1 to"),
        ("notes", "notes must be a whole number"),
        ("colour=3", "must be NAME=N, with a name of file-bytes, repair-bytes, notes, bars, memory-mb, seconds"),
    ],
)
def test_a_limit_that_is_none_is_refused_with_what_is_legal(run, music, limits, legal):
    outcome = run("inspect", music, "--limits", limits)
    assert (outcome.exit_code, outcome.err.count("\n")) == (2, 1)
    assert f"error: Invalid value for '--limits': {limits.split(',')[-1]!r}: " in outcome.err
    assert legal in outcome.err


def test_the_former_options_of_limits_still_hold_and_are_out_of_sight(run, music):
    song = music / "ode_to_joy.mid"
    assert "62 notes; at most 40 are read" in run("inspect", song, "--max-notes", 40).err
    assert "at most 10 bars of 4/4" in run("inspect", song, "--max-bars", 10).err
    assert "62 notes; at most 50 are read" in run("inspect", song, "--max-notes", 40, "--limits", "notes=50").err
    assert "'notes=0': notes must be a whole number" in run("inspect", song, "--max-notes", 0).err
    for command in ("inspect", "train", "tune", "evaluate", "generate"):
        said = run(command, "--help").out
        assert "--limits NAME=N" in said
        assert "--max-" not in said


def test_inspect_says_how_a_performance_was_understood(run, tmp_path):
    beats = [1.23 + 0.63 * i for i in range(60)]
    notes = [Note(round(48 * at), pitch, 12, 90) for at in beats for pitch in (40, 60 + round(at) % 7)]
    write_song(Song((Track(notes[::2]), Track(notes[1::2], name="Drums"))), tmp_path / "played.mid")
    as_written = json.loads(run("inspect", "played.mid", "--json").out)["files"][0]
    assert (as_written["timing"], as_written["understood"]) == ("played", ["1 track taken for drums by name"])
    on_beats = json.loads(run("inspect", "played.mid", "--json", "--beats").out)["files"][0]
    assert on_beats["timing"] == "found beats"
    assert on_beats["understood"][1].endswith(" beats found, and used in place of the tempo map of the file")
    assert abs(on_beats["bpm"] - 60 / 0.63) < 3
    assert "played freely" in run("inspect", "played.mid").out


@pytest.mark.parametrize("command", ["inspect", "evaluate"])
def test_what_is_not_there(run, tmp_path, command):
    (tmp_path / "bare").mkdir()
    model = ["folk"] if command == "evaluate" else []
    for path, reason in (("nowhere", "no such f"), ("bare", "no MIDI files")):
        outcome = run(command, *model, path)
        assert (outcome.exit_code, outcome.out, outcome.err.count("\n")) == (1, "", 1)
        assert outcome.err.startswith(f"error: {path}: {reason}")


def test_models(run):
    found = {model["name"]: model for model in json.loads(run("models", "--json").out)["models"]}
    assert {name: model["styles"] for name, model in found.items()} == {
        "any": ["any", "chorale", "folk", "song", "drums", "piano", "quartet"],
        **{style: [style] for style in ("chorale", "drums", "folk", "song")},
    }
    model = found["folk"]
    assert model["cell"] in ("gru", "lstm", "rnn")
    assert model["bytes"] >= 2 * model["parameters"]
    assert "about" in model
    assert "\nfolk: folk (" in run("models").out


def test_the_model_in_a_file(run, small_model, midi_samples):
    said = run("models", small_model).out
    assert said.startswith("small: plain, fancy (")
    found = json.loads(run("models", small_model, small_model, "--json").out)["models"]
    assert [model["path"] for model in found] == [str(small_model)] * 2
    outcome = run("models", midi_samples / "ode_to_joy.mid")
    assert (outcome.exit_code, outcome.out, outcome.err.count("\n")) == (1, "", 1)


def test_ports(run, monkeypatch):
    monkeypatch.setattr("melodyrnn.ports.devices.system_name", lambda: "JACK")
    monkeypatch.setattr("melodyrnn.ports.devices.port_names", lambda: Ports(("Keyboard",), ()))
    assert json.loads(run("ports", "--json").out) == {"system": "JACK", "inputs": ["Keyboard"], "outputs": []}
    assert run("ports").out == "system: JACK\ninputs:\n  Keyboard\noutputs: none\n"


def test_evaluate(run, music, small_model):
    found = json.loads(run("evaluate", small_model, music, "--json", "--style", "fancy").out)
    assert (found["model"], found["style"], found["notes"]) == ("small.safetensors", "fancy", 97)
    assert list(found["parts"]) == ["bars", "place", "part", "pitch", "duration", "velocity"]
    assert sum(found["parts"].values()) == pytest.approx(found["bits_per_note"], abs=1e-3)
    assert [file["notes"] for file in found["files"]] == [35, 62]
    for file in found["files"]:
        assert sum(file["parts"].values()) == pytest.approx(file["bits_per_note"], abs=1e-3)
    low, high = found["interval"]
    assert low <= found["bits_per_note"] <= high
    bits = sum(file["notes"] * file["bits_per_note"] for file in found["files"])
    assert bits / 97 == pytest.approx(found["bits_per_note"], abs=1e-3)
    (skipped,) = found["skipped"]
    assert skipped["path"].endswith("zero.mid")
    assert "is empty" in skipped["reason"]
    said = run("evaluate", small_model, music, "--style", "fancy").out
    assert said.startswith(f"{found['bits_per_note']:.3f} bits per note (")
    assert f"\n{' '.join(f'{bits:.3f}' for bits in found['quarters'])} by quarter of a piece\n" in said
    assert len(found["quarters"]) == len(found["styles"]["fancy"]["quarters"]) == 4


def test_evaluate_says_whether_the_model_adapted(run, music, small_model):
    as_it_is, adapting = (
        json.loads(run("evaluate", small_model, music, "--json", *more).out) for more in ((), ("--adapt",))
    )
    assert (as_it_is["adapt"], adapting["adapt"]) == (False, True)
    assert as_it_is["notes"] == adapting["notes"]
    assert as_it_is["bits_per_note"] != adapting["bits_per_note"]


def test_evaluate_hears_a_folder_named_as_a_style_as_that(run, tmp_path, midi_samples, small_model):
    for style in ("fancy", "plain"):
        (tmp_path / "all" / style).mkdir(parents=True)
        shutil.copy(midi_samples / "ode_to_joy.mid", tmp_path / "all" / style)
    found = json.loads(run("evaluate", small_model, "all", "--json").out)
    assert [file["style"] for file in found["files"]] == ["fancy", "plain"]
    assert found["style"] is None
    for file in found["files"]:
        of_style = found["styles"][file["style"]]
        assert (of_style["bits_per_note"], of_style["notes"], of_style["files"]) == (file["bits_per_note"], 62, 1)
    said = run("evaluate", small_model, "all").out
    assert "124 notes in 2 files, as fancy, plain, by small.safetensors\n" in said
    for name, of_style in found["styles"].items():
        assert f"\n{name}: {of_style['bits_per_note']:.3f} bits per note, 62 notes in 1 file\n" in said
    forced = json.loads(run("evaluate", small_model, "all", "--json", "--style", "plain").out)
    assert (forced["style"], list(forced["styles"])) == ("plain", ["plain"])


def test_evaluate_takes_a_style_for_a_model(run, music):
    by_style = {style: json.loads(run("evaluate", style, music, "--json").out) for style in ("folk", "drums")}
    assert {style: found["style"] for style, found in by_style.items()} == {"folk": "folk", "drums": "drums"}
    assert {style: found["model"] for style, found in by_style.items()} == {"folk": "folk", "drums": "drums"}
    assert by_style["folk"]["bits_per_note"] < by_style["drums"]["bits_per_note"]
    assert read_song(music / "ode_to_joy.mid").note_count == 62


@pytest.fixture
def named(tmp_path):
    """Whole and empty files whose names would begin another line, and colour it. Skips where there can be none."""
    folder = tmp_path / "named"
    folder.mkdir()
    try:
        for name in ("a\nerror: gone", "b\x1b[31mred", os.fsdecode(b"c\xfe")):
            (folder / f"{name}.mid").touch()
            write_song(Song((Track([Note(24 * i, 60 + i, 24, 64) for i in range(8)]),)), folder / f"{name}-whole.mid")
    except OSError as error:
        pytest.skip(f"there are no such names here: {error}")
    return folder


@pytest.mark.parametrize("command", ["inspect", "evaluate"])
def test_each_file_is_one_line_whatever_it_is_called(run, named, small_model, command):
    outcome = run(command, *([small_model] if command == "evaluate" else []), "named")
    assert (outcome.exit_code, outcome.err) == (0, "")
    assert "\x1b" not in outcome.out
    lines = [line for line in outcome.out.splitlines() if "is empty" in line and ".mid" in line]
    names = ["a\\nerror: gone.mid", "b\\x1b[31mred.mid", "c\\udcfe.mid"]
    assert len(lines) == 3
    for line, name in zip(lines, names, strict=True):
        assert line in (
            f"{name}: skipped (is empty (0 bytes); a MIDI file is needed)",
            f"skipped named/{name}: is empty (0 bytes); a MIDI file is needed",
        )
    paths = {file["path"] for file in json.loads(run("inspect", named, "--json").out)["files"]}
    assert paths == {str(path) for path in named.iterdir()}  # as they are: JSON has its own way to write them


@pytest.mark.parametrize("command", ["inspect", "generate"])
def test_an_error_is_one_line_whatever_the_file_is_called(run, named, command):
    for path in (path for path in sorted(named.iterdir()) if not path.stat().st_size):
        outcome = run(command, *(["--seed"] if command == "generate" else []), path)
        assert outcome.err.count("\n") == 1
        assert "\x1b" not in outcome.err


def test_inspect_takes_a_track_for_drums_or_not_where_that_is_said(run, midi_samples):
    def kits(*options):
        (facts,) = json.loads(run("inspect", midi_samples / "amazing_grace.mid", "--json", *options).out)["files"]
        return [track["is_drum"] for track in facts["tracks"]]

    assert kits() == [False]
    assert kits("--drums", "oboe") == kits("--drums", "1") == [True]
    assert kits("--not-drums", "Oboe") == [False]
    refused = run("inspect", midi_samples / "amazing_grace.mid", "--drums", "Kick")
    assert (refused.exit_code, refused.err.endswith("no track 'Kick'; there are 1 Oboe\n")) == (1, True)


def test_inspect_names_the_key_of_the_signature_where_the_notes_agree(run, tmp_path):
    notes = [Note(24 * i, pitch, 24, 80) for i, pitch in enumerate((62, 64, 67, 69) * 4)]
    write_song(Song((Track(notes),)), tmp_path / "a.mid")
    keys = []
    for signature in ("G", "Ab"):
        file = mido.MidiFile("a.mid")
        file.tracks[0].insert(0, mido.MetaMessage("key_signature", key=signature))
        file.save(tmp_path / f"{signature}.mid")
        (facts,) = json.loads(run("inspect", f"{signature}.mid", "--json").out)["files"]
        keys.append((facts["key"], facts["key_signature"]))
    (plain,) = json.loads(run("inspect", "a.mid", "--json").out)["files"]
    assert keys == [("G major", "G major"), (plain["key"], "Ab major")]
    assert plain["key"] != "G major"

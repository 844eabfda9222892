"""`melodyrnn generate`: exactly so many bars, the same file again, and nothing left behind where it fails."""

import json
import os
import pickle
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import mido
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

import melodyrnn
from melodyrnn import api
from melodyrnn.cli.show.made import lines_of as summary_lines
from melodyrnn.errors import OptionError, OutputError
from melodyrnn.midi import read_song, write_song
from melodyrnn.midi.writing import write_bytes
from melodyrnn.music import Note, Song, TimeSignature, Track
from melodyrnn.music.join import join_pulse
from melodyrnn.music.pitches import pitch_name

SAMPLES = sorted((Path(__file__).parents[2] / "midi_samples").glob("*.mid"))
SEED = SAMPLES[-1]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_the_seed_and_exactly_eight_more_bars(run, tmp_path, sample):
    outcome = run("generate", "--seed", sample, "--bars", 8, "-o", "x.mid", "--random-seed", 3)
    assert (outcome.exit_code, outcome.err) == (0, "")
    seed, song = read_song(sample), read_song(tmp_path / "x.mid")
    join = join_pulse(seed)
    assert song.bars == seed.bar_lines.position(join)[0] + 8
    assert song.time_signatures == seed.time_signatures
    assert song.tempos == seed.tempos
    assert [(t.program, t.is_drum) for t in song.tracks] == [(t.program, t.is_drum) for t in seed.tracks]
    kept = [[note for note in track if note.onset_pulses < join] for track in song.tracks]
    assert kept == [track.notes for track in seed.tracks]
    assert any(note.onset_pulses >= join for track in song.tracks for note in track)


def test_a_folder_that_is_not_there_is_made(run, tmp_path):
    for name in ("ode_to_joy-continued.mid", "ode_to_joy-continued-2.mid"):
        outcome = run("generate", SAMPLES[0].parent / "ode_to_joy.mid", "--bars", 1, "-o", "new/takes/")
        assert (outcome.exit_code, outcome.err) == (0, "")
        assert (tmp_path / "new" / "takes" / name).is_file()


def test_the_same_random_seed_gives_the_same_bytes_and_another_other_notes(run, tmp_path):
    for name, number in (("a.mid", 5), ("b.mid", 5), ("c.mid", 6)):
        assert run("generate", "--seed", SEED, "-o", name, "--random-seed", number).exit_code == 0
    a, b, c = ((tmp_path / name).read_bytes() for name in ("a.mid", "b.mid", "c.mid"))
    assert a == b
    assert read_song(tmp_path / "a.mid").tracks != read_song(tmp_path / "c.mid").tracks
    assert a != c


def test_a_chosen_random_seed_is_printed_and_makes_the_piece_again(run, tmp_path):
    said = run("generate", "--seed", SEED, "-o", "a.mid").out
    number = said.rsplit("random seed ", 1)[1].split()[0]
    run("generate", "--seed", SEED, "-o", "b.mid", "--random-seed", number)
    assert (tmp_path / "a.mid").read_bytes() == (tmp_path / "b.mid").read_bytes()


def test_the_command_and_the_python_api_agree(run, tmp_path):
    run("generate", "--seed", SEED, "-o", "a.mid", "--random-seed", 4, "--bars", 4, "--temperature", 0.9)
    song = melodyrnn.generate(SEED, bars=4, random_seed=4, temperature=0.9)
    assert read_song(tmp_path / "a.mid") == song


def test_takes_are_numbered_and_take_the_next_random_seeds(run, tmp_path):
    outcome = run("generate", "--seed", SEED, "-o", "v.mid", "--takes", 3, "--random-seed", 10, "--bars", 2)
    assert files(tmp_path) == ["v-1.mid", "v-2.mid", "v-3.mid"]
    files_of = [line for line in outcome.out.splitlines() if not line.startswith("  ")]
    assert [line.rsplit(" ", 1)[1] for line in files_of] == ["10", "11", "12"]
    run("generate", "--seed", SEED, "-o", "single.mid", "--random-seed", 11, "--bars", 2)
    assert (tmp_path / "single.mid").read_bytes() == (tmp_path / "v-2.mid").read_bytes()


def test_takes_are_not_begun_where_one_file_is_in_the_way(run, tmp_path, monkeypatch):
    (tmp_path / "v-2.mid").write_text("mine")
    monkeypatch.setattr("melodyrnn.api.takes", lambda *_, **__: pytest.fail("generated"))
    outcome = run("generate", "-o", "v.mid", "--takes", 3)
    assert (outcome.exit_code, outcome.err) == (
        1,
        "error: v-2.mid: already exists; give another name, or allow overwriting (--overwrite)\n",
    )
    assert files(tmp_path) == ["v-2.mid"]


def test_a_write_that_fails_takes_the_files_before_it_along(run, tmp_path, monkeypatch):
    written = []

    def write(data, target, overwrite):
        if len(written) == 2:
            raise OutputError(f"{target}: cannot be written (disk full)")
        written.append(target)
        write_bytes(data, target, overwrite)

    monkeypatch.setattr("melodyrnn.midi.writing.write_bytes", write)
    outcome = run("generate", "-o", "v.mid", "--takes", 3, "--bars", 1)
    assert (outcome.exit_code, outcome.err) == (1, "error: v-3.mid: cannot be written (disk full)\n")
    assert len(written) == 2
    assert files(tmp_path) == []


def test_without_an_output_it_takes_a_new_name_here(run, tmp_path):
    for _ in range(2):
        assert run("generate", "--seed", SEED, "--bars", 1).exit_code == 0
    assert files(tmp_path) == [f"{SEED.stem}-continued-2.mid", f"{SEED.stem}-continued.mid"]
    assert run("generate", "--style", "drums", "--bars", 1).exit_code == 0
    assert "drums.mid" in files(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="paths there may be too short for the seed itself")
def test_a_name_made_from_a_long_one_is_one_line(run, tmp_path):
    seed = tmp_path / f"{'x' * 248}.mid"
    seed.write_bytes(SEED.read_bytes())
    outcome = run("generate", "--seed", seed, "--bars", 1)
    assert (outcome.exit_code, outcome.err.count("\n")) == (1, 1)
    assert "-continued.mid: cannot be written (" in outcome.err


def test_notes_of_the_seed_that_overlap_their_own_pitch_come_back(run, tmp_path):
    header, end = "4d546864 00000006 0000 0001 0018", "00 ff2f00"
    notes = "00 90 3c 50  0c 90 3c 50  0c 80 3c 00  18 80 3c 00"  # the second C4 begins before the first ends
    track = bytes.fromhex(notes + end)
    data = bytes.fromhex(header) + b"MTrk" + len(track).to_bytes(4, "big") + track
    (tmp_path / "seed.mid").write_bytes(data)
    made = json.loads(run("generate", "--seed", "seed.mid", "--bars", 1, "-o", "a.mid", "--json").out)
    assert made["files"][0]["cut_notes"] == 0
    assert bytes.fromhex(notes) in (tmp_path / "a.mid").read_bytes()


def lines_of(outcome):
    return outcome.out.splitlines()


def test_the_summary_says_where_the_new_bars_begin_and_what_was_closed_there(run, tmp_path):
    file = mido.MidiFile(SEED)
    file.tracks[-1].insert(0, mido.Message("control_change", control=64, value=127))
    file.save(tmp_path / "pedal.mid")
    first, *_, last = lines_of(run("generate", "--seed", "pedal.mid", "--bars", 2, "-o", "a.mid", "--random-seed", 1))
    assert "26 bars (2 new, from bar 25), " in first
    assert last == "a.mid: closed where the new bars begin: sustain pedal of Violin"


def test_bars_of_a_file_are_the_seed(run, tmp_path):
    options = ["--seed", SEED, "--bars", 2, "--random-seed", 1]
    made = json.loads(run("generate", *options, "--from-bar", 3, "--to-bar", 6, "-o", "a.mid", "--json").out)
    assert [made["files"][0][name] for name in ("bars", "new_bars", "first_new_bar")] == [6, 2, 5]
    seed, song = read_song(SEED), read_song(tmp_path / "a.mid")
    bar = seed.bar_lines.start(1)
    kept = [note for note in song.tracks[0] if note.onset_pulses < 4 * bar]
    wanted = [note for note in seed.tracks[0] if 2 * bar <= note.onset_pulses < 6 * bar]
    assert kept == [note._replace(onset_pulses=note.onset_pulses - 2 * bar) for note in wanted]
    assert (song.tempos, song.time_signatures, song.tracks[0].name) == (
        seed.tempos,
        seed.time_signatures,
        seed.tracks[0].name,
    )
    for bars, reason in (((9, 40), "bars 9 to 40: "), ((6, 3), "--from-bar 6, --to-bar 3: ")):
        outcome = run("generate", *options, "--from-bar", bars[0], "--to-bar", bars[1], "-o", "b.mid")
        assert outcome.exit_code == 2
        assert outcome.err.startswith(f"error: {reason}")
    assert run("generate", "--from-bar", 2).exit_code == 2


def test_humanize_leaves_the_notes_of_the_seed_as_they_are(run, tmp_path):
    run("generate", "--seed", SEED, "--bars", 2, "-o", "a.mid", "--random-seed", 1, "--humanize", 1)
    old, new = (
        [message for track in mido.MidiFile(path).tracks for message in list(track)[:-1]]
        for path in (SEED, tmp_path / "a.mid")
    )
    assert len(new) > len(old) > 20
    assert [m for m in new if m in old][: len(old)] == old


def test_no_key_is_null_in_json(run):
    outcome = run("generate", "--style", "drums", "--bars", 1, "-o", "a.mid", "--json", "--random-seed", 1)
    assert json.loads(outcome.out)["files"][0]["key"] is None
    assert ", no key, drums, " in run("generate", "--style", "drums", "--bars", 1, "-o", "b.mid").out


def test_overwrite_replaces(run, tmp_path):
    (tmp_path / "out.mid").write_text("old")
    assert run("generate", "--bars", 1, "-o", "out.mid").exit_code == 1
    assert (tmp_path / "out.mid").read_text() == "old"
    outcome = run("generate", "--bars", 1, "-o", "out.mid", "--overwrite")
    assert outcome.exit_code == 0
    assert outcome.out.startswith("out.mid: 1 bar, ")
    assert read_song(tmp_path / "out.mid").bars == 1


def test_without_the_seed_the_new_bars_stand_alone(run, tmp_path):
    for name, flag in (("with.mid", "--with-seed"), ("alone.mid", "--without-seed")):
        run("generate", "--seed", SEED, "-o", name, flag, "--random-seed", 2, "--bars", 4)
    long, alone = read_song(tmp_path / "with.mid"), read_song(tmp_path / "alone.mid")
    assert alone.bars == 4
    assert alone.tracks == long.from_pulse(join_pulse(read_song(SEED))).tracks


def test_the_constraints_are_kept(run, tmp_path):
    limits = ["--key", "D minor", "--low", "C4", "--high", "81", "--monophonic", "--tempo", "96", "--density", "2"]
    outcome = run("generate", "--style", "folk", "--bars", 4, "-o", "out.mid", "--random-seed", 1, *limits)
    assert outcome.exit_code == 0
    song = read_song(tmp_path / "out.mid")
    notes = sorted(note for track in song.tracks for note in track)
    assert notes
    assert all(60 <= note.pitch <= 81 for note in notes)
    assert {note.pitch % 12 for note in notes} <= {2, 4, 5, 7, 9, 10, 0}
    assert all(a.onset_pulses + a.duration_pulses <= b.onset_pulses for a, b in pairwise(notes))
    assert song.tempos[0].bpm == 96


def test_new_notes_stay_in_the_seeds_range_unless_it_is_free(run, tmp_path):
    notes = [Note(24 * i, 60 + i % 2, 24, 80) for i in range(32)]
    write_song(Song((Track(notes),)), tmp_path / "seed.mid")

    def pitches(name, *options):
        run("generate", "--seed", "seed.mid", "-o", name, "--random-seed", 1, "--temperature", 3, *options)
        return {note.pitch for track in read_song(tmp_path / name).tracks for note in track}

    assert pitches("near.mid") <= {*range(57, 65)}
    assert not pitches("free.mid", "--range", "free", "--stay", 0) <= {*range(57, 65)}


def test_a_form_has_its_sections_and_a_seed_is_the_first(run, tmp_path):
    outcome = run("generate", "--seed", SEED, "--form", "AB4A", "--vary", 0, "-o", "x.mid", "--random-seed", 2)
    assert (outcome.exit_code, outcome.err) == (0, "")
    seed, song = read_song(SEED), read_song(tmp_path / "x.mid")
    join = join_pulse(seed)
    bars = seed.bar_lines.position(join)[0]
    assert song.bars == 2 * bars + 4
    later = song.bar_lines.start(bars + 4)
    for track, given in zip(song.tracks, seed.tracks, strict=True):
        assert [note for note in track if note.onset_pulses < join] == given.notes
        again = [note._replace(onset_pulses=note.onset_pulses - later) for note in track if note.onset_pulses >= later]
        assert again == given.notes
    made = melodyrnn.generate(SEED, form="AB4A", variation=0, random_seed=2)
    assert made.tracks == song.tracks


def test_humanized_is_the_same_music_played_less_evenly(run, tmp_path):
    for name, amount in (("even.mid", 0), ("human.mid", 1), ("again.mid", 1)):
        run("generate", "--seed", SEED, "--bars", 2, "-o", name, "--random-seed", 2, "--humanize", amount)
    even, human = (mido.MidiFile(tmp_path / name) for name in ("even.mid", "human.mid"))
    ons = [[m for track in file.tracks for m in track if m.type == "note_on"] for file in (even, human)]
    assert sorted(m.note for m in ons[0]) == sorted(m.note for m in ons[1])
    assert len({m.velocity for m in ons[1]}) > len({m.velocity for m in ons[0]})
    ticks = [
        sum(m.time for m in track[: i + 1])
        for track in human.tracks
        for i, m in enumerate(track)
        if m.type == "note_on"
    ]
    assert any(tick % 20 for tick in ticks)
    assert (tmp_path / "human.mid").read_bytes() == (tmp_path / "again.mid").read_bytes()


def test_json(run):
    outcome = run("generate", "--seed", SEED, "--bars", 2, "-o", "o.mid", "--takes", 2, "--json", "--random-seed", 8)
    made = json.loads(outcome.out)
    assert made["model"] == api.shipped_styles()[made["files"][0]["style"]]
    assert [file["path"] for file in made["files"]] == ["o-1.mid", "o-2.mid"]
    first, seed, song = made["files"][0], read_song(SEED), read_song("o-1.mid")
    assert first == {
        "path": "o-1.mid", "bars": song.bars, "new_bars": 2, "first_new_bar": seed.bars + 1,
        "closed_at_join": [], "left_out_of_new_bars": [], "silent_at_join": [], "notes": song.note_count,
        "new_notes": song.note_count - seed.note_count, "cut_notes": 0, "left_out_notes": 0,
        "key": first["key"], "chords": None,
        "metre": "3/4", "bpm": 96.0, "style": first["style"], "random_seed": 8, "key_from": "notes",
        "parts": first["parts"], "added_part": None, "port_of_added": None, "replaced_bars": None, "replaced_notes": 0,
        "freedom": None,
    }  # fmt: skip
    new = [note for note in song.tracks[0] if note.onset_pulses >= join_pulse(seed)]
    assert first["parts"] == [
        {
            "name": "Violin", "instrument": "Violin", "is_drum": False, "is_given": False, "new_notes": len(new),
            "lowest": min(note.pitch for note in new), "highest": max(note.pitch for note in new),
        }
    ]  # fmt: skip


def test_a_model_called_by_a_style_plays_that_style(run, small_model):
    outcome = run("generate", "--model", "folk", "--bars", 1, "--json", "-o", "a.mid")
    assert json.loads(outcome.out)["files"][0]["style"] == "folk"
    outcome = run("generate", "--model", small_model, "--style", "fancy", "--bars", 1, "--json", "-o", "b.mid")
    assert json.loads(outcome.out)["model"] == "small.safetensors"
    assert json.loads(outcome.out)["files"][0]["style"] == "fancy"


def bad_files(folder: Path) -> None:
    """What a user may give by mistake."""
    (folder / "folder").mkdir()
    (folder / "empty.mid").write_bytes(b"")
    (folder / "paper.mid").write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< >>\nendobj\n")
    write_song(Song((Track((Note(0, 60, 24, 80),)),)), folder / "one.mid")
    header = b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x01\xe0"
    (folder / "silent.mid").write_bytes(header + b"MTrk\x00\x00\x00\x04\x00\xff\x2f\x00")
    (folder / "pickle.safetensors").write_bytes(pickle.dumps({"weights": [1.0, 2.0]}))
    whole = next(iter(api.shipped_models().values())).read_bytes()
    (folder / "short.safetensors").write_bytes(whole[:100_000])
    (folder / "file").write_text("")


@pytest.mark.parametrize(
    ("arguments", "exit_code", "says"),
    [
        (["--seed", "nowhere.mid"], 1, "nowhere.mid: no such file"),
        (["--seed", "folder"], 1, "folder: is a folder; a MIDI file is needed"),
        (["--seed", "empty.mid"], 1, "empty.mid: is empty (0 bytes)"),
        (["--seed", "paper.mid"], 1, "paper.mid: not a MIDI file"),
        (["--seed", "silent.mid"], 1, "silent.mid: "),
        (["--seed", "folk"], 1, "folk: no such file; folk is a style: use --style folk"),
        (["--seed", "short.safetensors"], 1, "not a MIDI file"),
        (["--model", "short.safetensors"], 1, "short.safetensors: not a readable model file"),
        (["--model", "pickle.safetensors"], 1, "pickle.safetensors: not a readable model file"),
        (
            ["--model", "nothing"],
            1,
            "nothing: neither a model file nor an included model or style (any, chorale, ",
        ),
        (["--model", "x" * 300], 1, "x: neither a model file nor an included model"),
        (["--model", "one.mid"], 1, "one.mid: not a readable model file"),
        (
            ["--style", "polka"],
            2,
            "style 'polka': must be one of any, chorale, drums, folk, piano, quartet, song; did you mean folk?",
        ),
        (["--style", "xyz"], 2, "style 'xyz': must be one of any, chorale, drums, folk, piano, quartet, song\n"),
        (["--bars", "0"], 2, "bars 0: must be 1 to 10000"),
        (["--bars", "many"], 2, "'many': must be 1 to 10000, or end"),
        (["--temperature", "-1"], 2, "temperature -1: must be 0 (always the likeliest) to 10"),
        (["--temperature", "nan"], 2, "temperature nan: must be"),
        (["--top-p", "0"], 2, "top-p 0: must be above 0"),
        (["--tempo", "5"], 2, "tempo 5: must be 10 to 1000 bpm"),
        (["--key", "H major"], 2, "key 'H major': must be a tonic"),
        (["--low", "H4"], 2, "pitch 'H4': must be 0 to 127, or a name from C-1 to G9"),
        (["--low", "C6", "--high", "C4"], 2, "pitches C6 to C4: the lowest comes first"),
        (["--density", "0"], 2, "density 0: must be 0.1 to 10"),
        (["--form", "A-B"], 2, "form 'A-B': must be letters, each with its number of bars or without"),
        (["--form", "AA", "--bars", "4"], 2, "--form sets the number of bars: leave out --bars"),
        (["--form", "AA", "--vary", "2"], 2, "vary 2: must be 0 (nothing) to 1"),
        (["--vary", "0.5"], 2, "of which bars? Say so with --replace, or --form"),
        (["--humanize", "2"], 2, "humanize 2: must be 0 (as written) to 1"),
        (["--random-seed", "-1"], 2, "--random-seed -1: must be 0 or more"),
        (["--takes", "0"], 2, "takes 0: must be 1 to 999"),
        (["--colour"], 2, "--colour"),
        (["one.mid", "two.mid"], 2, "unexpected two.mid: one file is continued, one.mid"),
        (["one.mid", "--seed", "two.mid"], 2, "unexpected one.mid: one file is continued, two.mid"),
        (["empty.mid"], 1, "empty.mid: is empty (0 bytes)"),
        (["--drums", "1"], 2, "--drums and --not-drums need a seed"),
        (["one.mid", "--drums", "Kick"], 1, "one.mid: no track 'Kick'; there are 1"),
        (["--seed", "x" * 300], 1, "x: "),
        (["-o", "x" * 300], 1, "x.mid: cannot be written ("),
        (["-o", "file/"], 1, "file: cannot be written ("),
        (["-o", "x.wav"], 2, "x.wav: -o names a MIDI file; --wav x.wav writes the sound too"),
        (["--soundfont", "x.sf2"], 2, "--soundfont needs --wav FILE"),
        (["-o", "x.MusicXML"], 1, "x.MusicXML: scores cannot be written, only MIDI files; give x.mid"),
        (["-o", "one"], 1, "one.mid: already exists"),
        (["-o", "-", "--takes", "2"], 2, "-o -: standard output takes one file, so one take"),
        (["-o", "-", "--json"], 2, "-o -: standard output takes one file, so no --json"),
        (["-o", "one.mid"], 1, "one.mid: already exists; give another name, or allow overwriting (--overwrite)"),
        (["-o", "nowhere/out.mid"], 1, "nowhere/out.mid: cannot be written (there is no folder nowhere)"),
        (["-o", "file/out.mid"], 1, "out.mid: cannot be written"),
    ],
    ids=str,
)
def test_bad_input_is_one_line_and_leaves_nothing(run, tmp_path, arguments, exit_code, says):
    bad_files(tmp_path)
    before = files(tmp_path)
    outcome = run("generate", *arguments, *([] if "-o" in arguments else ["-o", "out.mid"]))
    assert outcome.exit_code == exit_code
    assert outcome.out == ""
    assert outcome.err.startswith("error: ")
    assert outcome.err.count("\n") == 1
    assert says in outcome.err.replace(os.sep, "/")
    assert files(tmp_path) == before


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="needs a folder in which nobody can make a file")
def test_an_output_that_cannot_be_written_is_found_before_the_work(run, monkeypatch):
    monkeypatch.setattr("melodyrnn.api.takes", lambda *_, **__: pytest.fail("generated"))
    outcome = run("generate", "-o", "/proc/out.mid")
    assert (outcome.exit_code, outcome.err.count("\n")) == (1, 1)
    assert outcome.err.startswith("error: /proc/out.mid: cannot be written (")


@pytest.mark.skipif(sys.platform == "win32", reason="file names there cannot hold it")
def test_a_file_name_that_is_not_unicode(run, tmp_path):
    name = os.fsdecode(b"caf\xe9.mid")
    try:
        (tmp_path / name).write_bytes(SEED.read_bytes())
    except OSError:
        pytest.skip("this file system takes no such name")
    outcome = run("generate", "--seed", name, "--bars", 1)
    assert outcome.exit_code == 0
    assert outcome.out.startswith("caf\\udce9-continued.mid: ")


def test_a_seed_is_limited_as_inspect_limits_it(run, midi_samples):
    outcome = run("generate", "--seed", midi_samples / "ode_to_joy.mid", "--limits", "notes=40")
    assert (outcome.exit_code, outcome.err.endswith("ode_to_joy.mid: 62 notes; at most 40 are read\n")) == (1, True)
    refused = run("generate", "--seed", midi_samples / "ode_to_joy.mid", "--limits", "seconds=9")
    assert refused.exit_code == 2
    assert "'seconds=9': must be NAME=N, with a name of file-bytes, repair-bytes, notes, bars" in refused.err


@pytest.mark.parametrize("style", ["../escaped/by-style", "con", "/tmp/x"])
def test_a_style_of_a_model_file_becomes_no_path(run, small_model, tmp_path, monkeypatch, style):
    with safe_open(small_model, framework="numpy") as file:
        header = json.loads(file.metadata()["melodyrnn"])
    header["styles"] = [style, "fancy"]
    (tmp_path / "inner").mkdir()
    (tmp_path / "escaped").mkdir()
    save_file(load_file(small_model), tmp_path / "evil.safetensors", {"melodyrnn": json.dumps(header)})
    monkeypatch.chdir(tmp_path / "inner")
    outcome = run("generate", "--model", tmp_path / "evil.safetensors", "--bars", 1)
    assert (outcome.exit_code, outcome.out) == (1, "")
    assert f"evil.safetensors: style {style!r}: not a name that a file can have on every system" in outcome.err
    assert list(tmp_path.rglob("*.mid")) == []


def test_a_seed_that_nothing_can_go_on_from_is_named(run, tmp_path):
    metres = tuple(TimeSignature(24 * i, 1 + i % 2, 4) for i in range(10_001))
    write_song(Song((Track([Note(0, 60, 24 * 10_001, 64)]),), (), metres), tmp_path / "odd.mid")
    outcome = run("generate", "--seed", "odd.mid")
    assert outcome.err == "error: odd.mid has 10001 metres: at most 10000 can be continued\n"
    with pytest.raises(OptionError, match=r"odd\.mid has 10001 metres"):
        melodyrnn.generate(tmp_path / "odd.mid")


def test_the_seed_may_be_given_alone(run, tmp_path):
    for name, seed in (("a.mid", ["--seed", SEED]), ("b.mid", [SEED])):
        assert run("generate", *seed, "--bars", 1, "-o", name, "--random-seed", 1).exit_code == 0
    assert (tmp_path / "a.mid").read_bytes() == (tmp_path / "b.mid").read_bytes()


@pytest.mark.parametrize(("output", "made"), [("name", "name.mid"), ("take.2", "take.2.mid"), ("x.MIDI", "x.MIDI")])
def test_a_name_gets_the_ending_of_a_midi_file(run, tmp_path, output, made):
    assert run("generate", "--bars", 1, "-o", output, "--style", "folk").exit_code == 0
    assert files(tmp_path) == [made]


def test_into_a_folder_go_files_of_new_names(run, tmp_path):
    (tmp_path / "out").mkdir()
    for output in ("out", "out/"):
        assert run("generate", SEED, "--bars", 1, "-o", output, "--overwrite").exit_code == 0
    assert run("generate", "--style", "folk", "--bars", 1, "-o", "out/", "--takes", 2).exit_code == 0
    continued = f"{SEED.stem}-continued"
    assert files(tmp_path / "out") == sorted(["folk-1.mid", "folk-2.mid", f"{continued}.mid", f"{continued}-2.mid"])


def test_standard_streams_are_read_and_written(tmp_path):
    command = [sys.executable, "-m", "melodyrnn", "generate", "-", "-o", "-", "--bars", "1", "--random-seed", "1"]
    done = subprocess.run(command, input=SEED.read_bytes(), capture_output=True, check=True)
    (tmp_path / "piped.mid").write_bytes(done.stdout)
    assert read_song(tmp_path / "piped.mid").tracks == melodyrnn.generate(SEED, bars=1, random_seed=1).tracks
    first, part = done.stderr.decode().splitlines()
    assert first.startswith("standard output: 25 bars (1 new, from bar 25), ")
    assert part.startswith("  Violin (Violin): ")
    empty = subprocess.run(command, input=b"", capture_output=True, check=False)
    said = (empty.returncode, empty.stdout, empty.stderr.decode().strip())
    assert said == (1, b"", "error: standard input: is empty (0 bytes); a MIDI file is needed")


def test_bars_end_lets_the_piece_end(run, tmp_path):
    assert run("generate", SEED, "--bars", "End", "-o", "a.mid", "--random-seed", 1).exit_code == 0
    assert read_song(tmp_path / "a.mid").tracks == melodyrnn.generate(SEED, bars=None, random_seed=1).tracks


def test_takes_were_called_variations(run, tmp_path):
    assert run("generate", "-o", "v.mid", "--variations", 2, "--bars", 1).exit_code == 0
    assert files(tmp_path) == ["v-1.mid", "v-2.mid"]
    assert "--variations" not in run("generate", "--help").out


def test_the_help_names_every_shipped_style(run):
    said = " ".join(run("generate", "--help").out.split()).partition("--style NAME ")[2].partition(", or a style")[0]
    assert sorted(said.split(", ")) == sorted(api.shipped_styles())


def test_a_style_in_any_case(run):
    assert json.loads(run("generate", "--style", "FOLK", "--bars", 1, "--json").out)["files"][0]["style"] == "folk"
    made = json.loads(run("generate", "--model", "Drums", "--bars", 1, "--json").out)
    assert (made["model"], made["files"][0]["style"]) == ("drums", "drums")


def test_the_summary_has_a_line_for_each_part(run, tmp_path):
    lead = Track([Note(24 * i, 72 + i % 3, 24, 80) for i in range(16)], 80, name="Lead")
    kit = Track([Note(24 * i, 36 + 2 * (i % 2), 12, 80) for i in range(16)], is_drum=True, name="Drums")
    write_song(Song((lead, kit)), tmp_path / "seed.mid")
    outcome = run("generate", "seed.mid", "--bars", 2, "-o", "a.mid", "--random-seed", 1)
    _, first, second = lines_of(outcome)
    song, join = read_song(tmp_path / "a.mid"), join_pulse(read_song(tmp_path / "seed.mid"))
    new = [[note.pitch for note in track if note.onset_pulses >= join] for track in song.tracks]
    for line, name, pitches in ((first, "Lead (Square Lead)", new[0]), (second, "Drums (drums)", new[1])):
        assert line.startswith(f"  {name}: {f'{len(pitches)} new note' if pitches else 'warning, no new notes'}")
    assert first.endswith(f"{pitch_name(max(new[0]))}") or not new[0]


def test_a_part_that_gets_no_notes_is_warned_of():
    part = {
        "name": "",
        "instrument": "Violin",
        "new_notes": 0,
        "lowest": None,
        "highest": None,
        "is_drum": False,
        "is_given": False,
    }
    facts = {
        "path": "a.mid",
        "bars": 2,
        "new_bars": 2,
        "notes": 0,
        "new_notes": 0,
        "cut_notes": 0,
        "left_out_notes": 0,
        "key": None,
        "key_from": None,
        "chords": None,
    }
    facts |= {"key": None, "key_from": None, "style": "folk", "random_seed": 1}
    facts |= {"closed_at_join": [], "left_out_of_new_bars": [], "silent_at_join": []}
    facts |= {"added_part": None, "port_of_added": None, "replaced_bars": None, "replaced_notes": 0, "freedom": None}
    assert summary_lines(facts | {"parts": [part]})[1] == "  part 1 (Violin): warning, no new notes"


def test_the_key_that_was_asked_for_is_printed(run):
    outcome = run("generate", "--style", "folk", "--key", "eb minor", "--bars", 2, "-o", "a.mid", "--json")
    facts = json.loads(outcome.out)["files"][0]
    assert (facts["key"], facts["key_from"]) == ("Eb minor", "asked")


def test_new_notes_keep_to_the_notes_of_a_scale(run, midi_samples):
    song = midi_samples / "greensleeves.mid"
    outcome = run("generate", song, "--key", "C D Eb G A", "--bars", 4, "-o", "a.mid", "--without-seed", "--json")
    assert json.loads(outcome.out)["files"][0]["key"] == "C D Eb G A"
    assert {note.pitch % 12 for track in read_song(Path("a.mid")).tracks for note in track} <= {0, 2, 3, 7, 9}


def test_the_key_of_the_seed_can_be_asked_for(run, midi_samples):
    outcome = run("generate", midi_samples / "minuet_in_g.mid", "--key", "seed", "--bars", 4, "-o", "a.mid", "--json")
    facts = json.loads(outcome.out)["files"][0]
    assert (facts["key"], facts["key_from"]) == ("G major", "asked")
    for seed, reason in (((), "there is no seed"), ((midi_samples / "rock_beat.mid",), "its notes are in no key")):
        refused = run("generate", *seed, "--key", "seed", "-o", "b.mid")
        assert (refused.exit_code, refused.err) == (2, f"error: --key seed: {reason}\n")


def test_one_part_has_a_range_and_a_density_of_its_own(run, midi_samples):
    song = midi_samples / "minuet_in_g.mid"
    asked = ("--range", "free", "--range", "left hand=C2-G2", "--density", "1=0.5", "--density", "1")
    facts = json.loads(run("generate", song, *asked, "--bars", 4, "-o", "a.mid", "--json").out)["files"][0]
    right, left = facts["parts"]
    assert left["lowest"] >= 36
    assert left["highest"] <= 43
    assert 0 < right["new_notes"] < 16
    refused = run("generate", song, "--range", "Tuba=C2-G2", "-o", "b.mid")
    assert refused.exit_code == 2
    assert refused.err == "error: --range 'Tuba=C2-G2': the parts are 1 Right hand, 2 Left hand\n"
    assert "wide" in run("generate", song, "--range", "wide", "-o", "b.mid").err


def test_an_added_part_has_the_range_and_the_density_that_are_asked_of_it(run, midi_samples):
    song, counts = midi_samples / "minuet_in_g.mid", []
    for density in ("1", "0.4"):
        asked = ("--range", "Bass=G2-D3", "--density", f"bass={density}", "--random-seed", 3)
        outcome = run("generate", song, "--add", "bass", *asked, "-o", f"{density}.mid", "--json")
        bass = json.loads(outcome.out)["files"][0]["parts"][-1]
        assert bass["lowest"] >= 43
        assert bass["highest"] <= 50
        counts.append(bass["new_notes"])
    assert counts[1] < 0.7 * counts[0]
    refused = run("generate", song, "--add", "bass", "--range", "Cello=G2-D3", "-o", "b.mid")
    assert refused.err == "error: --range 'Cello=G2-D3': the parts are 1 Right hand, 2 Left hand, 3 Bass\n"


def test_the_summary_of_added_drums_counts_what_is_in_the_file(run, midi_samples, tmp_path):
    song = midi_samples / "rock_beat.mid"
    outcome = run("generate", song, "--add", "drums", "--random-seed", 2, "-o", "a.mid", "--json")
    facts = json.loads(outcome.out)["files"][0]
    ons = [m for track in mido.MidiFile("a.mid").tracks for m in track if m.type == "note_on" and m.velocity]
    assert len(ons) == facts["notes"]
    assert facts["new_notes"] == facts["parts"][-1]["new_notes"] == facts["notes"] - read_song(song).note_count


def test_the_summary_of_an_added_part_has_the_key_and_the_chords_of_what_is_given(run, midi_samples):
    song = midi_samples / "minuet_in_g.mid"
    asked = ("--add", "bass", "--over", "2-3", "--chords", "C | F | D | G | A | E", "--key", "seed")
    facts = json.loads(run("generate", song, *asked, "-o", "a.mid", "--json").out)["files"][0]
    assert facts["chords"] == "C | F"
    given = Song((Track([Note(24 * i, 60 + p, 24, 80) for i, p in enumerate((0, 4, 7, 0, 5, 9, 7, 11) * 4)]),))
    write_song(given, "c.mid")
    asked = ("--add", "bass", "--chords", "F# B C#", "--random-seed", 1)
    facts = json.loads(run("generate", "c.mid", *asked, "-o", "b.mid", "--json").out)["files"][0]
    assert (facts["key"], facts["key_from"]) == ("C major", "notes")


def test_a_part_on_a_second_port_is_said(run):
    tracks = [Track([Note(0, 60 + i, 96, 80)], i) for i in range(15)]
    write_song(Song((*tracks, Track([Note(0, 38, 24, 80)], is_drum=True))), "full.mid")
    said = lines_of(run("generate", "full.mid", "--add", "bass", "-o", "a.mid", "--random-seed", 1))
    assert "  Bass is on port 2: no channel is free on those before it" in said


def test_chords_are_asked_for_by_name_in_a_file_or_as_those_of_the_seed(run, midi_samples, tmp_path):
    song = midi_samples / "minuet_in_g.mid"
    Path(tmp_path / "sheet.txt").write_text("# verse\nAm . D7\nG\n", "utf-8")
    files = []
    for number, asked in enumerate(("Am . D7 | G", "sheet.txt")):
        outcome = run(
            "generate", song, "--chords", asked, "--bars", 4, "--random-seed", 1, "-o", f"{number}.mid", "--json"
        )
        assert json.loads(outcome.out)["files"][0]["chords"] == "Am . D7 | G"
        files.append(Path(f"{number}.mid").read_bytes())
    assert files[0] == files[1]
    *_, last = lines_of(run("generate", song, "--chords", "seed", "--bars", 4, "-o", "seed.mid"))
    assert last.startswith("  chords of the new bars: G")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("--chords", "Am H"), "chord 'H': must be a root"),
        (("--chords", "seed"), "--chords seed: there is no seed"),
        (("--chords", "Am Ebm", "--key", "C"), "chord Ebm: none of its tones is from C-1 to G9 and in C major"),
        (("--chords", "G7", "--low", "C4", "--high", "C#4"), "chord G7: none of its tones is from C4 to C#4"),
    ],
)
def test_chords_that_nothing_can_play_are_refused_before_anything_is_drawn(run, asked, says):
    refused = run("generate", *asked, "-o", "a.mid")
    assert refused.exit_code == 2
    assert refused.err.startswith(f"error: {says}")
    assert refused.err.count("\n") == 1


def test_the_key_signature_of_the_file_is_the_key_where_the_notes_agree(run, tmp_path):
    for name, signature, key in (("agrees.mid", "G", "G major by its key signature"), ("not.mid", "Db", "")):
        song = Song((Track([Note(24 * i, pitch, 24, 80) for i, pitch in enumerate((67, 71, 74, 67, 66, 67) * 4)]),))
        write_song(song, tmp_path / name)
        file = mido.MidiFile(tmp_path / name)
        file.tracks[0].insert(0, mido.MetaMessage("key_signature", key=signature))
        file.save(tmp_path / name)
        line = lines_of(run("generate", name, "--bars", 1, "-o", f"new-{name}", "--random-seed", 1))[0]
        assert f", {key}, " in line if key else "key signature" not in line


def test_what_the_file_leaves_out_is_said(run, tmp_path):
    header, end = "4d546864 00000006 0000 0001 0018", "00 ff2f00"
    track = bytes.fromhex("00 90 3c 50 60 80 3c 00" + end)
    (tmp_path / "seed.mid").write_bytes(bytes.fromhex(header) + b"MTrk" + len(track).to_bytes(4, "big") + track)
    assert "seed.mid: 120 bpm and 4/4 assumed" in lines_of(run("generate", "seed.mid", "--bars", 1, "-o", "a.mid"))

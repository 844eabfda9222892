"""Reading many files in worker processes: in order, and past files that hang or kill the process that reads them."""

import io
import os
import subprocess
import sys
from dataclasses import astuple
from pathlib import Path

import pytest

from melodyrnn.errors import MidiFileError
from melodyrnn.midi import LIMITS, Limits, read_midi, write_song
from melodyrnn.midi import worker as worker_module
from melodyrnn.midi.folder import midi_files, read_files
from melodyrnn.midi.frames import read_frame, readings_bytes, readings_from_bytes, request_bytes, write_frame
from melodyrnn.midi.limits import AS_NOTATED
from melodyrnn.midi.worker import START, Worker, reading_of, reading_task, readings_of, serve
from melodyrnn.music import Note, Song, Track

# A worker in which reading hang.mid never ends, and die.mid ends the process.
HOSTILE = """
import os, sys, threading
sys.path[:] = sys.argv[2:]
from melodyrnn.midi import worker
honest = worker.read_midi
def read_midi(path, limits, options):
    name = os.path.basename(path)
    if name == "hang.mid":
        threading.Event().wait()
    if name == "die.mid":
        os._exit(7)
    if name == "greedy.mid":
        held = []
        for _ in range(2000):  # a megabyte at a time, touched; elsewhere than on Linux it is looked at now and then
            held.append(b"x" * 2**20)
            threading.Event().wait(0.001)
    if name == "print.mid":
        print("chatter")
    return honest(path, limits, options)
worker.read_midi = read_midi
worker.main()
"""


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Ten songs of one to ten notes; the fourth file is empty."""
    paths = []
    for count in range(1, 11):
        path = tmp_path / f"{count}.mid"
        write_song(Song((Track([Note(24 * i, 60, 24, 64) for i in range(count)]),)), path)
        paths.append(path)
    paths[3].write_bytes(b"")
    return paths


def outcome(path: Path, reading: object) -> object:
    """Notes, or the reason without the path."""
    if isinstance(reading, MidiFileError):
        assert str(reading).startswith(f"{path}: ")
        return str(reading).removeprefix(f"{path}: ")
    assert isinstance(reading, tuple)
    return reading[0].note_count


def test_midi_files_are_found_below_and_by_any_suffix_in_order(tmp_path: Path) -> None:
    (tmp_path / "b" / "c").mkdir(parents=True)
    for name in ("a.MID", "b/c/1.mid", "b/c/0.midi", "b/x.kar", "b/y.rmi", "notes.txt"):
        (tmp_path / name).touch()
    (tmp_path / "folder.mid").mkdir()
    names = [path.relative_to(tmp_path).as_posix() for path in midi_files(tmp_path)]
    assert names == ["a.MID", "b/c/0.midi", "b/c/1.mid", "b/x.kar", "b/y.rmi"]


def test_a_folder_that_may_not_be_listed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed, listed = tmp_path / "closed", os.scandir
    closed.mkdir()
    (tmp_path / "60.mid").touch()

    def scandir(path: str) -> object:
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied", path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != closed)
    assert midi_files(tmp_path) == [tmp_path / "60.mid", closed]
    reading = reading_of(closed, LIMITS)
    assert str(reading) == f"{closed}: is a folder that may not be listed; a MIDI file is needed"


def test_linked_folders_are_followed_once(linked_folder: Path) -> None:
    (linked_folder / "linked" / "60.mid").touch()
    assert [path.name for path in midi_files(linked_folder)] == ["60.mid"]


def test_a_folder_and_a_link_to_it_are_read_once(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    (tmp_path / "b" / "two.mid").touch()
    try:
        os.symlink(Path("..", "b"), tmp_path / "a" / "b", target_is_directory=True)
    except OSError as error:
        pytest.skip(f"links cannot be made here: {error}")
    assert midi_files(tmp_path) == [tmp_path / "b" / "two.mid"]


USUAL_RECURSION_LIMIT = 1000  # of Python


def test_folders_deeper_than_python_calls_itself_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made, limit = 0, sys.getrecursionlimit()
    sys.setrecursionlimit(USUAL_RECURSION_LIMIT)  # a library may have raised it
    try:
        for _ in range(USUAL_RECURSION_LIMIT + 10):
            os.mkdir("d")
            os.chdir("d")
            made += 1
        Path("deep.mid").touch()
        assert len(midi_files(tmp_path)) == 1  # the file, or the folder below which no path is short enough
        os.remove("deep.mid")
    except OSError as error:
        pytest.skip(f"such folders cannot be made here: {error}")
    finally:
        sys.setrecursionlimit(limit)
        Path("deep.mid").unlink(missing_ok=True)
        for _ in range(made):
            os.chdir("..")
            os.rmdir("d")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such files here")
def test_what_is_no_file_is_told(tmp_path: Path, files: list[Path]) -> None:
    os.mkfifo(tmp_path / "pipe.mid")
    os.symlink("nothing", tmp_path / "to nothing.mid")
    os.symlink("loop.mid", tmp_path / "loop.mid")
    os.symlink(os.devnull, tmp_path / "device.mid")
    reasons = [str(reading) for _, reading in read_files(midi_files(tmp_path)) if isinstance(reading, MidiFileError)]
    assert len(reasons) == 5
    for name, reason in (
        ("pipe", "is a device or pipe"),
        ("device", "is a device or pipe"),
        ("loop", "cannot be read"),
        ("to nothing", "no such file"),
    ):
        assert any(said.startswith(f"{tmp_path / name}.mid: {reason}") for said in reasons)


def test_a_folder_whose_files_may_not_be_asked_for_is_read_around(tmp_path: Path, files: list[Path]) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    files[0].rename(closed / "1.mid")
    closed.chmod(0o444)
    try:
        if os.access(closed / "1.mid", os.R_OK):
            pytest.skip("this user may read everything")
        found = dict(read_files(midi_files(tmp_path)))
    finally:
        closed.chmod(0o755)
    assert outcome(closed / "1.mid", found[closed / "1.mid"]) == "cannot be read (Permission denied)"
    assert found[files[9]] == read_midi(files[9])


def test_no_folder_and_no_files_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "x.txt").touch()
    for path, reason in (
        (tmp_path / "missing", r"missing: no such folder"),
        (tmp_path / "x.txt", r"x\.txt: is a file; a folder is needed"),
        (tmp_path, r"no MIDI files \(\.mid, \.midi, \.kar, \.rmi\) in it or below it"),
    ):
        with pytest.raises(MidiFileError, match=reason + "$"):
            midi_files(path)


@pytest.mark.parametrize("processes", [1, 3])
def test_files_come_in_order_with_a_song_or_a_reason(files: list[Path], processes: int) -> None:
    found = list(read_files(files, processes=processes))
    assert [path for path, _ in found] == files
    counts = [outcome(*row) for row in found]
    assert counts.pop(3) == "is empty (0 bytes); a MIDI file is needed"
    assert counts == [1, 2, 3, 5, 6, 7, 8, 9, 10]
    assert found[9][1] == read_midi(files[9])


def test_no_files() -> None:
    assert list(read_files([])) == []


def test_limits_reach_the_process(files: list[Path]) -> None:
    ((path, reading),) = read_files(files[9:], Limits(notes=3))
    assert outcome(path, reading) == "10 notes; at most 3 are read"


def test_a_file_that_hangs_or_kills_is_named_and_the_others_are_read(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "START", HOSTILE)
    paths = []
    for name in ("hang", "die", "print"):
        path = files[0].with_name(f"{name}.mid")
        path.write_bytes(files[0].read_bytes())
        paths.append(path)
    order = [files[1], paths[1], files[2], paths[0], paths[2], files[4]]
    found = [outcome(*row) for row in read_files(order, Limits(seconds=3), processes=1)]
    assert found == [
        2,
        "ended the process that read it (exit code 7)",
        3,
        "took more than 3 seconds to read",
        1,
        5,
    ]


def test_leaving_early_ends_the_processes(files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def remembered(*arguments: object, **options: object) -> "subprocess.Popen[bytes]":
        started.append(popen(*arguments, **options))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(worker_module.subprocess, "Popen", remembered)
    reading = read_files(files * 10, processes=2)
    next(reading)
    reading.close()
    assert started
    assert all(process.poll() is not None for process in started)


@pytest.mark.parametrize("executable", ["", None, os.devnull])
def test_where_no_process_can_be_started_files_are_read_in_this_one(
    files: list[Path], monkeypatch: pytest.MonkeyPatch, executable: str | None
) -> None:
    monkeypatch.setattr(sys, "executable", executable)
    worker = Worker(reading_task(LIMITS, AS_NOTATED))
    assert worker.work(files[1:3]) == [read_midi(files[1]), read_midi(files[2])]


def test_a_process_that_was_ended_between_two_files_costs_none_of_them(files: list[Path]) -> None:
    worker = Worker(reading_task(LIMITS, AS_NOTATED))
    try:
        assert worker.work(files[1:2]) == [read_midi(files[1])]
        assert worker._process is not None
        process = worker._process._process
        process.kill()
        process.wait()
        assert worker.work(files[2:3]) == [read_midi(files[2])]
    finally:
        worker.stop()


def test_any_exception_is_a_reason(files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(worker_module, "read_midi", fail)
    assert str(reading_of(files[0], LIMITS)) == f"{files[0]}: cannot be read (AssertionError)"


def test_the_process_answers_until_its_input_ends(files: list[Path]) -> None:
    requests, answers = io.BytesIO(), io.BytesIO()
    write_frame(requests, request_bytes([str(files[1]), str(files[3])]))
    requests.seek(0)
    serve(requests, answers, lambda paths: readings_bytes(readings_of(paths, LIMITS)))
    answers.seek(0)
    one, empty = readings_from_bytes(read_frame(answers))
    assert one == read_midi(files[1])
    assert outcome(files[3], empty) == "is empty (0 bytes); a MIDI file is needed"
    assert answers.read() == b""


def test_the_process_starts_without_this_package_installed(files: list[Path]) -> None:
    request = io.BytesIO()
    write_frame(request, request_bytes([astuple(LIMITS), astuple(AS_NOTATED)]))
    write_frame(request, request_bytes([str(files[1])]))
    command = [sys.executable, "-I", "-c", START, "melodyrnn.midi.worker", *sys.path]
    run = subprocess.run(command, input=request.getvalue(), capture_output=True, check=True)
    answers = io.BytesIO(run.stdout)
    assert read_frame(answers) == b"ready"
    assert readings_from_bytes(read_frame(answers)) == [read_midi(files[1])]


def test_a_file_that_takes_too_much_memory_is_named_and_the_others_are_read(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "START", HOSTILE)
    greedy = files[0].with_name("greedy.mid")
    greedy.write_bytes(files[0].read_bytes())
    order = [files[1], greedy, files[2]]
    found = [outcome(*row) for row in read_files(order, Limits(memory_bytes=100_000_000), processes=1)]
    assert found == [2, "took more than 95 MB of memory to read", 3]


def test_in_little_memory_small_files_are_read_and_large_ones_named(files: list[Path], tmp_path: Path) -> None:
    large = tmp_path / "large.mid"
    write_song(Song((Track([Note(24 * i, 60, 24, 64) for i in range(90_000)]),)), large)
    found = [outcome(*row) for row in read_files([files[1], large, files[2]], Limits(memory_bytes=5 << 20))]
    assert found == [2, "took more than 5 MB of memory to read", 3]

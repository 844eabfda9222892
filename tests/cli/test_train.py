"""`melodyrnn train`: a model at the end, also of a run that was stopped, and no more than one line where it cannot."""

import errno
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from melodyrnn.model.modelfile import read_model

pytest.importorskip("torch")

from melodyrnn.corpus.preparing import PREPARING_LIMITS
from melodyrnn.midi import LIMITS

SMALL = ("--hidden", 8, "--layers", 1, "--batch-size", 2, "--bptt", 8)


@pytest.fixture
def tunes(tmp_path, midi_samples):
    folder = tmp_path / "tunes"
    folder.mkdir()
    for name in ("ode_to_joy", "silent_night", "amazing_grace"):
        shutil.copy(midi_samples / f"{name}.mid", folder)
    (folder / "zero.mid").write_bytes(b"")
    return folder


def interrupt_the_fourth_step(monkeypatch):
    """Ctrl-C comes in the middle of it, and in no other."""
    from melodyrnn.training.trainer import Trainer

    step, steps = Trainer.step, []

    def interrupted_step(self, batch):
        steps.append(1)
        if len(steps) == 4:
            signal.raise_signal(signal.SIGINT)
        return step(self, batch)

    monkeypatch.setattr(Trainer, "step", interrupted_step)


def test_a_model_that_generates(run, tmp_path, tunes):
    outcome = run("train", tunes, "-o", "mine.safetensors", "--minutes", 0.01, *SMALL)
    assert (outcome.exit_code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[0].startswith("tunes: 2 pieces, ")
    assert lines[1].startswith("skipped ")
    assert lines[1].endswith("zero.mid: is empty (0 bytes); a MIDI file is needed")
    assert lines[2].startswith("training a 1 x 8 gru for 0.01 minutes on cpu with adamw at 0.002; Ctrl-C ends")
    assert "bits per note (tunes " in lines[3]
    assert lines[-1].startswith("mine.safetensors: ")
    model = read_model(tmp_path / "mine.safetensors")
    assert model.styles == ("tunes",)
    assert (model.config.hidden, model.config.layers, model.config.cell) == (8, 1, "gru")
    assert run("generate", "--model", "mine.safetensors", "--bars", 2, "-o", "x.mid").exit_code == 0
    assert (tmp_path / "mine.png").read_bytes().startswith(b"\x89PNG")
    again = run("train", tunes, "-o", "mine.safetensors", *SMALL)
    assert (again.exit_code, again.out) == (1, "")
    assert again.err.startswith("error: mine.safetensors: already exists")


def test_ctrl_c_leaves_a_model_and_a_checkpoint_to_go_on_from(run, tmp_path, tunes, monkeypatch):
    interrupt_the_fourth_step(monkeypatch)
    outcome = run("train", tunes, "-o", "mine.safetensors", "--events", 640, *SMALL)
    assert (outcome.exit_code, outcome.err) == (130, "error: interrupted\n")
    assert read_model(tmp_path / "mine.safetensors").about["events_heard"] == 4 * 2 * 8
    assert (tmp_path / "mine.checkpoint.safetensors").is_file()
    resumed = run("train", tunes, "-o", "mine.safetensors", "--resume", "--events", 640)
    assert resumed.exit_code == 0
    assert "; 10% is done" in resumed.out
    assert read_model(tmp_path / "mine.safetensors").about["events_heard"] == 640
    ended = run("train", tunes, "-o", "mine.safetensors", "--resume")
    assert "this run has ended; to train its model for longer, use --from mine.safetensors" in ended.out
    assert "Ctrl-C ends it early" not in ended.out
    modes = {name: (tmp_path / name).stat().st_mode for name in ("mine.safetensors", "mine.checkpoint.safetensors")}
    assert len(set(modes.values())) == 1
    other = run("train", tunes, "-o", "mine.safetensors", "--resume", "--hidden", 9, "--learning-rate", 1)
    assert other.exit_code == 2
    assert other.err == (
        "error: the checkpoint mine.checkpoint.safetensors contradicts --hidden 9 (it has 8), "
        "--learning-rate 1.0 (it has 0.002): leave them out\n"
    )
    (tunes / "silent_night.mid").unlink()
    other = run("train", tunes, "-o", "mine.safetensors", "--resume")
    assert (other.exit_code, other.err.count("\n")) == (1, 1)
    assert "continues with music 2 pieces (" in other.err


def test_starting_from_a_model_and_adding_a_style(run, tmp_path, tunes, small_model):
    outcome = run("train", tunes, "-o", "mine.safetensors", "--from", small_model, "--events", 256, "--batch-size", 2)
    assert (outcome.exit_code, outcome.err) == (0, "")
    assert f"training a 1 x 12 gru from {small_model}, for 256 events on cpu with adamw at 0.0005" in outcome.out
    assert "; before training\n" in outcome.out
    assert "nan" not in outcome.out
    model = read_model(tmp_path / "mine.safetensors")
    assert model.styles == ("plain", "fancy", "tunes")
    assert model.about["started_from"] == {"model": "small.safetensors", "licence": "none"}  # its path is nobody else's
    assert run("generate", "--model", "mine.safetensors", "--style", "tunes", "-o", "x.mid").exit_code == 0
    other = run("train", tunes, "-o", "other.safetensors", "--from", small_model, "--hidden", 9, "--cell", "gru")
    assert (other.exit_code, other.err) == (
        2,
        f"error: the model {small_model} contradicts --hidden 9 (it has 12): leave it out\n",
    )


def test_a_collection_is_trained_on_as_far_as_it_can_be(run, tmp_path, tunes):
    for name in ("broken", "single", *(f"artist{i}" for i in range(16))):
        (tmp_path / "all" / name).mkdir(parents=True)
    shutil.copytree(tunes, tmp_path / "all" / "tunes")
    for i in range(5):
        (tmp_path / "all" / "broken" / f"{i}.mid").write_bytes(b"")
    shutil.copy(tunes / "silent_night.mid", tmp_path / "all" / "single")
    shutil.copy(tunes / "silent_night.mid", tmp_path / "all")
    outcome = run("train", "all", "-o", "mine.safetensors", "--events", 64, *SMALL)
    assert (outcome.exit_code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert "not validated: too few pieces" in next(line for line in lines if line.startswith("single: 1 piece"))
    skipped = [line for line in lines if line.startswith("skipped ")]
    beside = "skipped 1 file beside the folders of styles: move into one of them, or add --one-style"
    assert skipped[1] == f"{beside} ({Path('all', 'silent_night.mid')})"
    assert skipped[2].startswith("skipped 5 files: is empty (0 bytes); a MIDI file is needed (all/broken/0.mid, ")
    assert read_model(tmp_path / "mine.safetensors").styles == ("single", "tunes")
    for i in range(16):
        shutil.copy(tunes / "silent_night.mid", tmp_path / "all" / f"artist{i}")
    many = run("train", "all", "-o", "other.safetensors", *SMALL)
    assert many.err == (
        "error: all: 19 subfolders make 19 styles; at most 16: add --one-style to take the whole folder as one\n"
    )
    one = run("train", "all", "-o", "other.safetensors", "--one-style", "--events", 64, *SMALL)
    assert (one.exit_code, one.err) == (0, "")
    assert read_model(tmp_path / "other.safetensors").styles == ("all",)


def test_a_run_that_diverged_leaves_the_model_there_was(run, tmp_path, tunes):
    assert run("train", tunes, "-o", "mine.safetensors", "--events", 64, *SMALL).exit_code == 0
    before = (tmp_path / "mine.safetensors").read_bytes()
    diverging = ("--optimizer", "rmsprop", "--learning-rate", 1e7, "--events", 320, "--overwrite")
    outcome = run("train", tunes, "-o", "mine.safetensors", *diverging, *SMALL)
    assert outcome.exit_code == 1
    assert outcome.err.startswith("error: the bits per note of the validation became ")
    assert outcome.err.count("\n") == 1
    assert (tmp_path / "mine.safetensors").read_bytes() == before


def test_what_began_from_a_model_goes_on_without_it(run, tmp_path, tunes, small_model, monkeypatch):

    (tmp_path / "uncut").mkdir()
    began = ("--from", "base.safetensors", "--events", 320, "--streams", 2, "--window", 8)
    shutil.copy(small_model, tmp_path / "base.safetensors")
    assert run("train", tunes, "-o", "uncut/mine.safetensors", *began).exit_code == 0

    interrupt_the_fourth_step(monkeypatch)
    assert run("train", tunes, "-o", "mine.safetensors", *began).exit_code == 130
    (tmp_path / "base.safetensors").write_bytes(b"another")
    resumed = run("train", tunes, "-o", "mine.safetensors", "--resume")
    assert (resumed.exit_code, resumed.err) == (0, "")
    ours, uncut = read_model(tmp_path / "mine.safetensors"), read_model(tmp_path / "uncut" / "mine.safetensors")
    assert ours.styles == ("plain", "fancy", "tunes")
    assert ours.about["started_from"] == {"model": "base.safetensors", "licence": "none"}
    assert all((ours.weights[name] == weight).all() for name, weight in uncut.weights.items())


def test_what_was_best_before_a_loss_that_is_no_number_is_written(run, tmp_path, tunes, monkeypatch):
    import torch

    from melodyrnn.training.trainer import Trainer

    step = Trainer.step

    def spoiled_step(self, batch):
        if self.progress.events >= 160:
            with torch.no_grad():
                self.network["project.b"].fill_(float("nan"))
        return step(self, batch)

    monkeypatch.setattr(Trainer, "step", spoiled_step)
    outcome = run("train", tunes, "-o", "mine.safetensors", "--events", 640, *SMALL)
    assert outcome.exit_code == 1
    assert outcome.err == (
        "error: the loss became nan after 160 events: start from the best so far (--from) with a lower learning rate\n"
    )
    assert outcome.out.splitlines()[-1].startswith("mine.safetensors: ")
    assert read_model(tmp_path / "mine.safetensors").styles == ("tunes",)
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    on = ("--from", "mine.safetensors", "--events", 64, "--batch-size", 2)
    assert run("train", tunes, "-o", "again.safetensors", *on).exit_code == 0


def test_what_was_best_before_a_checkpoint_could_not_be_written_is_written(run, tmp_path, tunes, monkeypatch):
    from melodyrnn.training import checkpoint

    save, saved = checkpoint.save_file, []

    def full_disk(*arguments):
        saved.append(1)
        if len(saved) > 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        save(*arguments)

    monkeypatch.setattr(checkpoint, "save_file", full_disk)
    outcome = run("train", tunes, "-o", "mine.safetensors", "--events", 640, *SMALL)
    assert outcome.exit_code == 1
    assert outcome.err.endswith("cannot be written (No space left on device); the file there stays as it was\n")
    assert read_model(tmp_path / "mine.safetensors").about["events_heard"] > 0


def test_a_log_for_tensorboard(run, tmp_path, tunes):
    pytest.importorskip("tensorboard", reason="tensorboard is the log extra")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    outcome = run("train", tunes, "-o", "mine.safetensors", "--events", 1280, "--log", "logs", *SMALL)
    assert (outcome.exit_code, outcome.err) == (0, "")
    log = EventAccumulator(str(tmp_path / "logs"))
    log.Reload()
    held_out = [event.value for event in log.Scalars("bits_per_note/held out: tunes")]
    assert len(held_out) == 20
    assert min(held_out) == pytest.approx(
        read_model(tmp_path / "mine.safetensors").about["validation_bits_per_note"]["tunes"]
    )
    assert log.Scalars("bits_per_note/training")[0].step == 50 * 2 * 8


def test_a_log_that_cannot_be_gone_on_with_ends_and_the_run_does_not(run, tmp_path, tunes, monkeypatch):
    pytest.importorskip("tensorboard", reason="tensorboard is the log extra")
    from tensorboard.summary.writer.record_writer import RecordWriter

    write, written = RecordWriter.write, []

    def full_disk(self, data):
        written.append(1)
        if len(written) > 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(self, data)

    monkeypatch.setattr(RecordWriter, "write", full_disk)
    outcome = run("train", tunes, "-o", "mine.safetensors", "--events", 1280, "--log", "logs", *SMALL)
    assert (outcome.exit_code, outcome.err) == (0, "")
    assert outcome.out.count("logs: the log ends here (No space left on device)\n") == 1
    assert len(written) == 4


def test_a_reader_that_has_read_enough_does_not_end_the_run(tmp_path, tunes):
    command = ["train", tunes, "-o", tmp_path / "mine.safetensors", "--events", 640, *SMALL]
    program = [sys.executable, "-m", "melodyrnn", *map(str, command)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as training:
        training.stdout.close()
        assert training.stderr.read() == b""
    assert training.returncode == 0
    assert read_model(tmp_path / "mine.safetensors").about["events_heard"] == 640


def test_patience_ends_a_run_early(run, tmp_path, tunes):
    spoiled = ("--learning-rate", 3, "--patience", 2, "--events", 20_000)
    outcome = run("train", tunes, "-o", "mine.safetensors", *spoiled, *SMALL)
    assert outcome.exit_code == 0
    assert outcome.out.splitlines()[-1] == "ended early: no improvement in 2 validations"
    assert read_model(tmp_path / "mine.safetensors").about["events_heard"] < 20_000


def closed(path, *arguments, opened=open, **options):
    """As where there are no rights to a file of that name."""
    if str(path).endswith("closed.safetensors"):
        raise PermissionError(errno.EACCES, "Permission denied")
    return opened(path, *arguments, **options)


def test_a_model_that_cannot_be_started_from(run, tmp_path, tunes, small_model, monkeypatch):
    from dataclasses import replace

    import torch

    from melodyrnn.model import modelfile
    from melodyrnn.model.modelfile import write_model
    from melodyrnn.training.checkpoint import Checkpoint, write_checkpoint

    (tmp_path / "text.safetensors").write_text("MThd", encoding="utf-8")
    model = read_model(small_model)
    write_model(replace(model, encoding_version=99), tmp_path / "encoding.safetensors")
    whole = small_model.read_bytes()
    (tmp_path / "format.safetensors").write_bytes(
        whole.replace(rb"\"format\": %d" % modelfile.FORMAT, rb"\"format\": 9", 1)
    )
    write_checkpoint(tmp_path / "run.safetensors", Checkpoint({"x": torch.zeros(1)}, {}))
    (tmp_path / "closed.safetensors").write_bytes(whole)
    monkeypatch.setattr("builtins.open", closed)
    before = sorted(path.name for path in tmp_path.iterdir())
    says = {
        "text.safetensors": "text.safetensors: not a readable model file (",
        "format.safetensors": "format.safetensors: not a melodyrnn model of format 2, but of format 9: it takes",
        "run.safetensors": "run.safetensors: not a melodyrnn model of format 2, but the checkpoint of a training; ",
        "encoding.safetensors": "encoding.safetensors: made for encoding 99, and this version has encoding 1; train",
        "nowhere": "nowhere: neither a model file nor an included model or style (",
        "tunes": "tunes: cannot be read (",
        "closed.safetensors": "closed.safetensors: cannot be read (Permission denied); give a model file, or a name",
    }
    for name, wrong in says.items():
        outcome = run("train", tunes, "-o", "mine.safetensors", "--from", name)
        assert (outcome.exit_code, outcome.out, outcome.err.count("\n")) == (1, "", 1), outcome
        assert outcome.err.startswith(f"error: {wrong}")
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="no rights are refused to this user")
def test_a_folder_without_rights(run, tunes):
    tunes.chmod(0)
    outcome = run("train", tunes, "-o", "mine.safetensors")
    tunes.chmod(0o700)
    assert (outcome.exit_code, outcome.err.count("\n")) == (1, 1)


@pytest.mark.parametrize(
    ("arguments", "exit_code", "says"),
    [
        (["nowhere", "-o", "m.safetensors"], 1, "nowhere: no such folder"),
        (["tunes", "-o", "nowhere/m.safetensors"], 1, "cannot be written (there is no folder nowhere)"),
        (["tunes", "-o", "m.safetensors", "--resume"], 1, "m.checkpoint.safetensors: no such checkpoint"),
        (["tunes", "-o", "m.safetensors", "--valid", "nowhere"], 1, "nowhere: no such folder"),
        (["tunes", "-o", "m.safetensors", "--minutes", "0"], 2, "minutes 0: must be above 0"),
        (["tunes", "-o", "m.safetensors", "--learning-rate", "inf"], 2, "learning rate inf: must be above 0"),
        (["tunes", "-o", "m.png"], 1, "m.png: this name is taken by the picture; choose another"),
        (["tunes", "-o", "."], 1, ".: is a folder; give the name of a file"),
        (["x" * 300, "-o", "m.safetensors"], 1, "x: no such folder"),
        (["tunes/zero.mid", "-o", "m.safetensors"], 1, "zero.mid: is a file; a folder is needed"),
        (["tunes", "-o", "m.safetensors", "--dropout", "1"], 2, "dropout 1: must be 0 or more and below 1"),
        (["nothing", "-o", "m.safetensors", "--dropout", "1"], 2, "dropout 1: must be 0 or more and below 1"),
        (["nothing", "-o", "m.safetensors", "--evenness", "nan"], 2, "evenness nan: must be 0 (by their length) to 1"),
        (["nothing", "-o", "m.safetensors", "--log", "tunes/zero.mid"], 1, "no log can be written there ("),
        (["nothing", "-o", "m.safetensors", "--log", "logs"], 1, "nothing: no such folder"),
        (["tunes", "-o", "m.safetensors", "--device", "meta"], 2, "device meta: not here ("),
        (["tunes", "-o", "m.safetensors", "--device", "mkldnn"], 2, "device mkldnn: not here ("),
        (["tunes", "-o", "m.safetensors", "--batch-size", "0"], 2, "0 is not in the range 1<=x<=1024"),
        (["tunes", "-o", "m.safetensors", "--cell", "cnn"], 2, "'cnn' is not one of"),
        (["tunes", "-o", "m.safetensors", "--device", "cuda:99"], 2, "device cuda:99: not here ("),
        (
            ["tunes", "-o", "m.safetensors", "--device", "gpu"],
            2,
            "device gpu: not here (no kind of device); there is cpu",
        ),
        (
            ["tunes", "-o", "m.safetensors", "--from", "nowhere"],
            1,
            "nowhere: neither a model file nor an included model",
        ),
        (["tunes", "-o", "m.safetensors", "--log", "tunes/zero.mid"], 1, "no log can be written there ("),
        (["empty", "-o", "m.safetensors"], 1, "empty: no MIDI files"),
        (["text", "-o", "m.safetensors"], 1, "text: no MIDI files"),
        (["paper", "-o", "m.safetensors"], 1, "paper: 0 usable files of 1; the first: "),
        (["large", "-o", "m.safetensors"], 1, "large.mid: 52428800 bytes; a MIDI file of at most "),
        (["tunes"], 2, "Missing option '-o'"),
    ],
    ids=str,
)
def test_bad_input_is_one_line_and_leaves_nothing(run, tmp_path, tunes, arguments, exit_code, says):
    for name in ("empty", "text", "paper", "large"):
        (tmp_path / name).mkdir()
    with open(tmp_path / "large" / "large.mid", "wb") as file:
        file.truncate(50 << 20)
    (tmp_path / "text" / "notes.txt").write_text("no music", encoding="utf-8")
    (tmp_path / "paper" / "paper.mid").write_bytes(b"%PDF-1.7 and so on")
    before = sorted(path for path in tmp_path.rglob("*"))
    outcome = run("train", *arguments)
    assert (outcome.exit_code, outcome.err.count("\n")) == (exit_code, 1)
    assert says in outcome.err
    assert sorted(path for path in tmp_path.rglob("*")) == before


def test_without_torch_one_line_says_what_to_install(tunes):
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from melodyrnn.cli.main import main\n"
        f"main(['train', {str(tunes)!r}, '-o', 'm.safetensors'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == 'error: training needs torch: pip install "melodyrnn[train]"\n'


def test_former_names_of_options_still_work_and_are_out_of_sight(run):
    help_text = run("train", "--help").out
    assert {"--batch-size", "--bptt"} < set(help_text.split())
    assert not {"--streams", "--window"} & set(help_text.split())
    for name in ("--streams", "--batch-size"):
        said = run("train", "tunes", "-o", "m.safetensors", name, 0).err
        assert said == "error: Invalid value for '--batch-size': 0 is not in the range 1<=x<=1024.\n"


def test_its_help_has_its_own_limits(run):
    limits, said = PREPARING_LIMITS, " ".join(run("train", "--help").out.split())
    assert f"{limits.notes:,} notes or {limits.bars:,} bars of 4/4" in said
    assert f"longer than {limits.seconds:g} seconds" in said
    assert "--limits NAME=N" in said
    assert (limits.file_bytes, limits.repair_bytes, limits.memory_bytes) == (
        LIMITS.file_bytes,
        LIMITS.repair_bytes,
        LIMITS.memory_bytes,
    )

"""Two processes under torchrun: what they compute together, and what is left when one of them dies."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="torch is the train extra")
if sys.platform == "win32":
    pytest.skip("torch for Windows has no launcher of several processes with gloo", allow_module_level=True)

import torch
from safetensors import safe_open

from melodyrnn.training.checkpoint import read_checkpoint
from melodyrnn.training.dataset import Batch
from melodyrnn.training.distributed import ALONE, Team

SMALL_RUN = Path(__file__).with_name("small_run.py")
TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")


def started(launcher: tuple[str, ...], *arguments: object) -> "subprocess.Popen[str]":
    command = [*launcher, str(SMALL_RUN), *map(str, arguments)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}  # else torchrun says that it sets it
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def result(path: Path) -> tuple[dict[str, torch.Tensor], list[float]]:
    """Weights, and the means that were validated."""
    with safe_open(path, framework="pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, json.loads(file.metadata()["h"])  # noqa: SIM118


def finish(process: "subprocess.Popen[str]") -> None:
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, out + err


def test_two_processes_compute_what_one_with_twice_the_streams_does(tmp_path: Path) -> None:
    options = ("--dropout", 0.0)  # else each process leaves out other units
    finish(started((sys.executable,), tmp_path / "one.checkpoint", 4, tmp_path / "one", *options))
    finish(started(TORCHRUN, tmp_path / "two.checkpoint", 2, tmp_path / "two", *options))
    (one, means), (two, its_means) = result(tmp_path / "one"), result(tmp_path / "two")
    assert len(means) == 4
    assert means[0] - means[-1] > 1  # it learns
    assert its_means == pytest.approx(means, abs=2e-4)
    for name, weight in one.items():
        torch.testing.assert_close(two[name], weight, atol=2e-4, rtol=1e-3)


def test_a_killed_process_ends_the_run_with_a_message_and_a_checkpoint_to_go_on_from(tmp_path: Path) -> None:
    finish(started(TORCHRUN, tmp_path / "uncut.checkpoint", 2, tmp_path / "uncut"))
    cut = started(TORCHRUN, tmp_path / "cut.checkpoint", 2, tmp_path / "cut")
    assert cut.stdout
    windows = 0
    for line in cut.stdout:
        rank, process = map(int, line.split())
        windows += rank == 1
        if windows == 6 and rank == 1:
            os.kill(process, signal.SIGKILL)
            break
    _, err = cut.communicate(timeout=300)
    assert cut.returncode != 0
    assert "process 0 lost touch with another of the 2 processes (" in err
    assert f"the last good checkpoint is {tmp_path / 'cut.checkpoint'}" in err
    assert not (tmp_path / "cut").exists()
    finish(started(TORCHRUN, tmp_path / "cut.checkpoint", 2, tmp_path / "cut"))
    assert (tmp_path / "cut").read_bytes() == (tmp_path / "uncut").read_bytes()  # dropout of both processes included


READING = """
import os, signal, sys
from melodyrnn.errors import MelodyRnnError
from melodyrnn.training.distributed import joined
try:
    with joined("cpu") as team:
        os.write(1, b"%d %d\\n" % (team.rank, os.getpid()))
        with team.leader_first():
            while True:
                signal.pause()
except MelodyRnnError as error:
    sys.exit(f"error: {error}")
"""


@pytest.mark.parametrize(("killed", "says"), [(1, "process 0 was ended before"), (0, "process 1 ")])
def test_a_process_that_is_killed_while_the_leader_reads_is_said(tmp_path: Path, killed: int, says: str) -> None:
    (tmp_path / "reading.py").write_text(READING)
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        [*TORCHRUN, tmp_path / "reading.py"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as run:
        assert run.stdout
        processes = dict(map(int, run.stdout.readline().split()) for _ in range(2))
        os.kill(processes[killed], signal.SIGKILL)
        _, err = run.communicate(timeout=300)
    assert run.returncode != 0
    assert f"error: {says}" in err
    assert "before training began" in err


def test_ctrl_c_ends_all_processes_where_they_stand_together(tmp_path: Path) -> None:
    command = [*TORCHRUN, str(SMALL_RUN), str(tmp_path / "c.checkpoint"), "2", str(tmp_path / "weights")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
    ) as run:
        assert run.stdout
        for _ in range(6):
            run.stdout.readline()
        os.killpg(run.pid, signal.SIGINT)  # as a terminal does
        run.communicate(timeout=300)
    assert (tmp_path / "weights").is_file()
    assert read_checkpoint(tmp_path / "c.checkpoint").plain["progress"]["events"] < 24 * 4 * 12


def test_each_process_has_streams_of_its_own() -> None:
    columns = torch.arange(12.0).repeat(5, 1)[..., None]
    batch = Batch(columns, columns, columns, columns, columns)
    parts = [Team(rank, 3).part(batch).keep for rank in range(3)]
    assert [part.shape for part in parts] == [(5, 4, 1)] * 3
    assert torch.equal(torch.cat(parts, 1), columns)
    assert ALONE.part(batch).keep is columns

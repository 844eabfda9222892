"""`melodyrnn generate --takes K --best B --sheet FILE`: which takes are kept, and what is said of them."""

import json
import re
import shlex
from pathlib import Path

import pytest

SEED = Path(__file__).parents[2] / "midi_samples" / "ode_to_joy.mid"
QUICK = ("--bars", 2, "--stay", 0, "--random-seed", 10)


def test_the_best_takes_are_those_that_their_random_seeds_make_alone(run, small_model, tmp_path):
    asked = ("generate", SEED, "--model", small_model, *QUICK)
    outcome = run(*asked, "--takes", 5, "--best", 2, "--json", "-o", "best.mid")
    assert outcome.exit_code == 0, outcome.err
    told = json.loads(outcome.out)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best-1.mid", "best-2.mid"]
    assert [file["choice"]["rank"] for file in told["files"]] == [1, 2]
    assert "merit" in told["rule"]
    assert [take["take"] for take in told["takes"]] == [1, 2, 3, 4, 5]
    assert sorted(take["rank"] for take in told["takes"] if take["rank"]) == [1, 2]
    best = max(take["merit"] for take in told["takes"])
    assert told["files"][0]["choice"]["merit"] == best
    for number, file in enumerate(told["files"], 1):
        assert file["random_seed"] == 10 + file["take"] - 1
        alone = (*asked[:-1], file["random_seed"], "-o", f"alone-{number}.mid")
        assert run(*alone).exit_code == 0
        assert (tmp_path / f"alone-{number}.mid").read_bytes() == (tmp_path / f"best-{number}.mid").read_bytes()


def test_the_summary_names_each_take_that_is_kept(run, small_model):
    outcome = run("generate", SEED, "--model", small_model, *QUICK, "--takes", 3, "--best", 2, "-o", "t.mid")
    lines = [line for line in outcome.out.splitlines() if line.startswith("  take ")]
    assert len(lines) == 2
    assert all("from the seed" in line for line in lines)
    assert "from the nearest take before it" in lines[1]


@pytest.mark.parametrize("kept", [(), ("--best", 2)])
def test_a_sheet_shows_the_takes_that_are_kept(run, small_model, tmp_path, kept):
    asked = ("--takes", 3, *kept, "--sheet", "all.svg", "-o", "t.mid")
    outcome = run("generate", SEED, "--model", small_model, *QUICK, *asked)
    assert outcome.exit_code == 0, outcome.err
    drawn = (tmp_path / "all.svg").read_text("utf-8")
    shown = [f"t-{number}.mid" in drawn for number in (1, 2, 3)]
    assert shown == [True, True, not kept]


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (("--takes", 2, "--best", 3), "best 3: at most as many as there are takes, 2"),
        (("--best", 1000), "best 1000: must be 1 to 999"),
        (("--takes", 2, "--sheet", "all.gif"), "all.gif: the name of a picture must end in .svg or .png"),
    ],
)
def test_what_cannot_be_chosen_or_drawn_is_said_before_anything_is_made(run, small_model, tmp_path, asked, reason):
    outcome = run("generate", SEED, "--model", small_model, *QUICK, *asked, "-o", "t.mid")
    assert outcome.exit_code in (1, 2)
    assert reason in outcome.err
    assert list(tmp_path.iterdir()) == []


PAGE = Path(__file__).parents[2] / "docs" / "choosing.md"
COMMANDS = re.findall(r"^melodyrnn (.+)$", PAGE.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_page_runs_as_it_stands_there(run, small_model, tmp_path, command):
    words = shlex.split(command.replace("midi_samples", str(SEED.parent)))
    outcome = run(*words, "--model", small_model)
    assert outcome.exit_code == 0, outcome.err
    assert list(tmp_path.glob("*.mid"))


def test_a_passage_that_is_not_varied_at_all_comes_back_to_the_byte(run, small_model, tmp_path):
    asked = ("--replace", "3-4", "--vary", 0, "--stay", 0, "-o", "same.mid")
    outcome = run("generate", SEED, "--model", small_model, *asked)
    assert outcome.exit_code == 0, outcome.err
    assert (tmp_path / "same.mid").read_bytes() == SEED.read_bytes()

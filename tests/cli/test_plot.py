"""`melodyrnn plot`: pictures of files, and what is refused before anything is drawn."""

import pytest


def test_a_file_is_drawn_under_its_own_name(run, tmp_path, midi_samples):
    outcome = run("plot", midi_samples / "old_hundredth.mid")
    assert (outcome.exit_code, outcome.out) == (0, "old_hundredth.svg: 12 bars, 4 parts\n")
    assert "Soprano" in (tmp_path / "old_hundredth.svg").read_text("utf-8")
    again = run("plot", midi_samples / "old_hundredth.mid")
    assert (again.exit_code, again.err.count("\n")) == (1, 1)
    assert run("plot", midi_samples / "old_hundredth.mid", "--overwrite").exit_code == 0


def test_two_files_above_each_other(run, tmp_path, midi_samples):
    run("generate", midi_samples / "ode_to_joy.mid", "--bars", 2, "-o", "longer.mid", "--random-seed", 1)
    outcome = run("plot", midi_samples / "ode_to_joy.mid", "longer.mid", "-o", "both.png")
    assert outcome.exit_code == 0
    assert (tmp_path / "both.png").read_bytes().startswith(b"\x89PNG")


def test_new_bars_are_marked(run, tmp_path, midi_samples):
    for name, options in {"plain.svg": (), "new.svg": ("--new-from", 5)}.items():
        assert run("plot", midi_samples / "ode_to_joy.mid", *options, "-o", name).exit_code == 0
    plain, new = ((tmp_path / name).read_text("utf-8") for name in ("plain.svg", "new.svg"))
    assert "new bars" not in plain
    assert "new bars" in new


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        (["a.mid", "b.mid", "c.mid"], 2, "at most two files"),
        (["a.mid", "b.mid", "--new-from", "3"], 2, "leave it out"),
        (["{samples}/ode_to_joy.mid", "-o", "roll.jpg"], 2, "must end in .svg or .png"),
        (["{samples}/ode_to_joy.mid", "--to-bar", "999"], 2, "bars 1 to 999"),
        (["{samples}/ode_to_joy.mid", "--from-bar", "5", "--to-bar", "3"], 2, "--from-bar 5, --to-bar 3: the first"),
        (["{samples}/ode_to_joy.mid", "--new-from", "99"], 2, "--new-from 99: there are "),
        (["nowhere.mid"], 1, "nowhere.mid"),
    ],
)
def test_what_cannot_be_drawn_is_one_line(run, tmp_path, midi_samples, arguments, exit_code, said):
    outcome = run("plot", *(argument.format(samples=midi_samples) for argument in arguments))
    assert (outcome.exit_code, outcome.out, outcome.err.count("\n")) == (exit_code, "", 1)
    assert said in outcome.err
    assert list(tmp_path.iterdir()) == []

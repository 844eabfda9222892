"""What is told of files that were left out."""

from melodyrnn.cli.show.skipped import tell_beside, tell_skipped


def test_files_that_are_left_out_for_one_reason_are_told_in_one_line(capsys):
    tell_skipped([(f"{i}.mid", f"{i}.mid: is empty") for i in range(3)])
    assert capsys.readouterr().out.splitlines() == [f"skipped {i}.mid: is empty" for i in range(3)]
    tell_skipped([(f"{i}.mid", f"{i}.mid: is empty") for i in range(4)])
    assert capsys.readouterr().out.splitlines() == [
        "skipped 4 files: is empty (0.mid, 1.mid, 2.mid, ...)",
        "`melodyrnn inspect` lists what each file holds, or why it cannot be read",
    ]


def test_files_beside_the_folders_of_styles_can_be_read(capsys):
    tell_beside([])
    tell_beside(["a.mid"])
    tell_beside([f"{i}.mid" for i in range(20)])
    advice = "beside the folders of styles: move into one of them, or add --one-style"
    assert capsys.readouterr().out.splitlines() == [
        f"skipped 1 file {advice} (a.mid)",
        f"skipped 20 files {advice} (0.mid, 1.mid, 2.mid, ...)",
    ]

"""The four time axes: what the type checker refuses to mix."""

from pathlib import Path

import pytest

from melodyrnn.live.time import axes

RIGHT = (
    "song + 3",
    "song - 3",
    "song - song",
    "song < song + 1",
    "max(song, song + 1)",
    "song // 96",
    "want_song(song + 1)",
)
WRONG = (
    "song + music",
    "song - music",
    "song < music",
    "want_song(music)",
    "want_song(3)",
    "want_song(min(song, music))",
)
HEAD = """
from melodyrnn.live.time.axes import MusicPulse, SongPulse
song, music = SongPulse(3), MusicPulse(4)
def want_song(pulse: SongPulse) -> None: ...
"""


def test_pulses_of_two_axes_are_not_mixed(tmp_path, request):
    api = pytest.importorskip("mypy.api", reason="needs mypy")
    source = tmp_path / "snippet.py"
    source.write_text(HEAD + "\n".join((*RIGHT, *WRONG)) + "\n")
    kept = request.config.cache.mkdir("mypy")  # so that only the first run is slow
    options = ["--strict", "--follow-imports=silent", "--no-error-summary", f"--cache-dir={kept}"]
    out, _, _ = api.run([*options, "--config-file=", str(source), str(Path(axes.__file__))])
    first = HEAD.count("\n") + 1 + len(RIGHT)
    lines = {int(line.split(":")[1]) for line in out.splitlines() if ": error: " in line}
    assert lines == set(range(first, first + len(WRONG))), out


def test_at_run_time_a_pulse_is_an_int():
    assert axes.SongPulse(3) + 3 == 6
    assert type(axes.TakePulse(3)) is int

"""What a project saves beside the parameters: the model, what was told of the song, and the captured phrase."""

import json
from dataclasses import dataclass, field
from typing import Any

from melodyrnn.errors import OptionError, PluginError
from melodyrnn.live.score.model_composer import live_bar_pulses
from melodyrnn.music.chords import Chord
from melodyrnn.music.metre import TimeSignature
from melodyrnn.music.song import Song
from melodyrnn.plugin.capture import song_data, song_of
from melodyrnn.plugin.timeline import Timeline

FORMAT = 1


@dataclass
class State:
    """`model`: name and hash of the model that played last. `delays`: of bars played again, see live's Endless."""

    model: tuple[str, str] = ("", "")
    timeline: Timeline = field(default_factory=Timeline)
    delays: tuple[tuple[int, int], ...] = ((0, 0),)
    phrase: Song | None = None

    def __bytes__(self) -> bytes:
        data: dict[str, Any] = {
            "melodyrnn plugin": FORMAT,
            "model": list(self.model),
            "metres": [[bar, m.numerator, m.denominator] for bar, m in sorted(self.timeline.metres.items())],
            "chords": [[bar, c.root, c.bass, *c.intervals] for bar, c in sorted(self.timeline.chords.items())],
            "delays": [list(delay) for delay in self.delays],
            "phrase": None if self.phrase is None else song_data(self.phrase),
        }
        return json.dumps(data, separators=(",", ":")).encode()

    @classmethod
    def of(cls, saved: bytes) -> "State":
        """What a project has saved; a new state from no bytes. PluginError for bytes that are no state."""
        if not saved:
            return cls()
        try:
            data = json.loads(saved)
            if data["melodyrnn plugin"] != FORMAT:
                raise PluginError(f"the project's state has format {data['melodyrnn plugin']}: this is {FORMAT}")
            name, found_hash = map(str, data["model"])
            metres = {int(bar): TimeSignature(0, *metre) for bar, *metre in data["metres"]}
            chords = {
                int(bar): Chord(int(root) % 12, tuple(int(each) % 12 for each in intervals), int(bass) % 12)
                for bar, root, bass, *intervals in data["chords"]
            }
            for metre in metres.values():
                live_bar_pulses(metre)
            delays = tuple((int(bar), int(delay)) for bar, delay in data["delays"])
            phrase = None if data["phrase"] is None else song_of(data["phrase"])
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError, OptionError):
            raise PluginError("the project's state cannot be read") from None
        in_order = delays[:1] == ((0, 0),) and list(delays) == sorted(delays)
        if min(metres, default=0) < 0 or not in_order or any(not 0 <= delay <= bar for bar, delay in delays):
            raise PluginError("the project's state cannot be read")
        return cls((name, found_hash), Timeline(metres, chords), delays, phrase)

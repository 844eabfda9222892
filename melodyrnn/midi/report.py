"""The report on a file that was read: changes in counts and words."""

from typing import NamedTuple


class ReadReport(NamedTuple):
    """Changes made by reading, as counts; faults of the file's own bytes, in words; its tempo, metre and key."""

    moved_notes: int = 0  # began or ended between two pulses
    lengthened_notes: int = 0  # would have ended on the pulse they began on, made one pulse long
    dropped_metres: int = 0  # such as 0/4 or 3/128: the metre before goes on
    limited_tempos: int = 0  # outside what Tempo holds, moved to the nearest it does
    overruled_tempos: int = 0  # at the time of another, of which the later track's is read
    empty_tracks: int = 0  # left out: held lyrics only
    damaged_controls: int = 0  # 1 if the file holds control values above 127, which do not concern notes
    dropped_controls: int = 0  # of tracks with notes; pedals among them
    dropped_pitch_bends: int = 0
    held_notes: int = 0  # made longer by the pedal, where that was asked for
    named_drums: int = 0  # tracks taken for drums by their name
    found_beats: int = 0  # quarters of the song, where beats were asked for and its own tempo map meant nothing
    gives_tempo: bool = False  # else 120 bpm is assumed
    gives_metre: bool = False  # else 4/4
    key_signature: str = ""  # that in force where the notes end, such as "D minor"; empty where there is none
    repairs: tuple[str, ...] = ()  # such as "3 notes without an end"

    @property
    def repaired(self) -> bool:
        """Whether the file itself was at fault: there are any `faults`."""
        return bool(self.faults)

    @property
    def faults(self) -> str:
        """The faults of the file, in words. Empty if there were none."""
        return self._worded("dropped_metres", "limited_tempos", "damaged_controls")

    @property
    def assumed(self) -> str:
        """The tempo and metre that were assumed, in words. Empty if the file gives both."""
        missing = [text for text, given in (("120 bpm", self.gives_tempo), ("4/4", self.gives_metre)) if not given]
        return f"{' and '.join(missing)} assumed" if missing else ""

    @property
    def overruled(self) -> str:
        """A note, in words, if several tempos are at the same time. Empty if not."""
        if not self.overruled_tempos:
            return ""
        tempos = "a tempo" if self.overruled_tempos == 1 else f"{self.overruled_tempos} tempos"
        return f"{tempos} at the time of another: the later track's is used"

    def __str__(self) -> str:
        return self._worded(*COUNTS) or "nothing changed"

    def _worded(self, *names: str) -> str:
        worded = list(self.repairs)
        for name in names:
            count = getattr(self, name)
            if name == "damaged_controls" and count:
                worded.append("control values above 127")  # the parser does not count them
            elif count:
                singular = count == 1
                words = name.replace("_", " ")
                worded.append(f"{count} {words.removesuffix('s') if singular else words}")
        return ", ".join(worded)


COUNTS = ReadReport._fields[: ReadReport._fields.index("gives_tempo")]

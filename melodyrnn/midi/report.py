"""What reading a file changed, in counts and words."""

from typing import NamedTuple


class ReadReport(NamedTuple):
    """What reading changed, each as a count, and what was wrong with the file's own bytes, in words."""

    moved_notes: int = 0  # began or ended between two pulses
    lengthened_notes: int = 0  # would have ended on the pulse they began on, made one pulse long
    dropped_metres: int = 0  # such as 0/4 or 3/128: the metre before goes on
    limited_tempos: int = 0  # outside what Tempo holds, moved to the nearest it does
    empty_tracks: int = 0  # left out: held lyrics only
    damaged_controls: int = 0  # 1 if the file holds control values above 127, which say nothing about notes
    dropped_controls: int = 0  # of tracks with notes; pedals among them
    dropped_pitch_bends: int = 0
    held_notes: int = 0  # made longer by the pedal, where that was asked for
    named_drums: int = 0  # tracks taken for drums by their name
    found_beats: int = 0  # quarters of the song, where beats were asked for and its own tempo map meant nothing
    repairs: tuple[str, ...] = ()  # such as "3 notes without an end"

    @property
    def repaired(self) -> bool:
        """Whether the file itself was at fault: there are any `faults`."""
        return bool(self.faults)

    @property
    def faults(self) -> str:
        """What was wrong with the file, in words. Empty where nothing was."""
        return self._said("dropped_metres", "limited_tempos", "damaged_controls")

    def __str__(self) -> str:
        return self._said(*self._fields[:-1]) or "nothing changed"

    def _said(self, *names: str) -> str:
        counts = [(getattr(self, name), name.replace("_", " ")) for name in names if name != "damaged_controls"]
        said = [f"{count} {what.removesuffix('s') if count == 1 else what}" for count, what in counts if count]
        if "damaged_controls" in names and self.damaged_controls:
            said.append("control values above 127")  # how many the parser does not say
        return ", ".join([*self.repairs, *said])

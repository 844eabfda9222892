"""The options of a reader: how much a MIDI file may take, and how to understand it."""

from collections.abc import Sequence
from dataclasses import dataclass

from melodyrnn.errors import OptionError
from melodyrnn.music.pulses import PULSES_PER_WHOLE

LONGEST_PULSES = 2**23  # two days at 120 bpm; what damage makes longer would only fill memory with silence
MOST_MEMORY = 2**44  # bytes: more than any machine has, and less than the system refuses as a limit


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on a MIDI file; a file over one is refused with that reason. All are 1 or more.

    `file_bytes` of one file, and `repair_bytes` of one that is damaged (its events are read one by one, in Python);
    `notes` of one file; `length_pulses` from its start to its last note's end. `memory_bytes` and `seconds` for one
    file of a folder, in a process that can be stopped: the memory beside what the process takes anyway.
    """

    file_bytes: int = 10_000_000
    repair_bytes: int = 4_000_000
    notes: int = 1_000_000
    length_pulses: int = LONGEST_PULSES
    memory_bytes: int = 400_000_000
    seconds: float = 20.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if not getattr(self, name) >= 1:
                raise OptionError(f"limit {name} {getattr(self, name)}: must be 1 or more")
        for name, most in (("length_pulses", LONGEST_PULSES), ("memory_bytes", MOST_MEMORY)):
            if getattr(self, name) > most:
                raise OptionError(f"limit {name} {getattr(self, name)}: must be at most {most}")

    @property
    def bars(self) -> int:
        """The longest length in whole bars of 4/4."""
        return self.length_pulses // PULSES_PER_WHOLE


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is understood.

    `pedal`: notes sound as long as the sustain pedal (control 64) holds them. `beats`: a performance whose tempo map
    means nothing is put on the beats that are found in it. `drums` and `not_drums`: tracks, by name or number from 1,
    that are drums, or are not, whatever the file says.
    """

    pedal: bool = False
    beats: bool = False
    drums: Sequence[str] = ()
    not_drums: Sequence[str] = ()


LIMITS, AS_NOTATED = Limits(), Options()
SEED_LIMITS = Limits(file_bytes=40_000_000)  # of the one file that a user goes on from

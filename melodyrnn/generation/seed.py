"""The seed: music to go on from. Where it joins the new music, and what of it is read, found once."""

from dataclasses import dataclass

import numpy as np

from melodyrnn.encoding.events import PARTS, PLACES, EventArray, encode
from melodyrnn.errors import OptionError
from melodyrnn.music.join import earliest_pulse, join_pulse
from melodyrnn.music.key_finding import found_key
from melodyrnn.music.metre import BarLines, TimeSignature
from melodyrnn.music.scales import Key
from melodyrnn.music.song import Song
from melodyrnn.performance import Performance, separate
from melodyrnn.performance.separation import Exact

MAX_NOTES_READ = 1000  # from the seed's end: lookback reaches eight bars, and earlier notes hardly move the state
MAX_BARS_READ = 15_000  # a thousand rests of 15 bars
MAX_TIME_SIGNATURES = 10_000  # each costs time at every look at the bar lines


@dataclass(frozen=True, slots=True, eq=False)
class Seed:
    """A song that new music goes on from.

    `join_pulse`: the bar line at which new music begins. `earliest_pulse`: the join, or a pickup before it.
    `start_pulse`: the bar line from which the model reads the song. `events`: (n, 6), what it reads, with pulse 0 at
    `start_pulse`, and without the end; read-only. `exact`: when the
    notes of each track are played, in fractions of a pulse, where that is known. `signature`: the key that its file
    names.
    """

    song: Song
    join_pulse: int
    earliest_pulse: int
    start_pulse: int
    events: EventArray
    exact: Exact | None = None
    signature: Key | None = None

    @classmethod
    def of(cls, song: Song, name: str = "the seed", exact: Exact | None = None, signature: Key | None = None) -> "Seed":
        """OptionError, which calls the song `name`, if nothing can go on from it."""
        if not song.note_count:
            raise OptionError(f"{name} has no notes to continue")
        for count, most, unit in (
            (len(song.tracks), PARTS, "tracks"),
            (len(song.time_signatures), MAX_TIME_SIGNATURES, "metres"),
        ):
            if count > most:
                raise OptionError(f"{name} has {count} {unit}: at most {most} can be continued")
        join = join_pulse(song)
        start = line_before(song, join)
        return cls(song, join, earliest_pulse(song), start, _events(song, start), exact, signature)

    def read(self, as_score: bool) -> "ReadSeed":
        """The seed as a model reads it: the song as it was played, or its score, and then its performance."""
        if not as_score:
            return ReadSeed(self, self.song, self.events, None)
        score, performance = separate(self.song, self.exact)
        return ReadSeed(self, score, _events(score, self.start_pulse), performance)

    @property
    def key(self) -> Key | None:
        """That of its file's key signature where the notes agree with it, else the likeliest. None without notes."""
        return found_key(self.song, self.signature)

    @property
    def bars(self) -> int:
        """The number of bars before the new music."""
        return self.song.bar_lines.position(self.join_pulse)[0]

    @property
    def time_signature(self) -> TimeSignature:
        """The one in which new music goes on."""
        return self.song.time_signatures[-1]


@dataclass(frozen=True, slots=True, eq=False)
class ReadSeed:
    """A seed as a model reads it: the notes `given`, their `events`, and, if they are a score, its performance."""

    seed: Seed
    given: Song
    events: EventArray
    performance: Performance | None


def _events(song: Song, start: int) -> EventArray:
    events = encode(song.from_pulse(start)).events[:-1]
    events.setflags(write=False)
    return events


def line_before(song: Song, pulse: int, most_notes: int = MAX_NOTES_READ) -> int:
    """The bar line before the last `most_notes` notes that begin before a pulse, as many time signatures, and
    MAX_BARS_READ encoded bars.
    """
    lines = song.bar_lines
    notes = np.sort(np.concatenate([track.array[:, 0] for track in song.tracks]))
    signatures = np.array([signature.onset_pulses for signature in song.time_signatures])
    earlier = [onsets[onsets < max(pulse, 1)] for onsets in (notes, signatures)]
    latest = [int(onsets[-most_notes]) if len(onsets) > most_notes else 0 for onsets in earlier]
    encoded_bars = BarLines(song.time_signatures, PLACES)
    latest.append(encoded_bars.start(max(0, encoded_bars.position(pulse)[0] - MAX_BARS_READ)))
    return lines.start(lines.position(max(latest))[0])

"""Music that begins with its seed."""

from bisect import bisect_left

from melodyrnn.errors import OptionError
from melodyrnn.generation import Seed
from melodyrnn.live.score.composer import Composer, MusicNote, Passage
from melodyrnn.live.score.request import Call
from melodyrnn.live.score.settings import Settings
from melodyrnn.live.time.axes import MusicPulse
from melodyrnn.music.channels import places


class SeedFirst:
    """A composer that plays the notes of a seed as they are, and then the music of another composer. See Composer.

    The seed ends at a bar line. If its bars are not as long as those of the new music, there is a rest before it.
    """

    def __init__(self, seed: Seed, composer: Composer) -> None:
        self._composer, self._bar_pulses = composer, composer.bar_pulses
        self._bars = -(-seed.join_pulse // self._bar_pulses)
        rest = self._bars * self._bar_pulses - seed.join_pulse
        parts = [(track.program, track.is_drum) for track in seed.song.tracks]
        self._notes = sorted(
            MusicNote(MusicPulse(note.onset_pulses + rest), place.channel, program, *note[1:])
            for track, place, (program, _) in zip(seed.song.tracks, places(parts), parts, strict=True)
            for note in track
            if note.onset_pulses < seed.join_pulse
        )
        self._at = MusicPulse(0)

    @property
    def bar_pulses(self) -> int:
        """The length of a bar."""
        return self._bar_pulses

    @property
    def _join(self) -> MusicPulse:
        return MusicPulse(self._bars * self._bar_pulses)

    def change(self, bar: int, settings: Settings) -> None:
        """See Composer. The notes of the seed stay as they are."""
        self._composer.change(max(0, bar - self._bars), settings)

    def rewind(self, pulse: MusicPulse) -> None:
        """See Composer."""
        self._at = pulse
        self._composer.rewind(MusicPulse(max(0, pulse - self._join)))

    def respond(self, call: Call, played_until: MusicPulse, settings: Settings) -> None:  # noqa: ARG002
        """OptionError: where a player is answered, he begins."""
        raise OptionError("a session that answers a player cannot begin with its seed")

    def compose(self) -> Passage:
        """See Composer: a bar of the seed, or what the other composer gives."""
        if self._at < self._join:
            line = MusicPulse((self._at // self._bar_pulses + 1) * self._bar_pulses)
            first, last = (bisect_left(self._notes, (pulse,)) for pulse in (self._at, line))
            self._at = line
            return Passage(tuple(self._notes[first:last]), line)
        notes, until = self._composer.compose()
        moved = (note._replace(onset_pulses=self._moved(note.onset_pulses)) for note in notes)
        return Passage(tuple(moved), self._moved(until))

    def learn(self) -> bool:
        """See Composer."""
        return self._composer.learn()

    def _moved(self, pulse: MusicPulse) -> MusicPulse:
        """Where a pulse of the other composer is here."""
        return pulse + int(self._join)

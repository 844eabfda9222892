"""The performer: composes the bars of a host's song ahead, and answers a player. It knows no process and no memory.

It plays as `melodyrnn live` does, with the same composer and the same ways of playing, but for a clock: the host says
where the song is, and takes whole bars.
"""

from collections.abc import Callable, Sequence

from melodyrnn.generation import MusicModel, Seed
from melodyrnn.live.score.compose_thread import ComposeThread
from melodyrnn.live.score.dialogue import Dialogue
from melodyrnn.live.score.endless import Endless
from melodyrnn.live.score.model_composer import ModelComposer
from melodyrnn.live.score.phrases import as_played
from melodyrnn.live.score.prefetch import Prefetch
from melodyrnn.live.score.request import NOTICE_PULSES, Request
from melodyrnn.live.time.axes import SongPulse
from melodyrnn.live.time.schedule import LiveNote
from melodyrnn.plugin.asked import Asked
from melodyrnn.plugin.composed_bars import ComposedBars
from melodyrnn.plugin.timeline import Timeline

AHEAD_BARS = 2  # composed after the one that plays
AGAIN_BARS = 4  # that `again` repeats
Delays = Sequence[tuple[int, int]]  # see Endless


class Performer:
    """Bars from what is asked, what is told of the song, and a seed. Bars and pulses of the song count from 0.

    `models` gives the model of a style. `asked` and `timeline` hold for every bar; changes of them are told.
    """

    def __init__(
        self,
        models: Callable[[str], MusicModel],
        asked: Asked,
        timeline: Timeline,
        seed: Seed | None = None,
        delays: Delays = ((0, 0),),
    ) -> None:
        self._asked, self._timeline, first = asked, timeline, timeline.metre(0)
        self._composer = ModelComposer(
            models, asked.settings(timeline.chord(0)), asked.random_seed, first, seed, asked.stay
        )
        self.bars = timeline.bars
        self._composed = ComposedBars(self.bars)
        self._work = ComposeThread(self._composer)
        self._prefetch = Prefetch(self._work, 0, self._composed)
        if asked.respond is None:
            self._mode: Endless | Dialogue = Endless(self.bars, self._composer.bars, delays)
        else:
            span = None if asked.respond == "pause" else asked.respond
            self._mode = Dialogue(self.bars, asked.settings(), span, as_played)
        self._position = SongPulse(0)  # the song is here
        self._counted = SongPulse(0)  # notes before were counted as played
        self._tell_metres(1)
        self._tell_chords(1)
        self.locate(0, 0)

    @property
    def repeats(self) -> bool:
        """Whether a bar is the same whenever the song comes to it: no player is answered."""
        return isinstance(self._mode, Endless)

    @property
    def delays(self) -> Delays:
        """See Endless: what `again` did."""
        return self._mode.delays if isinstance(self._mode, Endless) else ((0, 0),)

    def locate(self, bar: int, pulse: int) -> None:
        """The song goes to a pulse after the line of a bar. Music without end is composed from that line on."""
        at = SongPulse(self.bars.line(bar) + (0 if self.repeats else pulse))
        if at < SongPulse(0):
            at = SongPulse(0)
        was, self._position, self._counted = self._position, at, at
        self._composed.clear(at)
        self._request(self._mode.locate(at, was))

    def advance(self, bar: int, pulse: int) -> None:
        """The song has come to a pulse after the line of a bar. What was due on the way is done as of its own pulse."""
        self._position = SongPulse(self.bars.line(bar) + pulse)
        while (wakes_at := self._mode.wakes_at) is not None and wakes_at <= self._position:
            self._count_played(wakes_at)
            self._request(self._mode.wake(wakes_at))
        self._count_played(self._position)
        self._look_ahead()

    def key(self, bar: int, pulse: float, pitch: int, velocity: int) -> None:
        """A key of the player moves; `velocity` 0 is up."""
        self._request(self._mode.key(SongPulse(self.bars.line(bar) + round(pulse)), pitch, velocity))

    def pedal(self, bar: int, pulse: float, down: bool) -> None:
        """The player's sustain pedal moves."""
        self._mode.pedal(SongPulse(self.bars.line(bar) + round(pulse)), down)

    def change(self, bar: int, asked: Asked) -> None:
        """From a bar on, play like this. What a composer is made of (random seed, stay, respond) stays as it was."""
        self._asked = asked
        settings = asked.settings(self._timeline.chord(bar) if self.repeats else None)
        self._request(self._mode.change(settings, self._notice(bar), self._composed.frontier))
        self._tell_chords(bar + 1)

    def metre_changed(self, bar: int) -> None:
        """The timeline has another metre from a bar on: draw the bars from there anew."""
        self._tell_metres(bar)
        self.locate(bar, 0)

    def chord_changed(self, bar: int) -> None:
        """The timeline has another chord from a bar on."""
        self.change(bar, self._asked)

    def again(self, bar: int) -> bool:
        """Repeat the last bars from a bar on -> whether there are any, and they are known by now."""
        request = self._mode.again(AGAIN_BARS, self._notice(bar), self._composed.frontier)
        self._request(request)
        return request is not None

    def work(self) -> bool:
        """Compose or learn a little -> whether there was anything to do."""
        self._work.may_learn = not self._mode.attends
        if not self._work.work():
            return False
        self._prefetch.collect()
        return True

    def scout(self, bars: int) -> bool:
        """Go on from the farthest bar that was composed, if it is one of the first `bars` -> whether it is.

        Whatever bar the song goes to then is near one whose state is known.
        """
        if not self.repeats or len(self.delays) > 1 or self._composer.farthest >= bars:
            return False
        self.locate(self._composer.farthest, 0)
        return True

    def is_at(self, bar: int) -> bool:
        """Whether a bar is known, or is the next that will be."""
        return (
            self._composed.start <= SongPulse(self.bars.line(bar))
            and bar <= self.bars.bar(int(self._composed.frontier)) + 1
        )

    def bar(self, bar: int) -> tuple[LiveNote, ...] | None:
        """The notes of a bar, if all are known. What is over before a player is listened to is silent."""
        if not self.repeats and SongPulse(self.bars.line(bar + 1)) <= self._composed.start:
            return ()
        return self._composed.notes(bar) if self._composed.is_whole(bar) else None

    def known_of_bar(self, bar: int, step: int) -> tuple[LiveNote, ...]:
        """The notes of a bar that is not whole yet, as far as they are known, to the last multiple of `step` pulses."""
        line = self.bars.line(bar)
        known = SongPulse(line + (int(self._composed.frontier) - line) // step * step)
        return tuple(note for note in self._composed.notes(bar) if note.onset_pulses < known)

    def _notice(self, bar: int) -> SongPulse:
        """The last pulse at which a change holds from that bar on."""
        return SongPulse(self.bars.line(bar) - NOTICE_PULSES)

    def _request(self, request: Request | None) -> None:
        if request is not None:
            self._prefetch.request(request, self._horizon)
            self._work.work()  # takes it in
            self._prefetch.collect()

    def _look_ahead(self) -> None:
        self._prefetch.look_ahead(self._horizon)

    @property
    def _horizon(self) -> SongPulse:
        return SongPulse(self.bars.line(max(self.bars.bar(int(self._position)), 0) + AHEAD_BARS + 1))

    def _tell_metres(self, first: int) -> None:
        for bar in sorted({first, *(told for told in self._timeline.metres if told > first)}):
            self._composer.change_metre(self._music_bar(bar), self._timeline.metre(bar))

    def _tell_chords(self, first: int) -> None:
        """The composer's settings from a bar on, where those of a later bar are others."""
        if self.repeats:
            for bar in sorted(told for told in self._timeline.chords if told >= first):
                self._composer.change(self._music_bar(bar), self._asked.settings(self._timeline.chord(bar)))

    def _music_bar(self, bar: int) -> int:
        return self._mode.music_bar(bar) if isinstance(self._mode, Endless) else bar

    def _count_played(self, pulse: SongPulse) -> None:
        """Let the way of playing know of the notes that were played before a pulse."""
        if isinstance(self._mode, Dialogue) and self._counted < pulse:
            for bar in range(self.bars.bar(int(self._counted)), self.bars.bar(int(pulse)) + 1):
                for note in self._composed.notes(bar):
                    if self._counted <= note.onset_pulses < pulse:
                        self._mode.played(note.onset_pulses)
            self._counted = pulse

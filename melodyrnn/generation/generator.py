"""The generator: events in, events out, one recurrent step each."""

import copy
import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from melodyrnn.encoding.context import Context
from melodyrnn.encoding.events import FIELDS, SIZES
from melodyrnn.generation.constraints import Constraints
from melodyrnn.generation.guidance import Loops, Presence, Silences, Tonality
from melodyrnn.generation.music_model import MusicModel
from melodyrnn.generation.random_numbers import RandomNumbers
from melodyrnn.generation.sampling import Floats, Sampling, draw, is_greedy, remove_mass

Event = tuple[int, ...]  # six fields, as melodyrnn.encoding.events says
RHYTHM = ("bars", "place", "duration")
BEFORE_PITCH = ("bars", "place", "part")
# More than for pitches: a rhythm that is cut as much repeats itself more than real music. Not for a kit alone, which is
# played by hand: all places near a beat are likely there, and those that are not break its groove.
RHYTHM_TOP_P = 0.05


class Generator:
    """One stream of events. `push` what is given, `next_event` what is not; `earliest` and `may_end` as Constraints."""

    def __init__(
        self, model: MusicModel, style: int, sampling: Sampling, random_seed: int, may_end: bool = False
    ) -> None:
        self._model, self._sampling, self._numbers = model, sampling, RandomNumbers(random_seed)
        self.context = Context(style)
        self.constraints = Constraints(self.context, sampling.wishes, may_end)
        self._loops, self._tonality, self._silences, self._presence = Loops(), Tonality(), Silences(), Presence()
        self._state = model.engine.start()
        self._is_read = False

    def copy(self) -> "Generator":
        """A stream that goes on from here on its own. A few kilobytes, however much was heard."""
        return copy.deepcopy(self, {id(self._model): self._model})

    def resume(self, sampling: Sampling, *keys: int) -> None:
        """From here on sample like this, with the random numbers of these keys."""
        self._sampling, self._numbers = sampling, RandomNumbers(*keys)
        self.constraints.wish(sampling.wishes)

    def branches(self, count: int) -> "Iterator[Generator]":
        """Copies that draw from here on with random numbers of their own."""
        for number in range(count):
            branch = self.copy()
            branch._numbers = self._numbers.branch(number)
            yield branch

    def mark_as_seed(self) -> None:
        """The events pushed so far are given music: its parts go on playing, and its repetitions may be repeated."""
        self._loops.allow()
        self._presence.keep(self.context.cursor.pulse)

    def push(self, event: Sequence[int]) -> None:
        """Take in an event: one step of the network."""
        self._read()
        self.context.push(event)
        self.constraints.push(event)
        self._loops.push(event, self.context.cursor.bar)
        self._tonality.push(event, self.context.cursor.pulse)
        self._silences.push(event, self.context.cursor.pulse)
        self._presence.push(event, self.context.cursor.pulse)
        self._is_read = False

    def _read(self) -> npt.NDArray[np.float32]:
        if not self._is_read:
            inputs, dense, selection = self.context.inputs, self.context.dense, self._model.selection
            self._model.engine.step(
                self._state,
                [inputs[column] for column in selection.inputs],
                [dense[column] for column in selection.dense],
            )
            self._is_read = True
        top: npt.NDArray[np.float32] = self._state[0, -1]
        return top

    def next_event(self, pull: Sequence[int] = (), pull_nats: float = 0.0) -> Event:
        """Draw the next event, field after field; it is not taken in before it is pushed.

        The end is drawn before and apart from any note, as often as it is likely, so that nothing that is done to notes
        keeps it from coming; what it had of the probability of its place is then left out.

        `pull` is an event, or its first fields: each is to be likelier by `pull_nats`, as long as those before agree.
        """
        end = self.constraints.allowed_end()
        chance = self._chance_of_end(end)
        temperature = self._sampling.temperature
        if end is not None and chance > (0.5 if is_greedy(temperature) else self._numbers.random()):
            return end
        density = self._sampling.wishes.density
        self.constraints.hurry = self._presence.hurry(density)

        def choose(index: int, logits: Floats, drawn: list[int]) -> int:
            nonlocal chance
            if end is not None and FIELDS[index] in BEFORE_PITCH and drawn == list(end[:index]):
                chance = remove_mass(logits, end[index], chance)
            cursor = self.context.cursor
            if FIELDS[index] == "bars" and density >= 1:  # where less is wished for, silence is too
                self._silences.discourage(logits, cursor.bar_start(cursor.bar), cursor.bar_pulses(cursor.bar))
            elif FIELDS[index] == "place" and density >= 1:
                self._silences.discourage(logits, cursor.bar_start(cursor.bar + drawn[0]), 1)
            elif FIELDS[index] == "part":
                self._presence.encourage(logits, self.constraints.pulse(drawn), density)
            elif FIELDS[index] == "pitch":
                self._loops.discourage(logits, *drawn)
                self._tonality.discourage(logits)
            if index < len(pull) and drawn == list(pull[:index]):
                logits[pull[index]] += pull_nats
            self.constraints.apply(index, logits, drawn)
            more = RHYTHM_TOP_P if FIELDS[index] in RHYTHM and not self.constraints.kits_only else 0.0
            top_p = min(1.0, self._sampling.top_p + more)
            return draw(logits, temperature, top_p, self._numbers.random())

        return self._event(choose)

    def _chance_of_end(self, end: Event | None) -> float:
        """How likely the model finds it that the piece ends here. Once its pitch is drawn, an end is certain."""
        return math.exp(-self.nll(end[: FIELDS.index("pitch") + 1])) if end is not None else 0.0

    def nll(self, event: Sequence[int]) -> float:
        """-log p of `event`, or of its first fields, as the next one, as the model alone finds it."""
        total = 0.0

        def choose(index: int, logits: Floats, _: list[int]) -> int:
            nonlocal total
            best = float(logits.max())
            total += best + math.log(float(np.exp(logits - best).sum())) - float(logits[event[index]])
            return event[index]

        self._event(choose, len(event))
        return total

    def is_legal(self, event: Sequence[int]) -> bool:
        """Whether `event` may come next, as far as its fields are notes: by the grammar and the caller's wishes."""
        for index, (token, size) in enumerate(zip(event, SIZES, strict=True)):
            logits = np.zeros(size, np.float32)
            self.constraints.apply(index, logits, event[:index])
            if not 0 <= token < size or logits[token] == -np.inf:
                return False
        return True

    def _event(self, choose: Callable[[int, Floats, list[int]], int], fields: int = len(FIELDS)) -> Event:
        """Field after field: `choose` is given its number, its logits, and what was chosen before."""
        engine = self._model.engine
        projected = engine.project(self._read())
        drawn: list[int] = []
        features: list[int] = []
        for index, name in enumerate(FIELDS[:fields]):
            if name == "place":
                features = self.context.features_after_bars(drawn[0])
            elif name == "pitch":
                features = self.context.features_at(*drawn)
            elif name == "duration":
                features = self.context.with_pitch(features, drawn[3])
            drawn.append(choose(index, engine.logits(index, projected, drawn, features), drawn))
        return tuple(drawn)

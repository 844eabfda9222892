"""The generator: events in, events out, one recurrent step each."""

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from melodyrnn.encoding.context import HINTS, STYLES, Context
from melodyrnn.encoding.events import ENCODING_VERSION, FIELDS, SIZES, EventArray
from melodyrnn.encoding.matrices import Selection, are_kept
from melodyrnn.errors import ModelFileError, OptionError
from melodyrnn.generation.constraints import Constraints, Wishes
from melodyrnn.generation.guidance import Loops, Presence, Silences, Tonality
from melodyrnn.generation.sampling import Floats, check_sampling, draw, leave_out
from melodyrnn.model.engine import Engine
from melodyrnn.model.modelfile import Model
from melodyrnn.music.song import Song

Ints = npt.NDArray[np.integer]
Event = tuple[int, ...]  # six fields, as melodyrnn.encoding.events says
DEFAULT_TEMPERATURE = 1.0
DEFAULT_TOP_P = 0.95
RHYTHM = ("bars", "place", "duration")
BEFORE_PITCH = ("bars", "place", "part")
# More than for pitches: a rhythm that is cut as much repeats itself more than real music. Not for a kit alone, which is
# played by hand: all places near a beat are likely there, and those that are not break its groove.
RHYTHM_TOP_P = 0.05
STEPS_AT_ONCE = 32


class MusicModel:
    """A model ready to play: its engine, and the side inputs it reads. ModelFileError if it was not made for music."""

    def __init__(self, model: Model, name: str = "model") -> None:
        config, self.name, self.styles, self.about = model.config, name, model.styles, model.about
        drawn = tuple((f.name, f.size) for f in config.fields)
        if model.encoding_version != ENCODING_VERSION or drawn != tuple(zip(FIELDS, SIZES, strict=True)):
            raise ModelFileError(
                f"{name}: made for encoding {model.encoding_version}; this is encoding {ENCODING_VERSION}"
            )
        kept = are_kept(config.inputs, config.numbers, config.hints, config.number_unit)
        if not kept:
            raise ModelFileError(f"{name}: reads side inputs that this version does not keep")
        if not 0 < len(model.styles) <= STYLES:
            raise ModelFileError(f"{name}: has {len(model.styles)} styles; 1 to {STYLES} are possible")
        self.config, self.engine = config, Engine(config, model.weights)
        self.selection = Selection([n for n, _ in config.inputs], [n for n, _ in config.numbers])
        # The seed and style heard last, the seed's events, and the generator after them, which is only ever copied.
        self.heard: tuple[Song, int, EventArray, Generator] | None = None

    def style_number(self, style: str) -> int:
        """The number of a style by name; OptionError names those there are."""
        if style not in self.styles:
            raise OptionError(f"style {style!r}: {self.name} knows {', '.join(self.styles)}")
        return self.styles.index(style)

    def nats(self, inputs: Ints, numbers: Ints, hints: Ints, events: Ints) -> npt.NDArray[np.float32]:
        """-log p of every field of given events, streams side by side: (T, B, columns) each -> (T, B, fields)."""
        state = self.engine.start(inputs.shape[1])
        result = np.zeros(events.shape, np.float32)
        for start in range(0, len(inputs), STEPS_AT_ONCE):  # the heads need no order: they take many steps in one go
            steps = slice(start, start + STEPS_AT_ONCE)
            tops = [self.engine.step(state, *each).copy() for each in zip(inputs[steps], numbers[steps], strict=True)]
            projected = self.engine.project(np.concatenate(tops))
            drawn, known = list(_rows(events[steps]).T), _rows(hints[steps])
            for index in range(len(FIELDS)):
                logits = self.engine.logits(index, projected, drawn[:index], known)
                logits -= logits.max(1, keepdims=True)
                nats = np.log(np.exp(logits).sum(1)) - logits[np.arange(len(logits)), drawn[index]]
                result[steps, :, index] = nats.reshape(result[steps].shape[:2])
        return result


def _rows(array: Ints) -> Ints:
    """(T, B, columns) -> (T B, columns)."""
    return array.reshape(-1, array.shape[-1])


@dataclass(frozen=True, slots=True)
class Sampling:
    """How bold to draw. At temperature 1 and top-p 1 as learned; of rhythms, but a kit's, 0.05 less is left out."""

    temperature: float = DEFAULT_TEMPERATURE
    top_p: float = DEFAULT_TOP_P
    wishes: Wishes = field(default_factory=Wishes)

    def __post_init__(self) -> None:
        check_sampling(self.temperature, self.top_p)


class Generator:
    """One stream of events. `push` what is given, `next_event` what is not; `earliest` and `may_end` as Constraints."""

    def __init__(
        self, model: MusicModel, style: int, sampling: Sampling, random_seed: int, may_end: bool = False
    ) -> None:
        self._model, self._sampling = model, sampling
        self._rng = np.random.default_rng(random_seed)
        self.context = Context(style)
        self.constraints = Constraints(self.context, sampling.wishes, may_end)
        self._loops, self._tonality, self._silences, self._presence = Loops(), Tonality(), Silences(), Presence()
        self._state = model.engine.start()
        self._heard = False

    def copy(self) -> "Generator":
        """A stream that goes on from here on its own. A few kilobytes, however much was heard."""
        return copy.deepcopy(self, {id(self._model): self._model})

    def resume(self, sampling: Sampling, random_seed: Sequence[int]) -> None:
        """From here on draw so, with random numbers that depend on nothing before."""
        self._sampling, self._rng = sampling, np.random.default_rng(random_seed)
        self.constraints.wish(sampling.wishes)

    def drafts(self, count: int) -> "Iterator[Generator]":
        """Copies that draw from here on with other random numbers, each its own."""
        for rng in self._rng.spawn(count):
            twin = self.copy()
            twin._rng = rng
            yield twin

    def take_as_seed(self) -> None:
        """What was pushed is given music: its parts are to go on playing, and what it repeats may be repeated."""
        self._loops.allow()
        self._presence.keep(self.context.cursor.pulse)

    def push(self, event: Sequence[int]) -> None:
        """Take in an event: one step of the network."""
        self._hear()
        self.context.push(event)
        self.constraints.push(event)
        self._loops.push(event, self.context.cursor.bar)
        self._tonality.push(event, self.context.cursor.pulse)
        self._silences.push(event, self.context.cursor.pulse)
        self._presence.push(event, self.context.cursor.pulse)
        self._heard = False

    def _hear(self) -> npt.NDArray[np.float32]:
        if not self._heard:
            inputs, numbers, selection = self.context.inputs, self.context.numbers, self._model.selection
            self._model.engine.step(
                self._state,
                [inputs[column] for column in selection.inputs],
                [numbers[column] for column in selection.numbers],
            )
            self._heard = True
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
        if end is not None and chance > (0.5 if self._sampling.temperature == 0 else self._rng.random()):
            return end
        density = self._sampling.wishes.density
        self.constraints.hurry = self._presence.hurry(density)

        def choose(index: int, logits: Floats, drawn: list[int]) -> int:
            nonlocal chance
            if end is not None and FIELDS[index] in BEFORE_PITCH and drawn == list(end[:index]):
                chance = leave_out(logits, end[index], chance)
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
            return draw(logits, self._sampling.temperature, top_p, self._rng)

        return self._event(choose)

    def _chance_of_end(self, end: Event | None) -> float:
        """How likely the model finds it that the piece ends here. Once its pitch is drawn, an end is certain."""
        return math.exp(-self.nats(end[: FIELDS.index("pitch") + 1])) if end is not None else 0.0

    def nats(self, event: Sequence[int]) -> float:
        """-log p of `event`, or of its first fields, as the next one, as the model alone finds it."""
        total = 0.0

        def choose(index: int, logits: Floats, _: list[int]) -> int:
            nonlocal total
            best = float(logits.max())
            total += best + math.log(float(np.exp(logits - best).sum())) - float(logits[event[index]])
            return event[index]

        self._event(choose, len(event))
        return total

    def _event(self, choose: Callable[[int, Floats, list[int]], int], fields: int = len(FIELDS)) -> Event:
        """Field after field: `choose` is given its number, its logits, and what was chosen before."""
        engine = self._model.engine
        projected = engine.project(self._hear())
        drawn: list[int] = []
        hints: list[int] = [0] * len(HINTS)
        for index, name in enumerate(FIELDS[:fields]):
            if name == "place":  # where lookback expects the next event does not depend on the part
                hints = self.context.recall(drawn[0], 0, 0)
            elif name == "pitch":
                hints = self.context.recall(*drawn)
            elif name == "duration":
                self.context.compare(hints, drawn[3])
            drawn.append(choose(index, engine.logits(index, projected, drawn, hints), drawn))
        return tuple(drawn)

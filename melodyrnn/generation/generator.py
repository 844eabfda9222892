"""The generator: events in, events out, one recurrent step each."""

import copy
import math
from collections.abc import Iterator, Sequence

import numpy as np

from melodyrnn.arrays import Doubles, Floats
from melodyrnn.encoding.context import Context
from melodyrnn.encoding.events import END, FIELDS, SIZES
from melodyrnn.errors import OptionError
from melodyrnn.generation.grammar import Grammar
from melodyrnn.generation.keys import KeyShares
from melodyrnn.generation.logits import Logits, read
from melodyrnn.generation.music_model import MusicModel
from melodyrnn.generation.random_numbers import RandomNumbers
from melodyrnn.generation.sampling import Sampling, chances, draw, is_greedy, nll, remove_mass
from melodyrnn.generation.steering import Steering
from melodyrnn.generation.terms.step import Step
from melodyrnn.generation.thinning import Thinning

Event = tuple[int, ...]  # six fields, as melodyrnn.encoding.events says
RHYTHM = ("bars", "place", "duration")
BEFORE_PITCH = FIELDS[: FIELDS.index("pitch")]
# More than for pitches: a rhythm that is cut as much repeats itself more than real music. Not for a kit alone, which is
# played by hand: all places near a beat are likely there, and those that are not break its groove.
RHYTHM_TOP_P = 0.05
USUAL_BARS, DOUBLED_BARS = 64, 8  # of a piece that the model ends; the odds of an end double after each so many more
ILLEGAL = np.float32(-np.inf)


class Generator:
    """One stream of events. `push` what is given, `next_event` draws what is not. `grammar` says what is legal.

    `ends_like`: a stream of the same events by a model that knows better when music ends, since one that has learned a
    seed has learned music that goes on.
    """

    def __init__(self, model: MusicModel, style: int, sampling: Sampling, *keys: int) -> None:
        self._model, self._sampling, self._numbers = model, sampling, RandomNumbers(*keys)
        self._style = model.styles[style]
        self.context = Context(style)
        self.grammar = Grammar(self.context, sampling.constraints)
        self.steering = Steering(model.steering)
        self.steering.constrain(sampling.constraints)
        self._thinning = Thinning()
        self.state = model.engine.start()
        self.is_read = False
        self.ends_like: Generator | None = None
        self._drawn: tuple[Event, Sequence[Floats]] = ((), ())  # the event drawn last, and the logits of its fields

    @property
    def writes_scores(self) -> bool:
        """Whether its notes are those of a score, which a performance must play."""
        return self._model.reads_scores

    @property
    def keys(self) -> KeyShares:
        """The share of its style's pieces in each key. None, where the caller has said which pitches are allowed."""
        constraints = self._sampling.constraints
        free = not self.follows_chords and constraints.pitches().all()
        return self._model.keys.get(self._style, {}) if free else {}

    @property
    def is_monophonic(self) -> bool:
        """Whether each melodic part plays one note at a time."""
        return self._sampling.constraints.monophonic

    @property
    def follows_chords(self) -> bool:
        """Whether the caller has asked for chords."""
        return self._sampling.constraints.chords is not None

    def copy(self) -> "Generator":
        """A stream that goes on from here on its own. A few kilobytes, however much was read."""
        return copy.deepcopy(self)

    def resume(self, sampling: Sampling, *keys: int) -> None:
        """From here on sample like this, with the random numbers of these keys."""
        self._sampling, self._numbers = sampling, RandomNumbers(*keys)
        self.grammar.constrain(sampling.constraints)
        self.steering.constrain(sampling.constraints)
        self._thinning.ask(sampling.constraints.part_densities)

    def limit_density(self, part: int, onsets_a_pulse: float) -> None:
        """From here on a part begins notes so often at most."""
        self._thinning.limit(part, onsets_a_pulse)

    @property
    def model(self) -> MusicModel:
        """The model that it draws with."""
        return self._model

    def use_model(self, model: MusicModel) -> None:
        """From here on draw with another model of the same configuration. The events pushed so far stay read."""
        self._model = model

    def branches(self, count: int) -> "Iterator[Generator]":
        """Copies that draw from here on with random numbers of their own."""
        for number in range(count):
            branch = self.copy()
            branch._numbers = self._numbers.branch(number)
            yield branch

    def mark_as_seed(self) -> None:
        """The events pushed so far are given music: new music keeps within its bounds, and its parts go on playing."""
        self.grammar.mark_as_seed()
        self.steering.mark_as_seed(self.context.cursor)
        self._thinning.mark_as_seed(self.context.cursor)

    def push(self, event: Sequence[int]) -> None:
        """Take in an event: one step of the network."""
        read([self])
        self.context.push(event)
        self.grammar.push(event)
        self.steering.push(event, self.context.cursor)
        self._thinning.push(event, self.context.cursor)
        self.is_read, self._drawn = False, ((), ())
        if self.ends_like is not None:
            self.ends_like.push(event)

    def leaves_out(self, event: Event) -> bool:
        """Whether the note of an event that is drawn is heard but not kept, for its part is to play fewer notes."""
        return event[3] < END and self._thinning.leaves_out(event[2], self.grammar.pulse(event))

    def next_event(self, bias: Sequence[int] = (), bias_nats: float = 0.0) -> Event:
        """Draw the next event; it is not taken in before it is pushed. See `next_events`."""
        return next_events([self], [(bias, bias_nats)])[0]

    def draw(self, logits: Floats, drawn: Sequence[int], bias: Sequence[int] = (), bias_nats: float = 0.0) -> int:
        """The next field after those `drawn`, by the network's logits, which are changed."""
        self._steer(logits, drawn, bias, bias_nats)
        return draw(logits, self._sampling.temperature, self._top_p(FIELDS[len(drawn)]), self._numbers.random())

    def chances(self, logits: Floats, drawn: Sequence[int]) -> Doubles:
        """(size,) how likely `draw` is to draw each token."""
        self._steer(logits, drawn)
        return chances(logits, self._sampling.temperature, self._top_p(FIELDS[len(drawn)]))

    def draw_pitch(self, place: Sequence[int], above: int) -> int:
        """The pitch of a note whose bars, place and part are known, and which so many notes of its chord stand `above`.

        OptionError where the constraints leave a chord too few pitches.
        """
        (logits,) = Logits([self])(place)
        self._steer(logits, place)
        free = np.flatnonzero(np.isfinite(logits))
        if len(free) <= above:  # then a pitch that still sounds may be struck again
            (logits,) = Logits([self])(place)
            free = np.flatnonzero(self.grammar.pitches_of(place))
            if len(free) <= above:
                raise OptionError(
                    f"a chord has {above + 1} more notes, and there are {len(free)} pitches for it: allow more pitches"
                )
        if above:
            free = free[:-above]
        legal = np.full(len(logits), ILLEGAL)
        legal[free] = logits[free]
        return draw(legal, self._sampling.temperature, self._top_p("pitch"), self._numbers.random())

    def completed(self, known: Sequence[int]) -> Event:
        """The next event, of which the first fields, at least to its pitch, are `known`; the others are drawn."""
        drawn, logits_of = list(known), Logits([self])
        logits_of(drawn[: FIELDS.index("pitch")])
        while len(drawn) < len(FIELDS):
            drawn.append(self.draw(logits_of(drawn)[0], drawn))
        return tuple(drawn)

    def chances_and_odds(self, logits: Floats, drawn: Sequence[int]) -> tuple[Doubles, Doubles]:
        """(size,) how likely the network alone finds each token among those that are legal, and by which factor
        steering raises the odds of each.
        """
        p = np.exp((logits - logits.max()).astype(np.float64)) * self.grammar.legal(len(drawn), drawn)
        p /= max(p.sum(), 1e-30)
        nats = self.steering.nats(self._step(drawn))
        return p, np.ones(len(p)) if nats is None else np.exp(nats.astype(np.float64))

    def random(self) -> float:
        """The next of its random numbers; where the likeliest is always drawn, the middle."""
        return 0.5 if is_greedy(self._sampling.temperature) else self._numbers.random()

    def _step(self, drawn: Sequence[int], bias: Sequence[int] = (), bias_nats: float = 0.0) -> Step:
        density = self._sampling.constraints.density
        return Step(FIELDS[len(drawn)], drawn, self.context.cursor, density, bias, bias_nats)

    def _steer(self, logits: Floats, drawn: Sequence[int], bias: Sequence[int] = (), bias_nats: float = 0.0) -> None:
        """Add the steering terms, and mask illegal tokens."""
        nats = self.steering.nats(self._step(drawn, bias, bias_nats))
        if nats is not None:
            logits += nats
        np.copyto(logits, ILLEGAL, where=~self.grammar.legal(len(drawn), drawn))

    def _top_p(self, field: str) -> float:
        loose = field in RHYTHM and not self.grammar.kits_only
        return min(1.0, self._sampling.top_p + RHYTHM_TOP_P) if loose else self._sampling.top_p

    def _ends(self, end: Event) -> bool:
        """Whether the piece ends here. After USUAL_BARS it gets likelier from bar to bar."""
        chance = (self.ends_like or self)._chance(end)
        late = max(0, self.context.cursor.bar - self.grammar.least_bars - USUAL_BARS)
        odds = 2.0 ** min(late / DOUBLED_BARS, 100.0) * chance / max(1 - chance, 1e-9)
        number = 0.5 if is_greedy(self._sampling.temperature) else self._numbers.random()
        return bool(odds * (1 - number) > number)

    def _chance(self, end: Event) -> float:
        """The model's probability of an end here: once its pitch is drawn, it is certain."""
        return math.exp(-self.nll(end[: FIELDS.index("pitch") + 1]))

    def nll(self, event: Sequence[int], first: int = 0) -> float:
        """-log p, in nats, of `event`, or of its first fields, as the next one, as the model alone finds it.

        With `first` of the fields from that number on, 3 (pitch) or none: those before are known.
        """
        drawn, known = self._drawn
        if tuple(event) == drawn and known:
            return sum(map(nll, known[first:], event[first:]))
        logits_of = Logits([self])
        return sum(nll(logits_of(event[:index])[0], token) for index, token in enumerate(event[first:], first))

    def is_legal(self, event: Sequence[int]) -> bool:
        """Whether `event` may come next, by the grammar."""
        fields = enumerate(zip(event, SIZES, strict=True))
        return all(0 <= token < size and self.grammar.legal(i, event[:i])[token] for i, (token, size) in fields)


def next_events(generators: Sequence[Generator], biases: Sequence[tuple[Sequence[int], float]] = ()) -> list[Event]:
    """Draw the next event of each stream, all in one pass of the network, to the bit as each would draw it alone.

    First it is decided whether a piece ends here, with the model's own probability, so that neither steering nor
    top-p can keep it from ending. If it does not, the end's mass is removed from the fields that lead to it. Then
    for each field: the network's logits, plus the steering terms; illegal tokens masked; one token drawn.

    `biases`: for each stream an event, or its first fields, and nats: each field gets so many more, as long as those
    before agree. All streams draw with one model.
    """
    biases = biases or [((), 0.0)] * len(generators)
    drawings = [_Drawing(generator, *bias) for generator, bias in zip(generators, biases, strict=True)]
    going_on = [drawing for drawing in drawings if not drawing.is_whole]
    if going_on:
        logits_of = Logits([drawing.generator for drawing in going_on])
        for _ in FIELDS:
            logits = logits_of(*(drawing.drawn for drawing in going_on))
            for drawing, row in zip(going_on, logits, strict=True):
                drawing.draw(row)
    for drawing in going_on:
        drawing.generator._drawn = tuple(drawing.drawn), drawing.logits
    return [tuple(drawing.drawn) for drawing in drawings]


class _Drawing:
    """The next event of one stream, as far as it is drawn."""

    def __init__(self, generator: Generator, bias: Sequence[int], bias_nats: float) -> None:
        self.generator, self._bias, self._bias_nats = generator, bias, bias_nats
        self._end = generator.grammar.allowed_end()
        self.drawn = list(self._end) if self._end is not None and generator._ends(self._end) else list[int]()
        self._chance = 0.0 if self._end is None or self.is_whole else generator._chance(self._end)
        self.logits: list[Floats] = []  # as the network gave them

    @property
    def is_whole(self) -> bool:
        """Whether all of its fields are drawn."""
        return len(self.drawn) == len(FIELDS)

    def draw(self, logits: Floats) -> None:
        """Draw the next field, of these logits by the network, which are changed."""
        self.logits.append(logits.copy())
        drawn, end, index = self.drawn, self._end, len(self.drawn)
        if end is not None and FIELDS[index] in BEFORE_PITCH and drawn == list(end[:index]):
            self._chance = remove_mass(logits, end[index], self._chance)
        drawn.append(self.generator.draw(logits, drawn, self._bias, self._bias_nats))

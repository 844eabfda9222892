"""The features that a network reads, as one table.

A row of FEATURES is one feature. All else that is known of features follows from the table: the columns and their
order, how they change when a piece is transposed, what an ablation leaves out, how the heads of a network are
configured, and the table in docs/encoding.md. `Context` computes them, by name. A new feature is one row here and one
function there.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum, Flag, IntEnum, auto

from melodyrnn.encoding.events import DRUM, DURATIONS, FIELDS, PARTS, PITCHES, PLACES, SIZES, VELOCITIES
from melodyrnn.encoding.lookback import BARS_AGO, LONGEST_RUN_BARS, RANKS
from melodyrnn.encoding.match_model import LENGTHS
from melodyrnn.encoding.pitch_class_profile import PITCH_CLASSES, SCALE
from melodyrnn.errors import OptionError

STYLES = 16
PHRASE_BARS = 16
COUNTED_BARS = 128  # later bars count as the last of these
MAX_INTERVAL = 48  # semitones; wider intervals count as this
INTERVALS = 2 * MAX_INTERVAL + 1
STEPS = INTERVALS + DRUM + 1  # a melodic interval, a drum sound, or nothing
DENSE_SCALE = SCALE  # a dense value of 64 is 1.0 to the network


class Stage(IntEnum):
    """How much of the next event is drawn when a feature becomes known."""

    BEFORE = 0
    BARS = 1
    PART = 2  # bars, place and part
    PITCH = 3


class Moves(Enum):
    """How the values of a feature change when the melodic notes of a piece are transposed."""

    NOT = auto()
    PITCH = auto()  # values below DRUM are pitches. Before the first melodic note there are none: values stay
    ROTATES = auto()  # its twelve columns are pitch classes


class Use(Flag):
    """How a feature enters the network."""

    EMBED = auto()  # an embedding of its value is added
    DENSE = auto()  # its columns, divided by DENSE_SCALE, are a vector that a matrix maps
    COPY = auto()  # a learned gate is added to the logit of just this value
    REFERENCE = auto()  # logits of pitches depend on their distance from this pitch
    CONVOLVE = auto()  # logits of pitches come from a circular convolution over its twelve columns


BEFORE, BARS, PART, PITCH = Stage
EMBED, DENSE, COPY, REFERENCE, CONVOLVE = Use
STEP = "step"  # the reader that is no head of a field: the recurrent layers


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature.

    `size`: its values are 0 to size - 1. `known`: from which stage on; BEFORE is for those that STEP reads. `group`:
    the name by which an ablation leaves it out; "" where a network always reads it. `reads`: which readers (STEP, or
    the head of a field) read it, and how. `meaning`: what a value means, for the docs. `per`: it has a column for each
    of these, or () for one column.
    """

    name: str
    size: int
    known: Stage
    group: str
    reads: Mapping[str, Use]
    meaning: str
    per: tuple[object, ...] = ()
    moves: Moves = Moves.NOT

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(f"{self.name}_{which}" for which in self.per) or (self.name,)


_INPUT: Mapping[str, Use] = {STEP: EMBED}
_CLASSES = tuple(range(PITCH_CLASSES))

# fmt: off
FEATURES: tuple[Feature, ...] = (
    *(Feature(name, size + 1, BEFORE, "", _INPUT, f"{name} of the last event",
              moves=Moves.PITCH if name == "pitch" else Moves.NOT)
      for name, size in zip(FIELDS, SIZES, strict=True)),
    Feature("style", STYLES, BEFORE, "", _INPUT, "number of the style"),
    Feature("bar_pulses", PLACES + 2, BEFORE, "bar length", _INPUT, "length of the bar in pulses"),
    Feature("phrase_bar", PHRASE_BARS, BEFORE, "phrase", _INPUT, "number of the bar, modulo 16"),
    Feature("bar", COUNTED_BARS, BEFORE, "bar number", _INPUT, "number of the bar, up to 127"),
    Feature("interval", INTERVALS + 1, BEFORE, "relative pitch", _INPUT,
            "semitones from the melodic note before the last to the last"),
    Feature("voice_interval", INTERVALS + 1, BEFORE, "relative pitch", _INPUT,
            "semitones from the note of the same voice before the last note to the last"),
    # Lookback: what followed, so many bars ago, at the last event's place, part and rank.
    Feature("next_step", STEPS, BEFORE, "lookback", _INPUT,
            "interval from the last pitch to the note that followed then, or its drum sound", BARS_AGO),
    Feature("next_place", PLACES + 1, BEFORE, "lookback", {STEP: EMBED, "place": EMBED | COPY},
            "place of the note that followed then", BARS_AGO),
    Feature("next_part", PARTS + 1, BEFORE, "lookback", _INPUT, "part of the note that followed then", BARS_AGO),
    Feature("next_duration", DURATIONS + 1, BEFORE, "lookback", _INPUT, "duration of the note that followed then",
            BARS_AGO),
    Feature("agreement", 4, BEFORE, "lookback", _INPUT,
            "what was there then: nothing yet (0), no note (1), another pitch (2), the same pitch (3)", BARS_AGO),
    Feature("run", LONGEST_RUN_BARS + 2, BEFORE, "runs", _INPUT,
            "bars, with this one, in which every note agreed; 0 if the last did not", BARS_AGO),
    # The match model: what it expects next in the last event's part.
    Feature("match_next_step", STEPS, BEFORE, "match", _INPUT,
            "interval from the last pitch to the note that the match model expects next, or its drum sound"),
    Feature("match_next_place", PLACES + 1, BEFORE, "match", {STEP: EMBED, "place": EMBED | COPY},
            "place of the note that it expects next"),
    Feature("match_next_duration", DURATIONS + 1, BEFORE, "match", _INPUT, "duration of the note that it expects next"),
    Feature("match_length", len(LENGTHS) + 1, BEFORE, "match", _INPUT, "how many notes matched, in steps; 0: no match"),
    Feature("match_bars", LONGEST_RUN_BARS + 1, BEFORE, "match", _INPUT, "bars from the matched passage to this one"),
    Feature("sounding", DENSE_SCALE + 1, BEFORE, "sounding", {STEP: DENSE},
            "whether the pitch class so many semitones above the last pitch sounds", _CLASSES),
    Feature("first_end_place", PLACES + 1, BARS, "ends", {"place": EMBED | COPY},
            "place in the bar at which the first of the sounding notes ends"),
    Feature("last_end_place", PLACES + 1, BARS, "ends", {"place": EMBED | COPY},
            "place in the bar at which the last of the sounding notes ends"),
    Feature("first_end", DURATIONS + 1, PART, "ends", {"duration": EMBED | COPY},
            "pulses until the first of the notes ends that sound beside the next"),
    Feature("last_end", DURATIONS + 1, PART, "ends", {"duration": EMBED | COPY},
            "pulses until the last of the notes ends that sound beside the next"),
    Feature("rank", RANKS, PART, "", {"pitch": EMBED, "duration": EMBED}, "notes so far in this chord of the part"),
    Feature("last_pitch", DRUM, PART, "relative pitch", {"pitch": REFERENCE}, "pitch of the last melodic note",
            moves=Moves.PITCH),
    Feature("voice_pitch", DRUM, PART, "relative pitch", {"pitch": REFERENCE}, "pitch of the last note of this voice",
            moves=Moves.PITCH),
    Feature("voice_distance", INTERVALS, PART, "relative pitch", {"pitch": EMBED},
            "semitones from last_pitch to voice_pitch"),
    Feature("lowest_pitch", DRUM, PART, "register", {"pitch": REFERENCE}, "lowest pitch of the part",
            moves=Moves.PITCH),
    Feature("highest_pitch", DRUM, PART, "register", {"pitch": REFERENCE}, "highest pitch of the part",
            moves=Moves.PITCH),
    Feature("usual_pitch", DRUM, PART, "register", {"pitch": REFERENCE}, "fading mean pitch of the part",
            moves=Moves.PITCH),
    Feature("last_velocity", VELOCITIES + 1, PART, "loudness", {"velocity": EMBED | COPY}, "last velocity of the part"),
    # Lookback: the note so many bars before the next event, at its place, part and rank.
    Feature("recalled_pitch", PITCHES + 1, PART, "lookback", {"pitch": COPY},
            "pitch of the note that stood there then", BARS_AGO, Moves.PITCH),
    Feature("recalled_step", STEPS, PART, "lookback", {"pitch": EMBED},
            "interval from voice_pitch to that note, or its drum sound", BARS_AGO),
    Feature("recalled_duration", DURATIONS + 1, PART, "lookback", {"duration": EMBED | COPY},
            "duration of the note that stood there then", BARS_AGO),
    Feature("recalled_velocity", VELOCITIES + 1, PART, "lookback", {"velocity": EMBED | COPY},
            "velocity of the note that stood there then", BARS_AGO),
    # The match model: what it expects at the next event's place, in its part.
    Feature("matched_pitch", PITCHES + 1, PART, "match", {"pitch": COPY},
            "pitch of the note that the match model expects there", moves=Moves.PITCH),
    Feature("matched_step", STEPS, PART, "match", {"pitch": EMBED},
            "interval from voice_pitch to that note, or its drum sound"),
    Feature("matched_duration", DURATIONS + 1, PART, "match", {"duration": EMBED | COPY}, "duration of that note"),
    Feature("matched_velocity", VELOCITIES + 1, PART, "match", {"velocity": EMBED | COPY}, "velocity of that note"),
    Feature("matched_length", len(LENGTHS) + 1, PART, "match", {"pitch": EMBED, "duration": EMBED},
            "how many notes matched, in steps; 0: it expects none here"),
    Feature("pitch_class_now", DENSE_SCALE + 1, PART, "tonality", {"pitch": CONVOLVE},
            "whether it sounds at the next event", _CLASSES, Moves.ROTATES),
    Feature("pitch_class_lately", DENSE_SCALE + 1, PART, "tonality", {"pitch": CONVOLVE},
            "root of its share over about a bar", _CLASSES, Moves.ROTATES),
    Feature("pitch_class_long", DENSE_SCALE + 1, PART, "tonality", {"pitch": CONVOLVE},
            "root of its share over about eight bars", _CLASSES, Moves.ROTATES),
    Feature("agrees", 2 ** (len(BARS_AGO) + 1), PITCH, "", {"duration": EMBED, "velocity": EMBED},
            "a bit for each recalled note and the matched one: whether it has the pitch that was drawn"),
)
# fmt: on

GROUPS = tuple(dict.fromkeys(feature.group for feature in FEATURES if feature.group))


def features_for(*readers: str, use: Use, without: Collection[str] = ()) -> tuple[Feature, ...]:
    """The features that any of `readers` reads in this way, by stage, but for groups `without`.

    OptionError for a group that is none.
    """
    if unknown := {*without} - {*GROUPS}:
        raise OptionError(f"features {sorted(unknown)}: must be of {', '.join(GROUPS)}")
    chosen = (f for f in FEATURES if f.group not in without and any(use & f.reads.get(r, Use(0)) for r in readers))
    return tuple(sorted(chosen, key=lambda feature: feature.known))


def columns_for(*readers: str, use: Use, without: Collection[str] = ()) -> tuple[str, ...]:
    """The names of the columns of those features."""
    return tuple(column for feature in features_for(*readers, use=use, without=without) for column in feature.columns)


def sized(features: Collection[Feature]) -> tuple[tuple[str, int], ...]:
    """(column, size) of each column of these features."""
    return tuple((column, feature.size) for feature in features for column in feature.columns)


# The three matrices of a piece: tokens and dense values that a step takes in, and tokens that heads read.
INPUT_FEATURES = features_for(STEP, use=EMBED)
DENSE_FEATURES = features_for(STEP, use=DENSE)
HEAD_FEATURES = features_for(*FIELDS, use=EMBED | COPY | REFERENCE | CONVOLVE)
DENSE_WIDTHS = tuple((feature.name, len(feature.columns)) for feature in DENSE_FEATURES)

# Where the columns of each matrix stand.
INPUT_COLUMN = {name: index for index, (name, _) in enumerate(sized(INPUT_FEATURES))}
DENSE_COLUMN = {name: index for index, (name, _) in enumerate(sized(DENSE_FEATURES))}
HEAD_COLUMN = {name: index for index, (name, _) in enumerate(sized(HEAD_FEATURES))}

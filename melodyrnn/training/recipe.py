"""The network that reads music: which side inputs it takes, and how each field of an event is drawn."""

from collections.abc import Collection

from melodyrnn.encoding.context import (
    END_PLACES,
    ENDS,
    HINTS,
    INPUTS,
    NUMBER_UNIT,
    NUMBERS,
    RECALLED,
    REGISTER,
    TONALITY,
    WIDEST,
)
from melodyrnn.encoding.events import DRUM, FIELDS, SIZES
from melodyrnn.encoding.lookback import DISTANCES
from melodyrnn.model.config import Columns, FieldConfig, ModelConfig

FILTERS = 24  # of the circle of pitch classes

_FROM_A_PASSAGE = (
    *("next_step", "next_place", "next_part", "next_duration", "agreement", "ahead_place"),
    *("recalled_pitch", "recalled_step", "recalled_duration", "recalled_velocity"),
)
SIDE_INPUTS: dict[str, tuple[str, ...]] = {
    "lookback": tuple(f"{name}_{bars}" for name in _FROM_A_PASSAGE for bars in DISTANCES),
    "echo": (*(f"{name}_echo" for name in _FROM_A_PASSAGE), "echo_", "certain"),
    "runs": ("run_",),
    "relative": ("interval", "own_interval", "leap", "reference", "last"),
    "register": REGISTER,
    "tonality": ("pitch_class",),
    "ends": (*ENDS, *END_PLACES),
    "sounding": ("sounding",),
    "metre": ("bar_pulses",),
    "phrase": ("phrase",),
    "length": ("bars_heard",),
    "loudness": ("own_velocity",),
}


def _recalled(name: str) -> tuple[str, ...]:
    return tuple(f"{name}_{passage}" for passage in RECALLED)


def music_config(
    cell: str = "gru", hidden: int = 384, layers: int = 2, embedding: int = 192, without: Collection[str] = ()
) -> ModelConfig:
    """The configuration for events. `without` names side inputs to leave out, to measure what they are worth."""
    left_out = tuple(prefix for name in without for prefix in SIDE_INPUTS[name])

    def read(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if not (left_out and name.startswith(left_out)))

    def columns(table: Columns) -> Columns:
        kept = read(tuple(name for name, _ in table))
        return tuple((name, size) for name, size in table if name in kept)

    heads: dict[str, dict[str, tuple[str, ...]]] = {
        "place": {
            "hints": (*_recalled("ahead_place"), *END_PLACES),
            "copies": (*_recalled("ahead_place"), *END_PLACES),
        },
        "pitch": {
            "hints": ("leap", "rank", "certain", *_recalled("recalled_step")),
            "copies": _recalled("recalled_pitch"),
            "references": ("reference", "last", *REGISTER),
            "circle": TONALITY,
        },
        "duration": {
            "hints": ("rank", "same", "certain", *_recalled("recalled_duration"), *ENDS),
            "copies": (*_recalled("recalled_duration"), *ENDS),
        },
        "velocity": {
            "hints": ("own_velocity", "same", *_recalled("recalled_velocity")),
            "copies": ("own_velocity", *_recalled("recalled_velocity")),
        },
    }
    fields = []
    for name, size in zip(FIELDS, SIZES, strict=True):
        head = {kind: read(names) for kind, names in heads.get(name, {}).items()}
        ordered, widest = (DRUM, WIDEST) if head.get("references") or head.get("circle") else (0, 0)
        cycle, filters = (12, FILTERS) if head.get("circle") else (0, 0)
        fields.append(FieldConfig(name, size, **head, ordered=ordered, widest=widest, cycle=cycle, filters=filters))
    return ModelConfig(
        tuple(fields), columns(INPUTS), columns(NUMBERS), HINTS, NUMBER_UNIT, cell, hidden, layers, embedding
    )

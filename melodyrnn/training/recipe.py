"""The network that reads music: which side inputs it takes, and how each field of an event is drawn."""

from collections.abc import Collection

from melodyrnn.model.config import Columns, FieldConfig, ModelConfig
from melodyrnn.music.context import HINTS, INPUTS, LOOKBACK, NUMBER_UNIT, NUMBERS, WIDEST
from melodyrnn.music.events import DRUM, FIELDS, SIZES

SIDE_INPUTS: dict[str, tuple[str, ...]] = {
    "lookback": ("next_", "agreement_", "ahead_", "recalled_", "same"),
    "relative": ("interval", "own_interval", "leap", "reference", "last"),
    "key": ("key_",),
    "sounding": ("sounding",),
    "metre": ("bar_pulses",),
    "phrase": ("phrase",),
    "loudness": ("own_velocity",),
}


def _recalled(name: str) -> tuple[str, ...]:
    return tuple(f"{name}_{bars}" for bars in LOOKBACK)


def music_config(
    cell: str = "gru", hidden: int = 512, layers: int = 2, embedding: int = 256, without: Collection[str] = ()
) -> ModelConfig:
    """The configuration for events. `without` names side inputs to leave out, to measure what they are worth."""
    left_out = tuple(prefix for name in without for prefix in SIDE_INPUTS[name])

    def read(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if not (left_out and name.startswith(left_out)))

    def columns(table: Columns) -> Columns:
        kept = read(tuple(name for name, _ in table))
        return tuple((name, size) for name, size in table if name in kept)

    heads: dict[str, dict[str, tuple[str, ...]]] = {
        "place": {"hints": _recalled("ahead_place"), "copies": _recalled("ahead_place")},
        "pitch": {
            "hints": ("leap", "rank", *_recalled("recalled_step")),
            "copies": _recalled("recalled_pitch"),
            "references": ("reference", "last"),
        },
        "duration": {
            "hints": ("rank", "same", *_recalled("recalled_duration")),
            "copies": _recalled("recalled_duration"),
        },
        "velocity": {
            "hints": ("own_velocity", "same", *_recalled("recalled_velocity")),
            "copies": ("own_velocity", *_recalled("recalled_velocity")),
        },
    }
    fields = []
    for name, size in zip(FIELDS, SIZES, strict=True):
        head = {kind: read(names) for kind, names in heads.get(name, {}).items()}
        ordered, widest = (DRUM, WIDEST) if head.get("references") else (0, 0)
        fields.append(FieldConfig(name, size, **head, ordered=ordered, widest=widest))
    return ModelConfig(
        tuple(fields), columns(INPUTS), columns(NUMBERS), HINTS, NUMBER_UNIT, cell, hidden, layers, embedding
    )

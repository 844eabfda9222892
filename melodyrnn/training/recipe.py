"""The network that reads music: which features it takes, and how each field of an event is drawn."""

from collections.abc import Collection

from melodyrnn.encoding.events import DRUM, FIELDS, SIZES
from melodyrnn.encoding.features import (
    CONVOLVE,
    COPY,
    DENSE,
    DENSE_SCALE,
    EMBED,
    HEAD_FEATURES,
    MAX_INTERVAL,
    REFERENCE,
    STEP,
    columns_for,
    features_for,
    sized,
)
from melodyrnn.encoding.pitch_class_profile import PITCH_CLASSES
from melodyrnn.model.config import FieldConfig, ModelConfig

FILTERS = 24  # of the convolution over pitch classes


def music_config(
    cell: str = "gru", hidden: int = 384, layers: int = 2, embedding: int = 192, without: Collection[str] = ()
) -> ModelConfig:
    """The configuration for events. `without` names groups of FEATURES to leave out, to measure what they are worth.

    OptionError for a group that is none.
    """
    fields = []
    for name, size in zip(FIELDS, SIZES, strict=True):
        references = columns_for(name, use=REFERENCE, without=without)
        convolved = columns_for(name, use=CONVOLVE, without=without)
        fields.append(
            FieldConfig(
                name,
                size,
                embedded=columns_for(name, use=EMBED, without=without),
                copies=columns_for(name, use=COPY, without=without),
                references=references,
                ordinal_size=DRUM if references or convolved else 0,
                max_distance=MAX_INTERVAL if references or convolved else 0,
                convolved=convolved,
                period=PITCH_CLASSES if convolved else 0,
                filters=FILTERS if convolved else 0,
            )
        )
    dense = features_for(STEP, use=DENSE, without=without)
    return ModelConfig(
        tuple(fields),
        sized(features_for(STEP, use=EMBED, without=without)),
        tuple((feature.name, len(feature.columns)) for feature in dense),
        sized(HEAD_FEATURES),
        DENSE_SCALE,
        cell,
        hidden,
        layers,
        embedding,
    )

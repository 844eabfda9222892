"""Which style a seed sounds most like: the one whose model finds its opening likeliest."""

from collections.abc import Mapping, Sequence

import numpy as np

from melodyrnn.encoding.events import END, FIELDS, EventArray
from melodyrnn.encoding.matrices import feature_matrices
from melodyrnn.generation.music_model import MusicModel
from melodyrnn.generation.seed import Seed
from melodyrnn.generation.threads import one_thread

STYLE_EVENTS = 24  # enough for the likelihoods of two styles to be far apart
FIRST_EVENTS = 8  # and these to see which are out of the question
FAR_NATS = 25.0  # behind the likeliest after those few
COUNTED = [index for index, name in enumerate(FIELDS) if name != "velocity"]


def likeliest_style(choices: Sequence[tuple[MusicModel, str]], seed: Seed) -> tuple[MusicModel, str]:
    """Of models and their styles, the one that finds the first events it reads of the seed likeliest.

    Velocity does not count: it tells played from written music more than one style from another, so that a pianist
    would be taken for a drummer. Nor do the signs: which instrument and metre a file names says more of its maker.
    """
    if len(choices) == 1:
        return choices[0]
    events = {model: seed.read(model.reads_scores).events[:STYLE_EVENTS] for model, _ in choices}
    with one_thread():
        few = style_nats(choices, {model: read[:FIRST_EVENTS] for model, read in events.items()})
        near = [choice for choice, nats in zip(choices, few, strict=True) if nats <= min(few) + FAR_NATS]
        if len(near) == 1:
            return near[0]
        return near[int(np.argmin(style_nats(near, events)))]


def style_nats(choices: Sequence[tuple[MusicModel, str]], events_of: Mapping[MusicModel, EventArray]) -> list[float]:
    """-log p of the notes of the (n, 6) events that each model reads, under its styles, velocities aside.

    Styles of one model go side by side.
    """
    found = dict[tuple[MusicModel, str], float]()
    for model, events in events_of.items():
        notes = events[:, FIELDS.index("pitch")] < END
        styles = [style for other, style in choices if other is model]
        if not styles:
            continue
        pieces = [model.selection(feature_matrices(events, model.style_number(style))) for style in styles]
        inputs, dense, features = (np.stack(arrays, 1) for arrays in list(zip(*pieces, strict=True))[:3])
        nats = model.nll(inputs, dense, features, np.repeat(events[:, None], len(pieces), 1))
        for style, total in zip(styles, nats[notes][:, :, COUNTED].sum((0, 2)).tolist(), strict=True):
            found[model, style] = total
    return [found[choice] for choice in choices]

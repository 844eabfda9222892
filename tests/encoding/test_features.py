"""The table of features: what follows from a row, and that each row is computed once."""

import itertools
import runpy
from pathlib import Path

import pytest

from melodyrnn.encoding.context import Context
from melodyrnn.encoding.events import FIELDS
from melodyrnn.encoding.feature_functions import COMPUTED
from melodyrnn.encoding.features import (
    BEFORE,
    CONVOLVE,
    COPY,
    DENSE,
    DENSE_FEATURES,
    DENSE_SCALE,
    EMBED,
    FEATURES,
    GROUPS,
    HEAD_FEATURES,
    INPUT_FEATURES,
    REFERENCE,
    STEP,
    Moves,
    Stage,
    columns_for,
    features_for,
)
from melodyrnn.errors import OptionError
from melodyrnn.model.config import ModelConfig
from melodyrnn.training.recipe import music_config

# The fields that are drawn at each stage: what a head reads must be known before its field is drawn.
DRAWN_BEFORE = {"bars": 0, "place": 1, "part": 1, "pitch": 2, "duration": 3, "velocity": 3}


def test_every_feature_has_a_name_of_its_own_and_is_read() -> None:
    columns = [column for feature in FEATURES for column in feature.columns]
    assert len(set(columns)) == len(columns)
    assert {feature.name for feature in (*INPUT_FEATURES, *DENSE_FEATURES, *HEAD_FEATURES)} == {
        f.name for f in FEATURES
    }


def test_every_feature_is_computed_by_one_function() -> None:
    computed = [*itertools.chain(*COMPUTED.values())]
    assert sorted(computed) == sorted(feature.name for feature in FEATURES)
    assert all(function in vars(Context).values() for function in COMPUTED)


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_a_reader_reads_what_is_known_by_then(feature: object) -> None:
    assert isinstance(feature, type(FEATURES[0]))
    assert (feature.known == BEFORE) == (STEP in feature.reads)
    for reader, use in feature.reads.items():
        assert reader in (STEP, *FIELDS)
        assert feature.known <= (BEFORE if reader == STEP else DRAWN_BEFORE[reader])
        if use & (DENSE | CONVOLVE):
            assert feature.size == DENSE_SCALE + 1
        if COPY in use:
            size = next(f.size for f in FEATURES if f.name == reader) - 1
            assert feature.size == size + 1  # one value more, for none
        if feature.moves is Moves.ROTATES or CONVOLVE in use:
            assert len(feature.per) == 12
        if use & REFERENCE:
            assert feature.moves is Moves.PITCH


def test_head_features_are_in_the_order_in_which_they_become_known() -> None:
    stages = [feature.known for feature in HEAD_FEATURES]
    assert stages == sorted(stages)
    assert Stage.PITCH in stages


def without(config: ModelConfig) -> set[str]:
    """All columns that a network reads."""
    heads = [names for f in config.fields for names in (f.embedded, f.copies, f.references, f.convolved)]
    return {name for name, _ in (*config.inputs, *config.dense)} | {*itertools.chain(*heads)}


@pytest.mark.parametrize("group", GROUPS)
def test_an_ablation_leaves_out_its_group_and_nothing_else(group: str) -> None:
    everything = without(music_config())
    dense = {feature.name for feature in DENSE_FEATURES}
    left_out = {
        column
        for feature in FEATURES
        if feature.group == group
        for column in ([feature.name] if feature.name in dense else feature.columns)
    }
    assert left_out
    assert everything - without(music_config(without=[group])) == left_out


def test_without_relative_pitch_the_ends_are_still_read() -> None:
    pitch = {"interval", "voice_interval", "last_pitch", "voice_pitch", "voice_distance"}
    assert without(music_config()) - without(music_config(without=["relative pitch"])) == pitch
    assert "last_end" in columns_for("duration", use=COPY, without=["relative pitch"])


def test_a_group_that_is_none_is_refused() -> None:
    with pytest.raises(OptionError, match=r"features \['weather'\]: must be of bar length"):
        features_for(STEP, use=EMBED, without=["weather"])


def test_the_table_in_the_docs_is_that_of_the_code() -> None:
    script = runpy.run_path(str(Path(__file__).parents[2] / "scripts" / "feature_table.py"))
    text = script["PAGE"].read_text("utf-8")
    assert script["page"](text) == text, "run scripts/feature_table.py"

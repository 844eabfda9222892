"""Whatever a host says in whatever order, the engine answers, and sends bars of legal notes."""

import math

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from melodyrnn.plugin.parameters import PARAMETERS
from melodyrnn.plugin.protocol import Kind
from melodyrnn.plugin.testing import FakePlugin

BARS = st.integers(-3, 12) | st.sampled_from([-(1 << 31), (1 << 31) - 1, 10**6])
RECORDS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from([*Kind]),
        "bar": BARS,
        "pulse": st.floats(0, 96) | st.sampled_from([-50.0, 1e9]),
        "flags": st.integers(0, 7),
        "value": st.floats(0, 3) | st.sampled_from([-1.0, 120.0, math.nan, math.inf]),
        "number": st.integers(0, len(PARAMETERS) + 1),
        "numerator": st.sampled_from([0, 3, 4, 4, 4, 7, 255, 65535]),
        "denominator": st.sampled_from([0, 4, 4, 4, 8, 64, 3]),
        "data": st.binary(min_size=4, max_size=4) | st.integers(60, 64).map(lambda pitch: bytes((0x90, pitch, 80, 0))),
        "wanted_from": BARS,
    }
)


# What fails takes long to be made smaller: it is shown as it is.
@settings(max_examples=20, phases=[Phase.explicit, Phase.generate])
@given(st.lists(RECORDS, max_size=25), st.integers(0, 5), st.booleans(), st.booleans())
def test_any_records_are_answered(model, records, respond, chords, capture):
    plugin = FakePlugin(model, density=2, respond=respond, chords=chords, capture=capture)
    for number, record in enumerate(records):
        plugin.generation += number % 3 == 0
        plugin.send(**record)
        if number % 4 == 0:
            plugin.settle()
    plugin.start(5)
    plugin.roll_to(6)
    for bar in (5, 6):
        for onset, duration, channel, pitch, velocity in plugin.bars[bar].notes:
            assert 0 <= onset < 96
            assert duration >= 1
            assert channel < 16
            assert pitch < 128
            assert 1 <= velocity < 128

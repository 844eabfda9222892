"""Takes are named by how they differ, as measured on their notes."""

import pytest

pytestmark = pytest.mark.filterwarnings("default")  # of playwright's own


def labels(page, traits: list[tuple[float, float]]) -> list[str]:
    rows = [{"likeness": likeness, "fullness": fullness} for likeness, fullness in traits]
    return page.evaluate("async (rows) => (await import('/labels.js')).labelled(rows)", rows)


@pytest.mark.parametrize(
    ("traits", "expected"),
    [
        ([], []),
        ([(0.5, 8)], ["new"]),
        ([(0.2, 8), (0.9, 8), (0.5, 4)], ["bolder", "near you", "sparser"]),
        ([(0.9, 4), (0.5, 9), (0.4, 2), (0.1, 4)], ["near you", "fuller", "sparser", "bolder"]),
        ([(0.0, 4), (0.0, 9)], ["sparser", "fuller"]),  # an added part is like nothing
    ],
)
def test_the_likest_is_near_and_the_others_are_named_by_what_they_do(page, traits, expected):
    assert labels(page, traits) == expected


def test_likeness_and_fullness_are_those_of_new_bars(page):
    traits = page.evaluate(
        """async () => {
          const { traitsOf } = await import("/labels.js");
          const note = (onset, pitch, isNew) => ({onset, pitch, duration: 12, velocity: 90, isNew});
          const song = (notes) => ({bars: [0, 96, 192], chords: [], sections: [], parts: [{number: 1, notes}]});
          const given = [note(0, 60, false), note(48, 64, false)];
          return [
            traitsOf(song([...given, note(96, 60, true), note(144, 64, true)])),
            traitsOf(song([...given, note(96, 61, true)])),
          ];
        }"""
    )
    assert traits == [{"likeness": 1, "fullness": 2}, {"likeness": 0, "fullness": 1}]

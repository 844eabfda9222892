"""Writes the table of features in docs/encoding.md from `melodyrnn.encoding.features`.

Run it as `python scripts/feature_table.py` after a change of FEATURES.
"""

from pathlib import Path

from melodyrnn.encoding.features import FEATURES, Feature, Moves, Stage, Use

PAGE = Path(__file__).parents[1] / "docs" / "encoding.md"
BEGIN, END = "<!-- features: scripts/feature_table.py writes this table -->\n", "<!-- end of features -->\n"
HEADINGS = "| feature | columns | values | known | read by | moves | group | meaning |\n"
RULE = "|---|---|---:|---|---|---|---|---|\n"
KNOWN = {Stage.BEFORE: "before", Stage.BARS: "bars", Stage.PART: "part", Stage.PITCH: "pitch"}
MOVES = {Moves.NOT: "", Moves.PITCH: "with the pitch", Moves.ROTATES: "rotates"}


def row(feature: Feature) -> str:
    """One line of the table."""
    per = ", ".join(map(str, feature.per)) if len(feature.per) < 12 else f"0 to {len(feature.per) - 1}"
    uses = [(reader, [str(one.name).lower() for one in Use if one in use]) for reader, use in feature.reads.items()]
    read_by = "; ".join(f"{reader}: {', '.join(names)}" for reader, names in uses)
    cells = feature.name, per, feature.size, KNOWN[feature.known], read_by, MOVES[feature.moves], feature.group
    return f"| {' | '.join(map(str, cells))} | {feature.meaning} |\n"


def table() -> str:
    """The whole table."""
    return HEADINGS + RULE + "".join(map(row, FEATURES))


def page(text: str) -> str:
    """The page with the table of today in it."""
    before, rest = text.split(BEGIN)
    return before + BEGIN + table() + END + rest.split(END)[1]


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8", newline="\n")

"""The tables of docs/benchmarks/quality.md, from what benchmarks/quality.py and benchmarks/peer.py wrote.

    python benchmarks/quality_table.py quality-folk.json quality-chorale.json ... [--peer peer-folk.json ...]

A peer's file stands for the style at the same place in the order. Prints Markdown.
"""

import argparse
import json
from pathlib import Path
from typing import Any

SHARES = {
    "loops": "loops",
    "silences": "silences",
    "runs_on": "runs on",
    "copied_share": "copied 12-note runs",
}
FORM = {
    **{f"exact_{bars}": f"same notes as {bars} before" for bars in (1, 2, 4, 8, 16)},
    "exact_any": "same notes as any before",
    **{f"rhythm_{bars}": f"same rhythm as {bars} before" for bars in (1, 2, 4, 8, 16)},
    "rhythm_any": "same rhythm as any before",
    "phrase_bars": "phrase, bars",
    "bars": "piece, bars",
    "ends_on_tonic": "ends on the tonic",
    "ends_at_bar_line": "ends at a bar line",
}


def number(value: float | None, places: int = 2) -> str:
    return "–" if value is None else f"{value:.{places}f}"


def beside(pair: dict[str, float | None], places: int = 2) -> str:
    return f"{number(pair['generated'], places)} / {number(pair['real'], places)}"


def table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def likelihood_rows(styles: list[dict[str, Any]], peers: list[dict[str, Any]]) -> list[list[str]]:
    rows = []
    for place, style in enumerate(styles):
        found = dict(style["bits_per_note"])
        if place < len(peers):
            found["REMI peer"] = peers[place]
        for name, bits in found.items():
            rows.append([style["style"], name, *(number(bits[kind], 3) for kind in ("all", "repeated", "new"))])
    return rows


def summary_rows(styles: list[dict[str, Any]], part: str) -> list[list[str]]:
    judged = [style[part] for style in styles if part in style]
    rows = [["overlapped area, mean", *(beside(found["mean_likeness"], 3) for found in judged)]]
    rows.append(["two-sample accuracy", *(beside(found["accuracy"], 3) for found in judged)])
    rows += [[words, *(beside(found[name], 3) for found in judged)] for name, words in SHARES.items()]
    rows.append(["longest copied run, median, notes", *(beside(found["copied_longest_notes"], 1) for found in judged)])
    rows += [[words, *(beside(found["form"][name]) for found in judged)] for name, words in FORM.items()]
    return rows


def likeness_rows(styles: list[dict[str, Any]]) -> list[list[str]]:
    judged = [style["from_nothing"]["likeness"] for style in styles]
    return [
        [name.replace("_", " "), *(beside(found[name]) for found in judged)]
        for name in judged[0]
        if any(found[name]["real"] is not None for found in judged)
    ]


def kept_rows(styles: list[dict[str, Any]]) -> list[list[str]]:
    kept = [style["continuations"]["kept"] for style in styles if "continuations" in style]
    names = {"same_key": "same key", "same_metre": "same metre", "density_change": "density change, octaves"}
    names["nearer"] = "nearer to its own true continuation"
    return [
        [words, *(f"{number(found['generated'][name])} / {number(found['real'][name])}" for found in kept)]
        for name, words in names.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--peer", nargs="*", type=Path, default=[])
    a = parser.parse_args()
    styles, peers = ([json.loads(path.read_text(encoding="utf-8")) for path in paths] for paths in (a.files, a.peer))
    names = [f"{style['style']} ({style['model']})" for style in styles]
    print(table(["style", "", "all bars", "repeated", "new"], likelihood_rows(styles, peers)))
    print(table(["from nothing", *names], summary_rows(styles, "from_nothing")))
    print(table(["overlapped area, from nothing", *names], likeness_rows(styles)))
    print(table(["continuations", *names], summary_rows(styles, "continuations") + kept_rows(styles)))


if __name__ == "__main__":
    main()

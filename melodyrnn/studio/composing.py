"""The process that makes music: it keeps its models and what it has learned, and does one thing after the other.

{"do": "prepare", ...}  -> learns a seed, so that it is known when music is asked for
{"do": "generate", ...} -> {"state": "reading"}, "learning", "writing"; {"bars": ...}, {"take": ...}
-> {"end": true, "error": null or one line}
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

from melodyrnn import api
from melodyrnn.errors import MelodyRnnError, count, one_line
from melodyrnn.generation import Continuation, MusicModel, Request
from melodyrnn.generation.choosing import best_first
from melodyrnn.generation.library import ANY_SEED, DEFAULT_STYLE
from melodyrnn.generation.progress import listening
from melodyrnn.midi.seedfile import SeedFile, parse_seed
from melodyrnn.music.song import Song
from melodyrnn.studio.ear import Ear
from melodyrnn.studio.models import SUFFIX
from melodyrnn.studio.reading import lists_path, write_lists
from melodyrnn.studio.telling import Message, Tell, teller
from melodyrnn.studio.view import Facts, facts_of, lists_of, mark_new, sections_of


def main() -> None:
    """Do what each line of standard input asks, until it ends."""
    tell = teller()
    composer = Composer(tell)
    composer.warm_up()
    tell({"ready": True})
    for line in sys.stdin:
        asked = json.loads(line)
        error = None
        try:
            composer.generate(asked) if asked["do"] == "generate" else composer.prepare(asked)
        except MelodyRnnError as refused:
            error = str(refused)
        except MemoryError:
            error = "there is not enough memory for that"
        except Exception as fault:  # noqa: BLE001 - the process goes on, and a page gets a line
            error = f"the studio failed ({type(fault).__name__})"
        tell({"end": True, "error": error})


class Composer:
    """Makes takes, and tells what happens."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell

    def warm_up(self) -> None:
        """Load what a first seed needs, and play a bar."""
        model = api.load_model(api.shipped_styles().get(ANY_SEED, DEFAULT_STYLE))
        api.continuation(None, Request(model=model, bars=1))

    def prepare(self, asked: Message) -> None:
        """Learn a seed as it is learned if no options are given."""
        file = _seed_file(asked, Request())
        if file is not None:
            with listening(Ear(self._tell)):
                api.continuation(api.seed_in(file), Request(bars=1))

    def generate(self, asked: Message) -> None:
        """Make the takes that are asked for: for each there is a path to write to."""
        self._tell({"state": "reading"})
        request = Request.of(asked["options"])
        file = _seed_file(asked, request)
        seed = None if file is None else api.seed_in(file)
        player, style = api.choose_model(request.model, request.style, seed)
        request = replace(request, model=player, style=style)
        given = _given(asked, file, request)
        with listening(Ear(self._tell, request, given)):
            made = api.takes(seed, request)
        known = api.choices(made, len(asked["paths"])) if len(made) > 1 else []
        order = best_first(known) if request.best is not None else range(len(made))
        for take, path in zip(order, asked["paths"], strict=True):
            facts = self._take(Path(path), made[take], file, request, given)
            label = known[take].name if known else None
            told = {**facts, "number": take + 1, "random_seed": request.random_seed + take, "label": label}
            self._tell({"take": told, "path": path})

    def _take(
        self, path: Path, made: Continuation, file: SeedFile | None, request: Request, given: Facts | None
    ) -> Facts:
        """Write a take and its lists -> its facts."""
        written = api.continued_file(made, file, request)
        view = parse_seed(written.data, path.name)
        lists = lists_of(view)
        lists["sections"] = sections_of(made) or lists["sections"]
        new_notes = mark_new(lists, given)
        path.write_bytes(written.data)
        write_lists(path, lists)
        facts, first, bars = facts_of(view), *_new_bars(made, view.song, request)
        return {
            **facts,
            "new_notes": new_notes,
            "new_bars": bars,
            "first_new_bar": first,
            "style": request.style,
            "freedom": made.freedom._asdict() if made.freedom else None,
            "model": request.model.name.removesuffix(SUFFIX) if isinstance(request.model, MusicModel) else None,
            "summary": _sentence(lists, bars, facts["key"]),
        }


def _seed_file(asked: Message, request: Request) -> SeedFile | None:
    """The seed that is asked for, called by its name wherever it is told of."""
    if asked["seed_path"] is None:
        return None
    data = Path(asked["seed_path"]).read_bytes()
    return api.load_seed_file(one_line(asked["seed_name"]), from_bar=request.from_bar, to_bar=request.to_bar, data=data)


def _given(asked: Message, file: SeedFile | None, request: Request) -> Facts | None:
    """The lists of what a take holds of the seed: all of it, some bars, or nothing."""
    if file is None or not request.with_seed:
        return None
    if request.from_bar is not None or request.to_bar is not None:
        return lists_of(file)
    lists: Facts = json.loads(lists_path(Path(asked["seed_path"])).read_bytes())
    return lists


def _new_bars(made: Continuation, song: Song, request: Request) -> tuple[int, int]:
    """The first bar of a take that is new, from 1, and how many are."""
    if made.gap is not None:
        first, last = (song.bar_lines.position(pulse)[0] for pulse in (made.gap.start, made.gap.end - 1))
        return first + 1, last - first + 1
    before = made.seed_bars if request.with_seed else 0
    return before + 1, song.bars - before


def _sentence(lists: Facts, new_bars: int, key: str | None) -> str:
    """A take in a sentence: "8 new bars, Bass and Keys, in A minor"."""
    names = [part["title"] for part in lists["parts"] if any(note[4] for note in part["notes"])]
    parts = " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:]))) or "no new notes"
    return f"{count(new_bars, 'new bar')}, {parts}{f', in {key}' if key else ''}"

"""What is asked of `generate`, as one value: a field for each row of the options table that it has.

The Python API, the command line and whatever draws a form make a Request, so that an option is checked in one place. To
add an option, add a row to `options.py` and a field of its name here.
"""

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any

from melodyrnn.errors import OptionError
from melodyrnn.generation.form import Section, parse_form
from melodyrnn.generation.harmony import asked_chords, asked_key
from melodyrnn.generation.music_model import MusicModel
from melodyrnn.generation.note_constraints import NoteConstraints
from melodyrnn.generation.part_kinds import PartKind
from melodyrnn.generation.part_limits import part_densities, part_ranges
from melodyrnn.generation.sampling import Sampling
from melodyrnn.generation.seed import Seed
from melodyrnn.music.passage import Passage
from melodyrnn.music.pitches import parse_pitch
from melodyrnn.music.progression import Progression
from melodyrnn.music.scales import Key, Scale
from melodyrnn.options import (
    ADD,
    BARS,
    BEST,
    CHORDS,
    DENSITY,
    FORM,
    FORMER_NAMES,
    FROM_BAR,
    HIGH,
    HUMANIZE,
    KEEP,
    KEY,
    LOW,
    MODEL,
    MONOPHONIC,
    OF_SEED,
    OPTIONS,
    OVER,
    PART,
    PART_DENSITY,
    PART_RANGE,
    RANDOM_SEED,
    RANGE,
    REPLACE,
    STAY,
    STYLE,
    TAKES,
    TEMPERATURE,
    TEMPO,
    TO_BAR,
    TOP_P,
    VARY,
    WITH_SEED,
    Option,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for; each field as its row in `options.py` says, checked when the value is made.

    `bars` None: the model decides where the piece ends, or, with `form`, as many as the sections have. `model`: a
    MusicModel too. `key` may be given by name. OptionError in one line for what is not legal.
    """

    from_bar: int | None = FROM_BAR.default
    to_bar: int | None = TO_BAR.default
    replace: str | None = REPLACE.default
    part: tuple[str, ...] = PART.default
    keep: str | None = KEEP.default
    vary: float | None = VARY.default
    add: str | None = ADD.default
    over: str | None = OVER.default
    style: str | None = STYLE.default
    model: MusicModel | str | os.PathLike[str] | None = MODEL.default
    bars: int | None = BARS.default
    temperature: float = TEMPERATURE.default
    top_p: float = TOP_P.default
    random_seed: int = RANDOM_SEED.default
    tempo: float | None = TEMPO.default
    key: Key | Scale | str | None = KEY.default
    chords: Progression | str | None = CHORDS.default
    low: int = LOW.default
    high: int = HIGH.default
    density: float = DENSITY.default
    monophonic: bool = MONOPHONIC.default
    part_density: tuple[str, ...] = PART_DENSITY.default
    range: str = RANGE.default
    part_range: tuple[str, ...] = PART_RANGE.default
    stay: float = STAY.default
    form: str | None = FORM.default
    humanize: float = HUMANIZE.default
    takes: int = TAKES.default
    best: int | None = BEST.default
    with_seed: bool = WITH_SEED.default

    def __post_init__(self) -> None:
        for field in fields(self):
            value, option = getattr(self, field.name), OPTIONS[field.name]
            if value is not None or (option.default is not None and option is not BARS):
                _check(option, value)
        if self.form is not None and self.bars not in (None, BARS.default):
            raise OptionError(f"{BARS} {self.bars}: a form has as many as its sections; give one or the other")
        if self.keep is not None:
            self._check_keep()
        if self.best is not None and self.best > self.takes:
            raise OptionError(f"{BEST} {self.best}: at most as many as there are takes, {self.takes}")
        self._check_gap()
        key, chords = (None if self.key == OF_SEED else self.key), (None if self.chords == OF_SEED else self.chords)
        _ = self._constraints(asked_key(key, None), asked_chords(chords, None)), self.sections

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> "Request":
        """The request that plain data makes, such as an object of JSON: values by the names of the options.

        None is what is not asked for, "end" are bars until the model ends the piece, and pitches may be names.
        OptionError for a name that no option has.
        """
        names = [field.name for field in fields(cls)]
        given = dict[str, Any]()
        for written, value in asked.items():
            name = FORMER_NAMES.get(written, written)
            if name not in names:
                closest = get_close_matches(str(name), names, 1)
                guess = f"did you mean {closest[0]}?" if closest else f"there are {', '.join(names)}"
                raise OptionError(f"{name!a} is no option: {guess}")
            option = OPTIONS[name]
            if value is None:
                continue
            if option.word and isinstance(value, str) and value.lower() == option.word:
                value = None
            elif option.kind == "pitch" and isinstance(value, str):
                value = parse_pitch(value)
            elif option.kind == "parts" and isinstance(value, Mapping):
                value = tuple(f"{part}={asked_of}" for part, asked_of in value.items())
            elif option.kind == "parts" and isinstance(value, str):
                value = tuple(filter(None, (text.strip() for text in value.split(","))))
            elif option.kind in ("names", "parts"):
                value = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value
            given[name] = value
        return cls(**given)

    def sampling(self, seed: Seed | None) -> Sampling:
        """How bold to draw, and what limits new notes that go on from a seed. OptionError for what it does not have."""
        if self.chords and not self.add and seed and all(track.is_drum for track in seed.song.tracks):
            raise OptionError(f"{CHORDS}: the seed has drums alone")
        first_bar = self.passage.first_bar - 1 if self.passage else 0 if self.add else None
        constraints = dataclasses.replace(
            self._constraints(asked_key(self.key, seed), asked_chords(self.chords, seed, first_bar)),
            part_ranges=part_ranges(self.part_range, seed),
            part_densities=part_densities(self.part_density, seed),
        )
        return Sampling(self.temperature, self.top_p, constraints)

    def _constraints(self, key: Key | Scale | None, chords: Progression | None) -> NoteConstraints:
        return NoteConstraints(self.low, self.high, key, self.density, self.monophonic, self.range, chords)

    def _check_keep(self) -> None:
        """OptionError where something else is asked for that leaves nothing to keep, or nothing new."""
        others = {
            FORM: self.form is not None,
            f"{BARS} {BARS.word}": self.bars is None,
            DENSITY: self.keep == "rhythm" and (self.density != DENSITY.default or self.part_density != ()),
            MONOPHONIC: self.monophonic,
            ADD: self.add is not None,
            CHORDS: self.keep == "pitches" and self.chords is not None,
            VARY: self.vary is not None,
        }
        for name, is_asked in others.items():
            if is_asked:
                raise OptionError(f"{KEEP} {self.keep}: leave out {name}, which it cannot have")

    def _check_gap(self) -> None:
        """OptionError where something is asked for that does not go with bars made anew, or with an added part."""
        if self.part and self.replace is None:
            raise OptionError(f"{PART}: names what is made anew; say in which bars, with {REPLACE}")
        if self.vary is not None and self.replace is None and self.form is None:
            raise OptionError(f"{VARY} {self.vary:g}: of which bars? Say so with {REPLACE}, or {FORM}")
        if self.over is not None and self.add is None:
            raise OptionError(f"{OVER} {self.over}: the bars of an added part; say which part with {ADD}")
        asked = f"{REPLACE} {self.replace}" if self.replace is not None else f"{ADD} {self.add}"
        others = {
            FORM: self.form is not None,
            BARS: self.bars != BARS.default,
            FROM_BAR: self.from_bar is not None,
            TO_BAR: self.to_bar is not None,
            WITH_SEED.off_value: not self.with_seed,
            ADD: self.replace is not None and self.add is not None,
        }
        for name, is_asked in others.items():
            if is_asked and (self.replace is not None or self.add is not None):
                raise OptionError(f"{asked}: the rest of the file stays; leave out {name}")
        _ = self.passage, self.kind

    @property
    def passage(self) -> Passage | None:
        """The bars that are made anew, or in which an added part plays; None for no such bars, or all."""
        asked = self.over if self.replace is None else self.replace
        return None if asked is None else Passage.parse(asked)

    @property
    def kind(self) -> PartKind | None:
        """Of the part that is added."""
        return None if self.add is None else PartKind.parse(self.add)

    @property
    def sections(self) -> tuple[Section, ...] | None:
        """Those of the form, if there is one."""
        return None if self.form is None else parse_form(self.form)


def _check(option: Option[Any], value: Any) -> None:
    """OptionError unless the value is one that the option may have."""
    if option.kind in ("names", "parts"):
        if not isinstance(value, tuple) or not all(isinstance(name, str) for name in value):
            raise OptionError(f"{option} {value!r:.40}: must be names")
        return
    if option.kind not in _TYPES:
        option.check(value)
        return
    types, legal = _TYPES[option.kind]
    if not isinstance(value, (*types, os.PathLike, MusicModel) if option is MODEL else types):
        raise OptionError(f"{option} {value!r:.40}: must be {legal}")


_TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    "flag": ((bool,), "true or false"),
    "name": ((str,), "a name"),
    "key": ((str, Key, Scale), "a key by its name"),
    "chords": ((str, Progression), "chords by their names"),
    "form": ((str,), "letters"),
    "passage": ((str,), "bars"),
    "part": ((str,), "a part"),
}  # of the kinds that are neither numbers nor choices

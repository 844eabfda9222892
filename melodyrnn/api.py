"""The Python API: load a model, generate a Song."""

import os
from dataclasses import replace
from typing import Any

from melodyrnn.encoding.events import PARTS
from melodyrnn.errors import OptionError
from melodyrnn.generation import Continuation, MusicModel, NoteConstraints, Sampling, Seed, continue_song
from melodyrnn.generation.form import compose_song, parse_form
from melodyrnn.generation.library import choose_model, find_model, load_model, shipped_models, shipped_styles
from melodyrnn.midi import Limits, song_from_pretty_midi
from melodyrnn.midi.appending import ContinuedFile, continued
from melodyrnn.midi.cutting import bars_between
from melodyrnn.midi.limits import AS_NOTATED, SEED_LIMITS, Options
from melodyrnn.midi.reading import file_bytes
from melodyrnn.midi.seedfile import SeedFile, of_busiest, parse_seed
from melodyrnn.music.scales import Key
from melodyrnn.music.song import Song
from melodyrnn.music.tempo import Tempo
from melodyrnn.options import BARS, DENSITY, HIGH, LOW, RANDOM_SEED, RANGE, STAY, TEMPERATURE, TEMPO, TOP_P, VARIATION
from melodyrnn.performance.feel import humanized

__all__ = [
    "choose_model",
    "continuation",
    "continued_file",
    "find_model",
    "generate",
    "load_model",
    "load_seed",
    "load_seed_file",
    "seed_in",
    "shipped_models",
    "shipped_styles",
]


def load_seed(seed: Any, limits: Limits = SEED_LIMITS) -> Seed | None:
    """A Seed from what a caller may hold: a path, Song, PrettyMIDI or Seed, or None for none; else OptionError.

    The error names the file if nothing can go on from what it holds. `limits`: of what a file may ask for.
    """
    if seed is None or isinstance(seed, Seed):
        return seed
    if isinstance(seed, Song):
        return Seed.of(seed)
    if isinstance(seed, str | os.PathLike):
        return seed_in(load_seed_file(seed, limits))
    if not hasattr(seed, "instruments"):
        raise OptionError(f"a seed of type {type(seed).__name__}: must be a path, Song, PrettyMIDI or None")
    return Seed.of(song_from_pretty_midi(seed))


def seed_in(file: SeedFile) -> Seed:
    """The Seed that a file holds, with the exact times of its notes. OptionError if nothing can go on from it."""
    return Seed.of(file.song, file.name, [(part.onsets, part.durations) for part in file.parts])


def load_seed_file(
    path: str | os.PathLike[str],
    limits: Limits = SEED_LIMITS,
    from_bar: int | None = None,
    to_bar: int | None = None,
    options: Options = AS_NOTATED,
    data: bytes | None = None,
) -> SeedFile:
    """The seed in a MIDI file, or what these bars of it are, counted from 1; of more parts than a model continues those
    with the most notes. MidiFileError where the file holds no music, OptionError for bars that it does not have.
    `data`: the file, where it is in memory; errors call it by its path.
    """
    name = os.fspath(path)
    file = parse_seed(file_bytes(name, limits) if data is None else data, name, limits, options)
    if from_bar is not None or to_bar is not None:
        file = bars_between(file, from_bar, to_bar)
    return of_busiest(file, PARTS)


def generate(
    seed: Any = None,
    bars: int | None = BARS.default,
    *,
    model: MusicModel | str | os.PathLike[str] | None = None,
    style: str | None = None,
    temperature: float = TEMPERATURE.default,
    top_p: float = TOP_P.default,
    random_seed: int = RANDOM_SEED.default,
    tempo: float | None = None,
    key: Key | str | None = None,
    low: int = LOW.default,
    high: int = HIGH.default,
    density: float = DENSITY.default,
    monophonic: bool = False,
    range: str = RANGE.default,  # noqa: A002
    stay: float = STAY.default,
    with_seed: bool = True,
    form: str | None = None,
    variation: float = VARIATION.default,
) -> Song:
    """Continue `seed` (a path, Song, PrettyMIDI, or None to start from nothing) by exactly `bars` bars.

    `bars=None` lets the model end the piece. `model` and `style` choose who plays, as in `choose_model`: without either
    the seed decides. The same `random_seed` gives the same Song on one machine; a seed that one MusicModel continues
    again and again is read once. `tempo` replaces the seed's, in bpm. `key` ("D minor"), `low` and `high` bound the
    melodic pitches that are drawn; `density` 2 is twice as many notes as the seed has; `monophonic` draws one note at a
    time in each part. `range` "seed" keeps every part in the seed's register, chords and drum sounds; "free" does not.
    `stay`, 0 to 1, is how far the model learns the seed before it goes on: 1 stays nearest to it.
    Without the seed the new bars stand alone, from pulse 0. With `form` ("AABA", "A8B4A") and `bars` None or left out
    the piece has these sections, of which a seed is the first; `variation`, 0 to 1, says how much a section changes
    when it comes again. Raises MelodyRnnError in one line.
    """
    made = continuation(
        load_seed(seed),
        bars,
        model=model,
        style=style,
        temperature=temperature,
        top_p=top_p,
        random_seed=random_seed,
        tempo=tempo,
        key=key,
        low=low,
        high=high,
        density=density,
        monophonic=monophonic,
        range=range,
        stay=stay,
        form=form,
        variation=variation,
    )
    return made.song if with_seed else made.new_song


def continuation(
    seed: Seed | None,
    bars: int | None = BARS.default,
    *,
    model: MusicModel | str | os.PathLike[str] | None = None,
    style: str | None = None,
    temperature: float = TEMPERATURE.default,
    top_p: float = TOP_P.default,
    random_seed: int = RANDOM_SEED.default,
    tempo: float | None = None,
    key: Key | str | None = None,
    low: int = LOW.default,
    high: int = HIGH.default,
    density: float = DENSITY.default,
    monophonic: bool = False,
    range: str = RANGE.default,  # noqa: A002
    stay: float = STAY.default,
    form: str | None = None,
    variation: float = VARIATION.default,
) -> Continuation:
    """As `generate`, from a `load_seed` seed to a value that knows its new notes."""
    constraints = NoteConstraints(
        low, high, Key.parse(key) if isinstance(key, str) else key, density, monophonic, range
    )
    sampling = Sampling(temperature, top_p, constraints)
    RANDOM_SEED.check(random_seed)
    STAY.check(stay)
    if tempo is not None:
        TEMPO.check(tempo)
    if form is not None and bars not in (None, BARS.default):
        raise OptionError(f"bars {bars}: a form has as many as its sections; give one or the other")
    player, style = choose_model(model, style, seed)
    if form is None:
        made = continue_song(player, seed, bars, style, sampling, random_seed, stay)
    else:
        made = compose_song(player, seed, parse_form(form), variation, style, sampling, random_seed, stay)
    if tempo is not None:
        made = replace(made, song=replace(made.song, tempos=(Tempo(0, tempo),)))
    return made


def continued_file(
    made: Continuation,
    file: SeedFile,
    *,
    with_seed: bool = True,
    tempo: float | None = None,
    humanize: float = 0.0,
    random_seed: int = 0,
) -> ContinuedFile:
    """The file of a continuation whose seed is `file`: that file as it is, with the new notes after it.

    `humanize`, 0 to 1, plays the new notes less evenly, and those alone. The other options are those of `generate`.
    """
    song, earliest = made.song, made.seed.earliest_pulse if made.seed else 0
    new = [track.with_notes(notes) for track, notes in zip(song.tracks, made.new_notes, strict=True)]
    played, shifts = humanized(
        Song(new, song.tempos, song.time_signatures, song.length_pulses), humanize, random_seed, earliest
    )
    notes = []
    for track, shift, (onsets, durations) in zip(played.tracks, shifts, made.played, strict=True):
        exact = (onsets + shift).clip(earliest)
        notes.append(file.new_notes(track.array, exact, durations))
    return continued(file, notes, file.tick(made.join_pulse), file.tick(song.end_pulses), with_seed, tempo)

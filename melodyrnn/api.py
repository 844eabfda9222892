"""The Python API: load a model, generate a Song."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from melodyrnn.drawing import Picture, Shown, notes_not_in, piano_roll
from melodyrnn.encoding.events import PARTS
from melodyrnn.errors import OptionError
from melodyrnn.generation import Continuation, MusicModel, Request, Seed
from melodyrnn.generation.adding import adding
from melodyrnn.generation.choosing import Choice, choose
from melodyrnn.generation.continuation import continuing
from melodyrnn.generation.differing import STEPS, Freedom, alike
from melodyrnn.generation.form import composing
from melodyrnn.generation.gap import Gap
from melodyrnn.generation.infilling import filling
from melodyrnn.generation.keeping import keeping_on
from melodyrnn.generation.library import choose_model, find_model, load_model, shipped_models, shipped_styles
from melodyrnn.generation.side_by_side import Drawing, drawn, together
from melodyrnn.midi import Limits, song_from_pretty_midi
from melodyrnn.midi.addedtrack import with_track
from melodyrnn.midi.appending import ContinuedFile, continued
from melodyrnn.midi.cutting import bars_between
from melodyrnn.midi.limits import AS_NOTATED, SEED_LIMITS, Options
from melodyrnn.midi.playback import file_to_play
from melodyrnn.midi.reading import file_bytes, read_song
from melodyrnn.midi.replacing import replaced
from melodyrnn.midi.seedfile import SeedFile, of_busiest, parse_seed, seed_of_song
from melodyrnn.midi.writing import cut_note_count, midi_bytes
from melodyrnn.music.scales import Key
from melodyrnn.music.song import Song
from melodyrnn.music.tempo import Tempo
from melodyrnn.options import ADD, BARS, FORM_VARIES, FROM_BAR, KEEP, REPLACE, TO_BAR
from melodyrnn.sound import find_fluidsynth

__all__ = [
    "Request",
    "choices",
    "choose_model",
    "continuation",
    "continued_file",
    "find_model",
    "generate",
    "load_model",
    "load_seed",
    "load_seed_file",
    "plot",
    "seed_in",
    "shipped_models",
    "shipped_styles",
    "takes",
    "write_sound",
]


def load_seed(
    seed: Any, limits: Limits = SEED_LIMITS, from_bar: int | None = None, to_bar: int | None = None
) -> Seed | None:
    """A Seed from what a caller may hold: a path, Song, PrettyMIDI or Seed, or None for none; else OptionError.

    `from_bar`, `to_bar`: these bars of it alone, counted from 1. The error names the file if nothing can go on from
    what it holds. `limits`: of what a file may ask for.
    """
    cuts = from_bar is not None or to_bar is not None
    if cuts and (seed is None or isinstance(seed, Seed)):
        raise OptionError(f"{FROM_BAR} and {TO_BAR}: bars of a path, Song or PrettyMIDI; give one")
    if seed is None or isinstance(seed, Seed):
        return seed
    if isinstance(seed, str | os.PathLike):
        return seed_in(load_seed_file(seed, limits, from_bar, to_bar))
    if not isinstance(seed, Song) and not hasattr(seed, "instruments"):
        raise OptionError(f"a seed of type {type(seed).__name__}: must be a path, Song, PrettyMIDI or None")
    song = seed if isinstance(seed, Song) else song_from_pretty_midi(seed)
    return seed_in(bars_between(seed_of_song(song), from_bar, to_bar)) if cuts else Seed.of(song)


def seed_in(file: SeedFile) -> Seed:
    """The Seed that a file holds, with the exact times of its notes. OptionError if nothing can go on from it."""
    signature = Key.parse(file.report.key_signature) if file.report.key_signature else None
    return Seed.of(file.song, file.name, [(part.onsets, part.durations) for part in file.parts], signature)


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


def generate(seed: Any = None, bars: int | None = BARS.default, **options: Any) -> Song:
    """Continue `seed` (a path, Song, PrettyMIDI, or None to start from nothing) by exactly `bars` bars.

    `bars=None` lets the model end the piece. The other options are the fields of a `Request`, by name, as the table in
    `options.py` describes them: `model` and `style` choose who plays, as in `choose_model`: without either the seed
    decides. The same `random_seed` gives the same Song on one machine; a seed that one MusicModel continues
    again and again is read once. `tempo` replaces the seed's, in bpm. `key` ("D minor"), `low` and `high` bound the
    melodic pitches that are drawn; `density` 2 is twice as many notes as the seed has; `monophonic` draws one note at a
    time in each part. `range` "seed" keeps every part in the seed's register, chords and drum sounds; "free" does not.
    `stay`, 0 to 1, is how far the model learns the seed before it goes on: 1 stays nearest to it. `from_bar` and
    `to_bar` are the bars of the seed, counted from 1.
    Without the seed (`with_seed=False`) the new bars stand alone, from pulse 0. With `form` ("AABA", "A8B4A") and
    `bars` None or left out the piece has these sections, of which a seed is the first; `vary`, 0 to 1, is the share
    of a section's beats that are others when it comes again. `replace` ("5-8", "4.3-5.1") makes these bars anew
    instead, in the parts that `part` names or in all, and leaves everything else as it is; so does `add` ("bass",
    "Viola:41"), which adds a part, in all bars or `over` some. Raises MelodyRnnError in one line.
    """
    request = Request.of({**options, "bars": BARS.word if bars is None else bars})
    made = continuation(load_seed(seed, from_bar=request.from_bar, to_bar=request.to_bar), request)
    return made.song if request.with_seed else made.new_song


def continuation(seed: Seed | None, request: Request) -> Continuation:
    """What is asked for, from a `load_seed` seed to a value that knows its new notes: the take of `random_seed`."""
    (made,) = takes(seed, replace(request, takes=1))
    return made


def takes(seed: Seed | None, request: Request) -> list[Continuation]:
    """As many takes as are asked for, drawn side by side. Take k, from 0, is what `random_seed` + k alone makes.

    One that is like a take before it, or like the bars it stands for, is drawn again with less `stay` and more
    `temperature`: its `freedom`.
    """
    player, style = choose_model(request.model, request.style, seed)
    request = replace(request, style=style)

    def draw(numbers: Sequence[int], freedom: Freedom) -> list[Continuation]:
        asked = replace(request, stay=freedom.stay, temperature=freedom.temperature)
        return drawn(together([_drawing(seed, player, asked, number) for number in numbers]))

    as_asked = Freedom(request.stay, request.temperature)
    made = draw(range(request.takes), as_asked)
    for step in STEPS if request.stay < 1 and request.temperature > 0 else ():
        freedom, again = as_asked.times(step), alike([take.new_notes for take in made], made[0].replaced_notes)
        for number, take in zip(again, draw(again, freedom), strict=True):
            made[number] = replace(take, freedom=freedom)
    if request.tempo is not None:
        tempos = (Tempo(0, request.tempo),)
        made = [replace(each, song=replace(each.song, tempos=tempos)) for each in made]
    return [each.humanized(request.humanize, request.random_seed + number) for number, each in enumerate(made)]


def choices(made: Sequence[Continuation], count: int) -> list[Choice]:
    """Choose `count` of some takes of one request -> for each take what is known of it, and its rank if it is."""
    seed, gap = made[0].seed, made[0].gap
    heard = seed.song if seed else None
    if gap is not None and gap.added:
        heard = None
    elif heard is not None and gap is not None:
        heard = replace(heard, tracks=tuple(heard.tracks[part] for part in gap.parts))
    songs = [each.new_song for each in made]
    return choose(songs, [each.nats for each in made], heard, max(song.bars for song in songs), count)


def _drawing(seed: Seed | None, model: MusicModel, request: Request, number: int) -> Drawing[Continuation]:
    """The drawing of one take."""
    gap = None
    if request.replace is not None or request.kind is not None:
        if seed is None:
            raise OptionError(f"{ADD if request.kind else REPLACE}: changes a seed; give one")
        seed, gap = Gap.asked(seed, request.passage, request.part, request.kind)
    how = request.style, request.sampling(seed), request.random_seed + number, request.stay
    if seed is not None and gap is not None and gap.added is not None:
        return adding(model, seed, gap, *how)
    if seed is not None and gap is not None:
        return filling(model, seed, gap, *how, request.keep, request.vary)
    if request.keep is not None:
        if seed is None or request.bars is None:
            raise OptionError(f"{KEEP} {request.keep}: of a seed; give one")
        return keeping_on(model, seed, request.bars, request.keep, *how)
    if request.sections is None:
        return continuing(model, seed, request.bars, *how)
    return composing(model, seed, request.sections, FORM_VARIES if request.vary is None else request.vary, *how)


def continued_file(made: Continuation, file: SeedFile | None, request: Request) -> ContinuedFile:
    """The file of a continuation whose seed is `file`: that file as it is, with the new notes after it or in its gap.

    Without a seed it is that of the new song.
    """
    song = made.song
    if file is None:
        late = [onsets - track.array[:, 0] for track, (onsets, _) in zip(song.tracks, made.played, strict=True)]
        return ContinuedFile(midi_bytes(song, late), (), (), (), cut_note_count(song))
    port = 0
    if made.gap is not None and made.gap.added is not None:
        file = with_track(file, made.gap.added.track)
        port = file.parts[-1].voice.port
    notes = [
        file.new_notes(array, onsets, durations)
        for array, (onsets, durations) in zip(made.new_notes, made.played, strict=True)
    ]
    if made.gap is not None:
        written = replaced(file, made.replaced, notes, file.tick(made.gap.end), request.tempo)
        return written._replace(port_of_added=port)
    return continued(
        file, notes, file.tick(made.join_pulse), file.tick(song.end_pulses), request.with_seed, request.tempo
    )


def plot(
    song: Song | str | os.PathLike[str],
    given: Song | str | os.PathLike[str] | None = None,
    *,
    from_bar: int | None = None,
    to_bar: int | None = None,
) -> Picture:
    """The piano roll of a Song or a file, which a notebook shows; `picture.svg` is the text of an SVG file.

    With `given` that stands above it, and the notes that `given` does not have are marked. OptionError for bars that
    there are not.
    """
    made = song if isinstance(song, Song) else read_song(song)
    if given is None:
        return piano_roll(Shown(made), from_bar=from_bar, to_bar=to_bar)
    before = given if isinstance(given, Song) else read_song(given)
    shown = Shown(before, title="given"), Shown(made, notes_not_in(made, before), "made")
    return piano_roll(*shown, from_bar=from_bar, to_bar=to_bar)


def write_sound(
    song: Song | str | os.PathLike[str],
    path: str | os.PathLike[str],
    overwrite: bool = False,
    soundfont: str | os.PathLike[str] | None = None,
) -> None:
    """Write a Song or a file as a WAV file, through FluidSynth. SoundError, in one line, where that is missing."""
    synth = find_fluidsynth(None if soundfont is None else Path(soundfont))
    file = seed_of_song(song) if isinstance(song, Song) else load_seed_file(song)
    synth.render(file_to_play(file), Path(path), overwrite)

"""Short pieces in the public domain, written out as text, and the MIDI files made from them.

Run it to write the files again:  python midi_samples/samples.py

The notation. Tokens stand between spaces, bars between |. Every bar must be as long as the metre says.

    c d e f g a b   a note; c' is middle C, c'' the C above it, c the one below it, c, the one below that
    f# bb           sharp, flat
    c'4 c'8. c'2    a quarter note, a dotted eighth, a half; without a number the length of the note before
    r4              a rest
    <c' e' g'>2     notes together
    c'4~ c'2        a tie: one long note
    %               the bar before once more

Drums are written as a grid, one line a sound, 16 steps a bar: X loud, x normal, o soft, - nothing. An empty line
begins the next few bars, and a sound that has no line there is silent.
"""

import re
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from melodyrnn.midi import write_song
from melodyrnn.music import Note, Song, Tempo, TimeSignature, Track
from melodyrnn.music.pulses import PULSES_PER_WHOLE

FOLDER = Path(__file__).parent
STEPS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11, "#": 1, "'": 12, ",": -12}
DRUMS = {"BD": 36, "SD": 38, "HH": 42, "FT": 43, "OH": 46, "MT": 47, "CR": 49, "HT": 50}
LOUDNESS = {"X": 108, "x": 84, "o": 48}
NAME = r"[a-g][#b]?[',]*"
TOKEN = re.compile(rf"<({NAME}(?: {NAME})*)>(\d*)(\.?)(~?)|({NAME}|r)(\d*)(\.?)(~?)")
VELOCITY_ON_THE_BAR_LINE, VELOCITY = 92, 78


@dataclass(frozen=True)
class Part:
    """One instrument: its General MIDI program, or None for drums, its notes in the notation, octaves to move them."""

    name: str
    program: int | None
    text: str
    octave: int = 0


@dataclass(frozen=True)
class Piece:
    """A piece: `pickup` is the length of a short first bar, `bpm` maps bars (the first written is 1) to tempos."""

    file: str
    title: str
    composer: str
    year: str
    metre: str
    bpm: dict[int, float]
    parts: list[Part] = field(repr=False)
    pickup: str = ""

    def bar_start(self, bar: int) -> int:
        """The pulse at which bar `bar` begins, counted from 0."""
        first = Fraction(self.pickup or self.metre)
        return int((first + (bar - 1) * Fraction(self.metre)) * PULSES_PER_WHOLE) if bar else 0

    def song(self) -> Song:
        """The piece as a Song. ValueError where a bar is not as long as it should be, or parts differ in bars."""
        tracks, lengths = [], set()
        for part in self.parts:
            notes, bars = drum_notes(self, part) if part.program is None else pitched_notes(self, part)
            tracks.append(Track(notes, part.program or 0, part.program is None, part.name))
            lengths.add(bars)
        if len(lengths) != 1:
            raise ValueError(f"{self.title}: parts of {sorted(lengths)} bars; all must have the same number")
        changes = [(0, self.metre)] if not self.pickup else [(0, self.pickup), (self.bar_start(1), self.metre)]
        metres = [TimeSignature(at, *map(int, metre.split("/"))) for at, metre in changes]
        tempos = [Tempo(self.bar_start(bar - 1), bpm) for bar, bpm in self.bpm.items()]
        return Song(tuple(tracks), tuple(tempos), tuple(metres), self.bar_start(lengths.pop()))

    def row(self) -> str:
        """The piece's row in README.md."""
        metre = f"{self.metre}, pickup {self.pickup}" if self.pickup else self.metre
        parts = ", ".join(part.name.lower() for part in self.parts)
        return f"| {self.file} | {self.title} | {self.composer} | {self.year} | {metre} | {parts} |"


def bars_of(text: str) -> list[str]:
    """The bars of a text, with each % replaced by the bar before it."""
    bars: list[str] = []
    for bar in text.split("|"):
        bars.append(bars[-1] if bar.strip() == "%" else bar.strip())
    return bars


def pitch(name: str) -> int:
    """The MIDI pitch of a name such as f#' (66)."""
    flat = name[1:].startswith("b")
    return 48 + sum(STEPS[sign] for sign in name[:1] + name[1 + flat :]) - flat


def pitched_notes(piece: Piece, part: Part) -> tuple[list[Note], int]:
    """The notes of a part, and its number of bars."""
    notes: list[Note] = []
    tied: dict[int, int] = {}  # pitch -> place in `notes` of the note that goes on
    length, bars = PULSES_PER_WHOLE // 4, bars_of(part.text)
    for number, bar in enumerate(bars):
        start = now = piece.bar_start(number)
        where = f"{piece.title}, {part.name}, bar {number + 1}"
        for token in re.findall(r"<[^>]*>\S*|\S+", bar):
            match = TOKEN.fullmatch(token)
            if match is None:
                raise ValueError(f"{where}: {token} is not a note, a rest, or a chord")
            names, number_of_length, dot, tie = (match[i] or match[i + 4] for i in range(1, 5))
            if number_of_length:
                length = PULSES_PER_WHOLE // int(number_of_length) * (3 if dot else 2) // 2
            going_on, tied = tied, {}
            for height in [pitch(name) + 12 * part.octave for name in names.split() if name != "r"]:
                if height in going_on:
                    place = going_on.pop(height)
                    notes[place] = notes[place]._replace(duration_pulses=notes[place].duration_pulses + length)
                else:
                    place = len(notes)
                    notes.append(Note(now, height, length, VELOCITY_ON_THE_BAR_LINE if now == start else VELOCITY))
                if tie:
                    tied[height] = place
            if going_on:
                raise ValueError(f"{where}: a tie before {token} leads to no note of its pitch")
            now += length
        if now != piece.bar_start(number + 1):
            due = Fraction(piece.bar_start(number + 1) - start, PULSES_PER_WHOLE)
            raise ValueError(f"{where}: {Fraction(now - start, PULSES_PER_WHOLE)} of a whole note long, {due} due")
    return notes, len(bars)


def drum_notes(piece: Piece, part: Part) -> tuple[list[Note], int]:
    """The notes of a drum grid, and its number of bars."""
    notes, first = [], 0
    for system in part.text.strip().split("\n\n"):
        lines = [line.split(maxsplit=1) for line in system.splitlines()]
        grids = {sound: bars_of(grid) for sound, grid in lines}
        lengths = {len(bars) for bars in grids.values()}
        if len(lengths) != 1:
            raise ValueError(f"{piece.title}: lines of {sorted(lengths)} bars above each other; must be equal")
        for sound, bars in grids.items():
            for number, bar in enumerate(bars, first):
                start = piece.bar_start(number)
                step, rest = divmod(piece.bar_start(number + 1) - start, 16)
                if len(bar) != 16 or rest or not set(bar) <= {*LOUDNESS, "-"}:
                    raise ValueError(f"{piece.title}, {sound}, bar {number + 1}: must be 16 of X, x, o or -")
                hits = [(start + i * step, LOUDNESS[c]) for i, c in enumerate(bar) if c != "-"]
                notes += [Note(onset, DRUMS[sound], step, velocity) for onset, velocity in hits]
        first += lengths.pop()
    return notes, first


ODE_TO_JOY = """
    f#'4 f#' g' a' | a' g' f#' e' | d' d' e' f#' | f#'4. e'8 e'2
  | f#'4 f#' g' a' | a' g' f#' e' | d' d' e' f#' | e'4. d'8 d'2
  | e'4 e' f#' d'  | e' f#'8 g' f#'4 d' | e' f#'8 g' f#'4 e' | d' e' a f#'~
  | f#'4 f#' g' a' | a' g' f#' e' | d' d' e' f#' | e'4. d'8 d'2
"""

SILENT_NIGHT = """
    g'4. a'8 g'4 | e'2. | g'4. a'8 g'4 | e'2. | d''2 d''4 | b'2. | c''2 c''4 | g'2.
  | a'2 a'4 | c''4. b'8 a'4 | g'4. a'8 g'4 | e'2. | a'2 a'4 | c''4. b'8 a'4 | g'4. a'8 g'4 | e'2.
  | d''2 d''4 | f''4. d''8 b'4 | c''2. | e''2. | c''4 g' e' | g'4. f'8 d'4 | c'2.~ | c'2.
"""

GREENSLEEVES = """
    a'8
  | c''4 d''8 e''8. f#''16 e''8 | d''4 b'8 g'8. a'16 b'8 | c''4 a'8 a'8. g#'16 a'8 | b'4 g#'8 e'4 a'8
  | c''4 d''8 e''8. f#''16 e''8 | d''4 b'8 g'8. a'16 b'8 | c''8. b'16 a'8 g#'8. f#'16 g#'8 | a'4. a'4.
  | g''4. g''8. f#''16 e''8 | d''4 b'8 g'8. a'16 b'8 | c''4 a'8 a'8. g#'16 a'8 | b'4 g#'8 e'4.
  | g''4. g''8. f#''16 e''8 | d''4 b'8 g'8. a'16 b'8 | c''8. b'16 a'8 g#'8. f#'16 g#'8 | a'2.
"""

AMAZING_GRACE = """
    d'4
  | g'2 b'8 g' | b'2 a'4 | g'2 e'4 | d'2 d'4 | g'2 b'8 g' | b'2 a'4 | d''2.~ | d''2 b'4
  | d''4. b'8 d'' b' | g'2 d'4 | e'4. g'8 g' e' | d'2 d'4 | g'2 b'8 g' | b'2 a'4 | g'2.~ | g'2.
"""

MOUNTAIN_KING = """
    b,8 c# d e f# d f#4 | f8 c# f4 e8 c e4 | b,8 c# d e f# d f# b | a f# d f# a2
  | b,8 c# d e f# d f#4 | f8 c# f4 e8 c e4 | b,8 c# d e f# d f# b | a f# d f# a2
  | f#8 g# a# b c#' a# c#'4 | d'8 a# d'4 c#'8 a# c#'4 | f#8 g# a# b c#' a# c#'4 | d'8 a# d'4 c#'2
  | b,8 c# d e f# d f#4 | f8 c# f4 e8 c e4 | b,8 c# d e f# d f# b | a f# d f# a2
"""

MINUET_RIGHT_HAND = """
    d''4 g'8 a' b' c'' | d''4 g' g' | e''4 c''8 d'' e'' f#'' | g''4 g' g'
  | c''4 d''8 c'' b' a' | b'4 c''8 b' a' g' | f#'4 g'8 a' b' g' | a'2.
  | d''4 g'8 a' b' c'' | d''4 g' g' | e''4 c''8 d'' e'' f#'' | g''4 g' g'
  | c''4 d''8 c'' b' a' | b'4 c''8 b' a' g' | a'4 b'8 a' g' f#' | g'2.
"""

MINUET_LEFT_HAND = """
    <g b d'>2 a4 | b2. | c'2. | b2. | a2. | g2. | d'4 b g | d'4 d8 c' b a
  | b2 a4 | g b g | c'2. | b4 c'8 b a g | a2 f#4 | g2 b4 | c' d' d | g2 g,4
"""

# The tune is old, this harmony is not: it was written for these samples.
HUNDREDTH_SOPRANO = """
    g'2 g'4 f#' | e' d' g' a' | b'1 | b'2 b'4 b' | a' g' c'' b' | a'1
  | g'2 a'4 b' | a' g' e' f#' | g'1 | d''2 b'4 g' | a' c'' b' a' | g'1
"""
HUNDREDTH_ALTO = """
    d'2 d'4 d' | b b b d' | d'1 | g'2 g'4 g' | f#' e' g' g' | f#'1
  | d'2 d'4 d' | d' b c' c' | b1 | g'2 d'4 e' | e' d' d' c' | b1
"""
HUNDREDTH_TENOR = """
    b2 b4 a | g g g f# | g1 | d'2 d'4 d' | d' b e' d' | d'1
  | b2 a4 g | f# g a a | g1 | b2 g4 b | c' a g f# | g1
"""
HUNDREDTH_BASS = """
    g2 g4 d | e b, e d | g,1 | g2 g4 b, | d e c g | d1
  | g2 f#4 g | d e a, d | g1 | g2 g4 e | a, f# g d | g,1
"""

FRERE_JACQUES = """
    f'4 g' a' f' | % | a'4 bb' c''2 | % | c''8 d'' c'' bb' a'4 f' | % | f'4 c' f'2 | %
"""

ROCK_BEAT = """
    CR  X--------------- | ---------------- | % | %
    HH  ----x-x-x-x-x-x- | x-x-x-x-x-x-x-x- | % | x-x-x-x-x-x-x---
    OH  ---------------- | % | % | --------------x-
    SD  ----X-------X--- | ----X--o-o--X--- | ----X-------X--- | ----X--o-o--X-oo
    BD  X-----x-X------- | X-x---x-X-x----- | X-----x-X------- | X-x---x-X-x-----

    CR  X--------------- | ---------------- | % | %
    HH  ----x-x-x-x-x-x- | x-x-x-x-x-x-x-x- | % | x-x-x-x---------
    SD  ----X-------X--- | ----X--o-o--X--- | ----X-------X--- | ----X---XxXx----
    HT  ---------------- | % | % | ------------X---
    MT  ---------------- | % | % | -------------x--
    FT  ---------------- | % | % | --------------Xx
    BD  X-----x-X------- | X-x---x-X-x----- | X-----x-X------- | X-x---x---------
"""

PIECES = [
    Piece(
        "ode_to_joy.mid", "Ode to Joy", "Ludwig van Beethoven", "1824", "4/4", {1: 116}, [Part("Flute", 73, ODE_TO_JOY)]
    ),
    Piece(
        "silent_night.mid",
        "Silent Night",
        "Franz Xaver Gruber",
        "1818",
        "3/4",
        {1: 96},
        [Part("Violin", 40, SILENT_NIGHT)],
    ),
    Piece(
        "greensleeves.mid",
        "Greensleeves",
        "traditional, England",
        "1580",
        "6/8",
        {1: 66},
        [Part("Recorder", 74, GREENSLEEVES)],
        pickup="1/8",
    ),
    Piece(
        "amazing_grace.mid",
        "Amazing Grace (New Britain)",
        "traditional, United States",
        "1829",
        "3/4",
        {1: 84},
        [Part("Oboe", 68, AMAZING_GRACE)],
        pickup="1/4",
    ),
    Piece(
        "mountain_king.mid",
        "In the Hall of the Mountain King (theme)",
        "Edvard Grieg",
        "1875",
        "4/4",
        {1: 112, 5: 126, 9: 144, 13: 168},
        [Part("Bassoon", 70, MOUNTAIN_KING)],
    ),
    Piece(
        "minuet_in_g.mid",
        "Minuet in G (first half)",
        "Christian Petzold",
        "1725",
        "3/4",
        {1: 120},
        [Part("Right hand", 6, MINUET_RIGHT_HAND), Part("Left hand", 6, MINUET_LEFT_HAND)],
    ),
    Piece(
        "old_hundredth.mid",
        "Old Hundredth",
        "Loys Bourgeois",
        "1551",
        "4/4",
        {1: 80},
        [
            Part("Soprano", 19, HUNDREDTH_SOPRANO),
            Part("Alto", 19, HUNDREDTH_ALTO),
            Part("Tenor", 19, HUNDREDTH_TENOR),
            Part("Bass", 19, HUNDREDTH_BASS),
        ],
    ),
    Piece(
        "frere_jacques.mid",
        "Frère Jacques (as a round)",
        "traditional, France",
        "1780",
        "4/4",
        {1: 112},
        [
            Part("Trumpet", 56, f"{FRERE_JACQUES} | r1 | % | % | %"),
            Part("Clarinet", 71, f"r1 | % | {FRERE_JACQUES} | r1 | %"),
            Part("Cello", 42, f"r1 | % | % | % | {FRERE_JACQUES}", octave=-1),
        ],
    ),
    Piece(
        "rock_beat.mid", "Rock Beat", "written for melodyrnn", "2026", "4/4", {1: 104}, [Part("Drums", None, ROCK_BEAT)]
    ),
]


def main() -> None:
    for piece in PIECES:
        write_song(piece.song(), FOLDER / piece.file, overwrite=True)
        print(piece.row())


if __name__ == "__main__":
    main()

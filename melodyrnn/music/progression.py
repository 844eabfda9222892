"""Chord progressions: chords in bars, as a lead sheet writes them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from melodyrnn.errors import OptionError
from melodyrnn.music.chords import Chord
from melodyrnn.music.key_finding import likeliest_key
from melodyrnn.music.scales import Key

MOST_BARS, MOST_CHORDS_A_BAR = 10_000, 32
AGAIN, HELD, SILENT = "%", (".", "-"), ("N.C.", "NC", "n.c.")

Bar = tuple[Chord | None, ...]  # chords that share a bar evenly, None for no chord


@dataclass(frozen=True, slots=True)
class Progression:
    """Bars of chords, played again and again. A bar has at least one chord, or None where no chord is asked for."""

    bars: tuple[Bar, ...]

    def __deepcopy__(self, _: dict[int, object]) -> "Progression":
        return self  # it never changes

    @classmethod
    def parse(cls, text: str) -> "Progression":
        """The progression of "Am F C G", one chord a bar, or of "Dm7 G7 | Cmaj7 | %".

        Where there is a bar line, or more than one line of text, they end the bars, and the chords of a bar share it.
        % is the bar before once more, a dot the chord before it for another share of the bar, N.C. no chord. What
        follows a # at the beginning of a line, or after a space, is a comment. OptionError names what is none of these.
        """
        lines = [re.sub(r"(^|\s)#.*", "", line).strip(" \t|:[]") for line in text.splitlines()]
        lines = [line for line in lines if line]
        barred = "|" in text or len(lines) > 1
        written = [bar.split() for line in lines for bar in (re.split(r"[|:\[\]]+", line) if barred else line.split())]
        if not written or not all(written):
            raise OptionError(f'chords {text!a:.60}: must be chords, like "Am F C G" or "Dm7 G7 | Cmaj7 | %"')
        if len(written) > MOST_BARS or max(map(len, written)) > MOST_CHORDS_A_BAR:
            raise OptionError(f"chords: at most {MOST_BARS} bars of {MOST_CHORDS_A_BAR} chords can be played")
        bars: list[Bar] = []
        for names in written:
            bars.append(bars[-1] if bars and names == [AGAIN] else _bar(names, bars[-1][-1] if bars else None))
        return cls(tuple(bars))

    def spans(self, bar: int, pulses: int, beats: int) -> Iterator[tuple[int, Chord | None]]:
        """The chords of bar number `bar`, of so many pulses and beats: (the place in the bar where it begins, chord).

        The bars repeat without end, before the first one too. Chords begin on beats where there are enough of these,
        the first ones with more of them: three chords in 4/4 have two, one and one.
        """
        chords = self.bars[bar % len(self.bars)]
        count = len(chords)
        parts = beats if count <= beats else count
        for index, chord in enumerate(chords):
            if not index or chord != chords[index - 1]:
                yield (index * parts + count - 1) // count * pulses // parts, chord

    @property
    def chords(self) -> tuple[Chord, ...]:
        """Every chord in it, once, in order."""
        return tuple(dict.fromkeys(chord for bar in self.bars for chord in bar if chord is not None))

    @property
    def key(self) -> Key | None:
        """The key that its chords suggest. None without any."""
        tones = [tone for bar in self.bars for chord in bar if chord for tone in (chord.root, *chord.pitch_classes)]
        return likeliest_key(np.bincount(tones, minlength=12))

    def name(self, key: Key | None = None) -> str:
        """As `parse` reads it, spelled as in a key."""
        texts = list[str]()
        for number, bar in enumerate(self.bars):
            again = number and bar == self.bars[number - 1] and len(bar) > 1
            texts.append(AGAIN if again else _text(bar, key))
        return " | ".join(texts)

    def __str__(self) -> str:
        return self.name()


def _bar(names: list[str], before: Chord | None) -> Bar:
    chords: list[Chord | None] = []
    for name in names:
        if name in HELD:
            chords.append(chords[-1] if chords else before)
        else:
            chords.append(None if name in SILENT else Chord.parse(name))
    return tuple(chords)


def _text(bar: Bar, key: Key | None) -> str:
    names = [
        "." if index and chord == bar[index - 1] else chord.name(key) if chord else SILENT[0]
        for index, chord in enumerate(bar)
    ]
    return names[0] if set(names[1:]) <= {"."} else " ".join(names)

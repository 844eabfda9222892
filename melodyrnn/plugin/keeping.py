"""Writes what was played to a MIDI file of its own."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from platformdirs import user_music_path

from melodyrnn.errors import OutputError
from melodyrnn.files import unused
from melodyrnn.live.time.schedule import LiveNote
from melodyrnn.midi.writing import write_song
from melodyrnn.music.channels import DRUM_CHANNEL
from melodyrnn.music.metre import TimeSignature
from melodyrnn.music.song import Note, Song, Track
from melodyrnn.music.tempo import Tempo
from melodyrnn.plugin.timeline import Timeline

FOLDER_VARIABLE = "MELODYRNN_KEPT"  # an environment variable: the folder to write to


def kept_song(bars: Mapping[int, Sequence[LiveNote]], timeline: Timeline, bpm: float) -> Song:
    """The notes of the bars, from the first of them on, a track for each channel and program."""
    first, lines = min(bars), timeline.bars
    start = lines.line(first)
    tracks: dict[tuple[int, int], list[Note]] = {}
    for notes in bars.values():
        for onset, channel, program, *sound in notes:
            tracks.setdefault((channel, program), []).append(Note(int(onset) - start, *sound))
    metres, last = list[TimeSignature](), None
    for bar in range(first, max(bars) + 1):
        metre = timeline.metre(bar)
        if metre != last:
            metres.append(TimeSignature(lines.line(bar) - start, metre.numerator, metre.denominator))
        last = metre
    return Song(
        [
            Track(sorted(notes), program, channel == DRUM_CHANNEL)
            for (channel, program), notes in sorted(tracks.items())
        ],
        [Tempo(0, bpm)],
        metres,
        lines.line(max(bars) + 1) - start,
    )


def keep(played: Mapping[int, Sequence[LiveNote]], timeline: Timeline, bpm: float) -> Path:
    """Write the notes of bars to a new file in the user's music folder -> its path.

    Bars before the song's first are left out. OutputError where there are no notes, or nothing can be written.
    """
    bars = {bar: notes for bar, notes in played.items() if bar >= 0}
    if not any(bars.values()):
        raise OutputError("nothing was played that could be kept")
    folder = Path(os.environ.get(FOLDER_VARIABLE) or user_music_path() / "melodyrnn")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made ({error.strerror})") from None
    path = unused("kept", 1, folder)[0]
    write_song(kept_song(bars, timeline, bpm), path)
    return path

"""Folders of small tunes, for what reads folders."""

from pathlib import Path

from melodyrnn.midi import write_song
from melodyrnn.music import Note, Song, Track


def tune(first_pitch: int, notes: int = 8) -> Song:
    """Too short a tune for its transpositions to count as versions of one piece."""
    return Song((Track([Note(24 * i, first_pitch + i % 5, 24, 78) for i in range(notes)]),))


def fill(folder: Path, pitches: range) -> Path:
    """Write a tune from each pitch into the folder, which may not exist yet, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for pitch in pitches:
        write_song(tune(pitch), folder / f"{pitch}.mid")
    return folder

"""From MIDI files to encoded pieces, in processes of their own: what a network takes of a piece is worked out there."""

import struct
from collections.abc import Callable, Sequence
from dataclasses import astuple, replace
from functools import partial
from pathlib import Path
from typing import Any

from melodyrnn.corpus.augmentation import AS_IT_IS, Preparation
from melodyrnn.corpus.cache import EncodedPiece, piece_bytes, piece_from_bytes
from melodyrnn.encoding.events import encode
from melodyrnn.encoding.matrices import feature_matrices
from melodyrnn.errors import MidiFileError
from melodyrnn.midi.limits import LIMITS, Limits
from melodyrnn.midi.worker import Task, readings_of, run
from melodyrnn.music.fingerprint import melody_digest, notes_digest
from melodyrnn.music.song import Song

# To encode takes some 20 times as long as to read, so of one file a quarter as many notes are taken, in six times the
# time: more than any score has. And an eighth of the length, six hours at 120 bpm: what is longer is silence.
PREPARING_LIMITS = replace(
    LIMITS, notes=LIMITS.notes // 4, length_pulses=LIMITS.length_pulses // 8, seconds=6 * LIMITS.seconds
)
LENGTH = struct.Struct("<I?")  # of what follows, and whether that is a piece or the text of an error


def encoded(song: Song, preparation: Preparation = AS_IT_IS) -> EncodedPiece:
    """A song as a piece to train on, in the first style."""
    sequence = encode(preparation(song))
    work = melody_digest(song) or notes_digest(song)
    return EncodedPiece(feature_matrices(sequence.events), sequence.note_count, song.seconds(song.end_pulses), work)


def preparing_task(preparation: Preparation, limits: Limits = PREPARING_LIMITS) -> Task[EncodedPiece]:
    """To read and encode files, and to give `EncodedPiece`s."""
    here = partial(_pieces_of, limits=limits, preparation=preparation)
    return Task(__name__, [astuple(limits), astuple(preparation)], limits, _pieces_from_bytes, here)


def main() -> None:
    """The program of `preparing_task`."""

    def encoder(numbers: Sequence[Any], words: Sequence[Any]) -> tuple[Limits, Callable[[Sequence[str]], bytes]]:
        limits, preparation = Limits(*numbers), Preparation(*words)
        return limits, lambda paths: _pieces_bytes(_pieces_of(paths, limits, preparation))

    run(encoder)


def _pieces_of(
    paths: Sequence[Path | str], limits: Limits, preparation: Preparation
) -> list[EncodedPiece | MidiFileError]:
    pieces: list[EncodedPiece | MidiFileError] = []
    for path, reading in zip(paths, readings_of(paths, limits), strict=True):
        try:
            pieces.append(reading if isinstance(reading, MidiFileError) else encoded(reading[0], preparation))
        except MemoryError:
            pieces.append(MidiFileError(f"{path}: took more than {limits.memory_bytes >> 20} MB of memory to encode"))
    return pieces


def _pieces_bytes(pieces: Sequence[EncodedPiece | MidiFileError]) -> bytes:
    frame = []
    for piece in pieces:
        is_piece = not isinstance(piece, MidiFileError)
        data = str(piece).encode() if isinstance(piece, MidiFileError) else piece_bytes(piece)
        frame += [LENGTH.pack(len(data), is_piece), data]
    return b"".join(frame)


def _pieces_from_bytes(frame: bytes) -> list[EncodedPiece | MidiFileError]:
    """ValueError where it is no such frame."""
    found: list[EncodedPiece | MidiFileError] = []
    place = 0
    while place < len(frame):
        if len(frame) - place < LENGTH.size:
            raise ValueError("pieces of another length than they say")
        length, is_piece = LENGTH.unpack_from(frame, place)
        start = place + LENGTH.size
        place = start + length
        data = frame[start:place]
        found.append(piece_from_bytes(data) if is_piece else MidiFileError(data.decode()))
    return found

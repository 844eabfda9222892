"""What is heard of music while it is made, as messages for the pages: how far it is learned, and the bars so far."""

import time
from dataclasses import replace
from typing import Any

from melodyrnn.generation import Request
from melodyrnn.generation.progress import SoFar
from melodyrnn.music.tempo import Tempo
from melodyrnn.studio.telling import Tell
from melodyrnn.studio.view import Facts, parts_of, sections_of, times_of

LEAST_PART = 0.05  # of learning, before the time that it takes is told


class Ear:
    """Tells what it hears. `request`: what is made; `given`: the lists of what takes hold of a seed."""

    def __init__(self, tell: Tell, request: Request | None = None, given: Facts | None = None) -> None:
        self._tell, self._request = tell, request or Request()
        self._given = given["parts"] if given else []
        self._state, self._began = "", 0.0

    def learned(self, part: float) -> None:
        """The seed is learned so far."""
        if not part:
            self._began = time.monotonic()
        passed = time.monotonic() - self._began
        left = round(passed * (1 - part) / part, 1) if part > LEAST_PART else None
        self._tell({"state": "learning", "progress": round(part, 3), "seconds_left": left})
        self._state = "learning"

    def drawn(self, random_seed: int, made: SoFar, known_until: int, until_pulse: int) -> None:
        """A take has come to a bar line."""
        if self._state != "writing":
            self._state = "writing"
            self._tell({"state": "writing"})
        song, tempo = made.song, self._request.tempo
        if tempo is not None:
            song = replace(song, tempos=(Tempo(0, tempo),))
        bars: dict[str, Any] = {
            "number": random_seed - self._request.random_seed + 1,
            "until_pulse": known_until,
            "draft_until_pulse": until_pulse,
            **times_of(song),
            "sections": sections_of(made),
            "parts": self._parts(made),
        }
        self._tell({"bars": bars})

    def _parts(self, made: SoFar) -> list[Facts]:
        """The new notes of each part, and which of the given ones go for them. Parts have their numbers in the seed."""
        new = [track.with_notes(notes) for track, notes in zip(made.song.tracks, made.new_notes, strict=True)]
        parts = parts_of(new, made.played)
        known = [part for part in self._given if part["goes_on"]]
        for index, part in enumerate(parts):
            gone = made.replaced[index].tolist() if made.replaced else []
            if index < len(known):
                part["number"] = known[index]["number"]
                part["gone"] = [known[index]["notes"][number][:2] for number in gone]
            else:
                part["number"] = len(self._given) + index - len(known) + 1
                part["gone"] = []
        return parts

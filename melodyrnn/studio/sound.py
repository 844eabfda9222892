"""The sound of takes: rendered by FluidSynth in a process of its own, one at a time, and kept beside the take."""

import asyncio
from pathlib import Path

from melodyrnn.errors import SoundError, StudioError
from melodyrnn.sound import find_fluidsynth
from melodyrnn.studio.program import Program, command

SUFFIX = ".wav"
LONGEST_SECONDS = 1800.0  # of music: 300 MB
PATIENCE_SECONDS = 120.0
MOST_WAITING = 8


def sound_path(path: Path) -> Path:
    """Where the sound of a file is."""
    return path.with_suffix(SUFFIX)


def has_sound() -> bool:
    """Whether there is what it needs."""
    try:
        find_fluidsynth()
    except SoundError:
        return False
    return True


class Sound:
    """Renders."""

    def __init__(self) -> None:
        self._one_by_one, self._waiting = asyncio.Lock(), 0

    async def of(self, path: Path, seconds: float) -> Path:
        """The WAV file of a MIDI file that lasts so long. StudioError where it cannot be made."""
        target = sound_path(path)
        if seconds > LONGEST_SECONDS:
            raise StudioError(f"{seconds / 60:.0f} minutes are too long for a sound file: at most 30", 409)
        if self._waiting >= MOST_WAITING:
            raise StudioError(f"busy: {MOST_WAITING} sounds are being made", 503)
        self._waiting += 1
        try:
            async with self._one_by_one:
                if not target.is_file():
                    await self._render(path, target)
        finally:
            self._waiting -= 1
        return target

    @staticmethod
    async def _render(path: Path, target: Path) -> None:
        find_fluidsynth()  # SoundError where it is not here, which says what to install
        program = await Program.start(command("play", str(path), "--wav", str(target)))
        try:
            await asyncio.wait_for(program.output(), PATIENCE_SECONDS)
        except (TimeoutError, asyncio.TimeoutError):
            raise StudioError("FluidSynth takes too long", 503) from None
        finally:
            await program.kill()
        if not target.is_file():
            raise SoundError((await program.error()).replace(str(path), path.name))

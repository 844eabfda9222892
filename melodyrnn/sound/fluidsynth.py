"""FluidSynth, the program: found, and asked to render or to play a MIDI file."""

import shutil
import subprocess
import sys
import tempfile
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from melodyrnn.errors import SoundError
from melodyrnn.files import check_free, replacing
from melodyrnn.sound.soundfonts import VARIABLE, find_soundfont, folders

RATE_HZ, STEREO, SAMPLE_BYTES = 44_100, 2, 2
PEAK = 0.9  # of full scale: the loudest sample of a file
CHUNK_SAMPLES = 1 << 20
INSTALL = {
    "linux": "sudo apt install fluidsynth fluid-soundfont-gm",
    "darwin": "brew install fluid-synth",
    "win32": "choco install fluidsynth",
}  # by sys.platform
ANY_PORT = "or play into a port: melodyrnn play FILE --port NAME"


@dataclass(frozen=True)
class FluidSynth:
    """The program and the sound font that it plays with."""

    program: str
    soundfont: Path

    def render(self, midi: bytes, target: Path, overwrite: bool = False) -> None:
        """Write a MIDI file as a WAV file: stereo, 16 bits, 44,100 Hz, as loud as it can be.

        SoundError where the program fails, OutputError where the file cannot be written.
        """
        check_free(target, overwrite)
        with _as_file(midi) as file, tempfile.TemporaryDirectory() as folder:
            raw = Path(folder) / "sound.f32"
            form = ["-T", "raw", "-O", "float", "-E", "little", "-r", str(RATE_HZ)]
            said = self._run(["-n", "-F", str(raw), *form, str(self.soundfont), str(file)])
            if not raw.is_file() or not raw.stat().st_size:
                raise SoundError(f"FluidSynth made no sound ({said or 'it does not say why'})")
            with replacing(target) as beside:
                _write_wav(raw, beside)

    def play(self, midi: bytes) -> None:
        """Play a MIDI file on this machine's sound card, to its end or an exception. SoundError where that fails."""
        with _as_file(midi) as file:
            said = self._run(["-n", str(self.soundfont), str(file)])
        if "audio driver" in said:
            raise SoundError(f"FluidSynth finds no sound card ({said}); --wav FILE writes the sound to a file")

    def _run(self, arguments: list[str]) -> str:
        """Run the program to its end -> the last line of what it says is wrong."""
        done = subprocess.run(
            [self.program, "-i", "-q", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        return lines[-1].removeprefix("fluidsynth: error: ") if lines else ""


def find_fluidsynth(soundfont: Path | None = None) -> FluidSynth:
    """The program, with the sound font given or found. SoundError, in one line that says how to get what is missing."""
    program, font = shutil.which("fluidsynth"), find_soundfont(soundfont)
    install = INSTALL.get(sys.platform, INSTALL["linux"])
    if program is None:
        raise SoundError(f"sound needs the program FluidSynth: {install}; {ANY_PORT}")
    if font is None:
        where = f"put a General MIDI sound font (.sf2) into {folders()[0]}, or name one: --soundfont FILE or {VARIABLE}"
        more = f" ({install})" if sys.platform == "linux" else ""
        raise SoundError(f"sound needs a sound font{more}: {where}")
    return FluidSynth(program, font)


@contextmanager
def _as_file(midi: bytes) -> Iterator[Path]:
    """The MIDI file on disk, for a program that reads no bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "music.mid"
        path.write_bytes(midi)
        yield path


def _write_wav(raw: Path, target: Path) -> None:
    """Raw little-endian floats -> a WAV file whose loudest sample is PEAK. An hour of sound needs no memory."""
    samples = np.memmap(raw, "<f4", "r")
    chunks = range(0, len(samples), CHUNK_SAMPLES)
    loudest = max(float(np.abs(samples[first : first + CHUNK_SAMPLES]).max()) for first in chunks)
    factor = (PEAK / loudest if loudest else 0.0) * (2 ** (8 * SAMPLE_BYTES - 1) - 1)
    with target.open("wb") as file, wave.open(file, "wb") as wav:
        wav.setparams((STEREO, SAMPLE_BYTES, RATE_HZ, 0, "NONE", ""))
        for first in chunks:
            wav.writeframes(np.rint(samples[first : first + CHUNK_SAMPLES] * factor).astype("<i2").tobytes())

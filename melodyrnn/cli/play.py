"""`melodyrnn play`: hear a MIDI file."""

from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

import click

from melodyrnn.cli.options.sound import soundfont_option
from melodyrnn.cli.show.text import say
from melodyrnn.cli.signals import ending_on_signals
from melodyrnn.errors import count

if TYPE_CHECKING:
    from melodyrnn.midi.playback import TimedMessage

POLL_SECONDS = 0.05

EXAMPLES = """\b
Examples:
  melodyrnn play longer.mid
  melodyrnn play longer.mid --from-bar 17
  melodyrnn play longer.mid --port fluid
  melodyrnn play longer.mid --wav longer.wav"""


@click.command(epilog=EXAMPLES)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--from-bar", type=click.IntRange(min=1), metavar="BAR", help="First bar to play, counted from 1.")
@click.option("--to-bar", type=click.IntRange(min=1), metavar="BAR", help="Last bar to play.")
@click.option("--port", metavar="NAME", help="Play into this MIDI port; part of its name is enough.")
@click.option("--wav", type=click.Path(path_type=Path), help="Write the sound to this file instead of playing it.")
@soundfont_option
@click.option("--overwrite", is_flag=True, help="Replace the --wav file if it exists.")
def play(
    file: Path,
    from_bar: int | None,
    to_bar: int | None,
    port: str | None,
    wav: Path | None,
    soundfont: Path | None,
    overwrite: bool,
) -> None:
    """Play a MIDI file through FluidSynth, or into a MIDI port. Ctrl-C ends it.

    FluidSynth is a program of its own. Where it is missing, the error says how to get it.
    """
    if port is not None and (wav is not None or soundfont is not None):
        raise click.UsageError("--port plays into a device: leave out --wav and --soundfont")
    from melodyrnn import api
    from melodyrnn.files import check_writable
    from melodyrnn.midi.playback import file_to_play, timed_messages
    from melodyrnn.sound import find_fluidsynth

    check_writable([wav] if wav else [], overwrite)
    synth = None if port is not None else find_fluidsynth(soundfont)
    music = api.load_seed_file(file, from_bar=from_bar, to_bar=to_bar)
    messages = timed_messages(music)
    minutes, seconds = divmod(round(messages[-1].seconds), 60)
    what = f"{file}: {count(music.song.bars, 'bar')}, {minutes}:{seconds:02}"
    if synth is None:
        _into_port(port or "", messages, what)
    elif wav is not None:
        synth.render(file_to_play(music), wav, overwrite)
        say(f"{wav}: {what}, sound font {synth.soundfont.name}")
    else:
        say(f"{what}, sound font {synth.soundfont.name}")
        with suppress(KeyboardInterrupt), ending_on_signals(_interrupt):
            synth.play(file_to_play(music))


def _interrupt() -> None:
    raise KeyboardInterrupt


def _into_port(name: str, messages: "list[TimedMessage]", what: str) -> None:
    """Play into a port, in a thread of its own, until the end or a signal."""
    from melodyrnn.live.playback import play_messages
    from melodyrnn.live.time.clock import SystemClock
    from melodyrnn.ports.devices import open_output

    port, ended, errors = open_output(name), Event(), list[BaseException]()
    asked_to_end = list[bool]()

    def run() -> None:
        try:
            play_messages(messages, port, SystemClock(), ended)
        except BaseException as error:  # noqa: BLE001 - raised below
            errors.append(error)

    player = Thread(target=run, name="melodyrnn plays a file")
    try:
        with ending_on_signals(lambda: asked_to_end.append(True)):
            say(f"{what}, into {port.name}")
            player.start()
            while player.is_alive() and not asked_to_end:
                player.join(POLL_SECONDS)
    finally:
        ended.set()
        player.join()
        port.close()
    if errors:
        raise errors[0]

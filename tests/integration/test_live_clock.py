"""`melodyrnn live` after the MIDI clock of another program: jack_midi_clock, driven by a JACK server's transport."""

import shutil
import sys
import time
from bisect import bisect_left
from statistics import median, quantiles

import pytest

CLOCK, START, CONTINUE, STOP, POSITION = 0xF8, 0xFA, 0xFB, 0xFC, 0xF2
BAR_PULSES, BEATS = 96, 4
SECONDS = 20  # of each tempo: enough for a 99th percentile
STEADY_MS = 1.0  # a server that falls behind by more shakes the clock that it carries,
STEADY_PULSES = 24  # and for so long what follows the clock
LEAST_ONSETS = 40
TEMPO_SECONDS = 0.1  # at each tempo of a ramp
MEDIAN_MS, P99_MS = 1.0, 3.0  # how far onsets may be from their pulse, beside what the server's period adds


@pytest.fixture
def clocked(stage):
    """Starts the clock master at a tempo, the recorder of notes and clock, and melodyrnn after that clock."""
    missing = [program for program in ("jack_midi_clock", "jack_transport") if shutil.which(program) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")

    def start(bpm: float):
        transport = stage.run(["jack_transport"])
        for word in ("master", f"tempo {bpm}", "locate 0"):
            transport.tell(word)
        stage.run(["jack_midi_clock", "-d", "0.1"])
        stage.wait_for_port("jack_midi_clock:mclk_out")
        recorder = stage.record("notes", "clock=jack_midi_clock:mclk_out")
        clock = ("--clock", "external", "--input", "jack_midi_clock:mclk_out")
        live = stage.live("--port", "recorder:notes", *clock, "--style", "drums", "--random-seed", "4")
        return transport, recorder, live

    return start


def pulses_of(clock) -> list[tuple[int, float]]:
    """(pulse of the song, seconds) of each clock that came while the song ran."""
    pulse, runs, found = 0, False, []
    for message in clock:
        if message.kind == START:
            pulse, runs = 0, True
        elif message.kind == CONTINUE:
            runs = True
        elif message.kind == STOP:
            runs = False
        elif message.kind == POSITION:
            pulse = 6 * (message.data[1] | message.data[2] << 7)
        elif message.kind == CLOCK and runs:
            found.append((pulse, message.seconds))
            pulse += 1
    return found


def nearest(times: list[float], seconds: float) -> int:
    """The index of the time that is nearest."""
    after = min(bisect_left(times, seconds), len(times) - 1)
    return min((after, max(after - 1, 0)), key=lambda index: abs(times[index] - seconds))


def placed(recorder) -> list[tuple[int, int, float]]:
    """(pulse, pitch, milliseconds after the pulse) of each note that arrived."""
    pulses = pulses_of(recorder.on("clock"))
    times = [seconds for _, seconds in pulses]
    found = []
    for message in recorder.onsets:
        index = nearest(times, message.seconds)
        found.append((pulses[index][0], message.data[1], 1000 * (message.seconds - times[index])))
    return found


def near(notes: list[tuple[int, int]], others: list[tuple[int, int]]) -> bool:
    """Whether each note is among the others, at most a pulse away: one that comes late is nearest to the next clock."""
    return all(any(pitch == other and abs(pulse - at) <= 1 for at, other in others) for pulse, pitch in notes)


def steady(recorder) -> list[float]:
    """Milliseconds after its pulse of each onset around which the server itself kept time, from the second bar on."""
    clocks = [message for message in recorder.on("clock") if message.kind == CLOCK]
    behind = [1000 * message.server_lost for message in clocks]
    times, found = [message.seconds for message in clocks], []
    for message, (pulse, _, late) in zip(recorder.onsets, placed(recorder), strict=True):
        at = nearest(times, message.seconds)
        around = [*behind[max(at - STEADY_PULSES, 0) : at + 2], 1000 * message.server_lost]
        if pulse >= BAR_PULSES and max(around) - min(around) < STEADY_MS:
            found.append(late)
    return found


def play_bars(stage, transport, recorder, bars: int, tempos=()) -> None:
    """Let the transport roll from where it is for so many bars, and stop it. Meanwhile go through the tempos."""

    def heard(kind: int) -> int:
        return [message.kind for message in recorder.on("clock")].count(kind)

    clocks, stops = heard(CLOCK), heard(STOP)
    transport.tell("play")
    for bpm in tempos:
        transport.tell(f"tempo {bpm}")
        time.sleep(TEMPO_SECONDS)
    stage.wait_until(lambda: heard(CLOCK) > clocks + bars * BAR_PULSES, f"{bars} bars of clock")
    transport.tell("stop")
    stage.wait_until(lambda: heard(STOP) > stops, "the stop")


@pytest.mark.parametrize("tempos", [(60,), (120,), (187,), range(90, 150)], ids=["60", "120", "187", "90 to 150"])
def test_onsets_are_on_the_pulses_of_the_clock(stage, clocked, tempos):
    transport, recorder, _ = clocked(tempos[0])
    play_bars(stage, transport, recorder, round(SECONDS * median(tempos) / 60 / BEATS), tempos[1:])
    recorder.end()
    late, played = steady(recorder), len(recorder.onsets)
    if len(late) < LEAST_ONSETS:
        pytest.skip(f"the server kept time around {len(late)} of {played} onsets: the machine is too busy")
    away = [abs(milliseconds) for milliseconds in late]
    middle, most = median(away), quantiles(away, n=100, method="inclusive")[-1]
    figures = f"median {middle:.2f}, p99 {most:.2f} ms from it"
    sys.stdout.write(
        f"{len(away)} of {played} onsets, {min(late):.2f} to {max(late):.2f} ms after their pulse: {figures}"
    )
    assert middle < stage.period_ms + MEDIAN_MS
    assert most < stage.period_ms + P99_MS


def test_stop_silences_within_a_pulse(stage, clocked):
    transport, recorder, _ = clocked(120)
    play_bars(stage, transport, recorder, 2)
    stage.wait_until(lambda: recorder.sounding == {}, "silence", seconds=2)
    recorder.end()
    stopped = next(m.frame for m in recorder.on("clock") if m.kind == STOP)
    last = max(m.frame for m in recorder.on("notes") if m.kind in (0x80, 0x90))
    assert (last - stopped) / stage.rate < 60 / 120 / 24 + stage.period_ms / 1000  # of the server's own time


def test_a_located_bar_is_the_bar_that_was_played_there(stage, clocked):
    transport, recorder, _ = clocked(140)
    play_bars(stage, transport, recorder, 4)
    first = [(pulse, pitch) for pulse, pitch, _ in placed(recorder)]
    count = len(recorder.onsets)
    transport.tell(f"locate {round(2 * BEATS * 60 / 140 * stage.rate)}")
    play_bars(stage, transport, recorder, 2)
    recorder.end()
    again = [(pulse, pitch) for pulse, pitch, _ in placed(recorder)][count:]
    assert {m.kind for m in recorder.on("clock")} >= {POSITION, CONTINUE}
    third, third_again = ([note for note in notes if note[0] // BAR_PULSES == 2] for notes in (first, again))
    assert len(third) > 4
    assert near(third, again)
    assert near(third_again, first)

"""A program of its own that says at which tempo the transport of a JACK server rolls. Run by the tests.

    python jack_timebase.py BPM [BPM-AT-THE-END SECONDS]

With three numbers the tempo goes from the one to the other over so many seconds of rolling. Prints "ready"; then takes
lines: start, stop, locate BEAT. Ends when its input does.
"""

import sys

import jack

BEATS, TICKS = 4, 1920.0


def main() -> None:
    first, last, seconds = (*(float(word) for word in sys.argv[1:]), *(float(sys.argv[1]), 1.0))[:3]
    client = jack.Client("timebase", no_start_server=True)

    def bpm(at: float) -> float:
        return first + (last - first) * min(at / seconds, 1.0)

    def beat(at: float) -> float:
        """The integral of the tempo."""
        rolled = min(at, seconds)
        return (rolled * (first + bpm(rolled)) / 2 + (at - rolled) * last) / 60

    def tell(_: object, __: int, position: "jack.Position", ___: bool) -> None:
        at = position.frame / client.samplerate
        beats, tick = divmod(beat(at) * TICKS, TICKS)
        position.valid = jack.POSITION_BBT
        position.beats_per_bar, position.beat_type, position.ticks_per_beat = float(BEATS), 4.0, TICKS
        position.beats_per_minute = bpm(at)
        position.bar, position.beat, position.tick = int(beats // BEATS) + 1, int(beats % BEATS) + 1, int(tick)
        position.bar_start_tick = (beats // BEATS) * BEATS * TICKS

    client.set_timebase_callback(tell)
    client.activate()
    print("ready", flush=True)
    for line in sys.stdin:
        word, *rest = line.split()
        if word == "start":
            client.transport_start()
        elif word == "stop":
            client.transport_stop()
        else:
            client.transport_locate(round(float(rest[0]) * 60 / first * client.samplerate))


main()

"""Every note on its frame: whatever the blocks, the tempo, the time signature, and wherever the song goes."""

import random
import time

import pytest
from plugin.rolls import expected_starts, sounded, starts

from melodyrnn.plugin.host import Transport

BAR = 96000  # frames of a bar of 4/4 at 120 bpm and 48 kHz
QUARTER = BAR // 4
BLOCKS = (1, 2, 3, 7, 16, 31, 32, 33, 64, 100, 127, 128, 256, 441, 512, 1000, 1024, 2048, 4096, 8192)


def ended(host, messages):
    """The notes of messages, and of the block after a stop."""
    host.go(speed=0.0)
    return sounded([*messages, *host.run(1)])


@pytest.mark.parametrize("block", BLOCKS)
def test_every_note_is_on_its_frame_in_blocks_of_any_size(host, block):
    bars = 1 if block < 16 else 3
    host.run(37)
    host.go(speed=1.0)
    played = ended(host, host.play(bars * BAR, block))
    assert starts(played) == list(expected_starts(0, bars - 1, 37))
    assert host.late_bars == 0


def test_blocks_of_changing_size_play_the_same_notes_with_the_same_ends(host, new_host):
    numbers, played = random.Random(1), []
    other = new_host()
    other.offline = True
    for one, sizes in ((host, lambda: 512), (other, lambda: numbers.randint(1, 3000))):
        one.go(speed=1.0, bpm=133.7)
        messages = []
        while one.frame < 5 * BAR:
            messages += one.run(min(sizes(), 5 * BAR - one.frame))
        played.append(ended(one, messages))
    assert played[0] == played[1]
    assert len(played[0]) > 150


@pytest.mark.parametrize("metre", [(3, 4), (7, 8), (5, 16), (12, 8), (1, 4), (13, 4)])
@pytest.mark.parametrize(("bpm", "rate"), [(61.3, 44100), (240, 96000)])
def test_bars_of_any_time_signature_and_tempo(new_host, metre, bpm, rate):
    host = new_host(rate=rate)
    host.offline = True
    host.go(speed=1.0, bpm=bpm, numerator=metre[0], denominator=metre[1], bar=5)
    frames = round(3 * rate * 60 / bpm * 4 * metre[0] / metre[1])
    played = ended(host, host.play(frames, 512))
    assert starts(played) == list(expected_starts(5, 7, 0, bpm=bpm, rate=rate, metre=metre))


def test_a_change_of_tempo_and_of_time_signature_at_a_bar_line(host):
    host.go(speed=1.0)
    messages = host.play(BAR, 512)
    host.go(bpm=60.0)
    messages += host.play(2 * BAR, 512)
    host.go(numerator=3, bpm=120.0)
    played = ended(host, [*messages, *host.play(BAR // 4 * 3, 512)])
    assert starts(played) == [
        *expected_starts(0, 0, 0),
        *expected_starts(1, 1, BAR, bpm=60),
        *expected_starts(2, 2, 3 * BAR, metre=(3, 4)),
    ]


def test_a_jump_ends_what_sounds_in_its_frame_and_plays_on_from_there(host):
    host.go(speed=1.0)
    messages = host.play(BAR + 10_000, 512)
    host.go(bar=20, beat=0.0)
    there = host.frame
    played = ended(host, [*messages, *host.play(BAR, 512)])
    before = [note for note in played if note.start < there]
    assert max(note.end for note in before) == there
    assert starts(note for note in played if note.start >= there) == list(expected_starts(20, 20, there))


def test_a_loop_whose_ends_lie_inside_blocks_plays_the_same_each_time(host):
    host.go(speed=1.0, bar=4)
    start, messages = host.frame, []
    line = host.frame + 2 * BAR
    while host.frame < start + 8 * BAR:
        wraps = line - host.frame
        jumps = [(wraps, Transport(bar=4, speed=1.0))] if wraps < 1000 else []
        messages += host.run(1000, jumps=jumps)
        line += 2 * BAR if jumps else 0
    played = ended(host, messages)
    rounds = [[n for n in played if start + r * 2 * BAR <= n.start < start + (r + 1) * 2 * BAR] for r in range(4)]
    for r, notes in enumerate(rounds):
        assert starts(notes) == list(expected_starts(4, 5, start + r * 2 * BAR))
        assert all(note.end <= start + (r + 1) * 2 * BAR for note in notes)


def test_a_song_that_goes_back_and_forth_pays_every_note(host):
    numbers, messages = random.Random(2), []
    for _ in range(60):
        host.go(
            bar=numbers.randint(-2, 40),
            beat=numbers.choice([0.0, 1.5, 3.999]),
            bpm=numbers.choice([40.0, 120.0, 300.0]),
            speed=numbers.choice([1.0, 1.0, 1.0, 0.0, 0.5]),
            numerator=numbers.choice([3, 4, 7]),
        )
        messages += host.play(numbers.randint(1, 60_000), numbers.choice([64, 500, 4096]))
    assert len(ended(host, messages)) > 300


def test_hours_in_seconds_stay_on_their_frames(host):
    host.go(speed=1.0, bpm=999.0)
    host.go(bar=3000)
    bars = 300
    frames = round(bars * BAR * 120 / 999)
    played = ended(host, host.play(frames, 8192))
    assert starts(played) == list(expected_starts(3000, 3000 + bars - 1, 0, bpm=999))


def test_a_host_that_rounds_its_places_plays_every_note_once(host):
    numbers, messages = random.Random(3), []
    for _ in range(399):
        exact = Transport(speed=1.0).after(host.frame, host.rate)
        host.go(speed=1.0, bar=exact.bar, beat=exact.beat + numbers.uniform(-0.002, 0.002))
        messages += host.run(480)
    played, wanted = starts(ended(host, messages)), list(expected_starts(0, 1, 0))
    assert sorted(note[1:] for note in played) == sorted(note[1:] for note in wanted)
    assert max(abs(one[0] - other[0]) for one, other in zip(played, wanted, strict=True)) <= 100


def test_a_bar_that_comes_a_moment_late_begins_late_and_goes_on_in_time(new_host):
    host = new_host()
    host.go(speed=1.0, bar=30)
    start, messages = host.frame, []
    while not messages:
        messages = host.run(1)
        time.sleep(0.005)
        assert host.frame < start + 6000, "nothing came within six pulses"
    begun = host.frame - 1
    assert begun > start
    played = ended(host, [*messages, *host.play(BAR // 2, 512)])
    wanted = [row for row in expected_starts(30, 30, start) if row[0] < host.frame - 1]
    late = [(max(frame, begun), *rest) for frame, *rest in wanted]
    assert starts(played) == late
    assert {note.end for note in played if note.start == begun} & {start + 5000, start + 20_000}


def test_a_loop_that_is_told_a_block_late_loses_no_note(host):
    host.go(speed=1.0, bar=7, beat=3.5)
    messages = host.play(QUARTER // 2 - 16, 256)
    messages += host.run(256)  # the loop ends in its 16th frame
    host.go(bar=4, beat=240 / QUARTER)
    there = host.frame
    played = ended(host, [*messages, *host.play(QUARTER, 256)])
    first = [row[1:] for row in expected_starts(4, 4, there) if row[0] == there]
    assert [row[1:] for row in starts(played) if row[0] == there] == first


def test_a_host_that_rounds_to_ticks_is_soon_followed_to_the_frame(host):
    start, messages = 96_123, []  # between two ticks of 1920 a quarter
    while host.frame < 4 * BAR:
        exact = Transport(speed=1.0).after(start + host.frame, host.rate)
        host.go(speed=1.0, bar=exact.bar, beat=round(exact.beat * 1920) / 1920)
        messages += host.run(256)
    wanted = [row for row in expected_starts(1, 5, BAR - start) if 0 <= row[0] < host.frame]
    played = [row for row in starts(ended(host, messages)) if row[0] < host.frame - 1]
    off = [(one[0], abs(one[0] - other[0])) for one, other in zip(played, wanted, strict=True)]
    assert max(frames for _, frames in off) <= 7
    assert max(frames for frame, frames in off if frame > BAR / 4) <= 1

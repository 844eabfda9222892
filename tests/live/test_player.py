"""The player: on its pulse, without drift, whatever happens; and every way out."""

import pytest

from melodyrnn import messages
from melodyrnn.errors import OptionError
from melodyrnn.live.inbox import InputLost, MidiIn
from melodyrnn.live.player import Player
from melodyrnn.live.score.request import Request
from melodyrnn.live.score.settings import Settings
from melodyrnn.live.testing import CHANNELS, PITCHES, ScriptedComposer, Simulation, sounding
from melodyrnn.live.time.follower import JOINED_PULSES
from melodyrnn.live.wire.controls import Chosen, Control, Pressed, Turned
from melodyrnn.music.progression import Progression
from melodyrnn.music.pulses import seconds_per_pulse

PULSE = seconds_per_pulse(120)
BAR = 96
CLOCK, START, STOP, CONTINUE, POSITION = (
    messages.CLOCK,
    messages.START,
    messages.STOP,
    messages.CONTINUE,
    messages.POSITION,
)


def onset_pulses(stage: Simulation) -> list[float]:
    """When each note began, in pulses at 120 bpm."""
    return [round(seconds / PULSE, 6) for seconds, *_ in stage.onsets()]


def silenced(stage: Simulation) -> list[bytes]:
    """What ends a session on the channels that the script plays on."""
    return [message for channel in sorted(CHANNELS) for message in messages.silence(channel)]


def test_ten_hours_drift_by_nothing():
    stage = Simulation(ScriptedComposer(Settings("plain"), step=24, duration=40))
    count, furthest = 0, 0.0
    held: list[tuple[float, bytes]] = []
    for hour in range(1, 11):
        stage.run(hour * 3600 - stage.clock.now())
        onsets = stage.onsets()
        for n, (seconds, channel, pitch, _) in enumerate(onsets, count):
            assert (channel, pitch) == (CHANNELS[n % 3], PITCHES[n % 60])
            furthest = max(furthest, abs(seconds - n * 24 * PULSE))
        count += len(onsets)
        keys = sounding(held + stage.port.sent)
        assert len(keys) <= 2
        held = [(0.0, messages.note_on(*key, 1)) for key in keys]
        stage.port.sent.clear()
    assert count == 10 * 3600 * 2 + 1
    assert furthest < 1e-6
    assert stage.player.schedule.late_pulses == stage.player.schedule.skipped == 0
    stage.player.finish(stage.clock.now())
    assert sounding(held + stage.port.sent) == set()
    assert [message for _, message in stage.sent][-9:] == silenced(stage)


def test_note_offs_leave_before_the_notes_of_their_pulse_and_programs_before_the_first_note():
    stage = Simulation(ScriptedComposer(Settings("plain"), step=6, duration=6))
    stage.run(1.5)
    kinds = [(round(seconds / PULSE), message[0] & 0xF0) for seconds, message in stage.sent]
    first = [message for _, message in stage.sent][: 3 * 16 + 3]
    silences = [m for channel in range(16) for m in messages.silence(channel)]
    assert first == silences + [messages.program(channel, 0) for channel in CHANNELS]
    assert [kind for pulse, kind in kinds if pulse == 6] == [messages.NOTE_OFF, messages.NOTE_ON]


def test_a_pitch_struck_again_while_it_sounds_ends_first():
    stage = Simulation(ScriptedComposer(Settings("plain"), step=6, duration=6 * 60 + 5))
    stage.run(20)
    sounding(stage.sent)
    assert len(stage.onsets()) == 161


@pytest.mark.parametrize("look_ahead", [12, 96, 960])
def test_no_more_is_composed_than_the_look_ahead_asks_for(look_ahead):
    stage = Simulation(look_ahead_pulses=look_ahead)
    stage.run(3)
    position = stage.player.position
    assert position + look_ahead < stage.player.schedule.frontier <= position + look_ahead + 7


class TestLate:
    """The model stalls."""

    def late_from(self, stops: int, goes_on: int) -> tuple[Simulation, int]:
        """Played while the model composes nothing between two pulses -> and up to where music was known."""
        stage = Simulation(look_ahead_pulses=24)
        stage.run(stops * PULSE)
        stage.slow = True
        stage.run((goes_on - stops) * PULSE)
        frontier = stage.player.schedule.frontier
        assert stops + 12 < frontier < goes_on
        stage.slow = False
        stage.run(2.0)
        assert stage.player.schedule.late_pulses == goes_on + 1 - frontier
        return stage, frontier

    def test_the_music_waits_and_is_on_time_again_with_the_next_note(self):
        stage, frontier = self.late_from(25, 64)
        late = [p for p in range(0, 64, 6) if p > frontier]
        assert late == [60]
        assert [p for p in onset_pulses(stage) if p < 120] == [64 if p in late else p for p in range(0, 120, 6)]
        assert stage.player.schedule.skipped == 0

    def test_long_overdue_notes_are_left_out(self):
        stage, frontier = self.late_from(48, 95)
        played = [*range(0, frontier + 1, 6), 95, *range(96, 190, 6)]
        assert [p for p in onset_pulses(stage) if p < 190] == played
        assert stage.player.schedule.skipped == 190 // 6 + 1 - len(played)

    def test_overdue_notes_play_one_onset_a_pulse(self):
        stage = Simulation(ScriptedComposer(Settings("plain"), step=1), look_ahead_pulses=24)
        stage.run(10 * PULSE)
        stage.slow = True
        stage.run(40 * PULSE)
        stage.slow = False
        stage.run(1.0)
        pulses = onset_pulses(stage)
        assert len(pulses) == len(set(pulses))
        assert pulses[-1] - pulses[-40] == 39

    def test_never_a_burst_after_the_computer_slept(self):
        stage = Simulation()
        stage.run(1.0)
        before = len(stage.sent)
        stage.clock.advance_to(3601.0)
        stage.step()
        assert len(stage.sent) - before <= 4
        assert stage.player.held_pulses >= 3600 / PULSE - 10
        stage.run(2)
        gaps = [b - a for a, b in zip(onset_pulses(stage)[9:], onset_pulses(stage)[10:], strict=False)]
        assert {round(gap) for gap in gaps} == {6}

    def test_following_a_clock_stale_notes_are_left_out(self):
        stage = Simulation(clock="external")
        stage.receive(START)
        for n in range(49):
            stage.clock.advance_to(n * PULSE)
            stage.receive(CLOCK)
            stage.step()
        before = len(stage.onsets())
        for n in range(49, 96):  # they all come at once
            stage.player.post(MidiIn(bytes((CLOCK,)), n * PULSE))
        stage.clock.advance_to(95 * PULSE)
        stage.step()
        assert len(stage.onsets()) - before <= 2
        assert stage.player.schedule.skipped >= 5


class TestControls:
    """Controllers change what comes from the next bar on."""

    TABLE = (
        Control("velocity", 20, low=0.5, high=1.5),
        Control("again", 21, bars=2),
        Control("panic", 22),
        Control("keep", 23),
        Control("tempo", 24, low=60, high=240),
    )

    def stage(self) -> Simulation:
        return Simulation(controls=self.TABLE)

    def test_a_change_holds_from_the_next_bar_line(self):
        stage = self.stage()
        stage.run(60 * PULSE)
        stage.receive(0xB3, 20, 127)
        stage.run(3)
        velocities = {round(s / PULSE): v for s, _, _, v in stage.onsets()}
        assert {v for p, v in velocities.items() if p < BAR} == {64}
        assert {v for p, v in velocities.items() if p >= BAR} == {96}
        assert onset_pulses(stage) == [6 * n for n in range(len(stage.onsets()))]
        assert stage.player.schedule.late_pulses == 0
        assert ("velocity 1.5") in [notice.text for notice in stage.player.notices]

    def test_a_knob_that_is_turned_without_end_stops_nothing(self):
        stage = self.stage()
        for n in range(600):
            stage.receive(0xB0, 20, n % 128)
            stage.run(PULSE)
        assert onset_pulses(stage) == [6 * n for n in range(101)]
        assert stage.player.schedule.late_pulses == 0

    def test_while_a_knob_is_turned_music_is_asked_for_a_few_times_a_bar(self):
        stage, asked = self.stage(), []
        ask = stage.compose_thread.request

        def count(number: int, request: Request) -> None:
            asked.append(request)
            ask(number, request)

        stage.compose_thread.request = count  # type: ignore[method-assign]
        for n in range(10 * BAR):
            stage.receive(0xB0, 20, n % 128)
            stage.run(PULSE)
        assert len(asked) <= 10 * 6
        # And what it was turned to last holds from the bar line, though it was touched just before.
        stage.receive(0xB0, 20, 0)
        stage.run((BAR - 4) * PULSE)
        stage.receive(0xB0, 20, 20)
        stage.receive(0xB0, 20, 127)
        count_before = len(stage.onsets())
        stage.run(BAR * PULSE)
        assert {velocity for *_, velocity in stage.onsets()[count_before + 1 :]} == {96}

    def test_program_change_chooses_the_style(self):
        stage = self.stage()
        stage.run(10 * PULSE)
        stage.receive(0xC0, 1)
        stage.run(4)
        programs = [(round(s / PULSE), m[0] & 15, m[1]) for s, m in stage.sent if m[0] & 0xF0 == messages.PROGRAM]
        assert programs[3:] == [(96, 1, 1), (102, 9, 1), (108, 0, 1)]
        stage.receive(0xC0, 5)  # there is no such style
        stage.run(4)
        assert stage.player.settings.style == "fancy"

    def test_again_plays_the_last_bars_once_more_and_goes_on(self):
        stage = self.stage()
        stage.run(3 * BAR * PULSE + 10 * PULSE)
        stage.receive(0xB0, 21, 127)
        stage.run(4 * BAR * PULSE)
        notes = [pitch for _, _, pitch, _ in stage.onsets()]
        plain = [PITCHES[n % 60] for n in range(200)]
        assert notes[: 4 * 16] == plain[: 4 * 16]
        assert notes[4 * 16 : 7 * 16] == plain[2 * 16 : 5 * 16]
        assert onset_pulses(stage) == [6 * n for n in range(len(notes))]

    def test_panic_silences_at_once(self):
        stage = self.stage()
        stage.run(10 * PULSE)
        stage.receive(0xB0, 22, 127)
        stage.step()
        assert sounding(stage.sent) == set()
        sent = [m for _, m in stage.sent]
        assert all(sent[-48:].count(messages.control(c, messages.ALL_SOUND_OFF, 0)) == 1 for c in range(16))
        stage.run(1)
        assert onset_pulses(stage)[:9] == [6 * n for n in range(9)]

    def test_keep_is_counted_at_each_press(self):
        stage = self.stage()
        for value in (127, 127, 0, 64):
            stage.receive(0xB0, 23, value)
        stage.run(0.1)
        assert stage.player.keeps == 3

    def test_a_change_of_tempo_reaches_notes_not_yet_sent(self):
        stage = self.stage()
        stage.run(48 * PULSE)
        stage.receive(0xB0, 24, 127)
        stage.step()
        stage.run(3)
        twice = [48 + (p - 48) / 2 for p in range(54, 96, 6)]
        assert onset_pulses(stage)[9 : 9 + len(twice)] == pytest.approx(twice)

    def test_held_keys_are_the_harmony(self):
        stage = Simulation(harmony=True)
        stage.run(1)
        for pitch in (60, 64, 67):
            stage.receive(0x90, pitch, 90)
        stage.run(2)
        assert stage.player.settings.sampling.constraints.chords == Progression.parse("C")

    def test_chords_that_overlap_are_kept_apart(self):
        stage = Simulation(harmony=True)

        def chord() -> str:
            stage.step()
            return str(stage.player.settings.sampling.constraints.chords)

        def move(velocity: int, *pitches: int) -> None:
            for pitch in pitches:
                stage.receive(0x90, pitch, velocity)

        move(90, 60, 64, 67)
        assert chord() == "C"
        stage.run(2)
        move(90, 65, 69)
        stage.run(0.05)
        move(0, 64, 67)  # legato: C stays
        stage.run(0.05)
        assert chord() == "F/C"
        stage.run(2)
        move(0, 60, 65, 69)  # and stays when all come up
        assert chord() == "F/C"
        move(90, 60, 64, 67)
        stage.player.post(InputLost())  # the keyboard is lost
        stage.run(2)
        move(90, 62, 65, 69)
        assert chord() == "Dm"

    def test_gone_back_the_value_last_chosen_can_be_chosen_again(self):
        stage = Simulation(clock="external", controls=self.TABLE)

        stage.receive(START)
        stage.receive_clocks(2 * BAR + 10)
        stage.receive(0xB0, 20, 127)
        stage.receive_clocks(BAR)
        stage.receive(STOP)
        stage.receive(POSITION, 0, 0)
        stage.receive(CONTINUE)
        count = len(stage.onsets())
        stage.receive_clocks(10)
        stage.receive(0xB0, 20, 127)
        stage.receive_clocks(2 * BAR)
        velocities = [velocity for *_, velocity in stage.onsets()[count:]]
        assert velocities == 16 * [64] + (len(velocities) - 16) * [96]

    def test_again_pressed_twice_is_once(self):
        stage = self.stage()
        stage.run(3 * BAR * PULSE + 10 * PULSE)
        for value in (127, 0, 127):
            stage.receive(0xB0, 21, value)
        stage.run(3 * BAR * PULSE)
        notes = [pitch for _, _, pitch, _ in stage.onsets()]
        assert notes[4 * 16 : 6 * 16] == [PITCHES[n % 60] for n in range(2 * 16, 4 * 16)]

    def test_the_take_has_the_pulse_at_which_notes_were_cut(self):
        stage = Simulation(ScriptedComposer(Settings("plain"), step=96, duration=90))
        stage.run(50 * PULSE)
        stage.player.finish(stage.clock.now())
        ends = [pulse for pulse, m in stage.player.output.log if isinstance(m, bytes) and m[0] & 0xF0 == 0x80]
        assert ends == [50]

    @pytest.mark.parametrize("position", [20, 21, 22, 23])
    def test_a_change_is_asked_for_from_where_the_song_is(self, position):
        """However long nothing was due before it."""
        stage = Simulation(ScriptedComposer(Settings("plain"), step=96, duration=9), controls=self.TABLE)
        stage.run((BAR - 24 + position) * PULSE)
        stage.receive(0xB0, 20, 127)
        stage.run(3)
        loud = [round(s / PULSE) for s, *_, velocity in stage.onsets() if velocity == 96]
        assert loud[0] == (BAR if position <= 21 else 2 * BAR)


class TestFollowing:
    """Another clock drives the song."""

    def stage(self) -> Simulation:
        return Simulation(clock="external")

    def test_nothing_after_stop(self):
        stage = self.stage()
        stage.receive(STOP)
        stage.receive_clocks(100)
        assert stage.onsets() == []

    def test_a_clock_that_runs_already_is_joined_from_the_beginning(self):
        stage = self.stage()
        stage.receive_clocks(JOINED_PULSES + 50)
        assert onset_pulses(stage) == pytest.approx([JOINED_PULSES + 1 + 6 * n for n in range(9)], abs=1e-3)

    def test_notes_come_on_their_pulse(self):
        stage = self.stage()
        stage.receive_clocks(10)
        stage.receive(START)
        stage.receive_clocks(200)
        assert onset_pulses(stage) == pytest.approx([11 + 6 * n for n in range(34)], abs=1e-3)

    def test_the_take_follows_a_ramp(self):
        stage = self.stage()
        stage.receive(START)
        seconds = 0.0
        for n in range(2 * BAR):
            pulse_seconds = PULSE * (1 - 0.4 * n / (2 * BAR))
            seconds += pulse_seconds * (n > 0)
            stage.run(pulse_seconds)
            stage.receive(CLOCK)
            stage.step()
        tempos = sorted({pulse: what for pulse, what in stage.player.output.log if isinstance(what, float)}.items())
        assert len(tempos) >= 3
        ends = [pulse for pulse, _ in tempos[1:]] + [2 * BAR]
        taken = sum(60 / bpm / 24 * (end - pulse) for (pulse, bpm), end in zip(tempos, ends, strict=True))
        assert taken == pytest.approx(seconds, rel=0.05)

    def test_stop_silences_and_continue_goes_on(self):
        stage = self.stage()
        stage.receive(START)
        stage.receive_clocks(51)
        stage.receive(STOP)
        stage.step()
        assert sounding(stage.sent) == set()
        count = len(stage.onsets())
        stage.run(60)
        assert len(stage.onsets()) == count == 9
        stage.receive(CONTINUE)
        stage.receive_clocks(20)
        assert [pitch for _, _, pitch, _ in stage.onsets()] == [PITCHES[n] for n in range(12)]

    def test_start_plays_the_same_again(self):
        stage = self.stage()
        for _ in range(2):
            stage.receive(START)
            stage.receive_clocks(96)
            stage.receive(STOP)
            stage.run(1)
        notes = [pitch for _, _, pitch, _ in stage.onsets()]
        assert notes == 2 * [PITCHES[n] for n in range(16)]

    @pytest.mark.parametrize("rolling", [True, False])
    def test_song_position_lands_on_its_bar(self, rolling):
        stage = self.stage()
        stage.receive(START)
        stage.receive_clocks(30)
        if not rolling:
            stage.receive(STOP)
        stage.receive(POSITION, (7 * 16) & 127, (7 * 16) >> 7)
        if not rolling:
            stage.receive(CONTINUE)
        count = len(stage.onsets())
        stage.receive_clocks(96)
        assert [pitch for _, _, pitch, _ in stage.onsets()[count:]] == [PITCHES[(7 * 16 + n) % 60] for n in range(16)]
        assert stage.player.schedule.late_pulses == 0

    def test_a_clock_that_stalls_is_silence_and_then_it_goes_on(self):
        stage = self.stage()
        stage.receive(START)
        stage.receive_clocks(50)
        stage.run(0.3)
        assert sounding(stage.sent) == set()
        count = len(stage.onsets())
        stage.run(30)
        assert len(stage.onsets()) == count == 9
        stage.receive_clocks(50)
        assert [pitch for _, _, pitch, _ in stage.onsets()] == [PITCHES[n] for n in range(17)]


class TestSendingTheClock:
    """We drive others."""

    def test_start_pulses_and_stop(self):
        stage = Simulation(clock="send")
        stage.run(100 * PULSE)
        stage.player.finish(stage.clock.now())
        real_time = [(round(s / PULSE, 6), m[0]) for s, m in stage.sent if m[0] >= 0xF0]
        assert real_time == [(0, START), *((n, CLOCK) for n in range(101)), (100, STOP)]

    def test_after_a_lost_port_the_position_is_sent_at_the_next_bar_line(self):
        stage = Simulation(clock="send")
        stage.run(100 * PULSE)
        stage.miss_port()
        stage.run(60 * PULSE)
        stage.find_port()
        stage.run(60 * PULSE)
        real_time = [(round(s / PULSE), m) for s, m in stage.port.sent if m[0] >= 0xF0]
        assert real_time[:3] == [(192, bytes((POSITION, 32, 0))), (192, bytes((CONTINUE,))), (192, bytes((CLOCK,)))]
        assert [p for p, m in real_time[2:]] == list(range(192, 221))

    def test_the_clock_may_go_to_a_port_of_its_own(self):
        stage = Simulation(clock="send", own_clock_port=True)
        stage.run(100 * PULSE)
        stage.player.finish(stage.clock.now())
        assert [m for _, m in stage.sent if m[0] >= 0xF0] == []
        sent = [(round(s / PULSE, 6), m[0]) for s, m in stage.clock_port.sent]
        assert sent == [(0, START), *((n, CLOCK) for n in range(101)), (100, STOP)]

    def test_a_lost_clock_port_leaves_the_notes_alone(self):
        stage = Simulation(clock="send", own_clock_port=True)
        stage.run(50 * PULSE)
        stage.clock_port.lose()
        stage.run(50 * PULSE)
        assert onset_pulses(stage) == [6 * n for n in range(17)]
        assert [notice.text for notice in stage.player.notices] == ["fake clock: lost, waiting for it"]

    def test_clocks_alone(self):
        stage = Simulation(clock="send", clock_transport=False)
        stage.run(100 * PULSE)
        stage.miss_port()
        stage.run(60 * PULSE)
        stage.find_port()
        stage.run(60 * PULSE)
        stage.player.finish(stage.clock.now())
        sent = [(round(s / PULSE), m) for s, m in stage.sent if m[0] >= 0xF0]
        assert {m for _, m in sent} == {bytes((CLOCK,))}
        assert [p for p, _ in sent] == [*range(101), *range(192, 221)]

    def test_a_port_that_was_lost_over_a_bar_line_gets_the_position_at_the_next(self):
        stage = Simulation(clock="send")
        stage.run(90 * PULSE)
        stage.miss_port()
        stage.run(20 * PULSE)
        stage.find_port()
        stage.run(100 * PULSE)
        sent = [(round(s / PULSE), m) for s, m in stage.port.sent if m[0] >= 0xF0]
        assert sent[0] == (192, bytes((POSITION, 32, 0)))


class TestPage:
    """Changes that come from a page, not from a controller."""

    def test_a_setting_holds_from_the_next_bar_line(self):
        stage = Simulation()
        stage.run(60 * PULSE)
        stage.player.post(Turned("velocity", 1.5))
        stage.run(3)
        velocities = {round(s / PULSE): v for s, _, _, v in stage.onsets()}
        assert {v for p, v in velocities.items() if p < BAR} == {64}
        assert {v for p, v in velocities.items() if p >= BAR} == {96}

    def test_a_style_and_a_button(self):
        stage = Simulation()
        stage.run(10 * PULSE)
        stage.player.post(Chosen("fancy"))
        stage.player.post(Pressed("keep"))
        stage.step()
        assert (stage.player.settings.style, stage.player.keeps) == ("fancy", 1)

    def test_an_unknown_style_or_value_is_refused_before_it_is_posted(self):
        stage = Simulation()
        with pytest.raises(OptionError, match=r"density 11: must be 0\.1 to 10"):
            stage.player.post(Turned("density", 11))
        with pytest.raises(OptionError, match="no such knob; there are temperature, density"):
            stage.player.post(Turned("tremolo", 1))
        with pytest.raises(OptionError, match="style 'polka': must be one of plain, fancy"):
            stage.player.post(Chosen("polka"))


class TestWaysOut:
    """However it ends, nothing sounds."""

    @pytest.mark.parametrize("noticed", [True, False])
    def test_a_lost_port_is_paid_what_it_is_owed_when_it_is_back(self, noticed):
        stage = Simulation()
        stage.run(50 * PULSE)
        first = stage.port
        (stage.miss_port if noticed else stage.lose_port)()
        stage.run(10)
        assert stage.player.output.line.port is None
        hanging = sounding(first.sent)
        assert hanging
        stage.find_port()
        stage.step()
        assert {(m[0] & 15, m[1]) for _, m in stage.port.sent if m[0] & 0xF0 == messages.NOTE_OFF} == hanging
        assert sounding(stage.sent) == set()
        stage.run(5)
        seconds = [s / PULSE for s, _, _, _ in stage.onsets() if s > 11]
        assert seconds == pytest.approx([6 * round(s / 6) for s in seconds])
        assert len(seconds) > 35

    def test_the_last_bar(self):
        stage = Simulation(last_bar=2)
        stage.run(60, done=lambda: stage.player.ended)
        stage.player.finish(stage.clock.now())
        assert onset_pulses(stage) == [6 * n for n in range(32)]
        assert sounding(stage.sent) == set()

    def test_finishing_without_a_port(self):
        stage = Simulation()
        stage.run(1)
        stage.miss_port()
        stage.run(1)
        stage.player.finish(stage.clock.now())
        assert stage.player.ended


@pytest.mark.parametrize(
    "noise", [b"", b"\x90", b"\x90\x40", b"\xfe", b"\xf0\x7e\xf7", b"\xf2\x01", b"\xb0\xff\x01", b"\x40"]
)
def test_messages_without_meaning_are_ignored(noise):
    for clock in ("internal", "external"):
        stage = Simulation(clock=clock, controls=TestControls.TABLE)
        stage.receive(*noise)
        stage.run(1)
        assert isinstance(stage.player, Player)
        assert not stage.player.notices

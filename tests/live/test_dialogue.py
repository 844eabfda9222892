"""Call and response: when it listens, when it answers, and in which key and density."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyrnn import messages
from melodyrnn.encoding.events import LONGEST_NOTE
from melodyrnn.live.score.dialogue import ENTRY_PULSES, PAUSE_PULSES, Dialogue
from melodyrnn.live.score.model_composer import ModelComposer
from melodyrnn.live.score.phrases import MOST_NOTES, Phrase, as_played, phrase_key, quantized
from melodyrnn.live.score.settings import Settings
from melodyrnn.live.testing import ScriptedComposer, Simulation, sounding
from melodyrnn.live.time.bars import Bars
from melodyrnn.live.wire.controls import Control
from melodyrnn.music import Note
from melodyrnn.music.pulses import seconds_per_pulse
from melodyrnn.music.scales import Key

PULSE = seconds_per_pulse(120)
BAR = 96
PLAIN = Settings("plain")


class Stage(Simulation):
    """A stage with a player on it."""

    def __init__(self, bars: int | None) -> None:
        self.script = ScriptedComposer(PLAIN)
        super().__init__(self.script, respond=bars or "pause", controls=(Control("again", 20, bars=1),))
        self.step()  # the clock starts

    def play(self, pulse: float, pitch: int, pulses: float = 12) -> None:
        """A key goes down at a pulse, for so many."""
        self.run(pulse * PULSE - self.clock.now())
        self.receive(messages.NOTE_ON, pitch, 90)
        self.run(pulses * PULSE)
        self.receive(messages.NOTE_OFF, pitch, 0)

    def again(self, pulse: float) -> None:
        """The button is pressed at a pulse."""
        self.until(pulse)
        for value in (127, 0):
            self.receive(messages.CONTROL, 20, value)
        self.step()

    def pitches(self, start: int, end: int) -> list[tuple[int, int]]:
        """(pulse after `start`, pitch) of each note that began between two pulses."""
        return [(round(s / PULSE) - start, p) for s, _, p, _ in self.onsets() if start <= round(s / PULSE) < end]

    def until(self, pulse: float) -> None:
        self.run(pulse * PULSE - self.clock.now())

    def pulses(self) -> list[int]:
        return [round(seconds / PULSE) for seconds, *_ in self.onsets()]


class TestBars:
    """Listens for two bars, answers for two."""

    def test_it_answers_for_as_many_bars_as_it_listened(self):
        stage = Stage(2)
        for pulse, pitch in ((10, 60), (40, 64), (100.4, 67)):
            stage.play(pulse, pitch)
        stage.until(6 * BAR)
        assert stage.pulses() == list(range(2 * BAR, 4 * BAR, 6))
        assert stage.player.schedule.late_pulses == 0
        ((call, heard),) = stage.script.calls
        assert (call.start, call.end, heard) == (0, 2 * BAR, 0)
        assert call.notes == (Note(10, 60, 12, 90), Note(40, 64, 12, 90), Note(100, 67, 12, 90))

    def test_silence_is_answered_by_silence(self):
        stage = Stage(2)
        stage.until(9 * BAR)
        assert stage.onsets() == []
        stage.play(9 * BAR, 60)
        stage.until(14 * BAR)
        assert stage.pulses() == list(range(10 * BAR, 12 * BAR, 6))

    def test_turn_after_turn(self):
        stage = Stage(1)
        for turn in range(5):
            stage.play(2 * turn * BAR + 20, 60 + turn)
        stage.until(11 * BAR)
        assert stage.pulses() == [p for turn in range(5) for p in range((2 * turn + 1) * BAR, (2 * turn + 2) * BAR, 6)]
        assert [heard for _, heard in stage.script.calls] == [0, *((2 * turn + 2) * BAR for turn in range(4))]

    def test_a_note_held_over_the_line_ends_there_for_the_call(self):
        stage = Stage(1)
        stage.play(50, 60, pulses=200)
        assert stage.script.calls[0][0].notes == (Note(50, 60, BAR - 50, 90),)

    def test_keys_during_the_answer_are_ignored(self):
        stage = Stage(1)
        stage.play(20, 60)
        stage.play(BAR + 10, 72)
        stage.play(2 * BAR + 10, 64)
        stage.until(4 * BAR)
        assert [[note.pitch for note in call.notes] for call, _ in stage.script.calls] == [[60], [64]]

    @pytest.mark.parametrize(
        ("pressed", "line"), [(2 * BAR + 20, 3 * BAR), (3 * BAR + 50, 4 * BAR), (4 * BAR + 9, 5 * BAR)]
    )
    def test_again_plays_the_last_bar_of_the_answer_once_more_and_then_listens(self, pressed, line):
        """Pressed in the first and the second bar of the answer, and after it."""
        stage = Stage(2)
        stage.play(10, 60)
        stage.again(pressed)
        stage.play(line + BAR + 10, 64)
        stage.until(line + 3 * BAR)
        last = min(line, 4 * BAR) - BAR
        assert stage.pitches(line, line + BAR) == stage.pitches(last, last + BAR)
        assert len(stage.pitches(last, last + BAR)) == BAR // 6
        assert stage.pitches(line + BAR, line + 3 * BAR) == []
        stage.until(line + 5 * BAR)
        _, (call, heard) = stage.script.calls
        assert [note.onset_pulses for note in call.notes] == [line + BAR + 10]
        assert (call.end, heard) == (line + 3 * BAR, last + BAR)

    def test_again_before_any_answer_is_nothing(self):
        stage = Stage(1)
        stage.again(20)
        stage.play(30, 60)
        stage.until(2 * BAR)
        assert stage.pulses() == list(range(BAR, 2 * BAR + 1, 6))[:16]


class TestPause:
    """Takes over when the player stops, and gives way at the first key."""

    def test_it_takes_over_at_the_first_eighth_note_after_a_pause(self):
        stage = Stage(None)
        stage.play(30, 60)
        stage.play(50, 62)
        stage.until(400)
        start = stage.pulses()[0]
        assert 62 + PAUSE_PULSES < start <= 62 + PAUSE_PULSES + 3 + ENTRY_PULSES
        assert start % ENTRY_PULSES == 0
        assert stage.pulses() == list(range(start, 401, 6))

    def test_it_attends_from_the_first_key_until_it_answers(self):
        """Meanwhile nothing is learned, which would hold up the answer."""
        stage = Stage(None)
        stage.until(20)
        assert stage.compose_thread.may_learn
        stage.play(30, 60)
        stage.step()
        assert not stage.compose_thread.may_learn
        stage.until(200)
        assert stage.player.answers
        assert stage.compose_thread.may_learn

    def test_it_gives_way_at_the_first_key(self):
        stage = Stage(None)
        stage.play(30, 60)
        stage.until(200)
        stage.receive(messages.NOTE_ON, 64, 90)
        stage.step()
        assert sounding(stage.sent) == set()
        count = len(stage.onsets())
        stage.until(230)
        assert len(stage.onsets()) == count
        stage.receive(messages.NOTE_OFF, 64, 0)
        stage.until(400)
        assert len(stage.onsets()) > count
        _, (second, heard) = stage.script.calls
        assert second.notes == (Note(200, 64, 30, 90),)
        assert heard == 200

    def test_again_plays_the_last_bar_once_more_and_goes_on(self):
        stage = Stage(None)
        stage.play(30, 60)
        stage.again(3 * BAR + 50)
        stage.until(8 * BAR)
        once = stage.pitches(3 * BAR, 4 * BAR)
        assert len(once) == 16
        assert stage.pitches(4 * BAR, 5 * BAR) == once
        assert stage.pitches(5 * BAR, 6 * BAR) not in ([], once)
        stage.play(8 * BAR, 62)
        stage.until(10 * BAR)
        _, (_, heard) = stage.script.calls
        assert heard == 7 * BAR

    def test_a_key_that_never_comes_up_blocks_nothing(self):
        stage = Stage(None)
        stage.until(10)
        stage.receive(messages.NOTE_ON, 60, 90)
        stage.until(10 + LONGEST_NOTE + PAUSE_PULSES + 40)
        assert stage.onsets()

    def test_a_pedal_that_is_down_is_no_pause(self):
        stage = Stage(None)
        stage.until(6)
        stage.receive(messages.CONTROL, messages.SUSTAIN, 127)
        stage.play(10, 60, 12)
        stage.until(90)
        assert stage.player.answers is False
        stage.receive(messages.CONTROL, messages.SUSTAIN, 0)
        stage.until(90 + PAUSE_PULSES + ENTRY_PULSES + 1)
        assert stage.player.answers
        assert min(stage.pulses()) >= 90 + PAUSE_PULSES
        ((call, _),) = stage.script.calls
        assert call.notes == (Note(10, 60, 12, 90),)

    def test_a_pedal_that_stays_down_blocks_nothing(self):
        stage = Stage(None)
        stage.play(10, 60, 12)
        for pulse in range(30, LONGEST_NOTE + 2 * BAR, 10):  # some say all the while where they are
            stage.until(pulse)
            stage.receive(messages.CONTROL, messages.SUSTAIN, 127)
        assert stage.player.answers

    def test_a_pedal_pressed_while_it_answers_is_down_when_the_player_takes_over(self):
        stage = Stage(None)
        stage.play(10, 60, 12)
        stage.until(100)
        assert stage.player.answers
        stage.receive(messages.CONTROL, messages.SUSTAIN, 127)
        stage.play(110, 62, 6)
        stage.until(200)
        assert stage.player.answers is False

    def test_keys_that_come_up_while_the_song_stands_are_up(self):
        script = ScriptedComposer(PLAIN)
        stage = Simulation(script, clock="external", respond="pause")

        stage.receive(messages.START)
        stage.receive_clocks(10)
        stage.receive(messages.NOTE_ON, 60, 90)
        stage.receive_clocks(10)
        stage.receive(messages.STOP)
        stage.step()
        stage.receive(messages.NOTE_OFF, 60, 0)
        stage.step()
        stage.receive(messages.CONTINUE)
        stage.receive_clocks(PAUSE_PULSES + 2 * ENTRY_PULSES)
        assert stage.player.answers

    def test_held_keys_are_no_pause(self):
        stage = Stage(None)
        stage.play(10, 60, pulses=200)
        assert stage.onsets() == []

    def test_a_loop_back_before_an_answer_is_answered_again(self, small_model):
        """With the model: it goes on from what was heard last, though that lies at later bars."""
        source = ModelComposer(lambda _: small_model, PLAIN, 1)
        stage = Simulation(source, clock="external", respond=1)
        for position in (4 * BAR, 0, 2 * BAR, 0):
            stage.receive(messages.STOP)
            stage.receive(*messages.position(position))
            stage.receive(messages.CONTINUE)
            stage.receive_clocks(10)
            stage.receive(messages.NOTE_ON, 60, 90)
            stage.receive_clocks(12)
            stage.receive(messages.NOTE_OFF, 60, 0)
            stage.receive_clocks(BAR - 22 + 10)
            assert stage.player.answers
            stage.receive_clocks(BAR - 10)
        stage.receive(messages.STOP)
        stage.step()
        assert sounding(stage.sent) == set()

    def test_moving_the_song_listens_anew(self):
        script = ScriptedComposer(PLAIN)
        stage = Simulation(script, clock="external", respond="pause")

        stage.receive(messages.START)
        stage.receive_clocks(10)
        stage.receive(messages.NOTE_ON, 60, 90)
        stage.receive_clocks(3)
        stage.receive(messages.NOTE_OFF, 60, 0)
        stage.receive_clocks(100)
        assert stage.onsets()
        stage.receive(*messages.position(40 * BAR))
        count = len(stage.onsets())
        stage.receive_clocks(200)
        assert len(stage.onsets()) == count
        assert sounding(stage.sent) == set()


def test_the_answer_is_in_the_players_key_and_settings_follow_the_next_answer():
    part = Dialogue(Bars(BAR), PLAIN, 1, as_played)
    for n, pitch in enumerate((62, 64, 66, 67, 69, 71, 73, 74)):
        part.key(n * 12, pitch, 90)
        part.key(n * 12 + 11, pitch, 0)
    request = part.wake(BAR - 3)
    assert request is not None
    assert request.answer is not None
    assert request.answer.settings.sampling.constraints.key == Key(2, "major")
    assert (request.at, request.start, request.end) == (BAR, BAR, 2 * BAR)


@pytest.mark.parametrize(("answered", "denser"), [(4, True), (16, False)])
def test_an_answer_sparser_than_its_call_makes_the_next_denser(answered, denser):
    part = Dialogue(Bars(BAR), PLAIN, 1, as_played)
    densities = []
    for turn in range(2):
        for n in range(8):
            part.key(turn * 2 * BAR + n * 12, 60, 90)
            part.key(turn * 2 * BAR + n * 12 + 6, 60, 0)
        request = part.wake((turn * 2 + 1) * BAR - 3)
        assert request is not None
        assert request.answer is not None
        densities.append(request.answer.settings.sampling.constraints.density)
        for n in range(answered):
            part.played(BAR + n * BAR // answered)
    assert densities[0] == 1
    assert (densities[1] > 1) == denser


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 127), st.integers(0, 127)), max_size=400))
def test_any_keys_are_a_phrase_of_legal_notes(keys):
    phrase = Phrase()
    for pulse, pitch, velocity in sorted(keys, key=lambda key: key[0]):
        if velocity:
            phrase.press(pulse, pitch, velocity)
        else:
            phrase.release(pulse, pitch)
    notes = phrase.take(301)
    assert len(notes) <= MOST_NOTES + 128
    for note in (*notes, *quantized(notes)):
        assert 1 <= note.duration_pulses <= LONGEST_NOTE + 8
        assert 0 <= note.onset_pulses <= 304
    phrase_key(notes)


def test_quantized_is_to_sixteenths_or_triplets_beat_by_beat():
    played = (Note(1, 60, 5, 90), Note(7, 62, 5, 90), Note(11, 64, 14, 90), Note(25, 60, 7, 90), Note(33, 62, 8, 90))
    onsets = [(note.onset_pulses, note.duration_pulses) for note in quantized(played)]
    assert onsets == [(0, 6), (6, 6), (12, 12), (24, 8), (32, 8)]

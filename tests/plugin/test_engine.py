"""The engine: the bars it sends are those of live playing, whatever way the song comes to them."""

import json
from pathlib import Path

import pytest

from melodyrnn.generation.library import load_model
from melodyrnn.live.score.model_composer import ModelComposer
from melodyrnn.live.time.axes import MusicPulse
from melodyrnn.music.chords import Chord
from melodyrnn.music.metre import TimeSignature
from melodyrnn.plugin import conductor
from melodyrnn.plugin.asked import DEFAULTS, Asked
from melodyrnn.plugin.engine import Engine
from melodyrnn.plugin.parameters import KEYS, NUMBERS, RESPOND
from melodyrnn.plugin.preparing import Preparing
from melodyrnn.plugin.protocol import Status
from melodyrnn.plugin.testing import FakePlugin

STYLES = ("plain", "fancy")
LIVELY = {"density": 2.0, "random_seed": 3}  # a model that has learned nothing mostly rests
BAR = 96


def asked(**values: float) -> Asked:
    by_number = {NUMBERS[symbol]: value for symbol, value in (LIVELY | values).items()}
    return Asked.of([by_number.get(number, value) for number, value in enumerate(DEFAULTS)], STYLES)


def live(
    model: Path, bars: int, metres: dict[int, TimeSignature] | None = None, chord: Chord | None = None, **values: float
) -> list[tuple]:
    """The notes of each bar as live playing composes them; to a chord from bar 3 on."""
    what, played = asked(**values), load_model(model)
    source = ModelComposer(lambda _: played, what.settings(), what.random_seed, stay=what.stay)
    for bar, metre in (metres or {}).items():
        source.change_metre(bar, metre)
    if chord:
        source.change(3, what.settings().with_chord(chord))
    found: list[list] = [[] for _ in range(bars)]
    source.rewind(MusicPulse(0))
    while (passage := source.compose()).until < source.bars.line(bars):
        for note in passage.notes:
            bar = source.bars.bar(note.onset_pulses)
            onset = note.onset_pulses - source.bars.line(bar)
            found[bar].append((onset, note.duration_pulses, note.channel, note.pitch, note.velocity))
    return [tuple(notes) for notes in found]


def test_bars_are_those_of_live_playing(model):
    plugin = FakePlugin(model, **LIVELY)
    plugin.start()
    plugin.roll_to(12)
    golden = live(model, 12)
    assert sum(map(len, golden)) > 30
    assert plugin.notes(range(12)) == golden
    assert plugin.came == sorted(plugin.came)  # each of them once, but for parts of the first


def test_two_bars_are_there_before_the_song_comes_to_them_also_while_it_stands(model):
    plugin = FakePlugin(model, **LIVELY)
    plugin.settle()
    assert {*plugin.bars} == {0, 1, 2}
    plugin.go(7)
    plugin.settle()
    assert plugin.notes((7, 8, 9)) == live(model, 10)[7:]


@pytest.mark.parametrize("way", [(0, 30, 5), (20, 3, 40, 20), (70, 0, 69)])
def test_a_place_gone_to_has_the_same_bars(model, way):
    plugin, golden = FakePlugin(model, **LIVELY), live(model, 75)
    plugin.start(way[0])
    for bar in way:
        plugin.go(bar, 13)
        plugin.roll_to(bar + 2)
        assert plugin.notes(range(bar, bar + 3)) == golden[bar : bar + 3]


def test_a_song_that_stands_is_composed_ahead_so_that_it_goes_anywhere_at_once(model, monkeypatch):
    composed = []
    compose = ModelComposer.compose
    monkeypatch.setattr(ModelComposer, "compose", lambda self: composed.append(self) or compose(self))
    monkeypatch.setattr(conductor, "SCOUTED_BARS", 60)
    plugin = FakePlugin(model, **LIVELY)
    plugin.rest()
    composed.clear()
    quiet, count = 0, 0  # idle steps, until they compose nothing more
    while quiet < 3:
        quiet, count = (0 if len(composed) > count else quiet + 1), len(composed)
        plugin.engine.step()
    assert len(composed) > 200
    composed.clear()
    plugin.go(50)
    plugin.settle()
    assert len(composed) < 60
    golden = live(model, 53)
    assert plugin.notes(range(50, 53)) == golden[50:]
    plugin.start(0)
    plugin.roll_to(12)
    assert plugin.notes(range(12)) == golden[:12]


def test_a_loop_that_is_stored_is_not_sent_again(model):
    plugin = FakePlugin(model, **LIVELY)
    plugin.start(4)
    plugin.roll_to(8)
    plugin.rest()
    assert all(plugin.bars[bar].keep for bar in range(4, 8))
    plugin.came.clear()
    for _ in range(3):
        plugin.go(4)
        plugin.roll_to(8)
    assert plugin.came == []


def test_a_count_in_is_silent_and_the_first_bars_are_ready(model):
    plugin = FakePlugin(model, **LIVELY)
    plugin.start(-2)
    plugin.settle()
    assert {*plugin.bars} == {0, 1, 2}
    plugin.roll_to(1)
    assert plugin.notes((0, 1)) == live(model, 2)


def test_the_metre_changes_where_the_host_says_and_is_remembered(model):
    plugin, waltz = FakePlugin(model, **LIVELY), TimeSignature(0, 3, 4)
    golden = live(model, 10, {5: waltz, 7: TimeSignature(0, 4, 4)})
    plugin.start()
    for again in range(2):
        for metre, until in (((4, 4), 5), ((3, 4), 7), ((4, 4), 10)):
            plugin.metre = metre
            plugin.transport()
            plugin.roll_to(until)
        assert plugin.notes(range(10)) == golden, again
        assert [plugin.bars[bar].metre for bar in (4, 5, 6, 7)] == [(4, 4), (3, 4), (3, 4), (4, 4)]
        plugin.metre = (4, 4)
        plugin.go(0)
    opened = FakePlugin(model, plugin.saved, **LIVELY)
    opened.start(8)
    opened.roll_to(10)
    assert opened.notes((8, 9)) == golden[8:]


def test_a_metre_without_whole_pulses_is_silent_and_says_so(model):
    plugin = FakePlugin(model, **LIVELY)
    plugin.start()
    plugin.roll_to(3)
    plugin.metre = (7, 64)
    plugin.transport()
    plugin.settle()
    assert "7/64" in plugin.text
    assert (plugin.bars[3].metre, plugin.bars[3].notes) == ((7, 64), ())  # so that no export waits for it
    plugin.place, plugin.metre = (4, 0), (4, 4)
    plugin.transport()
    plugin.roll_to(6)
    assert plugin.notes((4, 5)) == live(model, 6)[4:]
    assert "7/64" not in plugin.text
    plugin.go(3)
    plugin.roll_to(4)
    assert plugin.notes((3, 4)) == live(model, 5)[3:]


def test_a_parameter_holds_from_the_next_bar_and_once_the_song_starts_again_for_every_bar(model):
    plugin, hot = FakePlugin(model, **LIVELY), live(model, 12, temperature=2)
    plain = live(model, 12)
    plugin.start()
    plugin.roll_to(4, 10)
    plugin.set("temperature", 2)
    plugin.roll_to(8)
    assert plugin.notes(range(5)) == plain[:5]
    assert plugin.notes(range(6, 9)) != plain[6:9]
    assert plugin.bars[5].generation == 1
    plugin.rest()
    plugin.go(2)
    plugin.roll_to(9)
    assert plugin.notes(range(2, 10)) == hot[2:10]


def test_a_parameter_changed_while_the_song_stands_holds_for_every_bar(model):
    plugin = FakePlugin(model, **LIVELY)
    plugin.start()
    plugin.roll_to(3)
    plugin.stop()
    plugin.set("random_seed", 5)
    plugin.start(2)
    plugin.roll_to(6)
    assert plugin.notes(range(2, 7)) == live(model, 7, random_seed=5)[2:]


def test_no_bar_is_sent_as_what_is_asked_for_before_it_is(model, monkeypatch):
    plugin = FakePlugin(model, **LIVELY)
    plugin.offline = True
    plugin.start()
    plugin.roll_to(3)
    was = dict(plugin.bars)
    look = Preparing.look
    monkeypatch.setattr(Preparing, "look", lambda self: look(self) and None)  # not ready yet
    plugin.set("register", 1)
    for _ in range(50):
        plugin.engine.step()
    plugin.take()
    assert plugin.bars == was
    monkeypatch.undo()
    plugin.roll_to(5)
    assert plugin.notes((4, 5)) == live(model, 6, register=1)[4:]


def test_another_random_seed_while_the_song_rolls(model):
    plugin, other = FakePlugin(model, **LIVELY), live(model, 9, random_seed=5)
    plugin.start()
    plugin.roll_to(3, 50)
    plugin.set("random_seed", 5)
    plugin.roll_to(6)
    assert plugin.notes(range(4)) == live(model, 4)
    assert plugin.notes(range(4, 9)) == other[4:]


def test_parts_together_are_the_whole(model):
    whole = FakePlugin(model, **LIVELY)
    whole.settle()
    parts = []
    for part in range(1, 17):
        plugin = FakePlugin(model, **LIVELY, part=part)
        plugin.settle()
        assert {note[2] for bar in plugin.bars.values() for note in bar.notes} <= {part - 1}
        parts.append(plugin)
    for bar in whole.bars:
        assert sorted(note for part in parts for note in part.bars[bar].notes) == sorted(whole.bars[bar].notes)


def test_key_and_register(model):
    values = {"key": KEYS.index("D major"), "register": 1}
    plugin = FakePlugin(model, **LIVELY, **values)
    plugin.start()
    plugin.roll_to(6)
    assert plugin.notes(range(6)) == live(model, 6, **values)
    heard = {note[3] % 12 for bar in range(6) for note in plugin.bars[bar].notes if note[2] != 9}
    assert heard <= {2, 4, 6, 7, 9, 11, 1}


def test_a_chord_that_comes_in_holds_from_the_next_bar_and_again_when_the_song_comes_back(model):
    plugin = FakePlugin(model, **LIVELY, chords=1)
    plugin.start()
    plugin.roll_to(2)
    for pitch in (60, 64, 67):
        plugin.key(pitch, 90)
    plugin.roll_to(2, 80)
    for pitch in (60, 64, 67):
        plugin.key(pitch, 0)
    plugin.roll_to(9)
    first = plugin.notes(range(9))
    assert first == live(model, 9, chord=Chord.parse("C")) != live(model, 9)
    plugin.go(0)
    plugin.roll_to(9)
    assert plugin.notes(range(9)) == first
    opened = FakePlugin(model, plugin.saved, **LIVELY, chords=1)
    opened.start(6)
    opened.roll_to(9)
    assert opened.notes(range(6, 9)) == first[6:9]


def test_again_repeats_the_last_bars_and_the_project_remembers(model):
    plugin, golden = FakePlugin(model, **LIVELY), live(model, 14)
    plugin.start()
    plugin.roll_to(5, 20)
    plugin.set("again", 1)
    plugin.roll_to(12)
    assert plugin.notes(range(14)) == golden[:6] + golden[2:10]
    opened = FakePlugin(model, plugin.saved, **LIVELY)
    opened.start(8)
    opened.roll_to(12)
    assert opened.notes(range(8, 12)) == golden[4:8]


def play_a_phrase(plugin: FakePlugin, pitches: tuple[int, ...] = (60, 62, 64, 65, 67, 65, 64, 62)) -> None:
    bar = plugin.place[0]
    for number, pitch in enumerate(pitches):
        plugin.roll_to(bar, 12 * number + 1)
        plugin.key(pitch, 90)
        plugin.roll_to(bar, 12 * number + 10)
        plugin.key(pitch, 0)


def test_after_so_many_bars_it_answers_for_as_many(model):
    plugin = FakePlugin(model, **LIVELY, respond=RESPOND.index("1 bar"))
    plugin.start()
    plugin.settle()
    play_a_phrase(plugin)
    plugin.roll_to(6)
    answered = [bar for bar in range(6) if plugin.bars[bar].notes]
    assert answered == [1]
    assert not any(bar.keep for bar in plugin.bars.values())


def test_at_a_pause_it_answers_until_a_key_comes_in(model):
    plugin = FakePlugin(model, **LIVELY, respond=RESPOND.index("pause"))
    plugin.start()
    play_a_phrase(plugin, (60, 62, 64, 65))
    plugin.roll_to(3, 5)
    heard = [(bar, note[0]) for bar in range(4) for note in plugin.bars[bar].notes]
    assert heard
    assert min(heard) >= (0, 46 + 24)
    plugin.key(60, 90)
    plugin.roll_to(5)
    assert not any(plugin.bars[bar].notes for bar in (4, 5))
    assert all(note[0] <= 5 for note in plugin.bars[3].notes)


def test_a_captured_phrase_is_gone_on_from_and_saved_and_forgotten(model):
    plugin = FakePlugin(model, **LIVELY, capture=1)
    plugin.start()
    play_a_phrase(plugin)
    plugin.roll_to(4)
    assert len(json.loads(plugin.saved)["phrase"]["notes"]) == 8
    assert "8 captured notes" in plugin.text
    plugin.stop()
    plugin.start()
    plugin.roll_to(4)
    heard = plugin.notes(range(4))
    assert heard != live(model, 4)
    opened = FakePlugin(model, plugin.saved, **LIVELY, capture=1)
    opened.start()
    opened.roll_to(4)
    assert opened.notes(range(4)) == heard
    opened.set("capture", 0)
    opened.stop()
    opened.start()
    opened.roll_to(4)
    assert opened.notes(range(4)) == live(model, 4)


def test_a_phrase_of_few_notes_is_not_captured(model):
    plugin = FakePlugin(model, **LIVELY, capture=1)
    plugin.start()
    play_a_phrase(plugin, (60, 62))
    plugin.roll_to(4)
    assert plugin.notes(range(4)) == live(model, 4)


def test_a_model_that_is_missing_is_named_and_leaves_silence(tmp_path):
    plugin = FakePlugin(tmp_path / "gone.safetensors")
    plugin.start()
    plugin.roll_to(2)
    assert plugin.status == Status.MODEL_MISSING
    assert "gone.safetensors" in plugin.text
    assert not any(bar.notes for bar in plugin.bars.values())


def test_a_model_that_has_changed_is_named(model):
    plugin = FakePlugin(model, **LIVELY)
    plugin.settle()
    data = json.loads(plugin.saved)
    name, digest = data["model"]
    assert (name, len(digest)) == ("small.safetensors", 16)
    data["model"] = [name, "0" * 16]
    opened = FakePlugin(model, json.dumps(data).encode(), **LIVELY)
    opened.settle()
    assert opened.status == Status.READY
    assert "another version of small.safetensors" in opened.text


def state(**odd: object) -> bytes:
    """What a project may have saved."""
    data = {"melodyrnn plugin": 1, "model": ["", ""], "metres": [], "chords": [], "delays": [[0, 0]], "phrase": None}
    return json.dumps(data | odd).encode()


@pytest.mark.parametrize(
    "saved",
    [
        *(b"nonsense", b"[]", b"\xff", b'{"melodyrnn plugin":1}'),
        state(**{"melodyrnn plugin": 9}),
        state(metres=[[3, 7, 64]]),
        state(metres=[[-1, 4, 4]]),
        state(chords=[[1]]),
        state(delays=[]),
        state(delays=[[0, 0], [4, 5]]),
        state(delays=[[0, 0], [8, -4]]),
        state(phrase={"metre": [4, 4], "drums": False, "notes": []}),
        state(phrase={"metre": [4, 4], "drums": False, "notes": [[0, 200, 1, 1]]}),
    ],
)
def test_a_state_that_cannot_be_read_is_named_and_music_plays(model, saved):
    plugin = FakePlugin(model, saved, **LIVELY)
    plugin.start()
    plugin.roll_to(3)
    assert "state" in plugin.text
    assert plugin.notes(range(3)) == live(model, 3)


def test_what_was_played_is_kept_in_a_file(model, tmp_path, monkeypatch):
    from melodyrnn.midi import read_song

    monkeypatch.setenv("MELODYRNN_KEPT", str(tmp_path / "kept"))
    plugin = FakePlugin(model, **LIVELY)
    plugin.start(2)
    plugin.roll_to(5, 95)
    plugin.set("keep", 1)
    plugin.settle()
    (path,) = (tmp_path / "kept").glob("*.mid")
    assert str(path) in plugin.text
    kept = sorted(note.onset_pulses for track in read_song(path).tracks for note in track)
    golden = live(model, 6)
    assert kept == sorted((bar - 2) * BAR + note[0] for bar in range(2, 6) for note in golden[bar])


def test_an_engine_that_comes_later_goes_on(model):
    plugin = FakePlugin(model, **LIVELY)
    plugin.start()
    plugin.roll_to(3, 20)
    plugin.set("again", 1)
    plugin.roll_to(5)
    plugin.engine = Engine(plugin.memory)
    plugin.sync(**LIVELY)
    plugin.bars.clear()
    plugin.settle()
    assert plugin.notes((5, 6, 7)) == live(model, 4)[1:]


def test_an_export_waits_for_nothing_that_does_not_come(model):
    plugin = FakePlugin(model, **LIVELY, respond=RESPOND.index("2 bars"))
    plugin.offline = True
    plugin.start()
    plugin.roll_to(4)
    assert all(plugin.bars[bar].notes == () for bar in range(4))

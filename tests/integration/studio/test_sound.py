"""The sound of the page, rendered without a sound card, and its scheduler on a clock that a test moves."""

import io
import wave

import pytest

pytestmark = pytest.mark.filterwarnings("default")  # of playwright's own

# 120 bpm: 24 pulses are half a second. Rows are onset in pulses, pitch; each note lasts 12 pulses.
SONG = """
const song = (program, isDrums, rows) => ({
  id: "x", name: "x", bars: [0, 96, 192], metre: "4/4", tempos: [{pulse: 0, bpm: 120}], key: "",
  chords: [], sections: [], join: null,
  parts: [{number: 1, name: "a", program, isDrums, notes: rows.map(([onset, pitch, duration = 12, velocity = 100]) =>
    ({onset, pitch, duration, velocity, isNew: false}))}],
});
"""

# How loud each 5 ms of a rendered song are.
LOUDNESS = (
    "async ([program, isDrums, rows]) => {"
    + SONG
    + """
  const { render } = await import("/sound/wav.js");
  const buffer = await render(song(program, isDrums, rows));
  const samples = buffer.getChannelData(0), window = Math.round(buffer.sampleRate / 200), levels = [];
  for (let at = 0; at + window <= samples.length; at += window) {
    let power = 0;
    for (let index = at; index < at + window; index += 1) power += samples[index] ** 2;
    levels.push(Math.sqrt(power / window));
  }
  return levels;
}"""
)


def onsets(levels: list[float]) -> list[float]:
    """Seconds at which it becomes twice as loud within a tenth of a second."""
    most, found = max(levels), []
    for index, level in enumerate(levels):
        is_rise = level > 0.2 * most and level > 2.0 * min(levels[max(0, index - 20) : index], default=0.0)
        if is_rise and (not found or index - found[-1] > 50):
            found.append(index)
    return [index / 200 for index in found]


@pytest.mark.parametrize(
    ("program", "is_drums", "pitches"),
    [
        (0, False, [60, 64, 67]),
        (33, False, [36, 43, 31]),
        (50, False, [60, 65, 69]),
        (73, False, [72, 76, 79]),
        (0, True, [36, 38, 42]),
    ],
    ids=["keys", "bass", "pad", "lead", "kit"],
)
def test_a_rendered_song_sounds_where_its_notes_begin(page, program, is_drums, pitches):
    rows = [[24 + 48 * number, pitch, 12] for number, pitch in enumerate(pitches)]
    levels = page.evaluate(LOUDNESS, [program, is_drums, rows])
    assert max(levels) > 0.05
    assert max(levels[:90]) < 1e-3  # before the first note there is silence
    expected = [0.5 + number for number in range(len(pitches))]
    assert onsets(levels) == pytest.approx(expected, abs=0.04)


def test_all_timbres_are_about_as_loud(page):
    loudest = """async (program) => {
      const { Synth } = await import("/sound/synth.js");
      const context = new OfflineAudioContext(2, 44100, 44100);
      const part = {number: 1, name: "a", program, isDrums: false, notes: []};
      new Synth(context).play(part, {pitch: program === 33 ? 40 : 64, velocity: 100, start: 0, end: 0.8});
      const samples = (await context.startRendering()).getChannelData(0).slice(4410, 30870);
      return Math.sqrt(samples.reduce((sum, each) => sum + each * each, 0) / samples.length);
    }"""
    levels = [page.evaluate(loudest, program) for program in (0, 33, 50, 73)]
    assert max(levels) < 2 * min(levels), levels  # 6 dB


def test_a_sound_file_is_a_wav_that_others_read(page):
    data = page.evaluate(
        "async () => {"
        + SONG
        + """
      const { render, wavOf } = await import("/sound/wav.js");
      const blob = wavOf(await render(song(0, false, [[0, 60], [48, 64]])));
      return [...new Uint8Array(await blob.arrayBuffer())];
    }"""
    )
    with wave.open(io.BytesIO(bytes(data))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 44100)
        assert file.getnframes() / 44100 == pytest.approx(4 + 1.5, abs=0.01)  # two bars, and the end dies away


# A scheduler with a clock of ours: `run` moves it in steps of 25 ms, and notes when what was handed over.
CLOCK = (
    SONG
    + """
const { Scheduler } = await import("/sound/scheduler.js");
let seconds = 0;
const heard = [];
const scheduler = new Scheduler(() => seconds, {play: (part, pressed) => {
  const ms = (at) => Math.round(at * 1000);
  const note = {pitch: pressed.pitch, start: ms(pressed.start), end: ms(pressed.end)};
  heard.push(note);
  return {stop: (at) => (note.end = Math.min(note.end, Math.max(note.start, ms(at))))};
}});
const all = () => true;
const how = {sounds: all, loop: null, knownUntil: Infinity};
const run = (until) => { while (seconds < until) { seconds += 0.025; scheduler.tick(); } };
"""
)


def scheduled(page, steps: str) -> list[list[int]]:
    """What was handed over: [pitch, start, end] in milliseconds after the 50 that playing takes to begin."""
    heard = page.evaluate("async () => {" + CLOCK + steps + "; return heard; }")
    return [[note["pitch"], note["start"] - 50, note["end"] - 50] for note in heard]


def test_notes_are_handed_over_at_their_times(page):
    heard = scheduled(
        page,
        "scheduler.show(song(0, false, [[0, 60], [24, 62], [96, 64]]), how);scheduler.play(0); run(5)",
    )
    assert heard == [[60, 0, 250], [62, 500, 750], [64, 2000, 2250]]


def test_a_loop_comes_round_on_time_and_cuts_what_sounds_past_its_end(page):
    heard = scheduled(
        page,
        "scheduler.show(song(0, false, [[0, 60], [84, 62, 48]]), {...how, loop: {start: 0, end: 96}});"
        "scheduler.play(0); run(4.2)",
    )
    assert heard == [[60, 0, 250], [62, 1750, 2000], [60, 2000, 2250], [62, 3750, 4000], [60, 4000, 4250]]


def test_another_take_goes_on_at_the_same_place_and_notes_of_both_sound_on(page):
    heard = scheduled(
        page,
        "scheduler.show(song(0, false, [[0, 60, 96], [12, 61, 96], [48, 62], [50, 63]]), how);"
        "scheduler.play(0); run(1);"
        "scheduler.show(song(0, false, [[0, 60, 96], [48, 62], [72, 70]]), how); run(3)",
    )
    assert [60, 0, 2000] in heard  # in both takes: held on
    assert next(end for pitch, _, end in heard if pitch == 61) <= 960  # in the first alone: ended at once
    assert [note for note in heard if note[0] == 62] == [[62, 1000, 1250]]  # in both: played once
    assert [note for note in heard if note[0] == 63] == [[63, 1042, 1042]]  # handed over and not begun: not heard
    assert [70, 1500, 1750] in heard


def test_playing_waits_for_bars_that_are_still_being_written(page):
    heard = scheduled(
        page,
        "scheduler.show(song(0, false, [[0, 60]]), {...how, knownUntil: 96}); scheduler.play(0); run(5);"
        "scheduler.show(song(0, false, [[0, 60], [96, 64]]), how); run(8)",
    )
    assert heard[0] == [60, 0, 250]
    assert heard[1][0] == 64
    assert 4900 < heard[1][1] < 5200


def test_a_muted_part_ends_at_once_and_comes_back(page):
    heard = scheduled(
        page,
        "const music = song(0, false, [[0, 60, 96], [48, 62], [96, 64]]);"
        "scheduler.show(music, how); scheduler.play(0); run(0.5);"
        "scheduler.show(music, {...how, sounds: () => false}); run(1.5);"
        "scheduler.show(music, how); run(4)",
    )
    assert heard[0][2] < 500
    assert [note[0] for note in heard] == [60, 64]

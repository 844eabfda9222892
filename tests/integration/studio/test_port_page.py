"""Takes from the page into a real port of the studio's machine: played, looped, muted, stopped, ended."""

import re
import sys

import numpy as np
import pytest

pytestmark = pytest.mark.filterwarnings("default")  # of playwright's own
MEDIAN_SECONDS = 0.01

# Onset in seconds and pitch of each note that the page shows.
SHOWN = """async () => {
  const { page } = await import("/main.js");
  const { shownSong } = await import("/state.js");
  const { TempoMap } = await import("/song.js");
  const song = shownSong(page.studio.state);
  const tempo = new TempoMap(song.tempos);
  return song.parts.flatMap(({notes}) => notes.map(({onset, pitch}) => [tempo.secondsAt(onset), pitch])).sort((a, b) =>
    a[0] - b[0] || a[1] - b[1]);
}"""


@pytest.fixture
def stage_page(stage, new_page):
    """A page with a sample open, whose sound goes to a recorder -> the page, the recorder."""
    recorder = stage.record("in")
    studio = stage.run([sys.executable, "-u", "-m", "melodyrnn", "studio", "--port", "0", "--no-browser"])
    studio.wait_for("http://")
    new_page.goto(re.search(r"http://\S+", studio.output)[0])
    new_page.get_by_role("button", name="Minuet").click()
    new_page.wait_for_selector(".part")
    output = new_page.get_by_label("Sound goes to")
    output.select_option("find")
    new_page.wait_for_selector(".output option:has-text('MIDI: recorder:in')", state="attached")
    output.select_option(label="MIDI: recorder:in")
    new_page.wait_for_selector("button:has-text('Panic')")
    return new_page, recorder


def test_notes_come_when_the_song_has_them_and_stop_ends_them(stage, stage_page):
    page, recorder = stage_page
    page.locator(".play").click()
    stage.wait_until(lambda: len(recorder.onsets) >= 40, "some notes")
    page.locator(".play").click()
    stage.wait_until(lambda: recorder.sounding == {}, "silence")
    count = len(recorder.onsets)
    shown = page.evaluate(SHOWN)[:count]
    came = [(message.seconds, message.data[1]) for message in recorder.onsets]
    assert sorted(pitch for _, pitch in came) == sorted(pitch for _, pitch in shown)
    late = np.array([at for at, _ in came]) - [at for at, _ in shown]
    late -= np.median(late)
    recorder.skip_where_the_server_stood_still()
    assert np.median(np.abs(late)) < MEDIAN_SECONDS


def test_a_loop_comes_again_and_a_part_that_is_muted_is_silent(stage, stage_page):
    page, recorder = stage_page
    page.locator("#roll .roll-scroller").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("l")
    page.get_by_role("button", name=re.compile("^Mute")).nth(1).click()
    song = page.evaluate("""async () => {
      const { page } = await import("/main.js");
      const { shownSong } = await import("/state.js");
      const song = shownSong(page.studio.state);
      return song.parts.map(({notes}) => notes.filter(({onset}) => onset < song.bars[1]).map(({pitch}) => pitch));
    }""")
    page.keyboard.press("Space")
    stage.wait_until(lambda: len(recorder.onsets) >= 3 * len(song[0]), "the bar three times")
    page.keyboard.press("Space")
    stage.wait_until(lambda: recorder.sounding == {}, "silence")
    pitches = [message.data[1] for message in recorder.onsets]
    assert pitches[: 2 * len(song[0])] == 2 * song[0]
    assert len({message.data[0] & 15 for message in recorder.onsets}) == 1


def test_panic_silences_every_channel_and_a_page_that_goes_leaves_no_note(stage, stage_page):
    page, recorder = stage_page
    page.locator(".play").click()
    stage.wait_until(lambda: recorder.sounding, "a note")
    page.get_by_role("button", name="Panic").click()
    stage.wait_until(lambda: recorder.sounding == {} and recorder.silenced, "silence")
    page.locator(".play").click()
    stage.wait_until(lambda: recorder.sounding, "a note")
    page.goto("about:blank")
    stage.wait_until(lambda: recorder.sounding == {} and recorder.silenced, "silence")

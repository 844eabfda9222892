"""Live playing from the page, into a real port: what the page shows is what was sent."""

import re
import sys

import pytest

pytestmark = pytest.mark.filterwarnings("default")  # of playwright's own

# Channel, pitch and velocity of all notes that the page has of what was sent.
SHOWN = """async () => {
  const { page } = await import("/main.js");
  const { parts } = page.live.song();
  return parts.flatMap(({number, notes}) => notes.map(({pitch, velocity}) => [number, pitch, velocity]));
}"""


@pytest.fixture
def live_page(stage, new_page):
    """The Live view of a studio beside a JACK server."""
    studio = stage.run([sys.executable, "-u", "-m", "melodyrnn", "studio", "--port", "0", "--no-browser"])
    studio.wait_for("http://")
    new_page.goto(re.search(r"http://\S+", studio.output)[0])
    new_page.locator("#tab-live").click()
    return new_page


def test_the_page_shows_what_the_port_sent_and_nothing_sounds_on(stage, live_page):
    recorder = stage.record("in")
    live_page.reload()
    live_page.wait_for_selector("#live-send-to option:has-text('recorder')", state="attached")
    live_page.get_by_label("Send to").select_option(label="recorder:in")
    live_page.locator("#live-style").select_option("chorale")
    live_page.get_by_role("button", name="Start").click()
    live_page.wait_for_selector("#live [role=status]:has-text('Plays to recorder:in')")
    stage.wait_until(lambda: len(recorder.onsets) > 20, "some notes")
    live_page.get_by_role("spinbutton", name="Temperature").fill("0.8")
    live_page.get_by_role("spinbutton", name="Temperature").blur()
    live_page.wait_for_selector(".reports:has-text('temperature 0.8')")
    live_page.get_by_role("button", name="Stop").click()
    live_page.wait_for_selector("#live .primary:has-text('Start')")
    stage.wait_until(lambda: recorder.sounding == {}, "silence")
    sent = sorted([message.data[0] & 15, message.data[1], message.data[2]] for message in recorder.onsets)
    assert sorted(live_page.evaluate(SHOWN)) == sent


def test_playing_goes_on_while_the_page_is_reloaded(stage, live_page):
    recorder = stage.record("in=melodyrnn:melodyrnn")
    live_page.get_by_role("button", name="Start").click()
    stage.wait_until(lambda: len(recorder.onsets) > 4, "some notes")
    live_page.reload()
    live_page.wait_for_selector("#live .primary:has-text('Stop')")
    before = len(recorder.onsets)
    stage.wait_until(lambda: len(recorder.onsets) > before + 4, "more notes")
    live_page.get_by_role("button", name="Panic").click()
    live_page.get_by_role("button", name="Stop").click()
    live_page.wait_for_selector("#live .primary:has-text('Start')")
    assert recorder.silenced


def test_hours_of_live_playing_take_no_more_memory_than_minutes(page):
    kept = page.evaluate(
        """async () => {
          const { LiveSong } = await import("/live_song.js");
          const song = new LiveSong();
          const counts = [];
          for (let pulse = 0; pulse < 96 * 3600; pulse += 24) {
            song.onSent({notes: [[pulse, 60, null, 90, 0, 0]], ended: [[pulse, 60, 0]], pulse}, 0);
            if (pulse % (96 * 900) === 0) counts.push(song.song().parts[0].notes.length);
          }
          return counts;
        }"""
    )
    assert max(kept[1:]) <= 64 * 4 + 4

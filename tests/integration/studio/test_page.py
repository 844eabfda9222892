"""A musician at the studio's page, before the real server: drop, generate, hear, choose, export."""

import io
import re

import mido
import pytest

pytestmark = pytest.mark.filterwarnings("default")  # of playwright's own

DROP = """async ([bytes, name]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], name, {type: "audio/midi"}));
  for (const type of ["dragenter", "dragover", "drop"]) {
    document.body.dispatchEvent(new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true}));
  }
}"""

SLOW_ANSWERS = """
const { fetch } = window;
window.fetch = async (...what) => {
  await new Promise((go) => setTimeout(go, 2000));
  return fetch(...what);
};
"""


def drop(page, path, name=None):
    page.evaluate(DROP, [list(path.read_bytes()), name or path.name])


def generate(page, *, takes: int, bars: int):
    """Ask for takes, and wait until all of them are there."""
    page.get_by_role("spinbutton", name="Bars").fill(str(bars))
    more = page.locator("summary")
    if not page.locator(".more").get_attribute("open"):
        more.click()
    page.get_by_role("spinbutton", name="Takes").fill(str(takes))
    page.get_by_role("spinbutton", name="Takes").blur()
    page.locator(".asking .primary").click()
    page.wait_for_selector(f".take-list > li:nth-child({takes + 1})")
    page.wait_for_selector(".asking .primary:has-text('Generate')")


def notes(file: mido.MidiFile) -> list[tuple[int, int, int, int]]:
    """Track, tick, pitch and velocity of every note-on."""
    found = []
    for number, track in enumerate(file.tracks):
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "note_on" and message.velocity:
                found.append((number, tick, message.note, message.velocity))
    return sorted(found)


def saved(page) -> mido.MidiFile:
    """The shown take, as the page saves it."""
    with page.expect_download() as download:
        page.locator(".drag").click()
    return mido.MidiFile(file=io.BytesIO(download.value.path().read_bytes()))


def test_a_dropped_file_is_shown_with_its_parts(page, midi_samples):
    drop(page, midi_samples / "minuet_in_g.mid")
    page.wait_for_selector(".part")
    assert re.match(r"minuet_in_g\.mid · \d+ bpm · 3/4 · G major · \d+ bars", page.inner_text("#facts"))
    assert page.locator(".part").count() == 2
    assert not page.locator("#empty").is_visible()


def test_what_is_no_midi_file_is_refused_in_one_line_and_shown_as_text(page, tmp_path):
    bad = tmp_path / "bad.mid"
    bad.write_bytes(b"no music at all")
    drop(page, bad, "<img src=x onerror=alert(1)>.mid")
    page.wait_for_selector("#empty .refused")
    assert "<img" in page.inner_text("#empty .refused")
    assert page.locator("#empty img").count() == 0
    assert page.locator("#empty").is_visible()


def test_takes_are_generated_heard_compared_kept_and_saved_with_the_given_bars_untouched(page, midi_samples):
    seed = midi_samples / "ode_to_joy.mid"
    drop(page, seed)
    page.wait_for_selector(".part")
    generate(page, takes=2, bars=2)
    page.wait_for_selector(".play:has-text('Stop')")  # it plays by itself as soon as there are notes
    assert page.locator(".take").count() == 3
    assert "2 bars" in page.locator(".take").nth(1).get_attribute("aria-label")

    page.keyboard.press("2")
    assert page.locator(".take[aria-pressed=true]").inner_text().startswith("2")
    page.keyboard.press("a")
    assert page.locator(".take[aria-pressed=true]").inner_text().startswith("1")
    page.keyboard.press("k")
    page.wait_for_selector(".star[aria-pressed=true]")
    page.keyboard.press("z")
    page.wait_for_selector(".star[aria-pressed=true]", state="detached")

    given, made = mido.MidiFile(seed), saved(page)
    assert made.ticks_per_beat == given.ticks_per_beat
    last = notes(given)[-1][1] + 1
    assert [note for note in notes(made) if note[1] < last] == notes(given)
    assert len(notes(made)) > len(notes(given))

    page.keyboard.press("g")  # go on from it: the take is the song now
    page.wait_for_selector("#takes", state="hidden")
    page.keyboard.press("z")
    page.wait_for_selector("#takes", state="visible")


def test_chosen_bars_are_replaced_and_the_others_untouched(page, midi_samples):
    seed = midi_samples / "ode_to_joy.mid"
    drop(page, seed)
    page.wait_for_selector(".part")
    page.locator("#roll .roll-scroller").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "Shift+ArrowRight"):
        page.keyboard.press(key)
    assert page.inner_text("#said") == "bars 3 to 4 chosen"
    page.locator("#action-replace").check()
    page.locator(".asking .primary").click()
    page.wait_for_selector(".asking .primary:has-text('Stop')")
    page.wait_for_selector(".asking .primary:has-text('Generate')")
    given, made = mido.MidiFile(seed), saved(page)
    bar = given.ticks_per_beat * 4

    def outside(file):
        return [note for note in notes(file) if not 2 * bar <= note[1] < 4 * bar]

    assert outside(made) == outside(given)
    assert notes(made) != notes(given)


def test_a_part_is_added_and_the_given_ones_untouched(page, midi_samples):
    seed = midi_samples / "amazing_grace.mid"
    drop(page, seed)
    page.wait_for_selector(".part")
    page.locator("#action-add").check()
    page.get_by_label("Add", exact=True).select_option("bass")
    page.locator("summary").click()
    page.get_by_role("spinbutton", name="Takes").fill("1")
    page.get_by_role("spinbutton", name="Takes").blur()
    page.locator(".asking .primary").click()
    page.wait_for_selector(".take-list > li:nth-child(2)")
    page.wait_for_selector(".asking .primary:has-text('Generate')")
    given, made = mido.MidiFile(seed), saved(page)
    assert page.locator(".part").count() == 2
    old = len(given.tracks)
    assert [note for note in notes(made) if note[0] < old] == notes(given)
    assert [note for note in notes(made) if note[0] >= old]


def test_a_song_is_varied_in_part(page, midi_samples):
    seed = midi_samples / "minuet_in_g.mid"
    drop(page, seed)
    page.wait_for_selector(".part")
    page.locator("#action-vary").check()
    page.get_by_role("spinbutton", name="Vary").fill("0.2")
    page.get_by_role("spinbutton", name="Vary").blur()
    page.keyboard.press("r")
    page.wait_for_selector(".asking .primary:has-text('Stop')")
    page.wait_for_selector(".asking .primary:has-text('Generate')")
    given, made = set(notes(mido.MidiFile(seed))), set(notes(saved(page)))
    assert len(given & made) > len(given) / 2


def test_what_the_server_refuses_is_its_one_line_and_can_be_mended(page, midi_samples):
    drop(page, midi_samples / "rock_beat.mid")
    page.wait_for_selector(".part")
    page.get_by_role("textbox", name="Key").fill("H minor")
    page.get_by_role("textbox", name="Key").blur()
    page.keyboard.press("r")
    page.wait_for_selector(".asking .refused")
    assert "H minor" in page.inner_text(".asking .refused")
    assert page.locator(".asking .primary").inner_text().startswith("Generate")
    assert not page.locator("#takes").is_visible()


def test_work_can_be_stopped_and_leaves_the_song_as_it_was(page, midi_samples):
    drop(page, midi_samples / "minuet_in_g.mid")
    page.wait_for_selector(".part")
    page.keyboard.press("r")
    page.wait_for_selector(".asking .primary:has-text('Stop')")
    page.wait_for_selector("#takes", state="visible")
    page.keyboard.press("Escape")
    page.wait_for_selector(".asking .primary:has-text('Generate')")
    assert page.locator(".take[aria-pressed=true]").count() <= 1
    assert page.locator(".part").count() == 2


def test_music_from_nothing(page):
    page.get_by_role("spinbutton", name="Bars").fill("1")
    page.get_by_role("spinbutton", name="Bars").blur()
    page.get_by_role("button", name="A beat").click()
    page.wait_for_selector(".asking .primary:has-text('Stop')")
    page.wait_for_selector(".asking .primary:has-text('Generate')")
    assert page.locator(".take").count() == 3
    assert len(notes(saved(page))) > 3


def test_a_reload_finds_everything_where_it_was(page, midi_samples):
    drop(page, midi_samples / "rock_beat.mid")
    page.wait_for_selector(".part")
    generate(page, takes=2, bars=1)
    page.keyboard.press("2")
    page.keyboard.press("k")
    page.wait_for_selector(".star[aria-pressed=true]")
    before = [take.get_attribute("aria-label") for take in page.locator(".take").all()]
    page.reload()
    page.wait_for_selector("body:not([inert])")
    page.wait_for_selector(".take >> nth=2")
    page.wait_for_selector(".drag")
    assert [take.get_attribute("aria-label") for take in page.locator(".take").all()] == before
    assert page.locator(".take[aria-pressed=true]").inner_text().startswith("2")


def test_the_address_names_the_view_and_a_reload_keeps_it(page):
    page.locator("#tab-live").click()
    assert page.url.endswith("#live")
    page.reload()
    page.wait_for_selector("#live", state="visible")
    assert page.locator("#generate").is_hidden()
    assert page.locator("#tab-live").get_attribute("aria-selected") == "true"
    page.evaluate("location.hash = 'train'")
    page.wait_for_selector("#train", state="visible")


def test_a_click_while_the_server_is_slow_to_answer_is_not_lost(new_page, studio):
    new_page.add_init_script(SLOW_ANSWERS)
    new_page.goto(studio)
    new_page.locator("#tab-live").click()
    new_page.wait_for_selector("#live .primary:has-text('Start')", timeout=10_000)


def test_a_take_is_dragged_out_as_a_file(page, midi_samples):
    drop(page, midi_samples / "rock_beat.mid")
    page.wait_for_selector(".part")
    generate(page, takes=1, bars=1)
    page.wait_for_selector(".drag")
    dragged = page.evaluate(
        """() => {
          const data = new DataTransfer();
          const event = new DragEvent("dragstart", {dataTransfer: data, bubbles: true});
          document.querySelector(".drag").dispatchEvent(event);
          return data.getData("DownloadURL");
        }"""
    )
    kind, name, address = dragged.split(":", 2)
    assert kind == "audio/midi"
    assert re.fullmatch(r"rock_beat\S*\.mid", name)
    assert page.request.get(address).body().startswith(b"MThd")


def test_the_first_click_after_typing_counts_and_tab_goes_to_the_next_field(page, midi_samples):
    drop(page, midi_samples / "rock_beat.mid")
    page.wait_for_selector(".part")
    page.get_by_role("textbox", name="Key").click()
    page.keyboard.type("A minor")
    page.locator("#action-vary").click()
    assert page.locator("#action-vary").is_checked()
    page.locator("#action-go_on").click()
    page.get_by_role("textbox", name="Chords").click()
    page.keyboard.type("Am F")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "knob-key"
    page.get_by_role("textbox", name="Chords").fill("Dm G")
    page.get_by_role("spinbutton", name="Bars").fill("3")
    page.get_by_role("spinbutton", name="Bars").blur()
    assert page.get_by_role("spinbutton", name="Bars").input_value() == "3"
    asked = page.evaluate("async () => (await import('/main.js')).page.studio.state.work.asked")
    assert asked == {"key": "A minor", "chords": "Dm G", "bars": 3}


# Whether the page had new notes of a take, and of which parts, before the work ended.
WHILE_WRITING = """async () => {
  const { page } = await import("/main.js");
  window.early = [];
  page.studio.store.listen(({job, songs}) => {
    for (const id of job?.takes ?? []) {
      const parts = songs[id].parts.filter(({notes}) => notes.some(({isNew}) => isNew)).map(({name}) => name);
      if (parts.length && songs[id].knownUntil !== undefined) window.early.push(parts);
    }
  });
}"""


@pytest.mark.parametrize(("action", "bars"), [("replace", 4), ("add", 0)])  # of no bars chosen it is the whole song
def test_bars_made_anew_and_added_parts_appear_while_they_are_written(page, midi_samples, action, bars):
    drop(page, midi_samples / "minuet_in_g.mid")
    page.wait_for_selector(".part")
    page.locator("#roll .roll-scroller").focus()
    for key in ("ArrowRight", *["Shift+ArrowRight"] * 3)[:bars]:
        page.keyboard.press(key)
    page.locator(f"#action-{action}").check()
    page.evaluate(WHILE_WRITING)
    page.keyboard.press("r")
    page.wait_for_selector(".asking .primary:has-text('Stop')")
    page.wait_for_selector(".asking .primary:has-text('Generate')")
    early = page.evaluate("window.early")
    assert early
    assert {name for parts in early for name in parts} <= set(page.locator(".part-text").all_inner_texts())


def test_of_several_takes_the_best_are_kept_and_a_part_has_limits_of_its_own(page, midi_samples):
    drop(page, midi_samples / "minuet_in_g.mid")
    page.wait_for_selector(".part")
    page.locator("summary").click()
    page.get_by_role("spinbutton", name="Best").fill("2")
    page.get_by_role("spinbutton", name="Bars").fill("1")
    limit = page.get_by_role("group", name="Part range").get_by_label("Right hand")
    limit.fill("C5-C6")
    limit.blur()
    page.locator(".asking .primary").click()
    page.wait_for_selector(".take-list > li:nth-child(3)")
    page.wait_for_selector(".asking .primary:has-text('Generate')")
    assert page.locator(".take").count() == 3
    new = page.evaluate("""async () => {
      const { page } = await import("/main.js");
      const { shownSong } = await import("/state.js");
      const [right] = shownSong(page.studio.state).parts;
      return right.notes.filter(({isNew}) => isNew).map(({pitch}) => pitch);
    }""")
    assert new
    assert all(72 <= pitch <= 84 for pitch in new)


def test_the_sections_of_a_form_are_there_and_a_piece_ends_by_itself(page, midi_samples):
    drop(page, midi_samples / "rock_beat.mid")
    page.wait_for_selector(".part")
    page.locator("summary").click()
    page.get_by_role("spinbutton", name="Takes").fill("1")
    page.get_by_role("textbox", name="Form").fill("AB2A")
    page.get_by_role("textbox", name="Form").blur()
    page.locator(".asking .primary").click()
    page.wait_for_selector(".asking .primary:has-text('Stop')")
    page.wait_for_selector(".asking .primary:has-text('Generate')")
    letters = page.evaluate("""async () => {
      const { page } = await import("/main.js");
      const { shownSong } = await import("/state.js");
      return shownSong(page.studio.state).sections.map(({letter}) => letter);
    }""")
    assert letters == ["A", "B", "A"]
    page.get_by_role("textbox", name="Form").fill("")
    page.get_by_role("textbox", name="Form").blur()
    page.get_by_label("Until it ends by itself").check()
    asked = page.evaluate("async () => (await import('/main.js')).page.studio.state.work.asked")
    assert asked["bars"] == "end"


def test_bars_that_only_a_take_has_can_be_made_anew(page, midi_samples):
    drop(page, midi_samples / "rock_beat.mid")
    page.wait_for_selector(".part")
    generate(page, takes=1, bars=2)
    before = saved(page)
    page.keyboard.press("Space")
    page.locator("#roll .roll-scroller").focus()
    page.evaluate("""async () => {
      const { page } = await import("/main.js");
      page.studio.asking.select({first: 8, last: 8});
    }""")
    page.locator("#action-replace").check()
    page.locator(".asking .primary").click()
    page.wait_for_selector(".take-list > li:nth-child(2)")
    page.wait_for_selector(".asking .primary:has-text('Generate')")
    assert page.locator(".asking .refused").count() == 0
    bar = before.ticks_per_beat * 4

    def outside(file):
        return [note for note in notes(file) if not 8 * bar <= note[1] < 9 * bar]

    assert outside(saved(page)) == outside(before)

"""Everyone can use the page: by keyboard, with a screen reader, on any width, in light and dark."""

import pytest

pytestmark = pytest.mark.filterwarnings("default")  # of playwright's own

WIDTHS = (360, 768, 1440, 2560)


@pytest.fixture
def filled(page):
    """The page with a song, before takes are asked for."""
    page.get_by_role("button", name="Minuet In G").click()
    page.wait_for_selector(".part")
    return page


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("view", ["empty", "generate", "live", "train"])
def test_axe_finds_nothing_serious(page, view, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    page.emulate_media(color_scheme=scheme)
    if view == "generate":
        page.get_by_role("button", name="Minuet In G").click()
        page.wait_for_selector(".part")
    elif view != "empty":
        page.locator(f"#tab-{view}").click()
    found = axe.Axe().run(page).response["violations"]
    serious = [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")]
    assert serious == []


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_window(filled, width):
    filled.set_viewport_size({"width": width, "height": 800})
    for view in ("generate", "live", "train"):
        filled.locator(f"#tab-{view}").click()
        assert filled.evaluate("document.documentElement.scrollWidth") <= width


def test_a_song_is_heard_and_chosen_from_by_keys_alone(filled):
    filled.keyboard.press(" ")
    filled.wait_for_selector(".play:has-text('Stop')")
    filled.keyboard.press(" ")
    filled.wait_for_selector(".play:has-text('Play')")
    filled.locator("#roll .roll-scroller").focus()
    filled.keyboard.press("ArrowRight")
    filled.keyboard.press("Shift+ArrowRight")
    assert filled.inner_text("#said") == "bars 1 to 2 chosen"
    filled.keyboard.press("Escape")
    assert filled.inner_text("#said") == "No bars chosen"
    filled.keyboard.press("?")
    assert filled.locator("#keys").is_visible()
    filled.keyboard.press("Escape")
    assert not filled.locator("#keys").is_visible()


def test_space_presses_a_button_that_the_keyboard_came_to_and_plays_after_a_click(filled):
    solo = filled.get_by_role("button", name="Solo Left hand")
    solo.click()
    assert solo.get_attribute("aria-pressed") == "true"
    filled.keyboard.press(" ")
    filled.wait_for_selector(".play:has-text('Stop')")
    assert solo.get_attribute("aria-pressed") == "true"
    filled.keyboard.press(" ")
    filled.keyboard.press("Tab")
    filled.keyboard.press("Shift+Tab")
    filled.keyboard.press(" ")
    assert solo.get_attribute("aria-pressed") == "false"
    assert filled.locator(".play").inner_text().startswith("▶")


def test_keys_type_into_a_field_while_one_is_in_it(filled):
    key = filled.get_by_role("textbox", name="Key")
    key.focus()
    filled.keyboard.type("A minor")
    assert key.input_value() == "A minor"
    assert filled.locator("#keys").is_hidden()
    assert filled.locator(".play").inner_text().startswith("▶")


def test_where_motion_is_not_wanted_nothing_is_animated(page):
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate("document.getAnimations().length") == 0

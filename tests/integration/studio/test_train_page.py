"""Learning from the page: files are read or refused, a model is made and used, and a reload changes nothing."""

import pytest

pytestmark = pytest.mark.filterwarnings("default")  # of playwright's own


def test_a_model_is_made_of_files_through_a_reload_and_used(page, midi_samples, tmp_path):
    bad = tmp_path / "notes.mid"
    bad.write_bytes(b"no music")
    page.locator("#tab-train").click()
    page.set_input_files("#file", [midi_samples / "ode_to_joy.mid", bad])
    page.wait_for_selector(".lessons li:has-text('ode_to_joy.mid'):has-text('read')")
    page.wait_for_selector(".lessons li:has-text('notes.mid') .refused")
    page.get_by_label("Name of the model").fill("joyful")
    page.get_by_role("button", name="Learn").click()
    page.wait_for_selector("#train .primary:has-text('Stop')")
    page.reload()
    page.wait_for_selector("#train [role=status]:has-text('joyful” is ready')")
    page.get_by_role("button", name="Use it now").click()
    assert page.locator("#generate").is_visible()
    page.locator("summary").click()
    assert page.locator("#knob-model").input_value() == "joyful"


def test_learning_can_be_stopped(page, midi_samples):
    page.locator("#tab-train").click()
    page.set_input_files("#file", [midi_samples / "minuet_in_g.mid", midi_samples / "greensleeves.mid"])
    page.wait_for_selector(".lessons li:nth-child(2):has-text('read')")
    page.get_by_role("button", name="Learn").click()
    page.get_by_role("button", name="Stop").click()
    page.wait_for_selector("#train .primary:has-text('Learn')")

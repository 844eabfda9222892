"""Errors, whatever is in the names they tell of, are one line that does nothing to a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.errors import MelodyRnnError, MidiFileError, OptionError, one_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("new\nline.mid", "new\\nline.mid"),
        ("\x1b[2J\a", "\\x1b[2J\\x07"),
        ("\x9b31m\x7f", "\\x9b31m\\x7f"),
        ("caf\udce9", "caf\\udce9"),
        ("dim.\u202egnp\u2028", "dim.\\u202egnp\\u2028"),
        ("Dvořák, 第九\u3000☺ \\n", "Dvořák, 第九\u3000☺ \\n"),
    ],
)
def test_what_cannot_be_printed_is_told_by_its_number(text: str, shown: str) -> None:
    assert one_line(text) == shown
    for kind in (MelodyRnnError, MidiFileError, OptionError):
        assert str(kind(f"{text}: no such file")) == f"{shown}: no such file"


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_becomes_one_line(text: str) -> None:
    assert len(one_line(text).encode("utf-8").splitlines()) <= 1
    assert len(one_line(text).splitlines()) <= 1
    assert one_line(one_line(text)) == one_line(text)

"""C and Python agree on the memory they share: a program compiled from the C header is asked."""

import ctypes
import json
import mmap
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from melodyrnn.errors import PluginError
from melodyrnn.generation.library import shipped_styles
from melodyrnn.plugin import protocol
from melodyrnn.plugin.memory import Memory
from melodyrnn.plugin.parameters import PARAMETERS, STYLES
from melodyrnn.plugin.protocol import FIELDS, Kind, Record, Status

SOURCE = Path(protocol.__file__).parent / "source"
COMPILER = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
PROGRAM = """
#include <stddef.h>
#include <stdio.h>
#include "protocol.h"
#define PRINT(name, offset, size) printf("\\"%s\\": [%zu, %zu],", name, offset, size);
int main(void) {
    struct record record = {7, 0, RECORD_NOTE, 3, -2, 1, 1.5, 0.25, 12, 7, 8, {1, 2, 3, 4}, 5, {0}};
    record.check = record_check(&record);
    for (size_t byte = 0; byte < sizeof record; byte++) printf("%02x", ((unsigned char *)&record)[byte]);
    printf("\\n{");
#define FIELD(name) PRINT(#name, offsetof(struct memory, name), sizeof ((struct memory *)0)->name)
    FIELDS
    printf("\\"memory\\": [0, %zu]}\\n", sizeof(struct memory));
}
"""
NAMED = {"text": protocol.TEXT, "model": protocol.MODEL, "state": protocol.STATE, "saved": protocol.SAVED}
RINGS = {"to_engine": protocol.TO_ENGINE, "to_plugin": protocol.TO_PLUGIN}


@pytest.fixture(scope="module")
def said_by_c(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, dict[str, list[int]]]:
    """The bytes of a record, and (offset, size) of each field, from a program that the C header is compiled into."""
    if COMPILER is None:
        pytest.skip("there is no C compiler")
    folder = tmp_path_factory.mktemp("protocol")
    fields = " ".join(f"FIELD({name})" for name in (*FIELDS, *NAMED, *RINGS))
    (folder / "says.c").write_text(PROGRAM.replace("    FIELDS\n", f"    {fields}\n"))
    subprocess.run(
        [COMPILER, "-std=c11", "-Wall", "-Wextra", "-Werror", f"-I{SOURCE}", "says.c", "-o", "says"],
        cwd=folder,
        check=True,
    )
    raw, offsets = subprocess.run([folder / "says"], capture_output=True, text=True, check=True).stdout.splitlines()
    return bytes.fromhex(raw), json.loads(offsets)


def test_every_field_lies_where_c_puts_it(said_by_c):
    _, offsets = said_by_c
    assert {name: offsets[name] for name in FIELDS} == {
        name: [offset, {"I": 4, "Q": 8}[size]] for name, (offset, size) in FIELDS.items()
    }
    assert {name: offsets[name][0] for name in (*NAMED, *RINGS)} == NAMED | RINGS
    assert offsets["memory"] == [0, protocol.MEMORY_BYTES]
    assert offsets["to_engine"][1] == protocol.RING_RECORDS * protocol.RECORD_BYTES


def test_a_record_has_the_bytes_that_c_gives_it(said_by_c):
    raw, _ = said_by_c
    record = Record(Kind.NOTE, 3, -2, 1, 1.5, 0.25, 12, 7, 8, bytes((1, 2, 3, 4)), 5)
    assert record.packed(7) == raw
    assert Record.unpacked(raw, 7) == record
    assert Record.unpacked(raw, 7 + 4096) is None
    for byte in range(len(raw)):
        damaged = raw[:byte] + bytes((raw[byte] ^ 1,)) + raw[byte + 1 :]
        assert Record.unpacked(damaged, 7) is None


def test_every_number_is_that_of_the_header():
    header = (SOURCE / "protocol.h").read_text()
    defined = {name: int(value, 0) for name, value in re.findall(r"^#define (\w+) (\w+?)u?\b", header, re.MULTILINE)}
    for name in ("VERSION", "MAGIC"):
        assert getattr(protocol, name) == defined[f"PROTOCOL_{name}"]
    for name in ("RING_RECORDS", "STORED_BARS", "MOST_NOTES", "STALL_SECONDS", "START_SECONDS"):
        assert getattr(protocol, name) == defined[name]
    enums = dict(re.findall(r"^    (\w+) = (\d+),", header, re.MULTILINE))
    in_python = {
        f"{prefix}_{row.name}": str(int(row))
        for prefix, rows in {
            "RECORD": Kind,
            "TRANSPORT": protocol.TransportFlag,
            "BAR": protocol.BarFlag,
            "STATUS": Status,
        }.items()
        for row in rows
    }
    assert enums == in_python


def empty_memory(magic: int = protocol.MAGIC, version: int = protocol.VERSION) -> int:
    """A file descriptor of a memory as the plugin makes it."""
    if not hasattr(os, "memfd_create"):
        pytest.skip("this system has no memory without a name")
    number = os.memfd_create("memory")
    os.truncate(number, protocol.MEMORY_BYTES)
    with mmap.mmap(number, protocol.MEMORY_BYTES) as shared:
        for offset, value in ((0, magic), (4, version), (8, protocol.MEMORY_BYTES), (80, 1)):
            ctypes.c_uint32.from_buffer(shared, offset).value = value
    return number


def test_what_the_plugin_wrote_is_received_in_order_and_once():
    number = empty_memory()
    with Memory(str(number)) as memory, mmap.mmap(number, 0) as shared:
        assert memory.receive() == []
        written = [Record(Kind.MIDI, 1, bar, pulse=0.5, data=b"\x90\x40\x40\0") for bar in range(3)]
        for index, record in enumerate(written):
            start = protocol.TO_ENGINE + index * protocol.RECORD_BYTES
            shared[start : start + protocol.RECORD_BYTES] = record.packed(index + 1)
        assert memory.receive() == written
        assert memory.receive() == []
    os.close(number)


def test_a_bar_is_sent_whole_or_not_at_all():
    number = empty_memory()
    notes = [(float(onset), 1.0, 0, 60, 64) for onset in range(protocol.MOST_NOTES)]
    with Memory(str(number)) as memory:
        sent = 0
        while memory.send_bar(1, sent, (4, 4), notes, keep=True):
            sent += 1
        assert sent == protocol.RING_RECORDS // (protocol.MOST_NOTES + 1)
    with Memory(str(number)) as after:  # an engine that follows goes on behind what the one before has sent
        assert not after.send_bar(1, sent, (4, 4), notes, keep=True)
    os.close(number)


def test_an_engine_refuses_a_memory_of_another_version_and_says_so():
    number = empty_memory(version=protocol.VERSION + 1)
    with pytest.raises(PluginError, match="install it again"):
        Memory(str(number))
    with mmap.mmap(number, 0) as shared:
        assert int.from_bytes(shared[12:16], "little") == Status.WRONG_VERSION
    os.close(number)
    number = empty_memory(magic=0)
    with pytest.raises(PluginError, match="is not a plugin's"):
        Memory(str(number))
    os.close(number)


def test_parameters_have_legal_defaults_and_the_shipped_styles_are_choices():
    for parameter in PARAMETERS:
        assert parameter.low <= parameter.default <= parameter.high
        assert not parameter.choices or parameter.high == len(parameter.choices) - 1
    assert len({parameter.symbol for parameter in PARAMETERS}) == len(PARAMETERS)
    assert set(shipped_styles()) <= set(STYLES)

"""What LV2's own tools and headers say of the plugin. Skips where they are not installed."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from melodyrnn.plugin.build import SOURCE, compiler
from melodyrnn.plugin.parameters import PARAMETERS
from melodyrnn.plugin.turtle import PORTS, URI

SPECIFICATIONS = Path("/usr/lib/lv2")
USED = ("atom", "core", "midi", "parameters", "patch", "port-groups", "port-props", "presets", "resize-port", "schemas")
USED += ("state", "time", "ui", "units", "urid", "worker", "options", "buf-size", "event", "log", "uri-map")
ABI = """
#include <stddef.h>
#include <stdio.h>
{includes}
#define SIZE(type) printf(#type " %zu\\n", sizeof(type));
#define PLACE(type, field) printf(#type "." #field " %zu\\n", offsetof(type, field));
int main(void) {{
    SIZE(LV2_Descriptor) SIZE(LV2_Feature) SIZE(LV2_URID_Map) SIZE(LV2_Atom) SIZE(LV2_Atom_Sequence)
    SIZE(LV2_Atom_Event) SIZE(LV2_Atom_Object) SIZE(LV2_State_Interface) SIZE(LV2_State_Map_Path)
    SIZE(LV2_State_Free_Path) PLACE(LV2_Descriptor, run) PLACE(LV2_Descriptor, extension_data)
    PLACE(LV2_Descriptor, cleanup) PLACE(LV2_Descriptor, connect_port) PLACE(LV2_State_Interface, restore)
    PLACE(LV2_Feature, data) PLACE(LV2_URID_Map, map) PLACE(LV2_State_Map_Path, absolute_path)
    puts(LV2_URID__map " " LV2_MIDI__MidiEvent " " LV2_STATE__interface " " LV2_STATE__mapPath " " LV2_STATE__freePath);
    puts(LV2_TIME_PREFIX " " LV2_PATCH_PREFIX " " LV2_ATOM_PREFIX);
    printf("%d %d\\n", LV2_STATE_IS_POD, LV2_STATE_IS_PORTABLE);
}}
"""
HEADERS = ("core/lv2.h", "atom/atom.h", "midi/midi.h", "patch/patch.h", "state/state.h", "time/time.h", "urid/urid.h")


def output(*command: str, **environment: str) -> str:
    """What a program prints; skips where it is not installed."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"not installed: {command[0]}")
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_our_declarations_are_those_of_the_lv2_headers(tmp_path):
    if not Path("/usr/include/lv2/core/lv2.h").exists():
        pytest.skip("not installed: lv2-dev")
    said = []
    for name, includes in {"ours": ["lv2_abi.h"], "theirs": [f"lv2/{header}" for header in HEADERS]}.items():
        source = tmp_path / f"{name}.c"
        source.write_text(ABI.format(includes="\n".join(f'#include "{header}"' for header in includes)))
        subprocess.run([*compiler(), f"-I{SOURCE}", str(source), "-o", str(tmp_path / name)], check=True)
        said.append(output(str(tmp_path / name)))
    assert said[0] == said[1]


def test_sord_validate_finds_no_fault(bundle):
    if not SPECIFICATIONS.is_dir():
        pytest.skip("not installed: the specifications of LV2 (lv2-dev)")
    files = [str(file) for name in USED for file in SPECIFICATIONS.glob(f"{name}.lv2/*.ttl")]
    said = output("sord_validate", *files, str(bundle / "manifest.ttl"), str(bundle / "melodyrnn.ttl"))
    assert "Found 0 errors" in said


def test_lilv_reads_every_port_and_has_nothing_to_say(bundle):
    said = output("lv2info", URI, LV2_PATH=f"{bundle.parent}:{SPECIFICATIONS}")
    assert re.findall(r"Symbol: +(\w+)", said) == [*PORTS, *(row.symbol for row in PARAMETERS)]
    assert not re.search("error|warning", said)


def test_lilv_runs_the_plugin(bundle):
    said = output("lv2bench", "-n", "4096", URI, LV2_PATH=f"{bundle.parent}:{SPECIFICATIONS}")
    assert URI in said

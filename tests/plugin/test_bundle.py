"""The folder that a host loads."""

import os
import plistlib
import shutil
import subprocess

import pytest
from plugin.conftest import PACKAGE

from melodyrnn.plugin import build, bundle
from melodyrnn.plugin.bundle import engine_command


def test_nothing_in_the_folder_that_the_host_runs_in_counts(tmp_path):
    for name in ("melodyrnn.py", "random.py", "numpy.py"):
        (tmp_path / name).write_text("raise SystemExit(99)\n")
    environment = os.environ | {"PYTHONPATH": str(PACKAGE)}
    done = subprocess.run(engine_command(), cwd=tmp_path, env=environment, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (2, b"")  # as for a call without a memory


@pytest.mark.parametrize(
    ("platform", "lv2", "clap"),
    [
        ("linux", "melodyrnn.so", "melodyrnn.clap"),
        ("win32", "melodyrnn.dll", "melodyrnn.clap"),
        ("darwin", "melodyrnn.dylib", "melodyrnn.clap/Contents/MacOS/melodyrnn"),
    ],
)
def test_the_binary_is_where_hosts_of_each_system_look(platform, lv2, clap, tmp_path, monkeypatch):
    found = bundle.binaries(platform)
    assert found == {"lv2": lv2, "clap": clap}
    monkeypatch.setattr(bundle, "BINARIES", found)
    (tmp_path / "binary").write_bytes(b"code")
    for form in bundle.FOLDERS:
        folder = tmp_path / bundle.FOLDERS[form]
        folder.mkdir()
        bundle.write_bundle(folder, form, tmp_path / "binary", ["python", "-c", "..."])
        assert (folder / bundle.BINARIES[form]).read_bytes() == b"code"
    assert f"lv2:binary <{lv2}>" in (tmp_path / "melodyrnn.lv2" / "manifest.ttl").read_text()


def test_a_clap_plugin_is_a_bundle_on_macos(tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "BINARIES", bundle.binaries("darwin"))
    (tmp_path / "binary").write_bytes(b"code")
    bundle.write_bundle(tmp_path, "clap", tmp_path / "binary", ["python"])
    contents = tmp_path / "melodyrnn.clap" / "Contents"
    said = plistlib.loads((contents / "Info.plist").read_bytes())
    assert (contents / "MacOS" / said["CFBundleExecutable"]).read_bytes() == b"code"


def test_it_can_be_compiled_for_windows_and_needs_nothing_but_windows(tmp_path, monkeypatch):
    compiler = shutil.which("x86_64-w64-mingw32-gcc")
    if compiler is None:
        pytest.skip("not installed: gcc-mingw-w64-x86-64")
    monkeypatch.setenv("CC", compiler)
    monkeypatch.setattr(build.sys, "platform", "win32")
    build.build(tmp_path / "melodyrnn.dll", ["-Werror"])
    said = subprocess.run(
        ["x86_64-w64-mingw32-objdump", "-p", tmp_path / "melodyrnn.dll"], capture_output=True, text=True, check=True
    ).stdout
    needed = {line.split()[-1].lower() for line in said.splitlines() if "DLL Name" in line}
    assert needed <= {"kernel32.dll", "msvcrt.dll"}
    assert {"lv2_descriptor", "clap_entry"} <= set(said.split())

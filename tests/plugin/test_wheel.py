"""A wheel that carries the plugin's binaries is a whole wheel."""

import base64
import csv
import hashlib
import io
import runpy
from pathlib import Path
from zipfile import ZipFile

from melodyrnn.plugin import install

SCRIPT = runpy.run_path(str(Path(__file__).parents[2] / "scripts" / "plugin_wheel.py"))
WHEEL = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def test_the_files_are_where_the_plugin_is_installed_from_and_in_the_record(tmp_path):
    plain = tmp_path / "melodyrnn-1.0-py3-none-any.whl"
    with ZipFile(plain, "w") as wheel:
        wheel.writestr("melodyrnn/__init__.py", "")
        wheel.writestr("melodyrnn-1.0.dist-info/WHEEL", WHEEL)
        wheel.writestr(
            "melodyrnn-1.0.dist-info/RECORD",
            "melodyrnn/__init__.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n"
            "melodyrnn-1.0.dist-info/WHEEL,sha256=x,1\nmelodyrnn-1.0.dist-info/RECORD,,\n",
        )
    made = SCRIPT["carrying"](plain, {"melodyrnn.so": b"binary"}, "linux_x86_64")
    assert made.name == "melodyrnn-1.0-py3-none-linux_x86_64.whl"
    with ZipFile(made) as wheel:
        carried = f"{install.CARRIED.relative_to(Path(install.__file__).parents[2]).as_posix()}/melodyrnn.so"
        assert wheel.read(carried) == b"binary"
        about = wheel.read("melodyrnn-1.0.dist-info/WHEEL").decode()
        assert "Tag: py3-none-linux_x86_64" in about
        assert "Root-Is-Purelib: false" in about
        rows = list(csv.reader(io.StringIO(wheel.read("melodyrnn-1.0.dist-info/RECORD").decode())))
        assert sorted(row[0] for row in rows) == sorted(wheel.namelist())
        for name, digest, size in rows[:-1]:
            content = wheel.read(name)
            assert (
                digest == "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            )
            assert int(size) == len(content)
    assert rows[-1] == ["melodyrnn-1.0.dist-info/RECORD", "", ""]

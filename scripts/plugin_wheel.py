"""Makes a wheel that carries the plugin's binaries for this machine's system, so that installing it needs no compiler.

    python scripts/plugin_wheel.py dist/melodyrnn-0.1.0-py3-none-any.whl [PLATFORM]

Writes a wheel beside the given one, which `pip wheel --no-deps -w dist .` makes. PLATFORM is a system's tag, such
as manylinux_2_36_x86_64 or macosx_11_0_arm64; this machine's own by default. Run it with the project's Python.
"""

import base64
import hashlib
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile

from melodyrnn.plugin.build import build
from melodyrnn.plugin.bundle import BINARIES

FOLDER = "melodyrnn/plugin/binary"  # where melodyrnn.plugin.install looks for them


def carrying(wheel: Path, files: Mapping[str, bytes], platform: str) -> Path:
    """A wheel with these files in FOLDER, for a platform -> its path, beside that of the wheel for any."""
    target = wheel.with_name(wheel.name.replace("-any.whl", f"-{platform}.whl"))
    with ZipFile(wheel) as old, ZipFile(target, "w", ZIP_DEFLATED) as new:
        record = next(name for name in old.namelist() if name.endswith(".dist-info/RECORD"))
        about = record.replace("RECORD", "WHEEL")
        said = old.read(about).decode().replace("-any", f"-{platform}").replace("Is-Purelib: true", "Is-Purelib: false")
        added = {f"{FOLDER}/{name}": content for name, content in files.items()} | {about: said.encode()}
        lines = [line for line in old.read(record).decode().splitlines() if line.partition(",")[0] != about]
        for name in old.namelist():
            if name not in (record, about):
                new.writestr(old.getinfo(name), old.read(name))
        for name, content in added.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            lines.insert(-1, f"{name},sha256={digest},{len(content)}")
            new.writestr(name, content)
        new.writestr(record, "\n".join([*lines, ""]))
    return target


def main() -> None:
    wheel = Path(sys.argv[1])
    platform = sys.argv[2] if len(sys.argv) > 2 else sysconfig.get_platform().replace("-", "_").replace(".", "_")
    with TemporaryDirectory() as folder:
        binary = Path(folder) / "binary"
        build(binary)
        content = binary.read_bytes()
    print(carrying(wheel, dict.fromkeys(BINARIES.values(), content), platform))


if __name__ == "__main__":
    main()

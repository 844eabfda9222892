"""The pieces that come with the package, to try things on."""

from importlib import resources
from pathlib import Path

from melodyrnn.errors import StudioError


def samples() -> dict[str, Path]:
    """The MIDI files by name. In a checkout they are in `midi_samples`, which the build puts into the package."""
    package = Path(str(resources.files("melodyrnn")))
    inside = package / "studio" / "sample_files"
    folder = inside if inside.is_dir() else package.parent / "midi_samples"
    return {path.stem: path for path in sorted(folder.glob("*.mid"))}


def sample(name: str) -> Path:
    """The file of one. StudioError if there is none."""
    found = samples()
    if name not in found:
        raise StudioError(f"sample: must be one of {', '.join(found)}", 404)
    return found[name]


def title(name: str) -> str:
    """Its name as a title: "Ode To Joy"."""
    return name.replace("_", " ").title()

"""Takes that were chosen: their order, and what is said of each."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def title_of(facts: Mapping[str, Any]) -> str:
    """The name of a take on a sheet."""
    return f"{Path(facts['path']).name}: {facts['choice']['name']}"


def choice_line(facts: Mapping[str, Any]) -> str:
    """How a take differs from the others that were kept, and by which numbers it was chosen."""
    choice = facts["choice"]
    said = [f"take {facts['take']}: {choice['name']}"]
    if "bits_per_note" in choice:
        said.append(f"{choice['bits_per_note']:.2f} bits a note")
    if "distance_to_seed" in choice:
        said.append(f"{choice['distance_to_seed']:.2f} from the seed")
    if choice["distance_to_chosen"] is not None:
        said.append(f"{choice['distance_to_chosen']:.2f} from the nearest take before it")
    return ", ".join(said)

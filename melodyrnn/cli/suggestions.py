"""Errors about names that there are not, with the name that was probably meant: commands and options."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

import click

# What other programs call the same.
COMMANDS_ELSEWHERE = {
    **dict.fromkeys(("draw", "show", "view", "piano-roll", "picture"), "plot"),
    **dict.fromkeys(("continue", "extend", "compose", "create", "make", "sample", "write"), "generate"),
    **dict.fromkeys(("jam", "stream", "improvise"), "live"),
    **dict.fromkeys(("listen", "hear", "sound", "render"), "play"),
    **dict.fromkeys(("fit", "learn"), "train"),
    **dict.fromkeys(("search", "optimize"), "tune"),
    **dict.fromkeys(("eval", "score"), "evaluate"),
    **dict.fromkeys(("info", "analyze", "analyse", "stats", "read"), "inspect"),
    **dict.fromkeys(("styles", "list"), "models"),
    **dict.fromkeys(("devices", "list-ports"), "ports"),
    **dict.fromkeys(("check", "diagnose"), "doctor"),
}
OPTIONS_ELSEWHERE = {
    **dict.fromkeys(("bpm", "speed"), "tempo"),
    **dict.fromkeys(("length", "measures", "duration", "num-bars", "steps"), "bars"),
    **dict.fromkeys(("input", "file", "midi", "primer", "prompt"), "seed"),
    **dict.fromkeys(("out", "output-file", "save", "out-file"), "output"),
    **dict.fromkeys(("rng", "rng-seed", "random", "seed-number"), "random-seed"),
    **dict.fromkeys(("temp", "creativity", "randomness"), "temperature"),
    **dict.fromkeys(("nucleus", "p"), "top-p"),
    **dict.fromkeys(("scale", "key-signature", "tonality"), "key"),
    **dict.fromkeys(("genre",), "style"),
    **dict.fromkeys(("checkpoint", "weights", "network"), "model"),
    **dict.fromkeys(("samples", "count", "num", "number", "copies", "versions", "num-outputs", "n"), "takes"),
    **dict.fromkeys(("meter", "time-signature"), "metre"),
    **dict.fromkeys(("force", "replace-files", "yes", "y"), "overwrite"),
    **dict.fromkeys(("mono", "monophony"), "monophonic"),
    **dict.fromkeys(("min-pitch", "lowest"), "low"),
    **dict.fromkeys(("max-pitch", "highest"), "high"),
    **dict.fromkeys(("structure", "sections"), "form"),
    **dict.fromkeys(("humanise", "groove"), "humanize"),
    **dict.fromkeys(("kit", "percussion"), "drums"),
    **dict.fromkeys(("no-drums",), "not-drums"),
    **dict.fromkeys(("new-only", "no-seed", "only-new"), "without-seed"),
}
MIDI_SUFFIXES = (".mid", ".midi", ".kar")
EXPLAINED = {  # of what is done without an option
    "swing": "new notes swing as the seed does; --humanize plays them less evenly",
    "quantize": "the seed keeps its own timing, and new notes follow it",
    "instrument": "new notes are played by the seed's instruments",
    "program": "new notes are played by the seed's instruments",
}


def no_such_command(name: str, known: Iterable[str]) -> str:
    """The error for a command that there is not."""
    names, typed = list(known), name.lower()
    if typed.endswith(MIDI_SUFFIXES):
        guess = f"did you mean generate {name}? "
    else:
        closest = [other for other in names if other == COMMANDS_ELSEWHERE.get(typed)]
        closest += [other for other in names if len(typed) > 1 and other.startswith(typed)]
        closest += get_close_matches(typed, names, 1)
        guess = f"did you mean {closest[0]}? " if closest else ""
    return f"no such command {name!r}: {guess}there are {', '.join(names)}"


def no_such_option(error: click.NoSuchOption) -> str:
    """The error for an option that the command has not."""
    context = error.ctx
    parameters = context.command.params if context else []
    shown = [p for p in parameters if isinstance(p, click.Option) and not p.hidden]
    options = {name.lstrip("-"): name for option in shown for name in (*option.opts, *option.secondary_opts)}
    wanted = error.option_name.lstrip("-").lower().replace("_", "-")
    if wanted in EXPLAINED and "seed" in options:
        return f"no such option {error.option_name}: {EXPLAINED[wanted]}"
    meant = _meant(wanted, options)
    if meant:
        return f"no such option {error.option_name}: did you mean {meant}?"
    path = context.command_path if context else "melodyrnn"
    return f"no such option {error.option_name}: {path} --help lists them"


def _meant(wanted: str, options: Mapping[str, str]) -> str:
    """The option that is called otherwise elsewhere, or nearly so; empty for none."""
    elsewhere = options.get(OPTIONS_ELSEWHERE.get(wanted, ""))
    if elsewhere:
        return elsewhere
    closest = get_close_matches(wanted, [name for name in options if len(name) > 1], 1)
    return options[closest[0]] if closest else ""

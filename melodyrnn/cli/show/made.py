"""The files that were made, as plain facts and as the lines of a summary."""

from collections.abc import Sequence
from typing import Any

from melodyrnn.cli.show.choice import choice_line
from melodyrnn.errors import count
from melodyrnn.generation import Continuation, Request
from melodyrnn.midi.appending import ContinuedFile
from melodyrnn.music import Song
from melodyrnn.music.general_midi import instrument_name
from melodyrnn.music.key_finding import agreed_key, estimate_key
from melodyrnn.music.pitches import pitch_name
from melodyrnn.music.progression import Progression
from melodyrnn.music.scales import Key, parse_key
from melodyrnn.music.song import NoteArray

Facts = dict[str, Any]


def facts_of(
    target: str,
    song: Song,
    made: Continuation,
    written: ContinuedFile,
    request: Request,
) -> Facts:
    """The facts of one file that was made."""
    seed_bars = request.with_seed * made.seed_bars
    metre = song.time_signatures[-1]
    given = Song(made.given) if made.gap else song  # what is given has the key, whatever is drawn in it
    named = agreed_key(given, made.seed.signature) if made.seed and made.seed.signature else None
    asked = request.sampling(made.seed).constraints
    found = asked.key or named or estimate_key(given) or estimate_key(song)
    of_names = found if isinstance(found, Key) else None
    new_notes = _in_file(made, written)
    left_out = made.new_note_count - sum(map(len, new_notes))
    chords = asked.chords and Progression(asked.chords.bars[: _new_bars(song, made, seed_bars)])
    return {
        "path": target,
        "bars": song.bars,
        "new_bars": song.bars - seed_bars,
        "first_new_bar": (song.bar_lines.position(made.gap.start)[0] if made.gap else seed_bars) + 1,
        "replaced_bars": str(request.passage) if request.replace else None,
        "added_part": song.tracks[-1].name if request.add else None,
        "port_of_added": written.port_of_added + 1 if request.add else None,
        "replaced_notes": sum(map(len, made.replaced)),
        "notes": song.note_count - left_out,
        "new_notes": sum(map(len, new_notes)),
        "cut_notes": written.cut_notes,
        "left_out_notes": left_out,
        "closed_at_join": written.closed,
        "left_out_of_new_bars": written.left_out,
        "silent_at_join": written.silent,
        "parts": [_part(song, made, index, new) for index, new in enumerate(new_notes)],
        "key": str(found) if found else None,
        "key_from": "asked" if request.key else "key signature" if named else "notes" if found else None,
        "chords": chords.name(of_names) if chords else None,
        "metre": f"{metre.numerator}/{metre.denominator}",
        "bpm": song.tempos[0].bpm,
        "freedom": made.freedom._asdict() if made.freedom else None,
    }


def lines_of(facts: Facts) -> list[str]:
    """A line for the file, one for each part, and what changed where the new bars begin."""
    seed_bars = facts["bars"] - facts["new_bars"]
    bars, notes = count(facts["bars"], "bar"), count(facts["notes"], "note")
    if facts["replaced_bars"]:
        bars = f"{bars} ({facts['replaced_bars']} made anew)"
        notes = f"{notes} ({facts['new_notes']} new, in the place of {facts['replaced_notes']})"
    elif facts["added_part"]:
        notes = f"{notes} ({facts['new_notes']} new)"
    elif seed_bars:
        bars = f"{bars} ({facts['new_bars']} new, from bar {facts['first_new_bar']})"
        notes = f"{notes} ({facts['new_notes']} new)"
    if facts["cut_notes"]:
        notes += f", {facts['cut_notes']} shortened because their pitch begins again"
    if facts["left_out_notes"]:
        notes += f", {facts['left_out_notes']} left out because their pitch is struck there already"
    key = facts["key"] or "no key"
    if facts["key_from"] == "key signature":
        key += " by its key signature"
    rest = f"{key}, {facts['style']}, random seed {facts['random_seed']}"
    named = parse_key(facts["key"]) if facts["key"] else None
    key_of_names = named if isinstance(named, Key) else None
    lines = [f"{facts['path']}: {bars}, {notes}, {rest}"]
    if facts["freedom"]:
        options = " ".join(f"--{name} {value:g}" for name, value in facts["freedom"].items())
        like = "the bars that went" if facts["replaced_bars"] else "a take before it"
        lines.append(f"  drawn again with {options}, since it was like {like}")
    if facts.get("choice"):
        lines.append(f"  {choice_line(facts)}")
    lines += [f"  {_part_line(number, part, key_of_names)}" for number, part in enumerate(facts["parts"], 1)]
    if (facts["port_of_added"] or 1) > 1:
        lines.append(
            f"  {facts['added_part']} is on port {facts['port_of_added']}: no channel is free on those before it"
        )
    if facts["chords"]:
        lines.append(f"  chords of the new bars: {facts['chords']}")
    done = [
        ("closed where the new bars begin", facts["closed_at_join"]),
        ("left out of the new bars", facts["left_out_of_new_bars"]),
        ("at 0, so that new notes are silent", facts["silent_at_join"]),
    ]
    if any(things for _, things in done):
        changes = "; ".join(f"{what}: {', '.join(things)}" for what, things in done if things)
        lines.append(f"{facts['path']}: {changes}")
    if "sound" in facts:
        lines.append(f"{facts['sound']}: its sound")
    return lines


def _in_file(made: Continuation, written: ContinuedFile) -> Sequence[NoteArray]:
    """For each part its new notes that are in the file."""
    if not written.in_file:
        return made.new_notes
    return [notes[there] for notes, there in zip(made.new_notes, written.in_file, strict=True)]


def _new_bars(song: Song, made: Continuation, seed_bars: int) -> int:
    """How many bars have new notes."""
    if made.gap is None:
        return song.bars - seed_bars
    first, last = (song.bar_lines.position(pulse)[0] for pulse in (made.gap.start, made.gap.end - 1))
    return last - first + 1


def _part(song: Song, made: Continuation, index: int, new: NoteArray) -> Facts:
    track, gap = song.tracks[index], made.gap
    unchanged = gap is not None and gap.added is None and not len(new) and not len(made.replaced[index])
    return {
        "name": track.name,
        "instrument": instrument_name(track.program, track.is_drum),
        "new_notes": len(new),
        "lowest": int(new[:, 1].min()) if len(new) else None,
        "highest": int(new[:, 1].max()) if len(new) else None,
        "is_drum": track.is_drum,
        "is_given": unchanged or (gap is not None and index not in gap.parts),
    }


def _part_line(number: int, part: Facts, key: Key | None) -> str:
    """Its name, what plays it, its new notes and their range."""
    name = f"{part['name']} ({part['instrument']})" if part["name"] else f"part {number} ({part['instrument']})"
    if part["is_given"]:
        return f"{name}: as it was"
    if not part["new_notes"]:
        return f"{name}: warning, no new notes"
    notes = f"{name}: {count(part['new_notes'], 'new note')}"
    if part["is_drum"]:
        return notes
    lowest, highest = (pitch_name(part[end], key) for end in ("lowest", "highest"))
    return f"{notes}, {lowest}" if lowest == highest else f"{notes}, {lowest} to {highest}"

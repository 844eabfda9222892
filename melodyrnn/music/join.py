"""Where new bars join a piece: one rule, for every way to go on from music.

**The join is the first bar line at or after the end of the music.** The music ends with its last note, with a change of
metre after it, or with the clip that holds it (`Song.length_pulses`), whichever is latest. Three things are said more
exactly:

- A note held over the last bar line, into a bar in which none begins, does not make that bar one of the piece unless it
  sounds through half of it: a key that comes up late ends no loop a bar later. It sounds on under the new bars.
- The end of a track is the end of a clip if it lies on a bar line, after the last note, and within reason
  (`is_clip_end`).
- Where a piece opens with a pickup and leaves room for one at its end, the next phrase's pickup may begin in that room
  (`earliest_pulse`). The join stays at the bar line.
"""

from melodyrnn.music.metre import BarLines
from melodyrnn.music.song import Song

MOST_SILENT_BARS = 8  # at the end of a clip, unless the music before is as long


def join_pulse(song: Song) -> int:
    """The bar line at which new bars join the song. 0 for a song of neither notes nor length."""
    lines, metre = song.bar_lines, song.time_signatures[-1].onset_pulses
    line = lines.next_line(max(song.end_pulses, metre))
    last_bar = lines.start(lines.position(line - 1)[0]) if line else 0
    onset, sounding = _last_onset(song), music_end(song)
    only_held = onset < last_bar < sounding and 2 * (sounding - last_bar) < line - last_bar
    return last_bar if only_held and max(metre, last_bar) == last_bar and song.length_pulses <= sounding else line


def earliest_pulse(song: Song) -> int:
    """The first pulse at which a new note may begin: the join, or a pickup before it.

    A piece opens with a pickup if its first note begins inside a bar, or at the start of a bar shorter than the next.
    The next phrase may have one as long, where the last bar of the piece is silent for as long.
    """
    join, lines = join_pulse(song), song.bar_lines
    onsets = [int(track.array[0, 0]) for track in song.tracks if len(track)]
    if not onsets or not join:
        return join
    first = min(onsets)
    bar, place = lines.position(first)
    bar_end, next_end = lines.start(bar + 1), lines.start(bar + 2)
    pickup = bar_end - first
    if not place and pickup >= next_end - bar_end:
        return join
    last_bar = lines.start(lines.position(join - 1)[0])
    fits = pickup < join - last_bar and music_end(song) <= join - pickup and bar_end < join
    return join - pickup if fits else join


def music_end(song: Song) -> int:
    """The end of the last note, in pulses. 0 where there is none."""
    return max((int((track.array[:, 0] + track.array[:, 2]).max()) for track in song.tracks if len(track)), default=0)


def is_clip_end(end: int, music_end: int, lines: BarLines) -> bool:
    """Whether a track of notes that ends at pulse `end` is a clip that long, where the last note ends at `music_end`.

    It is one if it ends on a bar line after the last note, and the silence is no more than MOST_SILENT_BARS bars, or
    no longer than the music. Programs that end every track where their song does would else add bars without end.
    """
    if end <= music_end:
        return False
    bar, place = lines.position(end)
    silent_bars = bar - lines.position(max(music_end - 1, 0))[0] - 1
    return not place and (silent_bars <= MOST_SILENT_BARS or end <= 2 * music_end)


def _last_onset(song: Song) -> int:
    return max((int(track.array[-1, 0]) for track in song.tracks if len(track)), default=0)

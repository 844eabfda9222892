"""A loop as a whole: which parts play, when each of them enters or rests, and in which order they stand."""

from melodyrnn.corpus.loops.drums import draw_drums
from melodyrnn.corpus.loops.frame import TIME_SIGNATURES, Frame, Rng, draw_frame
from melodyrnn.corpus.loops.pitched import draw_arpeggio, draw_bass, draw_chords, draw_lead, draw_pad, draw_riff
from melodyrnn.music.metre import TimeSignature
from melodyrnn.music.song import Song, Track
from melodyrnn.music.tempo import Tempo

PARTS = (  # chance that it plays, how it is drawn
    (0.72, draw_drums),
    (0.85, draw_bass),
    (0.60, draw_chords),
    (0.40, draw_arpeggio),
    (0.40, draw_pad),
    (0.65, draw_lead),
    (0.30, draw_riff),
    (0.15, draw_chords),
    (0.10, draw_lead),
)
MOST_TRACKS = 10
SLOWEST_BPM, FASTEST_BPM = 70, 180
FEW_PARTS_CHANCE = 0.15  # that only one or two play
SHUFFLED_CHANCE = 0.6  # that the parts stand in any order
LATE_CHANCE, RESTS_CHANCE = 0.12, 0.08  # of each part


def draw_loop(rng: Rng) -> Song:
    """A random piece of 12 to 40 bars with one to ten tracks, as a score: on the grid and of one loudness."""
    index = rng.choice(len(TIME_SIGNATURES), p=[chance for chance, _, _ in TIME_SIGNATURES])
    _, numerator, denominator = TIME_SIGNATURES[index]
    frame = draw_frame(rng, numerator, denominator)
    tracks: list[Track] = []
    while not tracks:
        drawn = [track for chance, draw in PARTS if rng.random() < chance for track in draw(rng, frame)]
        if drawn and rng.random() < FEW_PARTS_CHANCE:
            drawn = drawn[: int(rng.integers(1, 3))]
        tracks = [track for track in (_arranged(rng, frame, track) for track in drawn[:MOST_TRACKS]) if len(track)]
    order = rng.permutation(len(tracks)) if rng.random() < SHUFFLED_CHANCE else range(len(tracks))
    tempo = Tempo(0, float(rng.integers(SLOWEST_BPM, FASTEST_BPM + 1)))
    end = frame.bars * frame.bar_pulses
    song = Song([tracks[i] for i in order], (tempo,), (TimeSignature(0, numerator, denominator),), end)
    return song.until_pulse(end)


def _arranged(rng: Rng, frame: Frame, track: Track) -> Track:
    """The track as it is, or entering late, or resting for four bars."""
    onsets, chance = track.array[:, 0], rng.random()
    if chance < LATE_CHANCE:
        return track.with_notes(track.array[onsets >= int(rng.choice([2, 4, 4, 8])) * frame.bar_pulses])
    if chance < LATE_CHANCE + RESTS_CHANCE:
        first = int(rng.integers(max(1, frame.bars // 4))) * 4 * frame.bar_pulses
        return track.with_notes(track.array[(onsets < first) | (onsets >= first + 4 * frame.bar_pulses)])
    return track

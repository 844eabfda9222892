"""The drums of a loop: a groove that stays, with ghost notes, small changes, and fills at the end of a phrase."""

from melodyrnn.corpus.loops.frame import EIGHTH_PULSES, SIXTEENTH_PULSES, Frame, Rng, draw_patterns, draw_rhythm
from melodyrnn.music.pulses import PULSES_PER_QUARTER
from melodyrnn.music.song import Note, Track

GHOST, PLAIN, ACCENT = 38, 78, 110  # the three MIDI velocities of a score's kit
# General MIDI percussion keys.
KICK, RIM, SNARE, CLAP, LOW_TOM, HAT, PEDAL_HAT, OPEN_HAT = 36, 37, 38, 39, 43, 42, 44, 46
MIDDLE_TOM, CRASH, HIGH_TOM, RIDE, TAMBOURINE, COWBELL, HIGH_CONGA, LOW_CONGA, SHAKER = (
    47,
    49,
    50,
    51,
    54,
    56,
    63,
    64,
    70,
)
SNARES = (SNARE, SNARE, SNARE, CLAP, RIM)
TIMEKEEPERS = (HAT, HAT, HAT, RIDE, SHAKER, PEDAL_HAT, TAMBOURINE)
PERCUSSION = ((HIGH_CONGA, LOW_CONGA), (COWBELL,), (TAMBOURINE,), (SHAKER,))
FILL_SOUNDS = ((SNARE, HIGH_TOM, MIDDLE_TOM, LOW_TOM), (SNARE, HIGH_TOM, MIDDLE_TOM, LOW_TOM), (SNARE, KICK))
HIT_PULSES = 1  # what a score writes for every hit, so that the fastest roll never overlaps itself
KIT_TRACKS = ({KICK}, {SNARE, CLAP, RIM}, {HAT, OPEN_HAT, PEDAL_HAT, RIDE, CRASH})  # where each kind has its own

Hit = tuple[int, int, int]  # place in pulses, sound, velocity


def draw_drums(rng: Rng, frame: Frame) -> list[Track]:
    """A kit in one track; at times a track for each kind of sound, as DAWs have it."""
    base = _draw_groove(rng, frame)

    def draw() -> list[Hit]:
        extra = _draw_groove(rng, frame)[-2:] if rng.random() < 0.25 else []
        return [hit for hit in base if rng.random() > 0.04] + extra

    fill_chance, slip_chance = 0.7 * rng.random(), 0.06 * rng.random()
    notes = []
    for bar, pattern in enumerate(draw_patterns(rng, frame, draw, 0.4)):
        hits = list(pattern)
        if (bar + 1) % frame.phrase == 0 and rng.random() < fill_chance:
            fill = _draw_fill(rng, frame)
            hits = [hit for hit in hits if hit[0] < fill[0][0]] + fill
        if bar and bar % frame.phrase == 0 and rng.random() < 0.3:
            hits.append((0, CRASH, ACCENT))
        start = bar * frame.bar_pulses
        for place, sound, velocity in dict.fromkeys(hit for hit in hits if rng.random() > slip_chance):
            notes.append(Note(start + place, sound, HIT_PULSES, velocity))
    notes = list({(note.onset_pulses, note.pitch): note for note in notes}.values())
    if rng.random() >= 0.25:
        return [Track(notes, 0, True, "Drums")]
    kinds = [[note for note in notes if note.pitch in kind] for kind in KIT_TRACKS]
    rest = [note for note in notes if not any(note.pitch in kind for kind in KIT_TRACKS)]
    return [Track(kind, 0, True) for kind in (*kinds, rest) if kind]


def _draw_groove(rng: Rng, frame: Frame) -> list[Hit]:
    return [
        hit
        for hits in (_draw_kick_and_snare(rng, frame), _draw_timekeeper(rng, frame), _draw_extras(rng, frame))
        for hit in hits
        if hit[0] < frame.bar_pulses
    ]


def _draw_kick_and_snare(rng: Rng, frame: Frame) -> list[Hit]:
    """Four on the floor, half time, one drop, or a backbeat, with further kicks and ghost notes."""
    bar, beat, beats = frame.bar_pulses, frame.beat_pulses, max(1, frame.bar_pulses // frame.beat_pulses)
    snare, kind, middle = int(rng.choice(SNARES)), rng.random(), beats // 2 * beat
    on_twos = [(index * beat, snare, PLAIN) for index in range(1, beats, 2)]
    if kind < 0.25:
        hits = [(index * beat, KICK, PLAIN) for index in range(beats)] + on_twos
    elif kind < 0.35:
        hits = [(0, KICK, PLAIN), (middle, snare, PLAIN)]
    elif kind < 0.42:
        hits = [(middle, KICK, PLAIN), (middle, snare, PLAIN)]
    else:
        hits = [(0, KICK, PLAIN), *on_twos]
    for place in range(0, bar, EIGHTH_PULSES if frame.is_compound else SIXTEENTH_PULSES):
        chance = 0.16 if place % beat == 0 else 0.12 if place % EIGHTH_PULSES == 0 else 0.06
        if kind >= 0.25 and rng.random() < chance:
            hits.append((place, KICK, PLAIN))
        if place % beat and rng.random() < 0.06:
            hits.append((place, snare, GHOST))
    return hits


def _draw_timekeeper(rng: Rng, frame: Frame) -> list[Hit]:
    """Hats, a ride or a shaker at an even pace, accented or not, at times on the off-beats only."""
    beat, sound = frame.beat_pulses, int(rng.choice(TIMEKEEPERS))
    pace = EIGHTH_PULSES if frame.is_compound else int(rng.choice([6, 12, 12, 24, 8]))
    start = 0
    if beat == PULSES_PER_QUARTER and rng.random() < 0.12:
        start, pace = EIGHTH_PULSES, PULSES_PER_QUARTER
    accented, thinned = rng.random() < 0.4, 0.3 * rng.random() if rng.random() < 0.3 else 0.0
    hits = []
    for place in range(start, frame.bar_pulses, pace):
        if rng.random() >= thinned:
            strong, ghost = place % beat == 0, place % EIGHTH_PULSES != 0
            velocity = PLAIN if not accented else ACCENT if strong else GHOST if ghost else PLAIN
            hits.append((place, sound, velocity))
    return hits


def _draw_extras(rng: Rng, frame: Frame) -> list[Hit]:
    hits: list[Hit] = []
    if rng.random() < 0.3:
        hits.append((frame.bar_pulses - EIGHTH_PULSES, OPEN_HAT, PLAIN))
    if rng.random() < 0.15:
        start = int(rng.integers(max(1, frame.bar_pulses // frame.beat_pulses))) * frame.beat_pulses
        hits += [(start + i * SIXTEENTH_PULSES // 2, HAT, PLAIN) for i in range(int(rng.choice([4, 8])))]
    if rng.random() < 0.2:
        sounds = PERCUSSION[rng.integers(len(PERCUSSION))]
        hits += [(place, int(rng.choice(sounds)), PLAIN) for place in draw_rhythm(rng, frame, 0.5, EIGHTH_PULSES, 0.5)]
    return hits


def _draw_fill(rng: Rng, frame: Frame) -> list[Hit]:
    pace = EIGHTH_PULSES if frame.is_compound else int(rng.choice([6, 6, 12, 8]))
    first = max(0, frame.bar_pulses - frame.beat_pulses * int(rng.choice([1, 2, 2])))
    sounds = FILL_SOUNDS[rng.integers(len(FILL_SOUNDS))]
    places = range(first, frame.bar_pulses, pace)
    return [(place, sounds[i * len(sounds) // len(places)], PLAIN) for i, place in enumerate(places)]

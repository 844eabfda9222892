"""Whether a track that is not on a channel of drums is drums all the same, by its name and, in doubt, by its notes.

A DAW writes every track on any channel, without a program, under the name that its user or its sampler gave it: "Hats",
"EZdrummer", "Drum Rack". A name may also be a title: "Ride of the Valkyries", "The Little Drummer".
"""

import re
from enum import IntEnum
from functools import lru_cache

import numpy as np

from melodyrnn.arrays import Ints

# Words of a name, in lower case. A sign of another encoding may have become any sign.
WORD = re.compile(r"(?:[^\W\d_]|[\ufffd?])+|\d+s?")
SURE_WORD = re.compile(
    r"drums?(kits?|sets?|racks?)?|perc(s|uss)?|perk|per[ck]uss?i[oóõ\ufffd?](n[ei]?s?)?|percuss[aã\ufffd?]o"
    r"|schlagzeug|batterie|bater[ií\ufffd?]a|snares?|hihats?|kicks?|ezdrummer|linndrum|redrum|ultrabeat"
    r"|909s?|ドラム(ス|セット)?|パーカッション|打楽器|架?子?鼓|爵士鼓|打击乐器?|打擊樂器?|드럼|ударные|барабан(ы)?|перкуссия"
)
# Words that are of drums if all beside them are: else they may be of a title, and the notes decide.
LIKELY_WORD = re.compile(
    r"kits?|hats?|hh|claps?|rides?|crash(es)?|splash|china|cymbals?|toms?|shakers?|tambourines?|tamb|cowbells?|congas?|bongos?|timbales?|djembe"
    r"|caj[oó\ufffd?]n|claves?|maracas|guiro|cabasa|agogos?|woodblocks?|castanets|rims?|rimshots?|sidestick|snaps?"
    r"|drummer|battery|breaks?|breakbeats?|beats?|impulse|bfd|ssd|fpc|bd|sd|oh|cp|kik|snr|overheads?"
)
BASS_OR_DRUMS = re.compile(r"808s?")  # a drum machine, and a bass made of its bass drum
BESIDE = re.compile(
    r"\d+|[a-z]|left|right|hi|high|low|mid|floor|rack|open|opened|closed|pedal|half|foot|top|main|side|loops?|fills?|rolls?"
    r"|layer|dry|wet|room|bus|group|sub|acoustic|electronic|electric|studio|live|rock|jazz|funk|latin|house|techno|trap|hip"
    r"|hop|lofi|pop|big|small|soft|hard|loud|fat|punchy|deep|short|long|new|old|verse|chorus|intro|outro|bridge|brush"
    r"|superior|ez|addictive|native|instruments|ni|logic|steven|slate|toontrack|amen|machine|sampler|track|midi|part|one|two"
)
OTHER_WORD = re.compile(
    r"steel|tongue|hang|kettle|melodic|pitched|taiko|太鼓|synth|reverse|non?|not|without|minus|sans|ohne|sin|senza|of|for"
    r"|to|with|von|für|bass|basses|bassline|reese|guitars?|pianos?|keys|keyboards?|organ|leads?|strings?|brass|horns?"
    r"|vocals?|vox|voices?|choir|sax|trumpet|flute|violin|cello|chords?|melody|pluck|arp|harp|bells"
)
SMALL_WORD = re.compile(r"and|the|in|on|my|your|you|me|i|it|is|a|der|die|das|und|et|y|le|la|les")
PLACE_WORD = re.compile(r"midi|channel|chan|ch|track|kanal|spur|canal|piste|pista|\d+")
JOINED = (  # names of two words
    (re.compile(r"\bhi[\s_-]+(?=hats?\b)"), "hi"),
    (re.compile(r"\bbass[\s_-]+(?=drums?\b)"), ""),
    (re.compile(r"\b(tr|cr|rz|lm|dmx|sp|mpc)[\s_-]*(505|606|626|707|727|808|909|8s?|78|1|1200)\b"), "drums"),
    (re.compile(r"\bno?[.\s]*(?=\d)"), ""),
)

KICKS, SNARES, HATS = (35, 36), (38, 40), (42, 44, 46)  # of General MIDI
LOWEST_DRUM, HIGHEST_DRUM = 27, 87  # General MIDI 2; 35 to 81 in General MIDI
FEW_SOUNDS = 2  # different pitches: one sound, or one and a variant, at whatever keys it lies
KIT_SHARE = 0.7  # of the notes, on bass drum, snare and hi-hat
FITTING_SHARE = 0.9


class Evidence(IntEnum):
    """How strongly a name suggests drums."""

    NONE = 0
    DRUMS_OR_BASS = 1  # the notes must be those of a kit
    DRUMS_OR_TITLE = 2  # so must they, or be one sound
    LIKELY = 3  # the notes must fit a kit
    SURE = 4


def is_named_drums(name: str, program: int, onsets: Ints, pitches: Ints) -> bool:
    """Whether a track is drums by its name, if it has no other program, and by its notes, (n,) ticks and pitches, where
    the name alone leaves a doubt.
    """
    evidence = Evidence.NONE if program else named_evidence(name)
    if evidence in (Evidence.NONE, Evidence.SURE):
        return evidence == Evidence.SURE
    is_one_sound = len(np.unique(pitches)) <= FEW_SOUNDS
    if evidence == Evidence.LIKELY:
        return is_one_sound or _fits_kit(pitches)
    return _is_kit(onsets, pitches) or (is_one_sound and evidence == Evidence.DRUMS_OR_TITLE)


@lru_cache(maxsize=4096)
def named_evidence(name: str) -> Evidence:
    """The evidence of a name alone.

    The name of a first track may be the title of the piece: it is one if it has small words, as titles do, unless
    all other words are for drums or for where these are.
    """
    text = name.lower()
    for pattern, instead in JOINED:
        text = pattern.sub(instead, text)
    words = set(WORD.findall(text))
    sure, likely, small, places, beside = (
        set(filter(kind.fullmatch, words)) for kind in (SURE_WORD, LIKELY_WORD, SMALL_WORD, PLACE_WORD, BESIDE)
    )
    if any(map(OTHER_WORD.fullmatch, words)):
        return Evidence.NONE
    if sure:
        return Evidence.SURE if not small or words == sure | likely | small | places else Evidence.NONE
    if likely:
        known = words == likely | places | beside
        return Evidence.LIKELY if known else Evidence.NONE if small else Evidence.DRUMS_OR_TITLE
    numbered = set(filter(BASS_OR_DRUMS.fullmatch, words))
    return Evidence.DRUMS_OR_BASS if numbered and words == numbered | beside else Evidence.NONE


def _fits_kit(pitches: Ints) -> bool:
    """Whether nearly all pitches lie where a kit has its sounds."""
    return bool(np.mean((pitches >= LOWEST_DRUM) & (pitches <= HIGHEST_DRUM)) >= FITTING_SHARE)


def _is_kit(onsets: Ints, pitches: Ints) -> bool:
    """Whether bass drum, snare and hi-hat play most of the notes, or a bass drum and others at once: no bass does."""
    groups = [np.isin(pitches, group) for group in (KICKS, SNARES, HATS)]
    if all(group.any() for group in groups) and np.logical_or.reduce(groups).mean() >= KIT_SHARE:
        return True
    struck_at_once = len(np.unique(onsets)) <= FITTING_SHARE * len(onsets)
    return struck_at_once and bool(groups[0].any()) and _fits_kit(pitches)

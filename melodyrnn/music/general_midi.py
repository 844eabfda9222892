"""The instruments of General MIDI, level 1, by their programs, from 0, and its drums by their pitches."""

INSTRUMENTS = tuple(
    name.strip()
    for family in (
        "Acoustic Grand Piano, Bright Acoustic Piano, Electric Grand Piano, Honky-tonk Piano",
        "Electric Piano 1, Electric Piano 2, Harpsichord, Clavinet",
        "Celesta, Glockenspiel, Music Box, Vibraphone, Marimba, Xylophone, Tubular Bells, Dulcimer",
        "Drawbar Organ, Percussive Organ, Rock Organ, Church Organ, Reed Organ, Accordion, Harmonica, Tango Accordion",
        "Nylon Guitar, Steel Guitar, Jazz Guitar, Clean Guitar, Muted Guitar, Overdriven Guitar, Distortion Guitar",
        "Guitar Harmonics, Acoustic Bass, Fingered Bass, Picked Bass, Fretless Bass, Slap Bass 1, Slap Bass 2",
        "Synth Bass 1, Synth Bass 2, Violin, Viola, Cello, Contrabass, Tremolo Strings, Pizzicato Strings",
        "Orchestral Harp, Timpani, String Ensemble 1, String Ensemble 2, Synth Strings 1, Synth Strings 2, Choir Aahs",
        "Voice Oohs, Synth Voice, Orchestra Hit, Trumpet, Trombone, Tuba, Muted Trumpet, French Horn, Brass Section",
        "Synth Brass 1, Synth Brass 2, Soprano Sax, Alto Sax, Tenor Sax, Baritone Sax, Oboe, English Horn, Bassoon",
        "Clarinet, Piccolo, Flute, Recorder, Pan Flute, Blown Bottle, Shakuhachi, Whistle, Ocarina",
        "Square Lead, Sawtooth Lead, Calliope Lead, Chiff Lead, Charang Lead, Voice Lead, Fifths Lead, Bass and Lead",
        "New Age Pad, Warm Pad, Polysynth Pad, Choir Pad, Bowed Pad, Metallic Pad, Halo Pad, Sweep Pad",
        "Rain, Soundtrack, Crystal, Atmosphere, Brightness, Goblins, Echoes, Sci-fi",
        "Sitar, Banjo, Shamisen, Koto, Kalimba, Bagpipe, Fiddle, Shanai",
        "Tinkle Bell, Agogo, Steel Drums, Woodblock, Taiko Drum, Melodic Tom, Synth Drum, Reverse Cymbal",
        "Guitar Fret Noise, Breath Noise, Seashore, Bird Tweet, Telephone Ring, Helicopter, Applause, Gunshot",
    )
    for name in family.split(",")
)


def instrument_name(program: int, is_drum: bool) -> str:
    """The instrument of a track: "Violin", or "drums"."""
    return "drums" if is_drum else INSTRUMENTS[program]


FIRST_DRUM = 35
DRUMS = tuple(
    name.strip()
    for row in (
        "kick 2, kick, stick, snare, clap, snare 2, low tom 2, hihat, low tom, pedal, mid tom 2, open hat",
        "mid tom, high tom 2, crash, high tom, ride, china, bell, tambourin, splash, cowbell, crash 2, slap, ride 2",
        "high bongo, low bongo, conga mute, conga, low conga, timbale, timbale 2, agogo, low agogo, cabasa, maracas",
        "whistle, whistle 2, guiro, guiro 2, claves, woodblock, woodbl. 2, cuica mute, cuica, tri. mute, triangle",
    )
    for name in row.split(",")
)


def drum_name(pitch: int) -> str:
    """A sound of the kit in at most ten letters, such as "kick"; its pitch where General MIDI has none there."""
    place = pitch - FIRST_DRUM
    return DRUMS[place] if 0 <= place < len(DRUMS) else str(pitch)

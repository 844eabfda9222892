"""A gap is filled: what is given comes back untouched, what is new stays in the gap, and hears what is beside it."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from untouched import assert_untouched, events_of

from melodyrnn import api
from melodyrnn.encoding.events import DRUM, FIELDS, METRE, PART, encode
from melodyrnn.errors import OptionError
from melodyrnn.generation import MusicModel, Request, Sampling, Seed
from melodyrnn.generation.adding import add_part
from melodyrnn.generation.bounds import PartBounds
from melodyrnn.generation.gap import Gap, Reading
from melodyrnn.generation.generator import Generator
from melodyrnn.generation.infilling import fill_gap
from melodyrnn.generation.interleaving import NO_EVENT, next_event_of
from melodyrnn.generation.part_kinds import KIT, PartKind
from melodyrnn.midi.seedfile import parse_seed, seed_of_song
from melodyrnn.music import Note, Song, TimeSignature, Track
from models import flat_model, random_model

BAR = 96
KIT_PITCHES = (36, 38, 42)


def wandering(random_seed: int = 0, reads_scores: bool = False) -> MusicModel:
    """A small network of random weights that does not wait for many bars."""
    model = random_model(random_seed, bars=-2.0 * np.arange(16), part={0: 1, 1: 1, 2: 1}).model
    return MusicModel(replace(model, reads_scores=reads_scores))


@st.composite
def songs(draw: st.DrawFn) -> Song:
    """Eight bars of one to three parts, of which the last may be a kit; every bar of each has a note."""
    metre = draw(st.sampled_from([(4, 4), (3, 4), (7, 8)]))
    bar = TimeSignature(0, *metre).bar_pulses
    tracks = []
    for part in range(draw(st.integers(1, 3))):
        is_drum = part == 2
        notes = []
        for start in range(0, 8 * bar, bar):
            for place in draw(st.sets(st.integers(0, bar // 12 - 1), min_size=1, max_size=4)):
                pitch = draw(st.sampled_from(KIT_PITCHES)) if is_drum else 48 + 12 * part + draw(st.integers(0, 11))
                length = draw(st.sampled_from([6, 12, 24, 48, 120]))
                notes.append(Note(start + 12 * place, pitch, length, draw(st.integers(1, 127))))
        tracks.append(Track(notes, 8 * part, is_drum, f"part {part}"))
    return Song(tracks, (), (TimeSignature(0, *metre),), 8 * bar)


@given(
    songs(),
    st.integers(0, 10**6),
    st.integers(1, 8),
    st.integers(0, 3),
    st.sets(st.integers(0, 2)),
    st.sampled_from([0.0, 0.7, 1.0, 2.0]),
    st.sampled_from([None, "C", "F# minor"]),
    st.booleans(),
    st.sampled_from([0.5, 1.0, 2.0]),
    st.booleans(),
)
@settings(max_examples=40)
def test_what_is_given_stays_and_what_is_new_obeys(
    song, random_seed, first, more, chosen, temperature, key, monophonic, density, scores
):
    last = min(8, first + more)
    names = tuple(f"part {part}" for part in chosen if part < len(song.tracks))
    model = wandering(random_seed % 3, scores)
    file = seed_of_song(song)
    seed = api.seed_in(file)
    request = Request(
        model=model,
        replace=f"{first}-{last}",
        part=names,
        temperature=temperature,
        key=key,
        monophonic=monophonic,
        density=density,
        random_seed=random_seed,
        stay=0.0,
        humanize=0.5 * (random_seed % 2),
    )
    made = api.continuation(seed, request)
    gap = made.gap
    bar = song.time_signatures[0].bar_pulses
    assert (gap.start, gap.end) == ((first - 1) * bar, last * bar)
    wanted = request.sampling(seed).constraints.pitches()
    for part, (track, new) in enumerate(zip(song.tracks, made.new_notes, strict=True)):
        rest = np.delete(track.array, made.replaced[part], axis=0)
        both = Counter(map(tuple, rest.tolist())) + Counter(map(tuple, new.tolist()))
        assert Counter(map(tuple, made.song.tracks[part].array.tolist())) == both
        if part not in gap.parts:
            assert not len(new)
            assert len(rest) == len(track)
            continue
        assert (new[:, 0] >= gap.start).all()
        assert (new[:, 0] + new[:, 2] <= gap.end).all()
        bounds = PartBounds.of(rest if len(rest) else track.array, track.is_drum).allowed()
        if track.is_drum:
            assert bounds[DRUM + new[:, 1]].all()
        else:
            allowed = wanted & bounds[:DRUM]
            assert (allowed if allowed.any() else wanted)[new[:, 1]].all()
    written = api.continued_file(made, file, request)
    assert_untouched(file, written.data, made, file.tick(gap.end))


def test_the_same_random_seed_fills_a_gap_alike_and_another_does_not():
    file = seed_of_song(piano())
    asked = {"model": wandering(), "replace": "3-6", "stay": 0.0}
    made = [api.continuation(api.seed_in(file), Request(random_seed=n, **asked)) for n in (1, 1, 2)]
    assert made[0].song == made[1].song != made[2].song
    assert made[0].new_note_count > 0


def piano(bars: int = 8) -> Song:
    """A hand that plays on every beat, and one that plays on every bar line."""
    right = [Note(24 * i, 60 + i % 12, 24, 80) for i in range(4 * bars)]
    left = [Note(96 * i, 36 + i % 7, 96, 80) for i in range(bars)]
    return Song([Track(right, 0, name="right"), Track(left, 0, name="left")], (), (), bars * BAR)


def test_what_follows_is_read_first_then_what_leads_there_and_the_drawn_part_comes_last():
    song = piano()
    reading = Reading.of(song, Gap(2 * BAR, 4 * BAR, (0,)))
    assert reading.parts == (1, 0)
    assert reading.drawn == (1,)
    assert (reading.start, reading.end, reading.shift) == (6 * BAR, 8 * BAR, 4 * BAR)
    left, right = (track.array for track in reading.song.tracks)
    order = [4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7]  # bars of the song
    assert left[:, :2].tolist() == [[96 * place, 36 + bar % 7] for place, bar in enumerate(order)]
    assert [place for place in range(len(order)) if not (right[:, 0] // BAR == place).any()] == [6, 7]
    assert [pulse for pulse, _ in reading.beside] == [6 * BAR, 7 * BAR]
    assert reading.following[0][0] == 8 * BAR
    signs = [event[3] for event in reading.context.tolist()[:3]]
    assert signs == [METRE, PART, PART]


def test_changes_of_metre_are_read_where_the_bars_stand():
    metres = (TimeSignature(0, 4, 4), TimeSignature(2 * BAR, 3, 4), TimeSignature(2 * BAR + 4 * 72, 4, 4))
    song = piano()
    song = Song(song.tracks, (), metres, 8 * BAR)
    start, end = song.bar_lines.start(2), song.bar_lines.start(4)
    reading = Reading.of(song, Gap(start, end, (0, 1)))
    changes = [(s.onset_pulses - reading.shift, s.numerator) for s in reading.song.time_signatures]
    # From bar 5 on two bars in 3/4 and then 4/4, in which the song begins too; and from bar 3 on 3/4 again.
    assert changes == [(-reading.shift, 3), (2 * 72 - reading.shift, 4), (2 * BAR, 3), (2 * BAR + 4 * 72, 4)]
    assert reading.shift == end + 2 * 72 + 3 * BAR - end


def test_a_note_that_began_before_the_gap_sounds_on_and_is_not_struck_again():
    held = Song([Track([Note(0, 60, 4 * BAR, 80), Note(24, 62, 24, 80), Note(5 * BAR, 62, 24, 80)])], (), (), 6 * BAR)
    gap = Gap(BAR, 5 * BAR, (0,))
    for number in range(4):
        made = fill_gap(wandering(number), Seed.of(held), gap, None, Sampling(), number)
        assert Note(0, 60, 4 * BAR, 80) in made.song.tracks[0].notes
        sounding = made.new_notes[0][made.new_notes[0][:, 0] < 4 * BAR]
        assert len(made.new_notes[0])
        assert not (sounding[:, 1] == 60).any()


def test_a_new_note_ends_before_its_pitch_is_struck_in_what_follows():
    early = Track([Note(0, 60, 96, 80), Note(BAR, 60, 96, 80), Note(2 * BAR - 3, 60, 90, 80)])
    model = flat_model(place={0: 40}, pitch={60: 40}, duration={288: 40}, part={0: 40}, bars={0: 20, 1: 10})
    made = fill_gap(model, Seed.of(Song([early], (), (), 3 * BAR)), Gap(BAR, 2 * BAR - 3, (0,)), None, Sampling(0.0))
    assert [BAR, 60, BAR - 3] in made.new_notes[0][:, :3].tolist()
    assert (made.new_notes[0][:, 0] + made.new_notes[0][:, 2]).max() == 2 * BAR - 3


def test_the_network_is_not_asked_for_what_is_known_and_time_goes_on():
    """It expects part 0 at place 0 of the next bar for certain; part 1 may come after it, as it would in truth."""
    song = piano(2)
    model = flat_model(bars={1: 30}, place={0: 30, 24: 20}, part={0: 30, 1: 10})
    generator = Generator(model, 0, Sampling(1.0, 1.0), 1)
    for event in encode(song).events.tolist()[:-1]:
        generator.push(event)
    drawn = [next_event_of(branch, [1], 3 * BAR) for branch in generator.branches(60)]
    assert drawn.count(NO_EVENT) == len(
        drawn
    )  # part 1 has a chance of e-20 at place 0, and e-20 of the rest at place 24
    generator.use_model(flat_model(bars={1: 30}, place={0: 30, 24: 20}, part={0: 30, 1: 31}))
    drawn = [next_event_of(branch, [1], 3 * BAR) for branch in generator.branches(200)]
    share = sum(event[:3] == (1, 0, 1) for event in drawn) / len(drawn)
    assert share == pytest.approx(np.e / (1 + np.e), abs=0.1)


def test_a_limit_is_kept():
    song = piano(2)
    generator = Generator(flat_model(), 0, Sampling(), 1)
    for event in encode(song).events.tolist()[:-1]:
        generator.push(event)
    for branch in generator.branches(30):
        event = next_event_of(branch, [0], 2 * BAR + 30)
        assert event == NO_EVENT or branch.grammar.pulse(event) < 2 * BAR + 30
        assert event == NO_EVENT or event[FIELDS.index("part")] == 0


def test_of_a_part_that_is_nowhere_else_the_bounds_are_those_of_the_notes_that_go():
    made = fill_gap(wandering(), Seed.of(piano()), Gap(0, 8 * BAR, (1,)), None, Sampling(), 1)
    assert made.new_notes[1][:, 1].min(initial=36) >= 30
    assert made.new_notes[1][:, 1].max(initial=42) <= 48


def test_the_network_learns_both_sides_first():
    seed, gap = Seed.of(piano()), Gap(3 * BAR, 5 * BAR, (0, 1))
    model = wandering()
    assert fill_gap(model, seed, gap, stay=0.5).song != fill_gap(model, seed, gap, stay=0.0).song


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"replace": "9-10"}, "bars 9-10: there are bars 1 to 8"),
        ({"replace": "x"}, "bars 'x': must be"),
        ({"replace": "1-2", "part": ("violin",)}, "part 'violin': there are 1 right, 2 left"),
        ({"part": ("right",)}, "part: names what is made anew"),
        ({"over": "1-2"}, "over 1-2: the bars of an added part; say which part with add"),
        ({"add": "bas"}, 'add .bas.: must be bass, drums, chords, melody, pad, strings, or "Name:program"'),
        ({"add": "Viola:128"}, "add .*: must be"),
        ({"add": ":41"}, "add .*: must be"),
        ({"add": "bass", "over": "8-9"}, "bars 8-9: there are bars 1 to 8"),
        ({"add": "bass", "form": "AB"}, "add bass: the rest of the file stays; leave out form"),
        ({"add": "bass", "replace": "1-2"}, "leave out add"),
        ({"replace": "1-2", "form": "AB"}, "leave out form"),
        ({"replace": "1-2", "bars": 3}, "leave out bars"),
        ({"replace": "1-2", "from_bar": 3}, "leave out from_bar"),
        ({"replace": "1-2", "with_seed": False}, "leave out with_seed=False"),
    ],
    ids=str,
)
def test_what_cannot_be_made_anew_is_one_line(asked, says):
    with pytest.raises(OptionError, match=says):
        api.continuation(Seed.of(piano()), Request(model=wandering(), **asked))


@pytest.mark.parametrize("asked", [{"replace": "1-2"}, {"add": "bass"}], ids=str)
def test_nothing_cannot_be_changed(asked):
    with pytest.raises(OptionError, match="changes a seed; give one"):
        api.continuation(None, Request(model=wandering(), **asked))


@pytest.mark.parametrize("kind", ["bass", "drums", "chords", "Viola:41", "Choir:Choir Aahs"])
@pytest.mark.parametrize("over", [None, "3-4"])
def test_an_added_part_has_a_track_and_a_channel_of_its_own(kind, over):
    file = seed_of_song(piano())
    request = Request(model=wandering(2, reads_scores=True), add=kind, over=over, random_seed=2)
    made = api.continuation(api.seed_in(file), request)
    assert made.song.tracks[:2] == file.song.tracks
    usual, new = PartKind.parse(kind), made.new_notes[2]
    assert len(new)
    first, last = (0, 8) if over is None else (2, 4)
    assert new[:, 0].min() >= first * BAR
    assert (new[:, 0] + new[:, 2]).max() <= last * BAR
    assert set(new[:, 1]) <= ({*KIT} if usual.is_drum else {*range(usual.low, usual.high + 1)})
    written = api.continued_file(made, file, request)
    before, after = (events_of(data) for data in (file.with_bodies([t.body for t in file.tracks]), written.data))
    assert after[: len(before)] == before
    used = {data[0] & 0x0F for track in before for _, data in track if data[0] < 0xF0}
    channels = {data[0] & 0x0F for _, data in after[-1] if data[0] < 0xF0}
    assert channels == {9} if usual.is_drum else channels.isdisjoint({*used, 9})
    again, song = parse_seed(written.data).song.tracks[-1], made.song.tracks[-1]
    assert (again.name, again.program, again.is_drum) == (song.name, song.program, song.is_drum)
    assert np.allclose(sorted(again.array[:, 0]), sorted(song.array[:, 0]), atol=1)  # played between two pulses
    assert sorted(again.array[:, 1]) == sorted(song.array[:, 1])


def test_a_part_plays_about_as_often_as_is_usual_for_it_where_the_network_expects_none():
    """It never plays two parts at a place: only what is usual for a bass makes it play one."""
    model = flat_model(place={0: 2, 24: 2, 48: 2, 72: 2}, part={0: 6}, bars={0: 3, 1: 1})
    made = add_part(model, *asked_for(piano(16), "bass"), None, Sampling(), 1)
    onsets = len(np.unique(made.new_notes[-1][:, 0]))
    assert 1.5 <= onsets / 16 <= 7


def asked_for(song: Song, kind: str) -> tuple[Seed, Gap]:
    return Gap.asked(Seed.of(song), None, (), PartKind.parse(kind))


def test_a_part_goes_with_the_chords_that_the_others_play():
    bars = [(48, 52, 55), (53, 57, 60), (43, 47, 50), (48, 52, 55)] * 4  # C F G C
    chords = Track([Note(BAR * bar, pitch, BAR, 80) for bar, chord in enumerate(bars) for pitch in chord], 0, name="c")
    seed, gap = asked_for(Song([chords], (), (), 16 * BAR), "bass")
    model = flat_model(bars={0: 3, 1: 1}, duration={24: 3})
    made = add_part(model, seed, gap, None, Sampling(), 1)
    on_beats = [note for note in made.new_notes[-1].tolist() if note[0] % 24 == 0]
    tones = [note[1] % 12 in {pitch % 12 for pitch in bars[note[0] // BAR]} for note in on_beats]
    assert len(tones) >= 6
    assert np.mean(tones) > 0.8


def test_part_may_be_one_name_or_a_list_in_plain_data():
    assert Request.of({"replace": "1-2", "part": "right"}).part == ("right",)
    assert Request.of({"replace": "1-2", "part": ["right", "2"]}).part == ("right", "2")
    with pytest.raises(OptionError, match=r"part .*: must be names"):
        Request.of({"replace": "1-2", "part": [1]})


def test_beats_that_are_varied_hold_about_as_many_notes_as_before_in_every_part() -> None:
    """Parts that are drawn begin notes together with given notes of parts after them."""
    chord = [Note(24 * beat, pitch, 24, 80) for beat in range(32) for pitch in (60, 64, 67)]
    bass = [Note(24 * beat, 36, 24, 80) for beat in range(32)]
    kit = [Note(12 * place, 42, 12, 80) for place in range(64)]
    song = Song((Track(chord, 0), Track(bass, 33), Track(kit, 0, True)))
    counts = np.zeros(3)
    for random_seed in range(3):
        made = api.generate(song, replace="3-6", vary=0.5, random_seed=random_seed)
        counts += [sum(2 * 96 <= note.onset_pulses < 6 * 96 for note in track) for track in made.tracks]
    assert (counts >= 0.8 * 3 * np.array([48, 16, 32])).all(), counts

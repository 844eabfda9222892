"""The features: streaming and whole, within their vocabularies, causal, in constant memory, voice by voice."""

from copy import deepcopy
from itertools import zip_longest

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from melodyrnn.encoding.context import MIDDLE_C, Context
from melodyrnn.encoding.events import DRUM, DURATIONS, END, METRE, PART, PITCHES, PLACES, SIZES, VELOCITIES, encode
from melodyrnn.encoding.features import (
    COUNTED_BARS,
    DENSE_SCALE,
    DENSE_WIDTHS,
    HEAD_COLUMN,
    HEAD_FEATURES,
    INPUT_COLUMN,
    INPUT_FEATURES,
    INTERVALS,
    MAX_INTERVAL,
    PHRASE_BARS,
    sized,
)
from melodyrnn.encoding.lookback import BARS_AGO, LONGEST_RUN_BARS
from melodyrnn.encoding.matrices import FeatureMatrices, Selection, are_sound, feature_matrices, transposed
from melodyrnn.music import Note, Song, TimeSignature, Track

Events = npt.NDArray[np.int64]

notes = st.lists(
    st.builds(Note, st.integers(0, 1200), st.integers(6, 121), st.integers(1, 700), st.integers(1, 127)), max_size=30
)
signatures = st.builds(TimeSignature, st.integers(0, 900), st.integers(1, 16), st.sampled_from([2, 4, 8, 16, 64]))
songs = st.builds(
    Song,
    st.lists(st.builds(Track, notes, st.integers(0, 127), st.booleans()), min_size=1, max_size=4).map(tuple),
    st.just(()),
    st.lists(signatures, max_size=3).map(tuple),
)


def column(piece: FeatureMatrices, name: str) -> list[int]:
    matrix = piece.inputs[:, INPUT_COLUMN[name]] if name in INPUT_COLUMN else piece.head_features[:, HEAD_COLUMN[name]]
    return [int(value) for value in matrix]


def assert_equal(mine: FeatureMatrices, its: FeatureMatrices) -> None:
    for name, a, b in zip(FeatureMatrices._fields, mine, its, strict=True):
        assert np.array_equal(a, b), name


@given(songs, st.integers(0, 15))
def test_streaming_gives_the_features_of_the_whole_piece(song: Song, style: int) -> None:
    events = encode(song).events
    whole, context = feature_matrices(events, style), Context(style)
    for i, event in enumerate(events.tolist()):
        assert context.inputs == whole.inputs[i].tolist()
        assert context.dense == whole.dense[i].tolist()
        features = context.features_at(*event[:3])
        assert context.features_at(*event[:3]) == features  # asking changes nothing
        assert context.features_after_bars(event[0]) == features[: len(context.features_after_bars(event[0]))]
        assert context.with_pitch(features, event[3]) == whole.head_features[i].tolist()
        context.push(event)
    assert np.array_equal(whole.events, events)


@given(songs, songs, songs)
def test_a_copy_goes_its_own_way(before: Song, one: Song, other: Song) -> None:
    """Events go to the copy and the original by turns, and each is as if it were alone."""
    first = Context()
    for event in encode(before).events.tolist()[:-1]:
        first.push(event)
    contexts, alone = [first, deepcopy(first)], [Context(), Context()]
    ways = [encode(song).events.tolist() for song in (one, other)]
    for context in alone:
        for event in encode(before).events.tolist()[:-1]:
            context.push(event)
    for events in zip_longest(*ways):
        for which, event in enumerate(events):
            if event is not None:
                contexts[which].push(event)
                alone[which].push(event)
                assert contexts[which].inputs == alone[which].inputs
                assert contexts[which].dense == alone[which].dense
                assert contexts[which].features_at(0, 95, 0) == alone[which].features_at(0, 95, 0)


@given(songs, st.integers(-6, 6))
def test_transposed_features_are_those_of_the_transposed_piece(song: Song, semitones: int) -> None:
    events = encode(song).events
    melodic = events[:, 3] < DRUM
    assume(melodic.any())
    moved = events.copy()
    moved[melodic, 3] += semitones
    before = feature_matrices(events)
    assert_equal(transposed(before, semitones), feature_matrices(moved))
    assert are_sound(before)
    assert are_sound(transposed(before, semitones))
    assert_equal(before, feature_matrices(events))  # the original is left alone


@given(songs, st.integers(0, 15))
def test_every_column_is_within_its_vocabulary(song: Song, style: int) -> None:
    piece = feature_matrices(encode(song).events, style)
    for table, values in ((sized(INPUT_FEATURES), piece.inputs), (sized(HEAD_FEATURES), piece.head_features)):
        assert values.shape[1] == len(table)
        for i, (name, size) in enumerate(table):
            assert values[:, i].min() >= 0, name
            assert values[:, i].max() < size, name
    assert piece.dense.shape[1] == sum(width for _, width in DENSE_WIDTHS)


@given(songs, st.data())
def test_a_later_note_changes_no_earlier_row(song: Song, data: st.DataObject) -> None:
    events = encode(song).events
    sounding = np.flatnonzero(events[:, 3] < END)
    assume(len(sounding))
    at = data.draw(st.sampled_from(sounding.tolist()))
    other = events.copy()
    other[at, 3] += 1 if events[at, 3] % DRUM < DRUM - 1 else -1
    other[at, 4:] = events[at, 4] % (DURATIONS - 1) + 1, events[at, 5] % (VELOCITIES - 1) + 1
    before, after = feature_matrices(events), feature_matrices(other)
    for a, b in ((before.inputs, after.inputs), (before.dense, after.dense)):
        assert np.array_equal(a[: at + 1], b[: at + 1])  # what is known before the event itself is drawn
    same = HEAD_COLUMN["agrees"]
    assert np.array_equal(before.head_features[:at], after.head_features[:at])
    assert np.array_equal(np.delete(before.head_features[at], same), np.delete(after.head_features[at], same))
    assert not np.array_equal(before.inputs[at + 1], after.inputs[at + 1])


def test_a_later_note_changes_no_earlier_probability() -> None:
    """Through a network of random weights, its gates for copies open: the nats of earlier events are the same bits."""
    torch = pytest.importorskip("torch", reason="torch is the train extra")
    from melodyrnn.training.dataset import whole_pieces
    from melodyrnn.training.network import Network
    from melodyrnn.training.recipe import music_config

    rng = np.random.default_rng(1)
    given_notes = [
        Note(12 * int(i), int(p), 12, int(v))
        for i, p, v in zip(range(150), rng.integers(50, 80, 150), rng.integers(1, 127, 150), strict=True)
    ]
    events = encode(Song((Track(given_notes),))).events
    torch.manual_seed(0)
    network = Network(music_config("gru", hidden=32, layers=2, embedding=16)).eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.3)

    def nats(of: Events) -> npt.NDArray[np.float32]:
        batch, _ = whole_pieces([feature_matrices(of)], 1)[0]
        with torch.inference_mode():
            return network(batch, network.start(1))[0][:, 0].numpy()

    before = nats(events)
    for at in (40, 90, 130):
        other = events.copy()
        other[at, 3] += 1
        after = nats(other)
        assert np.array_equal(before[:at], after[:at])
        assert np.array_equal(before[at, :3], after[at, :3])  # its place and part are drawn before its pitch
        assert not np.allclose(before[at:], after[at:])


def test_memory_stays_bounded() -> None:
    """20,000 events, then 20,000 more: nothing that a Context holds has grown."""
    context, rng = Context(), np.random.default_rng(0)
    context.push((0, 0, 0, METRE, 4, 2))
    for part in range(4):
        context.push((0, 0, part, PART, 0, 0))

    def play(events: int) -> int:
        for i in range(events):
            bars, part = int(i % 32 == 0), i % 4
            pitch, duration = int(rng.integers(30, 90)), int(rng.integers(0, DURATIONS))
            context.push((bars, 12 * (i % 32 // 4), part, pitch, duration, int(rng.integers(1, VELOCITIES))))
        return sum(len(value) for value in vars(context).values() if hasattr(value, "__len__"))

    after_20_000 = play(20_000)
    assert after_20_000 < 6000
    assert play(20_000) < after_20_000 + 600  # what is forgotten goes by the 128 notes
    assert context.cursor.bar == 1250


def voices(*parts: list[int], duration: int = 24) -> list[Note]:
    """Voices of equal steps as the chords they make."""
    return [Note(duration * i, pitch, duration, 78) for voice in parts for i, pitch in enumerate(voice)]


PHRASE_IN_FOUR_PARTS = (
    [48, 53, 55, 48],  # bass
    [55, 57, 59, 55],  # tenor
    [64, 65, 62, 64],  # alto
    [72, 69, 67, 72],  # soprano
)


def sounded(piece: FeatureMatrices) -> npt.NDArray[np.bool_]:
    return piece.events[:, 3] < END


@pytest.mark.parametrize("in_one_track", [True, False], ids=["one track", "four tracks"])
def test_lookback_meets_the_same_voice_in_chords(in_one_track: bool) -> None:
    """A four-part phrase, and the same a bar later: what is recalled for each note is that note, in its own voice."""
    twice = [voice * 2 for voice in PHRASE_IN_FOUR_PARTS]
    tracks = [Track(voices(*twice))] if in_one_track else [Track(voices(voice)) for voice in twice]
    piece = feature_matrices(encode(Song(tuple(tracks))).events)
    chosen = sounded(piece)
    pitches = piece.events[chosen, 3].tolist()
    recalled = np.array(column(piece, "recalled_pitch_1"))[chosen].tolist()
    assert pitches[:8] == [48, 55, 64, 72, 53, 57, 65, 69]
    assert recalled == [PITCHES] * 16 + pitches[16:]
    by_lookback = np.array(column(piece, "agrees"))[chosen] & 0b1111  # the bit above them is that of the match model
    assert by_lookback.tolist() == [0] * 16 + [0b0001] * 16
    # Each is measured from the last pitch of its own voice, and so makes the steps of that voice.
    references = np.array(column(piece, "voice_pitch"))[chosen].tolist()
    assert references[4:] == pitches[:-4]
    own = np.array(column(piece, "voice_interval"))[1:][chosen[:-1]] - MAX_INTERVAL  # known after the note
    assert own[4:8].tolist() == [5, 2, 1, -3]
    # And after each note of the second bar, lookback knows the note that followed it in the first.
    agreement = np.array(column(piece, "agreement_1"))[1:][chosen[:-1]].tolist()
    assert agreement[17:] == [3] * 15  # the same place, part and rank, and the same pitch


def test_a_changed_note_does_not_agree() -> None:
    notes = voices([60, 62, 64, 65, 60, 63, 64, 65])
    piece = feature_matrices(encode(Song((Track(notes),))).events)
    chosen = sounded(piece)
    assert np.array(column(piece, "agrees"))[chosen].tolist() == [0, 0, 0, 0, 1, 0, 1, 1]
    assert np.array(column(piece, "recalled_step_1"))[chosen].tolist()[5] == 62 - 60 + MAX_INTERVAL
    heard = [np.array(column(piece, name))[1:][chosen[:-1]].tolist() for name in ("agreement_1", "next_step_1")]
    assert heard[0] == [0] * 4 + [3, 2, 3, 3]
    # After the changed 63, the note that followed a bar ago was 64: one semitone up from where the tune stands now.
    assert heard[1][5] == 1 + MAX_INTERVAL
    # At the last note of the bar nothing but the first note of this bar has followed: 60, five down from 65.
    assert heard[1][7] == -5 + MAX_INTERVAL


def test_lookback_reaches_one_two_four_and_eight_bars() -> None:
    notes = [Note(96 * bar, 60 + bar, 96, 78) for bar in range(10)]
    piece = feature_matrices(encode(Song((Track(notes),))).events)
    last = np.flatnonzero(sounded(piece))[-1]
    assert [column(piece, f"recalled_pitch_{bars}")[last] for bars in BARS_AGO] == [68, 67, 65, 61]


def test_drums_are_recalled_as_sounds_not_as_intervals() -> None:
    hits = [Note(48 * i, (36, 38)[i % 2], 6, 102) for i in range(4)]
    piece = feature_matrices(encode(Song((Track(hits, is_drum=True),))).events)
    chosen = sounded(piece)
    assert np.array(column(piece, "recalled_step_1"))[chosen].tolist()[2:] == [INTERVALS + 36, INTERVALS + 38]
    assert set(np.array(column(piece, "interval"))[chosen].tolist()) == {INTERVALS}  # drums make none
    assert not piece.dense.any()  # and sound no pitch class


def test_the_place_in_the_phrase_and_the_length_of_the_bar() -> None:
    song = Song((Track([Note(72 * bar, 60, 72, 78) for bar in range(18)]),), (), (TimeSignature(0, 3, 4),))
    piece = feature_matrices(encode(song).events)
    chosen = np.flatnonzero(sounded(piece)) + 1  # as known after each note
    assert piece.inputs[chosen, INPUT_COLUMN["phrase_bar"]].tolist() == [bar % PHRASE_BARS for bar in range(18)]
    assert set(piece.inputs[chosen, INPUT_COLUMN["bar_pulses"]].tolist()) == {72}
    assert piece.inputs[0, INPUT_COLUMN["bar_pulses"]] == PLACES + 1  # no metre yet
    assert piece.inputs[0, :6].tolist() == list(SIZES)  # nor an event


def test_bars_are_counted_up_to_a_limit() -> None:
    song = Song((Track([Note(96 * bar, 60, 96, 78) for bar in range(COUNTED_BARS + 2)]),))
    heard = feature_matrices(encode(song).events).inputs[:, INPUT_COLUMN["bar"]].tolist()
    assert heard[:3] == [0, 0, 0]  # before the first event, the metre, the part
    assert heard[3:] == [min(bar, COUNTED_BARS - 1) for bar in range(COUNTED_BARS + 2)]


def test_a_run_counts_the_bars_in_which_every_note_was_the_one_before() -> None:
    bar, other = [60, 62, 64, 65], [60, 62, 64, 67]
    piece = feature_matrices(encode(Song((Track(voices(bar + bar + bar + other + other)),))).events)
    runs = np.array(column(piece, "run_1"))[1:][sounded(piece)[:-1]].tolist()
    assert runs == [0] * 4 + [1] * 4 + [2] * 4 + [3] * 3 + [0] + [1] * 4  # broken by the 67, and begun anew


def test_the_longest_run_counts_no_further() -> None:
    piece = feature_matrices(encode(Song((Track(voices([60, 62, 64, 65] * (LONGEST_RUN_BARS + 5))),))).events)
    assert max(column(piece, "run_8")) == LONGEST_RUN_BARS + 5 - 8
    assert max(column(piece, "run_1")) == LONGEST_RUN_BARS + 1


def test_sounding_pitch_classes_count_from_the_last_pitch() -> None:
    notes = [Note(0, 48, 96, 78), Note(0, 60, 24, 78), Note(24, 64, 24, 78)]
    piece = feature_matrices(encode(Song((Track(notes),))).events)
    after = piece.dense[np.flatnonzero(sounded(piece))[-1] + 1, -12:]
    assert np.flatnonzero(after).tolist() == [0, 8]  # from E: E itself, and the C that is held; the other C has ended


def test_the_ends_of_sounding_notes_are_known() -> None:
    notes = [Note(0, 48, 96, 78), Note(0, 60, 24, 78), Note(24, 64, 24, 78), Note(60, 65, 24, 78)]
    piece = feature_matrices(encode(Song((Track(notes),))).events)
    last = np.flatnonzero(sounded(piece))[-2:]
    assert np.array(column(piece, "first_end_place"))[last].tolist() == [24, 48]  # of the C above, then of the E
    assert np.array(column(piece, "last_end_place"))[last].tolist() == [96, 96]
    assert np.array(column(piece, "first_end"))[last].tolist() == [72, 36]  # only the C below still sounds
    assert np.array(column(piece, "last_end"))[last].tolist() == [72, 36]


def test_each_part_has_its_own_register() -> None:
    above, below = [72, 79, 76, 74], [48, 43, 45, 47]
    song = Song((Track(voices(above)), Track(voices(below))))
    piece = feature_matrices(encode(song).events)
    parts = piece.events[:, 2][sounded(piece)]
    lowest, highest = (np.array(column(piece, name))[sounded(piece)] for name in ("lowest_pitch", "highest_pitch"))
    assert lowest[parts == 0].tolist() == [MIDDLE_C, 72, 72, 72]
    assert highest[parts == 0].tolist() == [MIDDLE_C, 72, 79, 79]
    assert lowest[parts == 1].tolist() == [72, 48, 43, 43]  # before its first note, the last of all
    usual = np.array(column(piece, "usual_pitch"))[sounded(piece)]
    assert usual[parts == 1].tolist() == [72, 48, 48, 48]  # it follows slowly


def test_a_selection_keeps_the_columns_it_names() -> None:
    piece = feature_matrices(encode(Song((Track(voices([60, 62, 64, 65])),))).events)
    heads = sized(HEAD_FEATURES)
    chosen = Selection([("pitch", 262), ("phrase_bar", 16)], DENSE_WIDTHS, heads, DENSE_SCALE)(piece)
    assert np.array_equal(chosen.inputs, piece.inputs[:, [INPUT_COLUMN["pitch"], INPUT_COLUMN["phrase_bar"]]])
    assert np.array_equal(chosen.dense, piece.dense[:, -12:])
    assert chosen.head_features is piece.head_features
    fewer = Selection(sized(INPUT_FEATURES), (), heads[::-3], DENSE_SCALE)(piece)
    assert np.array_equal(fewer.head_features, piece.head_features[:, ::-3])
    assert fewer.dense.shape[1] == 0


@pytest.mark.parametrize("read", [(("weather", 3),), (("pitch", 261),), (("rank", 16),)])
def test_a_selection_of_what_is_not_computed_is_refused(read: tuple[tuple[str, int], ...]) -> None:
    with pytest.raises(ValueError, match="features that this version does not compute"):
        Selection(read, DENSE_WIDTHS, sized(HEAD_FEATURES), DENSE_SCALE)

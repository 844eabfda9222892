"""Seeds: files come in, are read elsewhere, and come back as they were."""

from itertools import pairwise

import pytest

from melodyrnn.studio import seeds


def test_a_file_comes_back_as_it_was(client, midi_samples):
    data = (midi_samples / "greensleeves.mid").read_bytes()
    seed = client.post("/api/seeds?name=green.mid", content=data).json()
    assert client.get(f"/api/seeds/{seed['id']}.mid").content == data
    assert client.get(f"/api/seeds/{seed['id']}").json() == seed
    assert seed["name"] == "green.mid"
    assert seed["bars"] + 1 == len(seed["bar_lines"])


def test_a_sample_has_its_parts_and_where_new_bars_join(client):
    seed = client.post("/api/seeds?sample=ode_to_joy").json()
    (part,) = seed["parts"]
    assert (part["title"], part["program"], part["is_drum"], part["goes_on"]) == ("Flute", 73, False, True)
    assert part["notes"][0] == [0, 66, 24, 92]
    assert (seed["join_pulse"], seed["join_bar"]) == (16 * 96, 17)


def test_all_samples_can_be_seeds(client):
    names = [sample["name"] for sample in client.get("/api/samples").json()["samples"]]
    assert len(names) > 5
    assert all(client.post(f"/api/seeds?sample={name}").status_code == 201 for name in names)


def test_a_page_that_is_opened_finds_the_seeds_without_their_lists(client):
    seed = client.post("/api/seeds?sample=rock_beat").json()
    with client.websocket_connect("/api/events", headers={"host": "127.0.0.1:8765"}) as events:
        (found,) = events.receive_json()["seeds"]
        assert found == {name: value for name, value in seed.items() if not isinstance(value, list)}
        client.delete(f"/api/seeds/{seed['id']}")
        assert events.receive_json() == {"type": "seed_removed", "id": seed["id"]}
    assert client.get("/api/state").json()["seeds"] == []
    assert client.get(f"/api/seeds/{seed['id']}").status_code == 404


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\windows\\x.mid", "x.mid"),
        ("", "untitled.mid"),
        ("<img src=x>\n.mid", "<img src=x>\\n.mid"),
        ("n" * 10_000, "n" * 200),
    ],
)
def test_a_name_is_text_and_no_path(client, midi_samples, name, shown):
    data = (midi_samples / "rock_beat.mid").read_bytes()
    assert client.post("/api/seeds", params={"name": name}, content=data).json()["name"] == shown


@pytest.mark.parametrize("content", [b"", b"MThd", b"root:x:0", b"MThd\0\0\0\6\0\1\0\1\0\x60MTrk\0\0\0\4\0\xff/\0"])
def test_what_is_no_music_is_refused_in_one_line_by_its_name(client, content):
    answer = client.post("/api/seeds?name=bad.mid", content=content)
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("bad.mid: ")
    assert client.get("/api/state").json()["seeds"] == []


@pytest.mark.parametrize("name", ["nothing", "..", "..%2f..%2fetc%2fpasswd", "%00"])
def test_an_id_that_there_is_not_is_no_path(client, name):
    for path in (
        f"/api/seeds/{name}",
        f"/api/seeds/{name}.mid",
        f"/api/seeds?take={name}",
        f"/api/seeds?sample={name}",
    ):
        answer = (client.post if "?" in path else client.get)(path)
        assert answer.status_code == 404
        assert "error" in answer.json()


def test_more_files_than_are_kept_are_refused(client, monkeypatch):
    monkeypatch.setattr(seeds, "MOST_SEEDS", 2)
    answers = [client.post("/api/seeds?sample=rock_beat") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [201, 201, 507, 507]
    assert answers[-1].json()["error"] == "2 files are kept here: remove some first"


def test_more_bytes_than_are_kept_are_refused(client, monkeypatch):
    monkeypatch.setattr(seeds, "MOST_BYTES", 1500)
    answers = [client.post("/api/seeds?sample=mountain_king") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert client.post("/api/seeds?sample=mountain_king").status_code == 507


def test_a_seed_has_its_chords(client):
    seed = client.post("/api/seeds?sample=greensleeves").json()
    assert seed["chords"][0] == {"pulse": 0, "name": "Am"}
    assert all(before["pulse"] < after["pulse"] for before, after in pairwise(seed["chords"]))

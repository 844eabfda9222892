"""Jobs and takes: what is asked is made in another process, and comes back as a file."""

import json

import pytest

from melodyrnn import api

HOST = {"host": "127.0.0.1:8765"}


@pytest.fixture
def events(client):
    with client.websocket_connect("/api/events", headers=HOST) as socket:
        socket.receive_json()
        yield socket


def end_of(events, job):
    """The messages until a job has ended -> them, and the job."""
    told = []
    while True:
        told.append(events.receive_json())
        if told[-1]["type"] == "job" and told[-1]["job"]["id"] == job["id"] and told[-1]["job"]["state"] in ENDED:
            return told, told[-1]["job"]


ENDED = ("done", "refused", "cancelled")


def test_a_take_is_the_file_that_the_command_makes(client, events, midi_samples):
    seed = client.post("/api/seeds?sample=ode_to_joy").json()
    options = {"bars": 2, "stay": 0, "random_seed": 5, "takes": 2}
    answer = client.post("/api/generate", json={"seed": seed["id"], "options": options})
    assert answer.status_code == 202
    told, job = end_of(events, answer.json())
    assert (job["state"], job["error"], len(job["takes"])) == ("done", None, 2)
    states = dict.fromkeys(message["job"]["state"] for message in told if message["type"] == "job")
    states.pop("learning", None)  # the process may still learn the seed that was just opened
    assert list(states) == ["waiting", "reading", "writing", "done"]

    file = api.load_seed_file(midi_samples / "ode_to_joy.mid")
    request = api.Request(bars=2, stay=0, random_seed=5, takes=2)
    for number, (name, made) in enumerate(zip(job["takes"], api.takes(api.seed_in(file), request), strict=True)):
        assert client.get(f"/api/takes/{name}.mid").content == api.continued_file(made, file, request).data
        take = client.get(f"/api/takes/{name}").json()
        assert (take["number"], take["random_seed"], take["new_bars"], take["first_new_bar"]) == (
            number + 1,
            5 + number,
            2,
            17,
        )
        assert take["freedom"] == (made.freedom._asdict() if made.freedom else None)
        (part,), (given,) = take["parts"], seed["parts"]
        assert [note[:4] for note in part["notes"] if not note[4]] == given["notes"]
        assert take["new_notes"] == sum(note[4] for note in part["notes"]) > 0
        assert {note[0] >= seed["join_pulse"] for note in part["notes"] if note[4]} == {True}


def test_the_seed_is_learned_and_bars_are_told_as_they_are_drawn(client, events):
    seed = client.post("/api/seeds?sample=ode_to_joy").json()
    options = {"bars": 4, "stay": 0.2, "random_seed": 5}  # another stay than is learned ahead
    told, job = end_of(events, client.post("/api/generate", json={"seed": seed["id"], "options": options}).json())
    learning = [m["job"] for m in told if m["type"] == "job" and m["job"]["state"] == "learning"]
    assert [each["progress"] for each in learning] == sorted(each["progress"] for each in learning)
    assert learning[-1]["progress"] == 1
    assert all(each["seconds_left"] >= 0 for each in learning if each["seconds_left"] is not None)
    states = dict.fromkeys(message["job"]["state"] for message in told if message["type"] == "job")
    assert [*states] == ["waiting", "reading", "learning", "writing", "done"]

    bars = [message for message in told if message["type"] == "bars"]
    until = [each["until_pulse"] - seed["join_pulse"] for each in bars]
    assert until[0] == 96  # on a busy machine it tells less often
    assert {*until} <= {96, 192, 288}
    take = client.get(f"/api/takes/{job['takes'][0]}").json()
    made = [note[:2] for note in take["parts"][0]["notes"] if note[4]]
    for each in bars:
        (part,) = each["parts"]
        assert (each["job"], each["number"], part["title"]) == (job["id"], 1, "Flute")
        assert [note[1] for note in part["notes"]] == [pitch for onset, pitch in made if onset < each["until_pulse"]]


def test_bars_made_anew_are_told_with_what_goes_for_them_and_which_may_change(client, events):
    seed = client.post("/api/seeds?sample=ode_to_joy").json()
    options = {"replace": "3-6", "stay": 0, "random_seed": 5}
    told, job = end_of(events, client.post("/api/generate", json={"seed": seed["id"], "options": options}).json())
    bars = [message for message in told if message["type"] == "bars"]
    start, end = seed["bar_lines"][2], seed["bar_lines"][6]
    assert bars
    for each in bars:
        assert start <= each["until_pulse"] <= each["draft_until_pulse"] < end
        assert each["bar_lines"] == seed["bar_lines"]
        (part,), (given,) = each["parts"], seed["parts"]
        assert part["number"] == given["number"]
        assert part["gone"] == [note[:2] for note in given["notes"] if start <= note[0] < end]
        assert all(start <= onset < each["draft_until_pulse"] for onset, *_ in part["notes"])
    take = client.get(f"/api/takes/{job['takes'][0]}").json()
    assert [each["letter"] for each in seed["sections"]] == ["A", "A", "B", "A"]
    assert len(take["parts"]) == 1


def test_a_form_is_told_with_its_sections_from_the_first_bar_on(client, events):
    seed = client.post("/api/seeds?sample=ode_to_joy").json()
    options = {"form": "AB4A", "stay": 0, "vary": 0, "random_seed": 5}
    told, job = end_of(events, client.post("/api/generate", json={"seed": seed["id"], "options": options}).json())
    sections = [("A", 1, 16), ("B", 17, 4), ("A", 21, 16)]
    take = client.get(f"/api/takes/{job['takes'][0]}").json()
    bars = [message for message in told if message["type"] == "bars"]
    assert bars
    for each in (take, *bars):
        assert [(s["letter"], s["first_bar"], s["bars"]) for s in each["sections"]] == sections


def test_a_beat_from_nothing_is_all_new(client, events):
    job = client.post("/api/generate", json={"options": {"style": "drums", "bars": 2}}).json()
    _, job = end_of(events, job)
    take = client.get(f"/api/takes/{job['takes'][0]}").json()
    assert (take["seed"], take["bars"], take["new_bars"], take["first_new_bar"]) == (None, 2, 2, 1)
    assert all(note[4] for part in take["parts"] for note in part["notes"])
    assert take["random_seed"] == job["options"]["random_seed"]


def test_a_take_can_be_starred_gone_on_from_and_removed(client, events):
    job = client.post("/api/generate", json={"options": {"style": "folk", "bars": 1}}).json()
    _, job = end_of(events, job)
    path = f"/api/takes/{job['takes'][0]}"
    assert client.put(path, json={"starred": True, "name": "../best.mid"}).json()["name"] == "best.mid"
    assert events.receive_json()["take"]["starred"] is True
    seed = client.post(f"/api/seeds?take={job['takes'][0]}").json()
    assert seed["from_take"] == job["takes"][0]
    assert client.get(f"/api/seeds/{seed['id']}.mid").content == client.get(f"{path}.mid").content
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("asked", "status", "reason"),
    [
        ({"options": {"bars": 0}}, 400, "bars 0: must be 1 to 10000"),
        ({"options": {"bras": 4}}, 400, "'bras' is no option: did you mean bars?"),
        ({"options": {"model": "/etc/passwd"}}, 400, "model '/etc/passwd': must be one of"),
        ({"options": {"model": "../weights/any.safetensors"}}, 400, "must be one of"),
        ({"options": {"model": ["any"]}}, 400, "must be one of"),
        ({"options": {"temperature": "hot"}}, 400, "must be a number"),
        ({"options": {"takes": 10**30}}, 400, "takes"),
        ({"options": {"takes": 33}}, 400, "takes 33: at most 32"),
        ({"seed": "nothing"}, 404, "there is no seed nothing"),
        ({"seed": 5}, 400, "seed: must be string or null"),
        ({"sed": None}, 400, "sed: no such field; there are seed, options"),
        ({"options": {"style": "\ud800"}}, 400, "the body is no JSON"),
        ({"options": {"part_range": ["\ud800=C4-C5"]}}, 400, "the body is no JSON"),
        ({"options": {"temperature": float("nan")}}, 400, "the body is no JSON"),
    ],
)
def test_a_wrong_call_is_no_job_and_says_why_in_one_line(client, asked, status, reason):
    answer = client.post("/api/generate", content=json.dumps(asked))
    assert answer.status_code == status
    assert reason in answer.json()["error"]
    assert "\n" not in answer.json()["error"]


@pytest.mark.parametrize("content", [b"{", b"[]", b"[" * 100_000, b"\xff", b'{"options": 1}'])
def test_a_body_that_is_no_object_is_refused(client, content):
    assert client.post("/api/generate", content=content).status_code == 400


def test_what_only_the_music_shows_to_be_wrong_is_refused_in_one_line(client, events):
    seed = client.post("/api/seeds?sample=ode_to_joy").json()
    job = client.post("/api/generate", json={"seed": seed["id"], "options": {"from_bar": 900}}).json()
    _, job = end_of(events, job)
    assert job["state"] == "refused"
    assert "Ode To Joy.mid" in job["error"]
    assert "/" not in job["error"]


def test_a_cancelled_job_ends_and_the_next_is_made(client, events):
    long = client.post("/api/generate", json={"options": {"style": "folk", "bars": 10_000}}).json()
    assert client.delete(f"/api/jobs/{long['id']}").status_code == 204
    _, job = end_of(events, long)
    assert (job["state"], job["takes"]) == ("cancelled", [])
    short = client.post("/api/generate", json={"options": {"style": "folk", "bars": 1}}).json()
    assert end_of(events, short)[1]["state"] == "done"


def test_more_jobs_than_can_wait_are_told_that_it_is_busy(client, events):
    jobs = [client.post("/api/generate", json={"options": {"bars": 10_000, "style": "folk"}}) for _ in range(9)]
    assert [job.status_code for job in jobs] == [202] * 8 + [503]
    assert jobs[-1].json()["error"].startswith("busy: ")
    assert int(jobs[-1].headers["retry-after"]) > 0
    for job in jobs[:-1]:
        client.delete(f"/api/jobs/{job.json()['id']}")
    assert {job["state"] for job in client.get("/api/state").json()["jobs"]} <= set(ENDED)


def test_of_a_seed_that_is_cut_the_bars_that_are_kept_are_not_new(client, events):
    seed = client.post("/api/seeds?sample=ode_to_joy").json()
    options = {"from_bar": 5, "to_bar": 8, "bars": 1, "stay": 0}
    _, job = end_of(events, client.post("/api/generate", json={"seed": seed["id"], "options": options}).json())
    take = client.get(f"/api/takes/{job['takes'][0]}").json()
    assert (take["bars"], take["first_new_bar"], take["new_bars"]) == (5, 5, 1)
    assert {note[0] >= 4 * 96 for note in take["parts"][0]["notes"] if note[4]} == {True}
    assert {note[0] < 4 * 96 for note in take["parts"][0]["notes"] if not note[4]} == {True}


def test_the_best_of_many_are_kept(client, events):
    options = {"style": "folk", "bars": 2, "takes": 4, "best": 2, "random_seed": 1}
    _, job = end_of(events, client.post("/api/generate", json={"options": options}).json())
    takes = [client.get(f"/api/takes/{name}").json() for name in job["takes"]]
    assert len({take["number"] for take in takes}) == len(takes) == 2
    assert all(take["random_seed"] == take["number"] and 1 <= take["number"] <= 4 for take in takes)
    assert all(take["label"] for take in takes)


def test_bars_are_made_anew_in_their_place(client, events):
    seed = client.post("/api/seeds?sample=ode_to_joy").json()
    options = {"replace": "5-6", "stay": 0, "random_seed": 3}
    job = client.post("/api/generate", json={"seed": seed["id"], "options": options}).json()
    _, job = end_of(events, job)
    take = client.get(f"/api/takes/{job['takes'][0]}").json()
    assert (take["first_new_bar"], take["new_bars"], take["bars"]) == (5, 2, seed["bars"])
    assert all(4 * 96 <= note[0] < 6 * 96 for note in take["parts"][0]["notes"] if note[4])


def test_a_take_can_be_heard(client, events):
    if not client.get("/api/state").json()["has_wav"]:
        pytest.skip("needs FluidSynth and a sound font")
    job = client.post("/api/generate", json={"options": {"style": "drums", "bars": 1}}).json()
    _, job = end_of(events, job)
    sound = client.get(f"/api/takes/{job['takes'][0]}.wav")
    assert (sound.headers["content-type"], sound.content[:4]) == ("audio/wav", b"RIFF")
    assert len(sound.content) > 44_100


def test_a_wrong_value_is_cut_in_what_is_said_of_it(client):
    answer = client.post("/api/generate", json={"options": {"bars": "9" * 50_000}})
    assert answer.status_code == 400
    assert len(answer.json()["error"]) < 600

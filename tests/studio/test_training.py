"""Training on the page: a program of its own, whose state outlives the page, and a model that can be used at once."""

import pytest

HOST = {"host": "127.0.0.1:8765"}
WORKING = ("reading", "learning")


@pytest.fixture
def events(client):
    with client.websocket_connect("/api/events", headers=HOST) as socket:
        socket.receive_json()
        yield socket
    client.delete("/api/train")
    for model in client.get("/api/models").json()["models"]:
        if model["mine"]:
            client.delete(f"/api/models/{model['name']}")


def until(events, reached):
    """The first state of training that is `reached`."""
    while True:
        message = events.receive_json()
        if message["type"] == "training" and reached(message["training"]):
            return message["training"]


def test_a_seed_is_adapted_to_and_the_model_plays_at_once(client, events):
    seed = client.post("/api/seeds?sample=ode_to_joy").json()
    asked = {"kind": "adapt", "name": "my ode", "music": [seed["id"]], "from": "folk"}
    assert client.post("/api/train", json=asked).status_code == 202
    assert client.post("/api/train", json={**asked, "name": "other"}).status_code == 409
    done = until(events, lambda training: training["state"] not in WORKING)
    assert (done["state"], done["error"], done["name"], done["progress"]) == ("done", None, "my ode", 1)
    assert client.get("/api/state").json()["training"] == done  # as a page finds it that is opened now
    mine = [model for model in client.get("/api/models").json()["models"] if model["mine"]]
    assert [model["name"] for model in mine] == ["my ode"]
    job = client.post("/api/generate", json={"options": {"model": "my ode", "bars": 1}}).json()
    while True:
        message = events.receive_json()
        if message["type"] == "take":
            break
    assert (message["take"]["job"], message["take"]["model"]) == (job["id"], "my ode")
    assert client.post("/api/train", json=asked).json()["error"].startswith("name my ode: is taken")
    assert client.delete("/api/models/my ode").status_code == 204
    assert client.delete("/api/models/my ode").status_code == 404


def test_a_run_shows_its_curve_and_keeps_its_best_when_it_is_stopped(client, events):
    pytest.importorskip("torch", reason="training needs the extra train")
    seeds = [client.post(f"/api/seeds?sample={name}").json()["id"] for name in ("ode_to_joy", "greensleeves")]
    asked = {"kind": "train", "name": "mine", "music": seeds, "minutes": 10, "from": "chorale"}
    assert client.post("/api/train", json=asked).json()["state"] == "reading"
    learning = until(events, lambda training: training["curve"] and training["progress"])
    assert (learning["state"], learning["read"], learning["skipped"]) == ("learning", len(seeds), [])
    assert learning["curve"][0]["bits"] > 0
    assert client.delete("/api/train").status_code == 204
    assert client.get("/api/train").json()["state"] == "stopped"
    assert "mine" in [model["name"] for model in client.get("/api/models").json()["models"]]


@pytest.mark.parametrize(
    ("asked", "status", "reason"),
    [
        ({"kind": "learn"}, 400, "kind 'learn': must be train or adapt"),
        ({"music": "folder"}, 409, "start the studio with --folder"),
        ({"music": "/etc"}, 400, "music: must be"),
        ({"music": []}, 400, "music: must be"),
        ({"music": ["nothing"]}, 404, "there is no seed nothing"),
        ({"name": "../../x"}, 400, "name '../../x': must be letters"),
        ({"name": ""}, 400, "must be letters"),
        ({"name": "folk"}, 400, "comes with the package"),
        ({"from": "/etc/passwd"}, 400, "model '/etc/passwd'"),
        ({"minutes": 0}, 400, "minutes 0: must be 0.1 to"),
        ({"kind": "adapt", "minutes": 5}, 400, "is for train alone"),
        ({"more": 1}, 400, "more: no such field"),
    ],
)
def test_a_wrong_call_learns_nothing(client, asked, status, reason):
    seed = client.post("/api/seeds?sample=ode_to_joy").json()
    answer = client.post("/api/train", json={"kind": "train", "name": "new", "music": [seed["id"]], **asked})
    assert answer.status_code == status
    assert reason in answer.json()["error"]
    assert client.get("/api/train").json()["state"] not in WORKING


@pytest.mark.parametrize("name", ["..%2F..%2Fweights%2Ffolk", "folk", "%2e%2e"])
def test_only_models_of_ones_own_can_be_removed(client, name):
    before = client.get("/api/models").json()
    assert client.delete(f"/api/models/{name}").status_code in (404, 405)
    assert client.get("/api/models").json() == before

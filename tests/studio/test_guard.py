"""Who may ask: this machine's own pages and programs, or who knows the token."""

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from melodyrnn.studio.app import app

HOST = "127.0.0.1:8765"


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "127.0.0.1:80"},
        {"host": "127.0.0.1:8765.evil.example"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
    ],
)
def test_another_site_gets_nothing(client, headers):
    for call in (lambda: client.get("/", headers=headers), lambda: client.post("/api/seeds", headers=headers)):
        answer = call()
        assert answer.status_code == 403
        assert list(answer.json()) == ["error"]
    with (
        pytest.raises(WebSocketDisconnect) as refused,
        client.websocket_connect("/api/events", headers={"host": HOST, **headers}),
    ):
        pass
    assert refused.value.code == 1008


def test_the_own_page_is_served_under_a_policy_that_loads_nothing_from_elsewhere(client):
    answer = client.get("/", headers={"origin": f"http://{HOST}"})
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "//" not in policy


@pytest.fixture
def guarded(tmp_path):
    with TestClient(
        app(None, "the-token", tmp_path), base_url="http://192.0.2.1:8765", follow_redirects=False
    ) as client:
        yield client


def test_without_the_token_nothing_is_told(guarded):
    for headers in ({}, {"authorization": "Bearer wrong"}, {"cookie": "melodyrnn_token=wrong"}, {"cookie": "=;="}):
        assert guarded.get("/api/state", headers=headers).status_code == 403
    assert guarded.get("/?token=wrong").status_code == 403


def test_the_link_with_the_token_opens_the_page_and_a_program_sends_it_along(guarded):
    assert guarded.get("/api/state", headers={"authorization": "Bearer the-token"}).status_code == 200
    first = guarded.get("/?token=the-token")
    assert (first.status_code, first.headers["location"]) == (303, "/")
    assert "HttpOnly" in first.headers["set-cookie"]
    assert "SameSite=strict" in first.headers["set-cookie"]
    assert guarded.get("/api/state").status_code == 200  # the client kept the cookie
    assert guarded.get("/api/state", headers={"origin": "http://evil.example"}).status_code == 403

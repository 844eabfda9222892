"""A studio without a socket: the app itself, as a program on this machine would ask it."""

from collections.abc import Iterator

import pytest

pytest.importorskip("starlette", reason="the studio needs the extra studio")

from starlette.testclient import TestClient

from melodyrnn.studio.app import app

HOST = "127.0.0.1:8765"


@pytest.fixture(scope="session")
def one_studio(tmp_path_factory) -> Iterator[TestClient]:
    served = app(frozenset({HOST}), None, tmp_path_factory.mktemp("models"))
    with TestClient(served, base_url=f"http://{HOST}", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def client(one_studio: TestClient) -> Iterator[TestClient]:
    """The studio of all tests, left without seeds."""
    yield one_studio
    for seed in one_studio.get("/api/state").json()["seeds"]:
        one_studio.delete(f"/api/seeds/{seed['id']}")

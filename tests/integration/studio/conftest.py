"""The studio as a process, and a browser without a window that opens its page."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

START_SECONDS = 60
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
]
WAIT_MS = 120_000  # the machine may be busy with other work


@pytest.fixture(scope="session")
def studio(tmp_path_factory) -> Iterator[str]:
    """The address of a studio, which keeps the models that it makes in a folder of the tests."""
    pytest.importorskip("uvicorn", reason="the extra `studio` is not installed")
    command = [sys.executable, "-m", "melodyrnn", "studio", "--port", "0", "--no-browser"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1", "XDG_DATA_HOME": str(tmp_path_factory.mktemp("data"))}
    with subprocess.Popen(
        command, stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True, env=environment
    ) as server:
        said = server.stdout.readline()
        found = re.search(r"http://\S+", said)
        assert found, said
        yield found[0]
        server.terminate()
        server.wait(START_SECONDS)


@pytest.fixture(scope="session")
def browser():
    """Chromium, as Debian packages it."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        pytest.skip("there is no Chromium")
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=program, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def new_page(browser):
    """A blank page. A test fails with any error that the studio's own code makes on it."""
    context = browser.new_context(viewport={"width": 1440, "height": 860}, accept_downloads=True)
    context.set_default_timeout(WAIT_MS)
    blank, errors = context.new_page(), []
    blank.on("pageerror", lambda error: errors.append(error))
    yield blank
    context.close()
    assert errors == []


@pytest.fixture
def page(studio, new_page):
    """The studio's page, just opened."""
    new_page.goto(studio)
    new_page.wait_for_selector("body:not([inert])")
    return new_page

"""One real server for the session and Debian's Chromium through Playwright. Any console error, page error, request to
another host or traceback in the server's log fails the test that caused it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright
from visiting import CHROMIUM, FLAGS, PICTURE, Visitor, served

from rnnviz.training.runs import Control, home

expect.set_options(timeout=15_000)  # on a machine with other work to do, too


def pytest_collection_modifyitems(items):
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    with served(tmp_path_factory.mktemp("server")) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    assert CHROMIUM, "the browser tests need Chromium; `make test` installs it where it may"
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture(scope="session")
def person(server, browser):
    """A browser that has been here before: scripts compiled, models read. A page that stays open keeps it warm."""
    context = browser.new_context(accept_downloads=True)
    context.new_page().goto(f"{server}/_stcore/health")
    yield context
    context.close()


@pytest.fixture
def visit(server, browser, person):
    """Make visitors: `visit("/gates")`, with a colour scheme, a size, reduced motion.

    The first of a test is the person who was here before, with nothing kept in the browser; any other, and one with
    options of their own (a locale, permissions), comes with a browser of their own.
    """
    visitors, contexts = [], []

    def make(path="/gates", *, address=server, width=1366, height=768, scheme="light", drawn=PICTURE, reduced_motion=None, **options):
        context = person
        if visitors or options:
            context = browser.new_context(accept_downloads=True, **options)
            contexts.append(context)
        visitor = Visitor(context, address)
        visitors.append(visitor)
        visitor.page.set_viewport_size({"width": width, "height": height})
        visitor.page.emulate_media(color_scheme=scheme, reduced_motion=reduced_motion)
        return visitor.open(path, drawn)

    yield make
    if shots := os.environ.get("SHOTS"):
        Path(shots).mkdir(parents=True, exist_ok=True)
        for at, visitor in enumerate(visitors):
            name = os.environ.get("PYTEST_CURRENT_TEST", "test").split("::")[-1].split(" ")[0].replace("/", "-")
            visitor.page.screenshot(path=f"{shots}/{name}-{at}.png")
    for context in contexts:
        context.close()
    for page in person.pages[1:]:
        page.close()
    for name in home().waiting():  # a run that a test has left would slow down all that follow
        with contextlib.suppress(ValueError):  # deleted
            home().ask(home().run(name), Control(want="stop"))
    person.clear_cookies()
    person.pages[0].evaluate("localStorage.clear()")
    for visitor in visitors:
        visitor.sound()

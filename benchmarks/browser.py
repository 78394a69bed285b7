"""What a person at the browser waits for: the picture after a new text, the first picture of a fresh server, the bytes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from playwright.sync_api import Browser, Page, WebSocket

import rnnviz
from benchmarks.chromium import PICTURE, change_text, chromium, fresh_page, in_sight, settled
from benchmarks.server import ROOT, serve
from benchmarks.sides import side_by_side
from benchmarks.table import Row, at_most, kilobytes, milliseconds, times
from benchmarks.texts import texts
from rnnviz.components.strips import Choice, payload
from rnnviz.figures.strips import picture
from rnnviz.text import CharacterVocabulary, visible

STEPS = 200
_BARE = """import streamlit as st
import torch

st.title(f"torch {torch.__version__}")
"""
"""The least that an app with torch can be."""


def rows(*, quick: bool) -> Iterator[Row]:
    yield from _engine(rounds=15 if quick else 50)
    yield from _sizes()
    with chromium() as browser:
        yield from _changes(browser, count=22 if quick else 60)
        yield from _moves(browser)
        yield from _translations(browser)
        yield from _first_picture(browser, rounds=3 if quick else 7)


def _model() -> str:
    """Return the model that the app starts with, and its size: it need not be the 2 x 128 that was promised for."""
    name = rnnviz.Recipe().model
    card = rnnviz.zoo.card(name)
    return f"{name}, {card.layers} x {card.hidden}"


def _engine(rounds: int) -> Iterator[Row]:
    torch.set_num_threads(1)
    name = rnnviz.Recipe().model
    model = rnnviz.zoo.load(name)
    drawn = texts(STEPS, seed=1)
    taken = side_by_side({"run": lambda: rnnviz.run(rnnviz.Recipe(name, next(drawn)), load=lambda _: model)}, rounds)
    yield Row("change of text", f"engine part: rnnviz.run, T={STEPS}, {_model()}, model loaded", taken["run"], milliseconds, at_most(0.05))


def _sizes() -> Iterator[Row]:
    """Weigh the heatmaps as they are packed, of a 2 x 128 model with chance weights, whatever the zoo holds."""
    trace = rnnviz.record(_promised_size(), next(texts(STEPS, seed=3)))
    for signals, what in (
        (None, "one of the six heatmaps of an LSTM"),
        (("hidden",), "a heatmap that stands alone, as on Home and for a plain RNN"),
    ):
        drawn = picture(trace, signals=signals)
        packed = payload(drawn, Choice(1, 1, "hidden"), rows=10, words={}, title="")
        header = int(np.frombuffer(packed[:4], "<u4")[0])
        exact = len(drawn.strips) * STEPS * 4
        each = (len(packed) - 4 - header - exact) / len(drawn.strips)
        yield Row("bytes", f"{what}: its cells, T={STEPS}, H=128", [each], kilobytes, at_most(40e3))


def _changes(browser: Browser, count: int) -> Iterator[Row]:
    with serve() as server, fresh_page(browser) as page:
        received = _Received(page)
        page.goto(f"{server.url}/gates")
        in_sight(page, PICTURE)
        settled(page)
        seconds, sizes = [], []
        for at, text in enumerate(islice(texts(STEPS, seed=4), count + 2)):
            before = received.bytes
            found = change_text(page, text)
            page.wait_for_timeout(50)  # frames are counted when Playwright hears of them
            if at >= 2:  # the first two warm the server
                seconds.append(found)
                sizes.append(received.bytes - before)
    painted = [found["painted"] for found in seconds]
    what = f"Enter -> picture painted, T={STEPS}, {_model()}"
    yield Row("change of text", f"{what}, p50", painted, milliseconds, at_most(0.3))
    yield Row("change of text", f"{what}, p95", painted, milliseconds, at_most(0.7), quantile=0.95)
    yield Row(
        "change of text",
        f"Enter -> picture built, T={STEPS}, before it is painted, p50",
        [found["changed"] for found in seconds],
        milliseconds,
    )
    yield Row("bytes", f"the whole Gates page, a change of text, T={STEPS}, {_model()}", sizes, kilobytes)
    text = next(texts(STEPS, seed=3))
    wider = _packed(rnnviz.zoo.load(rnnviz.Recipe().model), text) - _packed(_promised_size(), text)
    yield Row(
        "bytes",
        f"the same with the payload of a 2 x 128 LSTM in its place ({wider / 1000:.1f} KB less)",
        [size - wider for size in sizes],
        kilobytes,
        at_most(250e3),
    )


_STEP = """([sight, state, draw]) => {
  const S = [...document.querySelectorAll('*')].find(e => e.shadowRoot?.querySelector(sight)).shadowRoot[state];
  const taken = [];
  for (let t = 1; t <= 40; t++) { const start = performance.now(); S.t = t; S[draw](); taken.push((performance.now() - start) / 1000); }
  return taken; }"""
"""Take 40 steps of a picture as its player does, and time each."""


_FLOW_STEP = """() => {
  const root = [...document.querySelectorAll('*')].find(e => e.shadowRoot?.__flow).shadowRoot, taken = [];
  const slider = root.querySelector('.scrub');
  for (let k = 1; k <= 40; k++) {
    const start = performance.now();
    slider.value = k;
    slider.dispatchEvent(new Event('input'));
    taken.push((performance.now() - start) / 1000);
  }
  return taken; }"""
"""Move the slider of /gradients 40 times, and time each."""

_TINTED = """text => [...document.querySelectorAll('*')].some(e => e.shadowRoot?.__flow && e.shadowRoot.querySelector('.text')
  && e.shadowRoot.querySelector('.text').textContent === text)"""


def _sentences(page: Page) -> Iterator[Row]:
    """How long a new sentence takes on the Gradients page: three networks' gradients, and what each step lets through."""
    seconds = []
    for at, text in enumerate(islice(texts(120, seed=7), 10)):
        field = page.get_by_label("Your text")
        field.fill(text)
        start = time.monotonic()
        field.press("Enter")
        page.wait_for_function(_TINTED, arg="".join(visible(character) for character in text))
        if at >= 2:
            seconds.append(time.monotonic() - start)
        settled(page)
    what = f"Enter -> gradients of three networks painted, T=120, {_model()}"
    yield Row("change of text", f"{what}, p50", seconds, milliseconds, at_most(1.0))
    yield Row("change of text", f"{what}, the slowest of {len(seconds)}", [max(seconds)], milliseconds)


_SAID = """() => [...document.querySelectorAll('*')].map(e => e.shadowRoot?.querySelector('p.answer')?.textContent).find(Boolean)"""

_SUBJECTS = (
    "My brother",
    "The teacher",
    "Your friend",
    "His mother",
    "The old man",
    "Our neighbor",
    "My sister",
    "The doctor",
    "A child",
    "The boy",
)


def _translations(browser: Browser) -> Iterator[Row]:
    """How long a new sentence takes on the Attention page, with everything it is held against."""
    with serve() as server, fresh_page(browser) as page:
        page.goto(f"{server.url}/attention")
        in_sight(page, "p.answer")
        settled(page)
        seconds = []
        for at, subject in enumerate(_SUBJECTS):
            before = page.evaluate(_SAID)
            field = page.get_by_label("Your text to translate")
            field.fill(f"{subject} wants to buy a new house next year.")
            start = time.monotonic()
            field.press("Enter")
            page.wait_for_function(f"before => ({_SAID})() !== before", arg=before)
            if at >= 2:
                seconds.append(time.monotonic() - start)
            settled(page)
        what = "Enter -> translated, six other decodings and the picture painted, 10 words"
        yield Row("change of text", f"{what}, p50", seconds, milliseconds, at_most(1.0))
        yield Row("change of text", f"{what}, the slowest of {len(seconds)}", [max(seconds)], milliseconds, at_most(1.0))


_MOVED = r"""() => [...document.querySelectorAll('*')]
  .some(e => /t = ([2-9]|1\d) /.test(e.shadowRoot?.querySelector('.counter')?.textContent))"""


def _moves(browser: Browser) -> Iterator[Row]:
    """How soon Home moves, what a step costs in the browser, and how long a dragged gate takes until what it changed is painted."""
    with serve() as server, fresh_page(browser) as page:
        page.emulate_media(reduced_motion="no-preference")
        seconds = []
        for _ in range(6):
            start = time.monotonic()
            page.goto(server.url)
            page.wait_for_function(_MOVED)
            seconds.append(time.monotonic() - start)
        yield Row("first picture", "Home opened -> its picture has moved by itself, warm server", seconds[1:], milliseconds, at_most(3.0))
        page.emulate_media(reduced_motion="reduce")
        for path, sight, state, draw in (("/unrolled", ".scene", "__unrolled", "redraw"), ("/cell", ".diagram", "__cell", "refresh")):
            page.goto(f"{server.url}{path}")
            in_sight(page, sight)
            settled(page)
            what = f"one step of {path} in the browser, T=41, {_model()}"
            yield Row("steps", f"{what}, p95", page.evaluate(_STEP, [sight, state, draw]), milliseconds, at_most(0.05), quantile=0.95)
        page.goto(f"{server.url}/gradients")
        in_sight(page, ".matrix canvas")
        settled(page)
        taken = page.evaluate(_FLOW_STEP)
        yield Row(
            "steps", f"one step of /gradients in the browser, T=41, {_model()}, p95", taken, milliseconds, at_most(0.05), quantile=0.95
        )
        yield from _sentences(page)
        page.goto(f"{server.url}/cell")
        in_sight(page, ".diagram")
        settled(page)
        seconds = []
        for share in (0.2, 0.8, 0.3, 0.7, 0.4, 0.6, 0.25, 0.75):
            before = page.locator(".downstream:not(.units)").inner_text()
            slider = page.locator("[data-drag=forget_gate]")
            start = time.monotonic()
            slider.fill(str(share))
            page.wait_for_function(
                """before => { const root = [...document.querySelectorAll('*')].find(e => e.shadowRoot?.querySelector('.downstream'));
                  return root && root.shadowRoot.querySelector(".downstream:not(.units)").innerText !== before }""",
                arg=before,
            )
            seconds.append(time.monotonic() - start)
        yield Row("steps", f"forget gate let go -> downstream painted, T=41, {_model()}, p50", seconds, milliseconds, at_most(1.0))


def _promised_size() -> rnnviz.models.LanguageModel:
    """Make a 2 x 128 LSTM with the zoo's vocabulary and chance weights: the size that DESIGN.md speaks of."""
    vocabulary = CharacterVocabulary(rnnviz.zoo.card(rnnviz.Recipe().model).characters)
    return rnnviz.models.LanguageModel(vocabulary, "lstm", 128, layers=2).eval()


def _packed(model: rnnviz.models.LanguageModel, text: str) -> int:
    return len(payload(picture(rnnviz.record(model, text)), Choice(1, 1, "hidden"), rows=9, words={}, title=""))


class _Received:
    """Counts what the page's websocket brings."""

    def __init__(self, page: Page) -> None:
        self.bytes = 0
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._count)

    def _count(self, payload: str | bytes) -> None:
        self.bytes += len(payload.encode() if isinstance(payload, str) else payload)


def _first_picture(browser: Browser, rounds: int) -> Iterator[Row]:
    """Start both apps in turns, each on a fresh server and in a fresh browser context."""
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "bare.py"
        bare.write_text(_BARE, encoding="utf-8")
        sides = {"bare": (bare, "/", "h1"), "app": (ROOT / "app.py", "/gates", PICTURE)}
        seconds: dict[str, list[float]] = {name: [] for name in sides}
        for turn in range(-1, rounds):
            for name in sides if turn % 2 else reversed(sides):
                found = _start_to_sight(browser, *sides[name])
                if turn >= 0:  # the first round fills the system's file cache
                    seconds[name].append(found)
    ratio = np.array(seconds["app"]) / np.array(seconds["bare"])
    yield Row(
        "fresh server", "process started -> first picture on /gates / a bare page with streamlit and torch", ratio, times, at_most(1.5)
    )
    yield Row("fresh server", "process started -> first picture on /gates", seconds["app"], milliseconds)
    yield Row("fresh server", "process started -> heading of the bare page", seconds["bare"], milliseconds)


def _start_to_sight(browser: Browser, script: Path, address: str, sight: str) -> float:
    with fresh_page(browser) as page, serve(script) as server:
        page.goto(server.url + address, wait_until="commit")
        in_sight(page, sight)
        return time.monotonic() - server.started

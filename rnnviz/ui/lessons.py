"""The lessons of the tour: each a link into a real page, and what a person does there. Their words stand in content/tour.toml,
their numbers in lesson_facts.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import quote, urlencode

from rnnviz.ui.lesson_checks import AtEnd, AtLeast, Held, Is, Opened, Step, Swapped, Trained, Typed

PIZZA = "The man who ate my pizza has purple hair."


@dataclass(frozen=True)
class Lesson:
    key: str
    page: str
    link: Mapping[str, str]
    """The page's state, as its address carries it. What is usual is left out, as the page does itself."""
    minutes: int
    steps: tuple[Step, ...]


def _lesson(key: str, page: str, link: Mapping[str, str], minutes: int, *steps: Step) -> Lesson:
    return Lesson(key, page, MappingProxyType(dict(link)), minutes, steps)


LESSONS = (
    _lesson(
        "memory", "home", {"unit": "66"}, 3,
        Step("home", (AtEnd(),)),
        Step("home", (Typed(r".{82,}"),)),
    ),
    _lesson(
        "shared", "unrolled", {"model": "tiny-rnn", "text": "hello"}, 4,
        Step("unrolled", (Typed(r".{10,}"), Is("mode", ("many-to-many",)))),
        Step("unrolled", (Is("mode", ("chain",)),)),
    ),
    _lesson(
        "change", "unrolled", {"t": "6"}, 4,
        Step("unrolled", (Swapped(6),)),
        Step("unrolled", (Swapped(6), AtEnd())),
    ),
    _lesson(
        "cell", "cell", {"model": "tiny-lstm", "text": "hello world", "t": "3", "unit": "2"}, 5,
        Step("cell", (Is("t", (5,)), Is("unit", (1,)))),
    ),
    _lesson(
        "belt", "cell", {"model": "tiny-lstm", "text": "hello world", "t": "2", "unit": "1"}, 4,
        Step("cell", (Held((("forget_gate", 1.0), ("input_gate", 0.0)), unit=1, latest=2),)),
        Step("cell", (Held((("forget_gate", 1.0), ("input_gate", 0.0)), unit=1, latest=2), AtEnd())),
    ),
    _lesson(
        "counting", "gates", {"model": "counting-lstm", "text": "^aaaaaabbbbbb", "signal": "cell", "unit": "1", "t": "7"}, 4,
        Step("gates", (AtEnd(), Typed(r"\^aaaaaabbbbbb"))),
        Step("gates", (Typed(r"\^a{9,36}b{9,36}"),)),
    ),
    _lesson(
        "saturation", "activations", {"x": "0"}, 3,
        Step("activations", (AtLeast("_activation.x", 2, size=True), Is("_activation.function", ("tanh",)))),
        Step("activations", (Is("_activation.function", ("sigmoid",)),)),
    ),
    _lesson(
        "hello", "example", {}, 6,
        Step("example", (Is("letter", (2, 3, 4)),)),
        Step("example", (Is("train", ("sgd", "adagrad", "adam")),)),
    ),
    _lesson(
        "forgetting", "gradients", {"view": "experiment", "radius": "0.5", "k": "1"}, 5,
        Step("gradients", (Is("view", ("experiment",)), AtLeast("radius", 1.4))),
        Step("gradients", (Is("view", ("experiment",)), Is("cell", ("lstm",)))),
    ),
    _lesson(
        "attention", "attention", {"translator": "dates-additive", "sentence": "27 November 1983"}, 5,
        Step("attention", (AtLeast("out", 2),)),
        Step("attention", (Is("force", ("uniform",)),)),
    ),
    _lesson(
        "language", "language", {"text": "What say you to my lord the king", "against": "king the lord my to you say What"}, 5,
        Step("language", (AtLeast("orders", 200),)),
        Step("language", (Is("ask", ("generate",)), AtLeast("temperature", 1.5))),
    ),
    _lesson(
        "train", "training", {"task": "brackets"}, 6,
        Step("training", (Trained("brackets", 100),)),
        Step("gates", (Opened("brackets"),)),
    ),
)  # fmt: skip

KEYS = tuple(lesson.key for lesson in LESSONS)


def named(key: str) -> Lesson:
    """Return a lesson. Raises ValueError for one that is not there."""
    return LESSONS[KEYS.index(key)]


def beside(lesson: Lesson, by: int) -> Lesson | None:
    """Return the lesson before or after this one, or None at either end."""
    at = KEYS.index(lesson.key) + by
    return LESSONS[at] if 0 <= at < len(LESSONS) else None


def address(page: str, link: Mapping[str, str]) -> str:
    """Return a page's address with its state, relative to any page of the app; all of them lie side by side."""
    return f"{'./' if page == 'home' else page}?{urlencode(link, quote_via=quote)}"


def address_of(lesson: Lesson, kept: Mapping[str, str]) -> str:
    """Return a lesson's address. `kept` is what goes with a person from page to page, as `lang` and `present` do."""
    return address(lesson.page, {**lesson.link, "lesson": lesson.key, **kept})

"""Texts and links: what is typed, what a link brings back, and what happens to one that asks too much."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from visiting import PICTURE

import rnnviz


def press(visitor, key, times=1):
    visitor.page.evaluate("document.activeElement.blur()")  # in a text field the keys are the field's
    for _ in range(times):
        visitor.page.keyboard.press(key)
    visitor.settled()


def on_home(visitor):
    visitor.type("Once more unto the breach")
    press(visitor, "ArrowRight", 5)


def on_gates(visitor):
    visitor.type("Once more unto the breach").look(unit=9)
    press(visitor, "ArrowRight", 5)


def on_unrolled(visitor):
    visitor.type("Once more").look(unit=9)
    press(visitor, "ArrowRight", 3)
    visitor.page.get_by_label("The character to put in").fill("x")
    visitor.page.get_by_role("button", name="Change", exact=True).click()
    visitor.page.get_by_text("was changed to").first.wait_for()
    visitor.settled()


def on_cell(visitor):
    visitor.type("Once more").look(t=4, unit=9)
    visitor.page.get_by_role("button", name="Protect the memory").click()
    visitor.page.locator(".badge").first.wait_for()
    visitor.settled()


def on_gradients(visitor):
    visitor.type("Once more unto the breach")
    visitor.page.get_by_role("radio", name="1", exact=True).click()
    visitor.settled()
    press(visitor, "ArrowRight", 2)


def on_experiment(visitor):
    visitor.page.get_by_role("radio", name="ReLU", exact=True).click()
    visitor.settled()
    visitor.page.get_by_role("slider", name="Spectral radius").focus()
    visitor.page.keyboard.press("ArrowLeft")
    visitor.settled()


def on_clipping(visitor):
    visitor.page.get_by_role("radio", name="by value").click()
    visitor.settled()


def on_words(visitor):
    visitor.type("The keys to the old door are lost")
    visitor.page.get_by_label("matters how much for this one").click()
    visitor.page.get_by_role("option").nth(4).click()
    visitor.settled()


def on_attention(visitor):
    visitor.page.get_by_role("radio", name="Gradient").click()
    visitor.settled()
    press(visitor, "ArrowRight", 2)


def on_training(visitor):
    """A task and settings that nobody has trained yet; links to a run are followed in test_lab.py."""
    visitor.page.get_by_label("Units", exact=True).fill("8")
    visitor.page.get_by_label("Units", exact=True).press("Enter")
    visitor.settled()
    visitor.page.get_by_role("radio", name="GRU", exact=True).click()
    visitor.settled()


def on_activations(visitor):
    visitor.page.get_by_role("radio", name="ReLU", exact=True).click()
    visitor.page.locator("[data-slider=x]").focus()
    for _ in range(5):
        visitor.page.keyboard.press("ArrowRight")
    visitor.page.wait_for_timeout(400)
    visitor.settled()


def on_example(visitor):
    visitor.page.get_by_role("radio", name="Karpathy").click()
    visitor.settled()
    field = visitor.page.get_by_label("W_hy, row 2, column 1")
    field.fill("0.5")
    field.press("Enter")
    visitor.settled()
    press(visitor, "ArrowRight", 2)


def on_glossary(visitor):
    field = visitor.page.get_by_label("Find a term")
    field.fill("gate")
    field.press("Enter")
    visitor.settled()
    visitor.page.get_by_role("radio", name="by theme").click()
    visitor.settled()


def on_language(visitor):
    field = visitor.page.get_by_label("Beside it", exact=True)
    field.fill("You good to morrow")
    field.press("Enter")
    visitor.settled().page.get_by_role("button", name="Try 200 word orders").click()
    visitor.page.locator(".verdict").wait_for()
    visitor.settled().page.locator(".rows .row").nth(2).locator("button").nth(6).click()
    visitor.settled()


def on_writing(visitor):
    visitor.page.get_by_role("button", name="Another").click()
    visitor.settled()
    visitor.page.locator(".page-of-text").first.locator(".said").nth(11).click()
    visitor.settled()


ROUND_TRIPS = {
    "home": ("/", on_home, PICTURE),
    "gates": ("/gates", on_gates, PICTURE),
    "unrolled": ("/unrolled", on_unrolled, PICTURE),
    "cell": ("/cell", on_cell, PICTURE),
    "gradients": ("/gradients", on_gradients, PICTURE),
    "gradients-experiment": ("/gradients?view=experiment&length=20", on_experiment, PICTURE),
    "gradients-clip": ("/gradients?view=clip", on_clipping, "[data-stat=norm-before]"),
    "gradients-words": ("/gradients?view=words", on_words, "[data-testid=stTable]"),
    "attention": ("/attention", on_attention, PICTURE),
    "training": ("/training?task=hello", on_training, PICTURE),
    "activations": ("/activations", on_activations, PICTURE),
    "example": ("/example", on_example, PICTURE),
    "glossary": ("/glossary", on_glossary, ".katex"),
    "language": ("/language?text=Good%20morrow%20to%20you", on_language, ".rows"),
    "language-generate": ("/language?text=Good%20morrow&ask=generate&chars=30", on_writing, ".page-of-text"),
}


@pytest.mark.parametrize("name", ROUND_TRIPS)
def test_a_link_brings_back_the_same_view(visit, name):
    """A person changes things, the address is opened in another browser: the same numbers, fields and pixels."""
    path, act, drawn = ROUND_TRIPS[name]
    first = visit(path, drawn=drawn)
    started = first.page.url
    act(first)
    assert first.page.url != started
    second = visit(first.page.url.removeprefix(first.address), drawn=drawn)
    for visitor in (first, second):
        visitor.page.mouse.move(5, 400)
        visitor.page.evaluate(
            """() => { let e = document.activeElement; while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement; e?.blur();
              document.querySelector('[data-testid=stMain]').scrollTo(0, 0) }"""
        )
        visitor.settled()
    assert second.page.url == first.page.url
    assert second.notice() == ""
    assert fields(second) == fields(first)
    assert [n["value"] for n in second.numbers()] == [n["value"] for n in first.numbers()]
    a, b = (v.page.screenshot(animations="disabled") for v in (first, second))
    assert difference(a, b) < 0.005


def fields(visitor):
    """What the controls of the page say."""
    return visitor.page.evaluate(
        """() => [...document.querySelectorAll('[data-testid=stMain] :is(input, [aria-checked], [role=slider])')]
          .map(e => [e.getAttribute('aria-label'), e.value, e.checked, e.getAttribute('aria-checked'), e.getAttribute('aria-valuenow')])"""
    )


def difference(a, b):
    """Share of pixels that differ between two PNGs."""
    one, two = (np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=int) for png in (a, b))
    assert one.shape == two.shape
    return float((np.abs(one - two).max(axis=-1) > 8).mean())


def test_the_view_survives_pages_back_and_reload(visit):
    visitor = visit("/gates?text=Good%20morrow&t=5&unit=9")
    visitor.page.get_by_test_id("stTopNavLink").first.click()
    visitor.page.get_by_role("heading", name="What does a recurrent network").wait_for()
    assert visitor.settled().counter() == "t = 5 / 11"
    for name, heading in (("Unrolled", "How can one small"), ("Cell", "How does one cell"), ("Gates", "When does the cell keep")):
        visitor.page.get_by_role("link", name=name, exact=True).click()
        visitor.page.get_by_role("heading", name=heading).wait_for()
        assert visitor.settled().counter() == "t = 5 / 11"
        assert visitor.page.get_by_label("Unit", exact=True).input_value() == "9"
    assert visitor.page.get_by_label("Unit", exact=True).input_value() == "9"
    visitor.page.reload()
    visitor.page.locator(".strip canvas").first.wait_for()
    assert visitor.settled().counter() == "t = 5 / 11"


def test_presenting_keeps_everything_in_the_link(visit):
    visitor = visit("/gates?model=shakespeare-lstm&text=Good%20morrow&layer=2&t=4&unit=9&signal=cell")
    visitor.page.get_by_text("Present", exact=True).click()
    visitor.page.locator(".present").wait_for()
    visitor.settled()
    for part in ("present=1", "layer=2", "t=4", "unit=9", "signal=cell", "text=Good+morrow"):
        assert part in visitor.page.url
    visitor.page.reload()
    visitor.page.locator(".present .strip canvas").first.wait_for()
    assert visitor.settled().counter() == "t = 4 / 11"
    assert not visitor.page.get_by_label("Unit", exact=True).is_visible()


def test_the_browsers_back_button_never_breaks_the_page(visit):
    visitor = visit("/gates")
    visitor.type("Good morrow")
    for link in (visitor.page.get_by_role("link", name=name, exact=True) for name in ("Home", "Gates")):
        link.click()
        visitor.page.wait_for_timeout(800)
        visitor.settled()
    for go in (visitor.page.go_back, visitor.page.go_back, visitor.page.go_forward):
        go()
        visitor.page.wait_for_timeout(800)
        visitor.settled()
        assert visitor.notice() == ""
        assert visitor.page.get_by_label("Your text").input_value()
        assert visitor.page.locator(".strip canvas").first.is_visible()


def test_copy_link(visit):
    visitor = visit("/gates?text=Good%20morrow&t=5", permissions=["clipboard-read", "clipboard-write"])
    visitor.page.get_by_role("button", name="Copy link").click()
    visitor.page.get_by_role("button", name="Copied").wait_for()
    assert visitor.page.evaluate("navigator.clipboard.readText()") == visitor.page.url


def test_unknown_characters_are_named_and_nothing_is_executed(visit):
    visitor = visit("/gates?text=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E%F0%9F%98%80&t=999&model=nope&unit=zero")
    notice = visitor.notice()
    for said in ("no model called “nope”", "t = 999", "unit = zero", "“😀”", "“<”"):
        assert said in notice
    assert visitor.tokens()[0] == "<"
    assert visitor.tokens()[-1] == "😀"
    assert visitor.page.locator("img[src=x]").count() == 0


def test_empty_and_one_character(visit):
    visitor = visit("/gates")
    visitor.type("")
    assert "The text is empty" in visitor.notice()
    assert len(visitor.tokens()) == len(rnnviz.Recipe().text)
    visitor.type("a")
    assert visitor.tokens() == ["a"]
    assert visitor.notice() == ""
    assert "text=a" in visitor.page.url


def test_each_example_changes_the_picture(visit):
    visitor = visit("/gates")
    seen = set()
    for at in range(5):
        visitor.page.get_by_role("button", name="Examples").click()
        visitor.page.locator("[class*=st-key-example-] button").nth(at + 1).click()
        visitor.settled()
        visitor.page.keyboard.press("Escape")
        seen.add("".join(visitor.tokens()))
    assert len(seen) == 5


def test_try_this_changes_one_letter(visit):
    visitor = visit("/gates")
    visitor.page.get_by_role("button", name="See it").click()
    visitor.settled()
    assert "".join(visitor.tokens()).startswith("The␣men")

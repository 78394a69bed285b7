"""Texts and links: what is typed, what a link brings back, and what happens to one that asks too much."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

import rnnviz


def test_a_link_brings_back_the_same_view(visit):
    first = visit("/gates")
    first.type("Once more unto the breach")
    first.page.get_by_label("Unit", exact=True).fill("9")
    first.page.get_by_label("Unit", exact=True).press("Enter")
    first.settled()
    first.page.locator(".stage").focus()
    for _ in range(5):
        first.page.keyboard.press("ArrowRight")
    first.settled()
    first.page.mouse.move(5, 400)
    first.page.evaluate("document.activeElement.blur()")
    second = visit(first.page.url.removeprefix(first.address))
    second.page.mouse.move(5, 400)
    assert second.counter() == first.counter() == "t = 6 / 25"
    assert [n["value"] for n in first.numbers()] == [n["value"] for n in second.numbers()]
    a, b = (v.page.locator(".stage").screenshot() for v in (first, second))
    assert difference(a, b) < 0.005


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

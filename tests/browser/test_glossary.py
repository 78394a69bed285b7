"""Terms that explain themselves: by pointer, by key, by touch; and the glossary that they lead to."""

from __future__ import annotations

import pytest


def definition(visitor, word):
    term = visitor.page.locator(".term", has=visitor.page.get_by_role("button", name=word, exact=True)).first
    return term, term.locator(".definition")


@pytest.mark.parametrize(("path", "word"), [("/gates?t=5", "unit"), ("/cell?t=5", "cell state")])
def test_a_term_tells_its_meaning_and_nothing_moves(visit, path, word):
    """On the page, and inside a picture's card."""
    visitor = visit(path)
    term, shown = definition(visitor, word)
    term.scroll_into_view_if_needed()
    visitor.page.mouse.move(2, 2)
    assert not shown.is_visible()
    before = visitor.page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollHeight")
    places = visitor.page.locator("h2, h3, canvas, svg").evaluate_all("all => all.map(e => e.getBoundingClientRect().y)")
    term.locator(".word").hover()
    shown.wait_for()
    assert visitor.page.locator("h2, h3, canvas, svg").evaluate_all("all => all.map(e => e.getBoundingClientRect().y)") == places
    assert visitor.page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollHeight") - before < 200
    box, width = shown.bounding_box(), visitor.page.viewport_size["width"]
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    visitor.page.keyboard.press("Escape")
    shown.wait_for(state="hidden")
    visitor.page.mouse.move(2, 2)
    term.locator(".word").focus()
    shown.wait_for()
    visitor.page.keyboard.press("Escape")
    shown.wait_for(state="hidden")
    assert not visitor.received or visitor.settled()
    term.locator(".word").press("Shift+Tab")
    term.locator(".word").focus()
    shown.wait_for()
    visitor.page.keyboard.press("Tab")  # its link is next
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/glossary?term=*")
    visitor.page.locator(".st-key-chosen").get_by_text(word, exact=True).first.wait_for()
    assert visitor.settled().notice() == ""


def test_a_finger_shows_it_too_and_it_stays_on_the_phone(visit):
    visitor = visit("/gates?t=5", width=390, height=844, has_touch=True)
    term, shown = definition(visitor, "gates")
    term.locator(".word").tap()
    shown.wait_for()
    box = shown.bounding_box()
    assert 0 <= box["x"] <= box["x"] + box["width"] <= 390
    assert visitor.page.evaluate("() => document.documentElement.scrollWidth") <= 391


def test_copied_text_is_the_sentence_alone(visit):
    visitor = visit("/gates?t=5")
    copied = visitor.page.evaluate(
        """() => { const p = document.querySelector('.rnnviz-said'), s = getSelection(); s.selectAllChildren(p); return s.toString() }"""
    )
    assert (
        copied.strip()
        == "Each row is a unit, each column a character. Bright gates are open, dark ones closed; blue is positive, orange negative."
    )


def test_in_the_other_language_and_from_the_page_to_its_picture(visit):
    visitor = visit("/glossary?lang=zh&term=forget_gate&find=gate", drawn=".katex")
    entry = visitor.page.locator(".st-key-chosen")
    assert "遗忘门" in entry.inner_text()
    assert "forget gate" in entry.inner_text()
    entry.get_by_role("link").click()
    visitor.page.locator(".strip canvas").first.wait_for()
    assert "signal=" in visitor.settled().page.url or visitor.page.url.count("gates")
    assert visitor.counter().startswith("t = 5 ")

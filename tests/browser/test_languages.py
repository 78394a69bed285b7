"""A reader of Chinese meets no English on a page but names, symbols and what the networks read."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from rnnviz.ui import content
from rnnviz.zoo.cards import names

PAGES = {
    "gates": ["/gates?text=a b c&t=2", "/gates?text=a b c&model=shakespeare-gru", "/gates?text=ab&present=1"],
    "unrolled": [
        "/unrolled?text=a b c&t=2", "/unrolled?text=a b c&mode=chain", "/unrolled?text=a b c&mode=one-to-many",
        "/unrolled?text=a b c&mode=encoder-decoder", "/unrolled?text=a b c&swap=1.z", "/unrolled?text=a b c&model=shakespeare-rnn",
    ],
    "cell": [
        "/cell?text=a b c&t=2", "/cell?text=a b c&edits=forget_gate=1@1:12:2-3", "/cell?text=a b&model=tiny-gru",
        "/cell?text=a b&ablate=yes", "/cell?text=a b&model=shakespeare-rnn",
    ],
}  # fmt: skip
"""The states of each page that are read; add those of a page whose words are translated."""

NAMES = {
    "LSTM", "GRU", "RNN", "ReLU", "torch", "nn", "PyTorch", "Cho", "CSV", "SVG", "PNG", "Python", "netCDF", "NaN", "English",
    "tanh", "max", "ln", "log", "unk", "DUMMY",
    "man", "men", "has",  # of the example sentences
}  # fmt: skip
"""Names and symbols that are alike in every language."""

STREAMLIT = r"Skip to main content|Copy to clipboard|Help( for .*)?|Choose an option|Open|Selected .*"
"""What Streamlit itself says, to screen readers; it has no other languages."""

READ = r"""() => {
  const skipped = "[data-testid=stIconMaterial], [data-testid=stHeader], code, pre, script, style, sub, tspan, caption, " +
    ".tokens, .text, .token, .symbols";
  const found = [];
  const walk = (node) => {
    if (node.nodeType === 3) {
      const parent = node.parentElement || node.parentNode.host;
      if (node.textContent.trim() && parent?.checkVisibility?.()) found.push(node.textContent.trim());
      return;
    }
    if (node.nodeType === 1) {
      if (node.matches(skipped)) return;
      for (const name of ["aria-label", "title", "alt", "placeholder"]) if (node.getAttribute(name)) found.push(node.getAttribute(name));
      if (node.shadowRoot) walk(node.shadowRoot);
    }
    for (const child of node.childNodes) walk(child);
  };
  walk(document.body);
  return found;
}"""
"""Every text on screen, and every name that a screen reader or a pointer at rest is told."""


MODELS = names()
"""Reads every card each time it is called."""


def english(texts, typed=()):
    """Texts with a word of two or more letters that is no name; `typed` is what networks read, in whole."""
    found = set()
    for text in texts:
        rest = text
        for known in sorted((*MODELS, *typed), key=len, reverse=True):
            rest = rest.replace(known, " ")
        words = set(re.findall(r"[A-Za-z]{2,}", re.sub(r"\b[bW][ih][a-z]\b", "", rest))) - NAMES
        if words and not re.fullmatch(STREAMLIT, text):
            found.add(text)
    return sorted(found)


def read(visitor):
    return visitor.page.evaluate(READ)


EXAMPLES = [preset["text"] for preset in content.words("presets", "zh")["preset"]]


@pytest.mark.parametrize("path", [path for paths in PAGES.values() for path in paths])
def test_a_page_in_chinese_has_no_english_words(visit, path):
    visitor = visit(f"{path}&lang=zh")
    typed = [visitor.page.get_by_label("你的文本", exact=True).input_value()]
    assert english(read(visitor), typed) == []
    for button in visitor.page.get_by_test_id("stPopoverButton").all():  # what is folded away
        if not button.is_visible():
            continue
        button.click()
        expect(visitor.page.get_by_test_id("stPopoverBody")).to_be_visible()
        assert english(read(visitor), [*EXAMPLES, *typed]) == []
        visitor.page.keyboard.press("Escape")
        expect(visitor.page.get_by_test_id("stPopoverBody")).to_be_hidden()


def test_an_english_word_would_be_found(visit):
    """The check itself: the same page in English has plenty, in text, in names and inside components."""
    found = english(read(visit("/gates?text=a b c&lang=en")))
    assert {"Play", "Unit", "forget gate", "What to notice", "Copy link"} <= set(found)


def test_the_browser_chooses_the_language(visit):
    visitor = visit("/gates?text=ab", locale="zh-CN")
    expect(visitor.page.get_by_role("heading", name="循环单元什么时候")).to_be_visible()
    expect(visitor.page.locator("html")).to_have_attribute("lang", "zh")
    assert "lang=" not in visitor.page.url  # a reader of the link has a browser of their own


def test_a_link_in_chinese_is_chinese_everywhere(visit):
    visitor = visit("/cell?text=ab&lang=zh", locale="en-US")
    expect(visitor.page.get_by_role("heading", name="循环单元怎样")).to_be_visible()
    expect(visitor.page.locator("html")).to_have_attribute("lang", "zh")
    visitor.page.get_by_role("link", name="门", exact=True).click()
    expect(visitor.page.get_by_role("heading", name="循环单元什么时候")).to_be_visible()  # and on every page after it
    expect(visitor.page.locator("html")).to_have_attribute("lang", "zh")


def test_the_switch_goes_there_and_back_and_keeps_what_is_shown(visit):
    visitor = visit("/gates?text=to and fro&t=5&unit=7", locale="zh-CN")
    page = visitor.page
    page.get_by_role("button", name="English", exact=True).click()
    expect(page.get_by_role("heading", name="When does the cell")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_label("Your text", exact=True)).to_have_value("to and fro")
    expect(page.locator(".counter")).to_have_text("t = 5 / 10")
    assert "lang=en" in page.url
    page.get_by_role("button", name="中文", exact=True).click()
    expect(page.get_by_role("heading", name="循环单元什么时候")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    expect(page.get_by_label("你的文本", exact=True)).to_have_value("to and fro")
    expect(page.get_by_label("单元", exact=True)).to_have_value("7")
    expect(page.locator(".counter")).to_have_text("t = 5 / 10")
    assert "lang=zh" in visitor.settled().page.url


def test_what_is_saved_is_named_in_the_language_and_can_be_read(visit):
    visitor = visit("/gates?text=ab&lang=zh")
    with visitor.page.expect_download() as waiting:
        visitor.page.get_by_role("button", name="保存SVG").click()
    svg = waiting.value.path().read_text(encoding="utf-8")
    assert "门：shakespeare-lstm，第1层" in svg
    assert "遗忘门" in svg
    assert "门-shakespeare-lstm" in waiting.value.suggested_filename


CUT_OFF = """() => [...document.querySelectorAll('*')].filter(e => e.shadowRoot).flatMap(e => [...e.shadowRoot.querySelectorAll(
    '.label, .ends span, .note, .see, .choice button, .player button, .card h3, .badge, .chip, th, dt')])
  .filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1 && e.clientWidth)
  .map(e => e.className + ': ' + e.textContent)"""


def cut_off(visitor):
    """Labels, buttons and notes of pictures that do not fit their boxes."""
    return visitor.page.evaluate(CUT_OFF)


@pytest.mark.parametrize("page", ["gates", "cell"])
def test_nothing_is_cut_off_in_chinese(visit, page):
    """On a laptop and on a telephone."""
    visitor = visit(f"/{page}?text=a b c&lang=zh")
    for width in (1366, 390):
        visitor.page.set_viewport_size({"width": width, "height": 768})
        visitor.settled()
        assert cut_off(visitor) == [], width
        assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")

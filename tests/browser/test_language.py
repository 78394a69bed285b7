"""The language page: every number on screen is the engine's, completion answers while typing, links bring all of it back."""

from __future__ import annotations

import math
import re

import pytest
from playwright.sync_api import expect

import rnnviz
from rnnviz import completing, generating, scoring

SENTENCE = "We love working on deep learning"
WRITTEN = "textarea, .rows, .page-of-text"


def text(value):
    return value.replace(" ", "%20").replace(",", "%2C")


def at(model, sentence, **more):
    return f"/language?model={model}&text={text(sentence)}" + "".join(f"&{name}={value}" for name, value in more.items())


def test_scores_are_the_engines(visit):
    visitor = visit(at("shakespeare-lstm", "Good morrow", against="Morrow%20good", at=3), drawn=".rows")
    model = rnnviz.zoo.load("shakespeare-lstm")
    numbers = visitor.numbers()
    for row, (name, sentence) in enumerate(
        [("lstm", "Good morrow"), ("lstm", "Morrow good"), ("gru", "Good morrow"), ("rnn", "Good morrow")]
    ):
        expected = scoring.score(rnnviz.zoo.load(f"shakespeare-{name}"), sentence)
        shown = [n for n in numbers if n.get("signal") == "surprise" and n.get("row") == str(row + 1)]
        assert [float(n["value"]) for n in shown] == pytest.approx(expected.surprise.tolist(), rel=1e-6)
        (bits,) = [n for n in numbers if n.get("stat") == "bits" and n["row"] == str(row + 1)]
        assert float(bits["value"]) == pytest.approx(expected.bits, rel=1e-9)
        assert bits["text"] == f"{expected.bits:.2f} bits"
    own = scoring.score(model, "Good morrow")
    bars = [n for n in numbers if n.get("signal") == "probability"]
    assert [float(n["value"]) for n in bars] == pytest.approx([p for _, p in own.expected[2][:8]], rel=1e-5)
    visitor.page.locator(".rows").press("ArrowRight")
    assert visitor.settled().counter() == "t = 4 / 11"
    assert "at=4" in visitor.page.url
    so_far = visitor.page.locator("[data-stat=so_far]")
    assert float(so_far.get_attribute("data-value")) == pytest.approx(own.surprise[:4].sum(), rel=1e-6)
    ramp = visitor.page.locator(".legend-row[data-signal=surprise]")
    assert (ramp.get_attribute("data-min"), ramp.get_attribute("data-max")) == ("0", "8")


def test_two_hundred_orders_and_the_way_to_a_model_of_words(visit):
    visitor = visit(at("shakespeare-lstm", "The man who ate my pizza has purple hair."), drawn=".rows")
    visitor.page.get_by_role("button", name="Ask a model of words").click()
    expect(visitor.page.get_by_label("Your text", exact=True)).to_have_value(SENTENCE)
    visitor.page.get_by_role("button", name="Try 200 word orders").click()
    model = rnnviz.zoo.load("words-lstm")
    expected = scoring.shuffled(model, SENTENCE)
    expect(visitor.page.locator(".verdict")).to_contain_text(f"number {expected.rank} of 201")
    shown = [float(n["value"]) for n in visitor.numbers() if n.get("signal") == "order_log10"]
    assert shown == pytest.approx([value / math.log(10) for _, value in expected.orders[:5]], rel=1e-9)
    assert visitor.page.locator(".dot").count() == 200
    visitor.page.locator(".best button").nth(1).click()
    expect(visitor.page.get_by_label("Beside it", exact=True)).to_have_value(expected.orders[1][0])
    assert "orders=200" in visitor.page.url


def test_completing_while_typing(visit):
    visitor = visit(at("words-lstm", "please let me know", ask="complete"), drawn="textarea")
    field = visitor.page.locator("textarea[maxlength='500']")
    field.fill("please let m")
    expect(visitor.page.locator(".ghost")).to_have_text(re.compile("^e"))
    first = completing.complete(rnnviz.zoo.load("words-lstm"), "please let m")[0]
    expect(visitor.page.locator(".ghost")).to_have_text(first.added)
    field.press("End")
    field.press("Tab")
    expect(field).to_have_value("please let m" + first.added)
    expect(field).to_be_focused()
    expect(visitor.page.locator(".others .number").first).to_be_visible()
    visitor.settled()
    visitor.received.clear()
    took = []
    for key in " know if":
        before = visitor.page.locator("[data-number]").get_attribute("data-number")
        field.press_sequentially(key)
        expect(visitor.page.locator("[data-number]")).not_to_have_attribute("data-number", before)
        took.append(float(visitor.page.locator("[data-number]").get_attribute("data-value")))
    print("answered in", sorted(round(ms) for ms in took))
    # Streamlit sends the field's own script along; the whole page would be more than 100 kB
    assert sum(visitor.received) < len(took) * 30_000, "the page is not drawn anew for a key"
    field.press("Escape")
    expect(visitor.page.locator(".ghost")).to_have_text("")
    field.press("Tab")
    expect(field).not_to_be_focused()


def test_writing_shows_how_each_token_was_chosen(visit):
    visitor = visit(at("shakespeare-lstm", "My lord,", ask="generate", temperature=0.7, luck=5, chars=30), drawn=".page-of-text")
    said = generating.generate(rnnviz.zoo.load("shakespeare-lstm"), "My lord,", generating.Draw(0.7), seed=5, length=30)
    cells = visitor.page.locator(".page-of-text").first.locator(".said")
    assert [float(v) for v in cells.evaluate_all("all => all.map(e => e.dataset.value)")] == pytest.approx(
        [step.probability for step in said.steps], rel=1e-9
    )
    cells.nth(9).click()
    expect(visitor.page.locator(".counter").first).to_have_text("t = 10 / 30")
    step = said.steps[9]
    shares = [n for n in visitor.numbers() if n.get("signal") == "share" and n.get("t") == "10"]
    assert [float(n["value"]) for n in shares][:12] == pytest.approx(step.pipeline.probability[:12].tolist(), rel=1e-4, abs=1e-6)
    expect(visitor.page.locator(".pipeline")).to_contain_text(f"u = {step.u:.4f}")
    # the gates below stand where the token was chosen: after 8 characters of the text and 9 of what was said
    expect(visitor.page.locator(".counter").nth(1)).to_have_text("t = 17 / 38")
    address = visitor.page.url
    visitor.page.get_by_role("button", name="Another").click()
    expect(visitor.page.get_by_label("Seed", exact=True)).to_have_value("6")
    again = visit(address.removeprefix(visitor.address), drawn=".page-of-text")
    assert [
        float(v) for v in again.page.locator(".page-of-text").first.locator(".said").evaluate_all("all => all.map(e => e.dataset.value)")
    ] == (pytest.approx([step.probability for step in said.steps], rel=1e-9))


def test_beams_beside_the_greedy_way(visit):
    visitor = visit(at("words-lstm", "I think that", ask="generate", decode="beam", beams=3), drawn=".page-of-text")
    bits = [float(n["value"]) for n in visitor.numbers() if n.get("stat") == "way"]
    beam = generating.beam_search(rnnviz.zoo.load("words-lstm"), "I think that", 3, length=120)
    assert bits == pytest.approx([-answer.log_probability / math.log(2) for answer in beam.answers[:3]], rel=1e-9)
    assert bits == sorted(bits)


@pytest.mark.parametrize("ask", ["score", "complete", "generate"])
@pytest.mark.parametrize("odd", ["x", "%F0%9F%98%80%F0%9F%98%80", "%3Cscript%3Ealert(1)%3C/script%3E"])
def test_odd_texts_are_taken(visit, ask, odd):
    visitor = visit(
        f"/language?ask={ask}&text={odd}&temperature=99&beams=x&topp=-1&luck=&at=77&row=9&step=-3&per=no&orders=7", drawn=WRITTEN
    )
    assert visitor.page.locator(WRITTEN).first.is_visible()


def test_another_kind_of_model_is_said(visit):
    visitor = visit("/language?model=polarity-lstm&text=a%20moving%20film", drawn=".rows")
    assert "does not say what comes next" in visitor.notice()

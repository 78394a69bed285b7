"""The front door as a newcomer meets it: it moves by itself, stops at the first touch, and every number is the engine's."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import expect

import rnnviz

MAN = rnnviz.Recipe().text


def step(visitor):
    return int(visitor.counter().split()[2])


def check(visitor, text, changed=None):
    """Hold every number of the picture against a fresh recording; return how many there were."""
    runs = {"own": rnnviz.run(rnnviz.Recipe(text=text))}
    if changed:
        runs["changed"] = rnnviz.run(rnnviz.Recipe(text=changed))
    hidden = {run: trace["hidden"].isel(layer=-1, direction=0, batch=0) for run, trace in runs.items()}
    checked = 0
    for number in visitor.numbers():
        if "t" not in number or number.get("decodes"):
            continue
        t, value = int(number["t"]), float(number["value"])
        match number["signal"]:
            case "hidden":
                wanted = hidden[number["run"]].sel(time=t, unit=int(number["unit"])).item()
            case "hidden_step":
                before = hidden["own"].sel(time=t - 1).values if t > 1 else 0
                wanted = np.linalg.norm(hidden["own"].sel(time=t).values.astype(float) - before)
            case "hidden_distance":
                wanted = np.linalg.norm(hidden["changed"].sel(time=t).values.astype(float) - hidden["own"].sel(time=t).values)
            case _:
                continue
        assert value == pytest.approx(wanted, abs=1e-6), number
        checked += 1
    return checked


def test_it_moves_by_itself(visit):
    """How soon: `make bench`."""
    visitor = visit("/")
    visitor.page.wait_for_function(
        """() => [...document.querySelectorAll('*')].map(e => e.shadowRoot?.querySelector('.counter')?.textContent || '')
          .some(said => /t = ([2-9]|1\\d) /.test(said))"""
    )
    visitor.settled()
    visitor.received.clear()
    before = step(visitor)
    visitor.page.wait_for_timeout(1300)
    assert step(visitor) >= before + 2
    assert not visitor.received, "time moves in the browser alone"
    assert "t=" not in visitor.page.url


def test_it_ends_where_the_text_ends_and_says_nothing_of_it(visit):
    visitor = visit("/?text=abcd")  # "t=" stands in "text=" too
    expect(visitor.page.locator(".counter").first).to_have_text("t = 4 / 4")
    visitor.page.wait_for_timeout(600)
    visitor.settled()
    assert visitor.page.get_by_role("button", name="Play", exact=True).is_visible()
    assert "&t=" not in visitor.page.url


@pytest.mark.parametrize("touch", ["key", "click", "picture", "pause"])
def test_the_first_touch_stops_it(visit, touch):
    visitor = visit("/")
    page = visitor.page
    page.wait_for_timeout(500)
    match touch:
        case "key":
            page.keyboard.press("Shift")
        case "click":
            page.get_by_role("heading").first.click()
        case "picture":
            page.locator(".strip").first.click(position={"x": 200, "y": 20})
        case "pause":
            page.get_by_role("button", name="Pause").click()
    at = step(visitor)
    page.wait_for_timeout(1000)
    assert step(visitor) == at
    assert page.locator(".tokens .unread").count() == 0, "the rest of the text is there now"
    if touch in ("picture", "pause"):
        visitor.settled()
        assert f"t={at}" in page.url
    else:
        assert "t=" not in page.url


def test_it_begins_once_a_session(visit):
    visitor = visit("/?text=Good%20morrow")
    visitor.page.keyboard.press("Shift")
    visitor.page.get_by_role("link", name="Gates", exact=True).click()
    visitor.page.get_by_role("heading", name="When does the cell").wait_for()
    visitor.settled()
    visitor.page.get_by_role("link", name="Home", exact=True).click()
    visitor.page.get_by_role("heading", name="What does a recurrent network").wait_for()
    visitor.settled()
    at = step(visitor)
    visitor.page.wait_for_timeout(1200)
    assert step(visitor) == at


def test_with_reduced_motion_it_waits(visit):
    visitor = visit("/", reduced_motion="reduce")
    visitor.page.wait_for_timeout(1500)
    assert visitor.counter().startswith("t = 1 ")
    assert visitor.page.locator(".unread").count() == 0
    visitor.page.locator(".stage").focus()
    visitor.page.keyboard.press("ArrowRight")
    assert visitor.counter().startswith("t = 2 ")


def test_the_numbers_are_the_engines(visit):
    visitor = visit("/?text=Good%20morrow&t=5")
    assert check(visitor, "Good morrow") == 9, "eight units, and how far the whole vector moved"
    trace = rnnviz.run(rnnviz.Recipe(text="Good morrow"))
    p = trace["probability"].isel(batch=0).sel(time=5)
    bars = [n for n in visitor.numbers() if n["signal"] == "probability" and n["t"] == "5" and n["text"].endswith("%")]
    assert len(bars) >= 5
    for bar in bars[:5]:
        assert float(bar["value"]) == pytest.approx(float(p.sel(token=bar["token"].replace("␣", " ").replace("⏎", "\n"))), rel=1e-6)
    strip = visitor.page.locator(".strip").first
    assert (strip.get_attribute("data-min"), strip.get_attribute("data-max")) == ("-1", "1")
    strip.hover(position={"x": 100, "y": 100})
    assert check(visitor, "Good morrow") == 10


def test_another_first_letter(visit):
    visitor = visit("/?text=Good%20morrow&t=6")
    visitor.page.get_by_label("Another first letter").press("Backspace")
    visitor.page.get_by_label("Another first letter").press_sequentially("W")
    visitor.page.get_by_role("button", name="Read again").click()
    expect(visitor.page.locator(".put-in")).to_have_text("W")
    visitor.settled()
    assert visitor.counter() == "t = 6 / 11"
    assert "swap=1.W" in visitor.page.url
    assert check(visitor, "Good morrow", "Wood morrow") == 17
    assert visitor.page.locator(".strip").count() == 2
    visitor.page.get_by_role("button", name="Back to my text").click()
    expect(visitor.page.locator(".strip")).to_have_count(1)
    visitor.settled()
    assert "swap" not in visitor.page.url


def test_the_picture_is_half_of_the_first_view_and_the_doors_are_in_it(visit):
    visitor = visit("/?t=9")
    top = visitor.page.locator(".player").first.bounding_box()
    end = visitor.page.locator(".legend-row").first.bounding_box()
    assert end["y"] + end["height"] - top["y"] >= 0.5 * 768
    for door in ("learning", "teaching", "debugging"):
        box = visitor.page.locator(f".st-key-door-{door}").bounding_box()
        assert box["y"] + box["height"] <= 768


@pytest.mark.parametrize(
    ("link", "heading", "part"),
    [
        ("One letter: man or men?", "How can one small", "swap=6.e"),
        ("One cell, every number", "How does one cell", "model=tiny-lstm"),
        ("Vanishing or exploding?", "How far back", "view=experiment"),
        ("Let it write", "How can one small", "mode=one-to-many"),
        ("Find the unit that remembers", "When does the cell", "model=brackets-lstm"),
    ],
)
def test_doors_open(visit, link, heading, part):
    visitor = visit("/")
    visitor.page.get_by_role("link", name=link).click()
    expect(visitor.page.get_by_role("heading", name=heading)).to_be_visible()
    visitor.settled()
    assert part in visitor.page.url
    assert visitor.notice() == ""


def test_the_projector_from_a_door(visit):
    visitor = visit("/")
    visitor.page.get_by_role("link", name="Gates, large").click()
    visitor.page.locator(".present .strip canvas").first.wait_for()
    visitor.settled()
    assert "present=1" in visitor.page.url


def test_a_review_of_ones_own(visit):
    visitor = visit("/?t=3")
    field = visitor.page.get_by_label("A sentence about a film, in English")
    field.fill("a dull and lifeless film")
    field.press("Enter")
    expect(visitor.page.get_by_text("It says: blame")).to_be_visible()
    visitor.settled()
    assert "review=a+dull" in visitor.page.url
    wanted = rnnviz.record(rnnviz.zoo.load("polarity-lstm"), "a dull and lifeless film")["probability"].isel(batch=0, time=-1)
    said = [n for n in visitor.numbers() if n.get("token") == "negative"]
    assert float(said[0]["value"]) == pytest.approx(float(wanted.max()), rel=1e-6)


@pytest.mark.parametrize(("lang", "heading"), [("en", "How it came about"), ("zh", "它是怎样发展来的")])
def test_both_languages(visit, lang, heading):
    visitor = visit(f"/?lang={lang}")
    expect(visitor.page.get_by_role("heading", name=heading)).to_be_visible()


def test_on_a_phone_to_the_bottom(visit):
    visitor = visit("/?swap=1.S", width=390, height=844)
    expect(visitor.page.get_by_role("link", name="Watch it remember")).to_be_attached()
    sideways = visitor.page.evaluate(
        "() => [document.documentElement, document.querySelector('[data-testid=stMain]')].map(e => e.scrollWidth - e.clientWidth)"
    )
    assert max(sideways) <= 1


def test_the_keyboard_reaches_everything(visit):
    visitor = visit("/?text=Good%20morrow&t=3")
    visitor.page.get_by_label("Your text", exact=True).focus()
    reached = set()
    for _ in range(75):
        visitor.page.keyboard.press("Tab")
        name, ring, inside = visitor.page.evaluate(
            """() => { let e = document.activeElement; while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
              const name = e.getAttribute('aria-label') || e.textContent.trim().slice(0, 60);
              return [name, getComputedStyle(e).outlineStyle !== 'none', e.getRootNode() !== document] }"""
        )
        assert ring or not inside, f"{name} shows no focus ring"
        reached.add(name)
    wanted = {"Play", "Timestep", "Speed", "Another first letter", "Read again", "Take the tour", "Worksheets", "Train on your text"}
    wanted |= {"Follow the gradient back", "A sentence about a film, in English", "Watch it remember"}
    assert wanted <= reached

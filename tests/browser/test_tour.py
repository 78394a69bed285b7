"""The tour as a person takes it: every lesson opened, done, ticked and left by Next; back again; what stays in the browser."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from rnnviz.ui import content, lesson, lesson_facts, lessons, qr

LONG = "The man who ate my pizza has purple hair. The men who ate my pizza have purple hair."
TRAINED = 90_000
"""Milliseconds that a small run may take on a busy machine."""


def address(key, **more):
    return "/" + lessons.address_of(lessons.named(key), more).removeprefix("./")


class Pupil:
    """A visitor who takes the tour."""

    def __init__(self, visitor):
        self.visitor, self.page = visitor, visitor.page
        self.card = self.page.locator("section.lesson")

    def arrived(self, key):
        expect(self.card).to_have_attribute("data-lesson", key, timeout=40_000)
        self.visitor.settled()
        return self

    def ticked(self, step):
        expect(self.card.locator("li").nth(step)).to_have_attribute("data-done", "yes", timeout=40_000)
        self.visitor.settled()  # the card comes before the picture

    def state(self):
        """What makes two visits the same: the address, the picture's place, every number that carries its address."""
        numbers = sorted(
            {(n.get("signal"), n.get("layer"), n.get("t"), n.get("unit"), n["value"]) for n in self.visitor.numbers()}, key=str
        )
        return self.page.url, [each.inner_text() for each in self.page.locator("output.counter").all()], numbers

    def key(self, name):
        self.page.evaluate("document.activeElement.blur()")
        self.page.keyboard.press(name)

    def choose(self, label, option):
        self.page.get_by_role("combobox", name=label, exact=True).click()
        self.page.get_by_role("option", name=option).click()

    # what the lessons ask for

    def memory(self):
        self.key("End")
        yield
        self.visitor.type(LONG)
        yield

    def shared(self):
        self.visitor.type("hellohello")
        yield
        self.choose("Mode", "feed-forward")
        yield

    def change(self):
        field = self.page.get_by_label("The character to put in")
        field.fill("e")
        field.press("Enter")
        yield
        self.key("End")
        yield

    def cell(self):
        self.visitor.look(t=5, unit=1)
        yield

    def belt(self):
        self.page.get_by_role("button", name="Protect the memory").click()
        yield
        self.key("End")
        yield

    def counting(self):
        self.key("End")
        yield
        self.visitor.type("^" + 10 * "a" + 10 * "b")
        yield

    def saturation(self):
        self.page.locator("input[type=range]").first.fill("2")
        yield
        self.page.get_by_role("radio", name="sigmoid").click()
        yield

    def hello(self):
        self.key("ArrowRight")
        yield
        self.page.get_by_role("radio", name="Adagrad 0.1").click()
        yield

    def forgetting(self):
        self.page.get_by_role("slider", name="Spectral radius").press("End")
        yield
        self.page.get_by_role("radiogroup", name="Matrix of").get_by_role("radio", name="LSTM").click()
        yield

    def attention(self):
        self.key("ArrowRight")
        yield
        self.page.get_by_role("button", name="Experiments").click()
        self.choose("In the place of its attention", "the same everywhere")
        yield
        self.page.keyboard.press("Escape")

    def language(self):
        self.page.get_by_role("button", name="Try 200 word orders").click()
        yield
        self.page.get_by_role("radio", name="Generate").click()
        self.page.get_by_role("slider", name="Temperature").press("End")
        yield

    def train(self):
        self.page.get_by_role("button", name="Train", exact=True).click()
        expect(self.card.locator("li").first).to_have_attribute("data-done", "yes", timeout=TRAINED)
        yield
        self.page.locator(".st-key-hand_over").get_by_role("link", name="Gates").click()
        yield


def test_the_whole_tour_forwards_and_back(visit):
    """Every lesson is done by hand, so that the next one has much to put right;
    on the way back from the last four all stands as on the way there."""
    # with reduced motion, or Home would read on by itself while its state is noted
    visitor = visit(address(lessons.KEYS[0]), drawn="section.lesson", reduced_motion="reduce")
    pupil, states = Pupil(visitor), {}
    for number, key in enumerate(lessons.KEYS, start=1):
        pupil.arrived(key)
        expect(pupil.card.locator("h2")).to_have_text(lesson.texts(lessons.named(key), "en")["title"])
        expect(pupil.card.locator(".which")).to_have_text(f"Lesson {number} of 12")
        expect(pupil.card.locator("li[data-done=yes]")).to_have_count(0)
        states[key] = pupil.state()
        assert pupil.page.url.endswith(address(key)) or "lesson=" in pupil.page.url
        predict(pupil, key, right=number % 2 == 0)
        for step, _ in enumerate(getattr(pupil, key)()):
            pupil.ticked(step)
        expect(pupil.card.locator(".ticks")).to_have_attribute("data-count", str(number))
        if key != lessons.KEYS[-1]:
            if number % 2:
                pupil.card.locator("a.next").click()
            else:
                pupil.key("Shift+ArrowRight")
    pupil.card.locator("a.next").click()  # after the last one: the list
    listed = visitor.page.locator("li[data-ticked=yes]")
    expect(listed).to_have_count(12, timeout=40_000)
    visitor.page.reload()
    expect(listed).to_have_count(12, timeout=40_000)
    expect(visitor.page.get_by_text("All twelve done")).to_be_visible()

    visitor.page.goto(visitor.address + address(lessons.KEYS[-1]))
    for key in lessons.KEYS[:-5:-1]:
        if key != lessons.KEYS[-1]:
            pupil.key("Shift+ArrowLeft")
        pupil.arrived(key)
        assert pupil.state() == states[key], f"{key}, reached by Back"
        expect(pupil.card.locator(".reveal")).not_to_be_empty()  # what was predicted stays
    visitor.page.goto(visitor.address + "/tour")
    again = visitor.page.get_by_role("button", name="Start again")
    again.click()
    expect(listed).to_have_count(0)
    expect(visitor.page.get_by_role("link", name="Start with the first lesson")).to_be_visible()


def predict(pupil, key, *, right):
    """Nothing of the answer shows before somebody has chosen; then it is the engine's."""
    told, facts = lesson.texts(lessons.named(key), "en"), lesson_facts.of(key)
    reveal = pupil.card.locator(".reveal")
    expect(reveal).to_be_empty()
    seen = "document.documentElement.style.getPropertyValue('--rnnviz-numbers')"
    assert pupil.page.evaluate(seen) == "hidden"
    chosen = facts.answer if right else next(option for option in told["options"] if option != facts.answer)
    button = pupil.card.locator(f"[data-option={chosen}]")
    button.focus()
    pupil.page.keyboard.press("Enter")
    expect(reveal).to_contain_text(told["reveal"])
    expect(reveal).to_contain_text("Yes." if right else "Not quite")
    assert pupil.page.evaluate(seen) == ""
    expect(pupil.card.locator(".right")).to_have_text(f"✓ {told['options'][facts.answer]}")
    expect(pupil.card.locator(".right")).to_have_attribute("data-option", facts.answer)


def test_a_lesson_goes_along_folds_and_is_left_in_chinese(visit):
    visitor = visit(address("belt"), drawn="section.lesson", locale="zh-CN")
    pupil = Pupil(visitor).arrived("belt")
    told = lesson.texts(lessons.named("belt"), "zh")
    expect(pupil.card).to_contain_text(told["question"])
    pupil.card.locator("button.fold").click()
    expect(pupil.card.locator(".body")).to_be_hidden()
    visitor.page.locator("[data-testid=stTopNavLink]").nth(4).click()  # gates
    expect(pupil.card.locator("a.elsewhere")).to_be_visible()
    expect(pupil.card.locator(".body")).to_be_hidden()
    assert "lesson=belt" in visitor.settled().page.url
    visitor.page.reload()
    pupil.arrived("belt")
    expect(pupil.card.locator(".body")).to_be_hidden()
    expect(pupil.card.locator("a.next")).to_have_attribute("href", re.compile("^gates.*lesson=counting$"))
    pupil.card.locator("button.leave").click()
    expect(pupil.card).to_have_count(0)
    assert "lesson" not in visitor.settled().page.url
    visitor.page.goto(visitor.address + "/tour?lang=zh")
    expect(visitor.page.get_by_role("link", name="继续：5. 传送带")).to_be_visible(timeout=40_000)


def test_a_lesson_asked_for_within_a_session_is_opened_afresh(visit):
    visitor = visit("/gates?text=Good%20morrow&t=5")
    visitor.page.evaluate("history.pushState({}, '', '/gates?lesson=counting')")
    visitor.page.evaluate("window.dispatchEvent(new PopStateEvent('popstate'))")
    Pupil(visitor).arrived("counting")
    expect(visitor.page.get_by_label("Your text")).to_have_value("^aaaaaabbbbbb")
    assert visitor.counter() == "t = 7 / 13"


def test_on_a_phone_the_lesson_leaves_room(visit):
    visitor = visit(address("forgetting"), width=390, height=844)
    pupil = Pupil(visitor).arrived("forgetting")
    box = pupil.card.bounding_box()
    assert box["height"] < 0.5 * 844
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert visitor.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    for button in pupil.card.locator("button, a").all():
        assert button.bounding_box()["height"] >= 24


def test_a_code_of_the_link_for_the_class(visit):
    visitor = visit(address("counting", present="1", hide="cards,player"), width=1024)
    pupil = Pupil(visitor).arrived("counting")
    assert pupil.card.bounding_box()["height"] < 0.2 * 768
    expect(visitor.page.locator(".player").first).to_be_hidden()
    pupil.key("q")
    code = visitor.page.get_by_role("dialog").locator("svg[shape-rendering] path")
    code.wait_for()
    shown = visitor.page.get_by_role("dialog").locator("p.address").inner_text()
    assert shown == visitor.page.url
    for part in ("lesson=counting", "present=1", "hide=", "t=7"):
        assert part in shown
    found = {(int(x) + int(dx), int(y)) for x, y, n in re.findall(r"M(\d+) (\d+)h(\d+)", code.get_attribute("d")) for dx in range(int(n))}
    asked = {(x + 4, y + 4) for y, row in enumerate(qr.rows(visitor.page.url)) for x, module in enumerate(row) if module == "1"}
    assert found == asked
    expect(visitor.page.get_by_role("dialog")).to_contain_text("no other device can open it")
    pupil.key("q")
    expect(visitor.page.get_by_role("dialog")).to_have_count(0)
    pupil.key("PageDown")
    pupil.arrived("saturation")
    assert "present=1" in visitor.page.url


LOOK = """() => Object.fromEntries(['player', 'cards', 'notice', 'legend', 'files'].map(name => [name,
  [...document.querySelectorAll('*')].filter(e => e.shadowRoot).flatMap(e => [...e.shadowRoot.querySelectorAll('.' + name)])
    .map(e => getComputedStyle(e).display)]))"""


def test_what_is_hidden_is_gone_and_the_rest_is_as_it_was(visit):
    visitor = visit("/gates")
    before = visitor.page.evaluate(LOOK)
    assert all(before.values())
    assert before["player"] == before["cards"] == ["flex"]
    visitor.page.get_by_role("button", name="Hide", exact=True).click()
    hidden = []
    for part in reversed(before):  # the buttons stand in the player
        visitor.page.get_by_role("button", name=content.words("tour")["hide"]["parts"][part], exact=True).click()
        hidden.append(part)
        expect(visitor.page).to_have_url(re.compile(f"hide=[a-z%2C,]*{part}"))
        visitor.settled()
        now = visitor.page.evaluate(LOOK)
        for name, displays in before.items():
            assert now[name] == (["none"] * len(displays) if name in hidden else displays), name
    assert visitor.numbers()

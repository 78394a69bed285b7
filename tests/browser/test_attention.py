"""The attention page in a real browser: read, step, choose, edit, compare."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

import rnnviz
from rnnviz import zoo
from rnnviz.forcing import Forced, parsed

DATE = "May 3rd, 1999"
AT = f"/attention?translator=dates-additive&sentence={DATE.replace(' ', '%20')}"


def answer(visitor):
    return "".join(visitor.page.locator("p.answer .said").all_inner_texts()).removesuffix("⟨end⟩")


def rows(visitor, signal="attention"):
    """The matrix as it stands on the page: {output step: its row}."""
    found = {}
    for number in visitor.page.evaluate(
        """() => [...document.querySelectorAll('*')].filter(e => e.shadowRoot?.querySelector('svg.matrix'))
          .flatMap(e => [...e.shadowRoot.querySelectorAll('svg.matrix rect.cell')]).map(e => ({...e.dataset}))"""
    ):
        if number["signal"] == signal:
            found.setdefault(int(number["t"]), []).append(float(number["value"]))
    return found


def cell(visitor, t, s):
    box = visitor.page.locator(f"rect.cell[data-signal=attention][data-t='{t}'][data-input='{s}']").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(visitor, t, start, end):
    visitor.page.mouse.move(*cell(visitor, t, start))
    visitor.page.mouse.down()
    visitor.page.mouse.move(*cell(visitor, t, end), steps=4)
    visitor.page.mouse.up()
    visitor.settled()


def test_a_typed_text_is_answered_and_the_matrix_is_the_engines(visit):
    visitor = visit("/attention?translator=dates-additive")
    field = visitor.page.get_by_label("Your text to translate")
    field.fill("the 21st of March, 2024")
    field.press("Enter")
    visitor.settled()
    assert answer(visitor) == "2024-03-21"
    assert "sentence=the" in visitor.page.url
    found = rnnviz.translate(zoo.load("dates-additive"), "the 21st of March, 2024")
    for t, row in rows(visitor).items():
        assert sum(row) == pytest.approx(1, abs=1e-3)
        assert row == pytest.approx(found.attention[t - 1].tolist(), abs=1e-6)
    labels = visitor.page.locator("svg.matrix .out-label").all_text_contents()
    assert labels == list(found.tokens)
    assert visitor.page.locator("svg.matrix .in-label").count() == len(found.source)
    root = visitor.page.locator(".scroller[data-signal=attention]")
    assert (root.get_attribute("data-min"), root.get_attribute("data-max")) == ("0", "1")
    assert visitor.page.get_by_text("output token (asks) ↓ / input token (is read) →").is_visible()
    assert visitor.page.get_by_text("✓ right").is_visible()


def test_steps_hovers_and_clicks_agree_everywhere_and_ask_nothing_of_the_server(visit):
    visitor = visit(AT)
    visitor.received.clear()
    visitor.page.mouse.move(*cell(visitor, 5, 12))
    tip = visitor.page.locator(".tip b")
    assert float(tip.get_attribute("data-value")) == pytest.approx(rows(visitor)[5][11])
    assert visitor.received == []
    visitor.page.mouse.click(*cell(visitor, 6, 3))
    assert visitor.counter().startswith("t = 6 ")
    assert visitor.page.locator("svg.matrix .in-label.now").first.text_content() == "y"
    assert visitor.page.locator("svg.arcs .in-label.now").text_content() == "y"
    assert visitor.page.locator(".step-row.now .token").inner_text() == "y"
    assert {p.get_attribute("data-t") for p in visitor.page.locator("path[data-arc=true], path[data-arc='']").all()} == {"6"}
    visitor.page.keyboard.press("ArrowRight")
    assert visitor.counter().startswith("t = 7 ")
    visitor.settled()
    assert "out=7" in visitor.page.url
    assert "inp=3" in visitor.page.url


def test_scores_become_weights_become_the_context(visit):
    visitor = visit(AT + "&out=7")
    numbers = visitor.numbers()
    scores = [float(n["value"]) for n in numbers if n.get("signal") == "score"]
    import math

    powers = [math.exp(score - max(scores)) for score in scores]
    weights = [float(n["value"]) for n in numbers if n.get("signal") == "attention" and n["t"] == "7" and "text" in n and n["text"]][
        : len(scores)
    ]
    assert weights == pytest.approx([power / sum(powers) for power in powers], abs=1e-5)
    (total,) = [n for n in numbers if n.get("signal") == "attention_sum"]
    assert total["text"] == "1.000"
    (context,) = [n for n in numbers if n.get("signal") == "context"]
    found = rnnviz.translate(zoo.load("dates-additive"), DATE).trace.part("context").values[0]
    assert float(context["value"]) == pytest.approx(float(found[6, 0]), abs=1e-6)


def test_another_token_is_chosen_and_the_answer_goes_on_from_there(visit):
    visitor = visit(AT)
    assert answer(visitor) == "1999-05-03"
    choice = visitor.page.locator("button.choice").nth(1)
    token = choice.locator(".token").inner_text()
    choice.click()
    visitor.settled()
    found = rnnviz.translate(zoo.load("dates-additive"), DATE, prefix=[token])
    assert answer(visitor) == found.text
    assert visitor.page.locator("p.before").inner_text().startswith(["With its own attention and free choice it says", " 1999-05-03"][0])
    visitor.page.reload()
    visitor.page.locator("p.answer").wait_for()
    assert answer(visitor.settled()) == found.text
    visitor.page.get_by_role("button", name="Undo all changes").click()
    visitor.settled()
    assert answer(visitor) == "1999-05-03"
    assert "say=" not in visitor.page.url


def test_attention_moved_by_hand_is_decoded_anew(visit):
    visitor = visit(AT)
    before = rows(visitor)
    heavy = before[7].index(max(before[7])) + 1
    drag(visitor, 7, heavy, 6)
    moved = rows(visitor)[7]
    assert moved[heavy - 1] == 0
    assert moved[5] == pytest.approx(before[7][5] + max(before[7]), abs=2e-3)
    written = visitor.page.evaluate("() => new URL(location.href).searchParams.get('rows')")
    found = rnnviz.translate(zoo.load("dates-additive"), DATE, forced=Forced(rows=parsed(written)))
    assert answer(visitor) == found.text
    assert visitor.page.locator(".edited").count() == 1
    slider = visitor.page.get_by_role("slider", name="Attention weight of “1”")
    visitor.page.locator("svg.matrix .out-label").nth(6).click()
    slider.fill("1")
    visitor.settled()
    (row,) = [r for t, r in rows(visitor).items() if t == 7]
    assert sorted(row)[-1] == pytest.approx(1)
    assert sum(row) == pytest.approx(1)


def test_other_attention_and_other_models_are_one_click_away(visit):
    visitor = visit(AT)
    visitor.page.locator(".other[data-trial=uniform] button").click()
    visitor.settled()
    assert all(row == pytest.approx([1 / len(DATE)] * len(DATE)) for row in rows(visitor).values())
    assert "force=uniform" in visitor.page.url
    visitor.page.locator(".other[data-trial=uniform] button").click()
    visitor.settled()
    assert answer(visitor) == "1999-05-03"
    shuffled = visitor.page.locator(".other[data-trial=shuffled] .tokens")
    first = shuffled.inner_text()
    for _ in range(4):
        visitor.page.get_by_role("button", name="Shuffle again").click()
        visitor.settled()
        if shuffled.inner_text() != first:
            break
    assert shuffled.inner_text() != first
    visitor.page.locator(".other[data-model=dates-none] button").click()
    visitor.settled()
    assert visitor.page.get_by_text("There is nothing to look with").is_visible()
    assert answer(visitor) == rnnviz.translate(zoo.load("dates-none"), DATE).text
    assert "translator=dates-none" in visitor.page.url


def test_the_tree_the_gradient_and_the_gates(visit):
    visitor = visit(AT + "&search=beam&width=3&beside=gradient&inside=encoder")
    found = rnnviz.translate(zoo.load("dates-additive"), DATE, beam=3)
    best = visitor.page.locator("[data-signal=beam_score]").first
    assert float(best.get_attribute("data-value")) == pytest.approx(found.log_probability, abs=1e-6)
    assert visitor.page.locator("svg.tree .node-text.won").count() == len(found.tokens)
    assert len(rows(visitor, "gradient")) == len(found.tokens)
    assert visitor.page.locator(".strip canvas").count() >= 6
    assert visitor.page.locator("[data-testid=stVegaLiteChart]").is_visible()


def test_a_link_gives_the_same_picture_in_another_browser(visit):
    visitor = visit(AT + "&force=permuted&reseed=4&out=3")
    other = visit(visitor.page.url.removeprefix(visitor.address))
    assert rows(other) == rows(visitor)
    assert other.counter() == visitor.counter() == f"t = 3 / {len(rows(visitor))}"


@pytest.mark.parametrize("text", ["x", "🙂", "<img src=x onerror=alert(1)>", "日本語", "1" * 200])
def test_odd_texts_never_break_it(visit, text):
    visitor = visit(AT)
    field = visitor.page.get_by_label("Your text to translate")
    field.fill(text)
    field.press("Enter")
    visitor.settled()
    assert visitor.notice()
    assert visitor.page.locator("img[src=x]").count() == 0
    field.fill("3 May 1999")
    field.press("Enter")
    expect(visitor.page.locator("p.answer")).to_have_text("1999-05-03⟨end⟩")
    visitor.settled()


def test_files(visit):
    visitor = visit(AT)
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("button", name="Save the matrix as SVG").click()
    content = download.value.path().read_text()
    assert "attention" in content.lower()
    assert content.count("<rect") > 100


def test_an_edited_row_is_the_one_that_is_shown_and_the_hand_stays_where_it_was(visit):
    visitor = visit(AT + "&out=4")
    drag(visitor, 2, 12, 3)
    assert visitor.counter().startswith("t = 2 ")
    assert "out=2" in visitor.page.url
    slider = visitor.page.locator(".step-row input[type=range]").nth(2)
    before = float(slider.input_value())
    slider.focus()
    for _ in range(2):
        visitor.page.keyboard.press("ArrowLeft")
        visitor.settled()
    assert visitor.counter().startswith("t = 2 "), "the key went to the slider both times"
    assert float(visitor.page.locator(".step-row input[type=range]").nth(2).input_value()) < before - 0.015


def test_undo_takes_the_experiments_back_for_good(visit):
    visitor = visit(AT + "&soft=5&pad=4")
    assert len(rows(visitor)[1]) == len(DATE) + 4
    visitor.page.get_by_role("button", name="Undo all changes").click()
    visitor.settled()
    field = visitor.page.get_by_label("Your text to translate")
    field.fill("4 May 1999")
    field.press("Enter")
    visitor.settled()
    assert len(rows(visitor)[1]) == len("4 May 1999")
    assert "soft" not in visitor.page.url
    assert "pad" not in visitor.page.url


def test_gates_below_follow_the_step_above(visit):
    visitor = visit(AT + "&inside=decoder&out=3")
    counters = visitor.page.locator(".counter")
    assert counters.all_inner_texts()[1].startswith("t = 3 ")
    visitor.page.get_by_role("heading").first.click()
    visitor.page.keyboard.press("ArrowRight")
    assert counters.first.inner_text().startswith("t = 4 ")
    visitor.settled()
    assert counters.all_inner_texts()[1].startswith("t = 4 ")

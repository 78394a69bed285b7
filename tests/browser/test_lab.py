"""The training lab with its real worker: curves that move, runs that survive clicks, reloads and kills, the film."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

import rnnviz
from rnnviz.training.folder import load
from rnnviz.training.runs import home
from rnnviz.translating import translate

DRAWN = ".chart svg"


def data(visitor):
    """What the picture says of itself: updates, step, state; nothing while there is none."""
    return visitor.page.evaluate(
        """() => [...document.querySelectorAll('*')].map((e) => e.shadowRoot?.querySelector('#root')?.dataset)
            .filter((d) => d && d.updates).map((d) => ({...d}))[0] ?? {state: "", step: 0, updates: 0}"""
    )


def until(visitor, true, seconds=40):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return
        visitor.page.wait_for_timeout(60)
    raise AssertionError(
        f"not within {seconds} s; the page says {data(visitor)}, {visitor.page.locator('.st-key-run_buttons').inner_text()}"
    )


def press(visitor, name):
    visitor.page.get_by_role("button", name=name, exact=True).click()


def run_of(visitor):
    until(visitor, lambda: "run=" in visitor.page.url)
    return home().run(visitor.page.url.split("run=")[1].split("&")[0])


def lines(run):
    return [json.loads(line) for line in (run.folder / "metrics.jsonl").read_text().splitlines()]


def test_a_run_survives_pages_pauses_reloads_and_a_kill(visit):
    visitor = visit("/training?task=parity&set=steps:40000", drawn=DRAWN)
    press(visitor, "Train")
    run = run_of(visitor)
    until(visitor, lambda: int(data(visitor)["updates"]) >= 5 and int(data(visitor)["step"]) > 100)
    seen = []
    for _ in range(6):
        seen.append(int(data(visitor)["step"]))
        visitor.page.wait_for_timeout(600)
    assert len(set(seen)) >= 4, "the curve moves twice a second"
    # another page, and typing there, disturb nothing
    visitor.page.get_by_role("link", name="Gates").first.click()
    visitor.page.locator(".stage .strip canvas").first.wait_for()
    visitor.settled().type("Good morrow")
    before = run.status().step
    visitor.page.wait_for_timeout(1500)
    assert run.status().step > before
    visitor.page.get_by_role("link", name="Training").first.click()
    visitor.page.locator(DRAWN).first.wait_for()
    until(visitor, lambda: data(visitor) and data(visitor)["state"] == "running")
    assert run.id in visitor.page.url
    press(visitor, "Pause")
    until(visitor, lambda: run.status().state == "paused")  # how soon: `make bench`
    step = run.status().step
    # a reload, and another browser, find the same run
    other = visit(visitor.page.url.removeprefix(visitor.address), drawn=DRAWN)
    assert int(data(other)["step"]) == step
    assert data(other)["state"] == "paused"
    resumed_at = time.time()
    press(other, "Go on")
    until(other, lambda: run.status().step > step)
    # the worker is killed; the page has another one started, and no line is lost
    until(other, lambda: (run.folder / "last.safetensors").stat().st_mtime > resumed_at)
    killed_at = len(lines(run))
    os.kill(run.status().worker, signal.SIGKILL)
    until(other, lambda: len(lines(run)) > killed_at + 200, seconds=60)
    assert int(data(other)["step"]) > 0
    press(other, "Stop")
    until(other, lambda: run.status().state == "stopped")
    rows = lines(run)
    assert [row["step"] for row in rows] == list(range(1, len(rows) + 1))
    assert len(rows) == run.status().step
    from rnnviz import tasks
    from rnnviz.training.trainer import train

    for row, (again, _) in zip(rows[:300], train(tasks.make("parity"), run.settings()), strict=False):
        assert (row["loss"], row["norm"]) == (again.loss, again.norm)


def test_three_browsers_train_at_once_and_each_sees_its_own(visit):
    visitors = [visit(f"/training?task=echo&set=steps:30000,seed:{seed}", drawn=DRAWN) for seed in (1, 2, 3)]
    for visitor in visitors:
        press(visitor, "Train")
    runs = [run_of(visitor) for visitor in visitors]
    assert len({run.id for run in runs}) == 3
    for visitor in visitors:
        until(visitor, lambda visitor=visitor: int(data(visitor)["step"]) > 20)
    steps = [run.status().step for run in runs]
    for visitor in visitors:
        press(visitor, "Stop")
    for run, visitor in zip(runs, visitors, strict=True):
        until(visitor, lambda run=run: run.status().state == "stopped")
    assert max(steps) < 20 * min(steps), "everybody gets a turn"


def test_a_learning_rate_of_ten_ends_in_a_card_and_a_way_out(visit):
    visitor = visit("/training?task=adding&set=learning_rate:10,cell:rnn,length:20,steps:3000", drawn=DRAWN)
    press(visitor, "Train")
    until(visitor, lambda: "went beyond bounds at step" in visitor.notice() or "became NaN" in visitor.notice())
    assert "last finite loss" in visitor.notice()
    assert "guessing gives" in visitor.notice()
    press(visitor, "Try again with learning rate 1")
    until(visitor, lambda: run_of(visitor).settings().learning_rate == 1.0)
    until(visitor, lambda: visitor.page.locator(".chart path[data-run]").count() >= 1)  # the run before stands behind in grey
    if run_of(visitor).status().state in ("queued", "running"):
        until(visitor, lambda: run_of(visitor).status().step > 0 or run_of(visitor).status().state == "failed")


def test_the_film_and_a_typed_text(visit):
    visitor = visit("/training?task=agreement&set=steps:60,validate_every:10", drawn=DRAWN)
    field = visitor.page.get_by_label("Type a sequence: the network reads it while it learns")
    field.fill("the women who saw the dog")
    field.press("Enter")
    visitor.settled()
    assert visitor.page.locator("section.look").count() == 2
    press(visitor, "Train")
    until(visitor, lambda: data(visitor)["state"] == "done" and visitor.page.locator(".film").is_visible())
    run = run_of(visitor)
    visitor.settled()
    slider = visitor.page.get_by_role("slider", name="The film")
    visitor.received.clear()
    for frame in (0, 20, 60):
        slider.fill(str(frame))
        step = int(visitor.page.locator("section.look").nth(1).get_attribute("data-step"))
        assert step == frame
        trace = rnnviz.record(load(run, step), "the women who saw the dog")["probability"].isel(batch=0, time=-1)
        shown = {n["token"]: float(n["value"]) for n in visitor.page.locator("section.look").nth(1).evaluate(
            "(box) => [...box.querySelectorAll('[data-signal=probability]')].map((e) => ({...e.dataset}))")}  # fmt: skip
        for name in ("has", "have"):
            assert shown[name] == pytest.approx(trace.sel({"class": name}).item(), rel=1e-4)
    assert "step 60" in visitor.page.locator(".film .counter").inner_text()
    loss = visitor.page.locator('[data-stat="training"]').first
    assert float(loss.get_attribute("data-value")) == pytest.approx(lines(run)[-1]["loss"], rel=1e-6)
    visitor.page.get_by_role("button", name="Fork from step 60").wait_for()  # what follows the film has followed
    # its gates, on another page
    visitor.page.get_by_role("link", name="Gates").last.click()
    visitor.page.locator(".stage .strip canvas").first.wait_for()
    visitor.settled()
    assert f"model=run-{run.id}-60" in visitor.page.url
    (said,) = [
        n for n in visitor.numbers() if n.get("signal") == "probability" and n.get("t") == "6" and "text" in n and n["token"] == n["text"]
    ]
    assert said["token"] == "have"


def matrix(visitor, at=0):
    """The numbers of an attention matrix as they stand on the page: {output step: its row}, and the colours of its cells."""
    cells = (
        visitor.page.locator("section.look")
        .nth(at)
        .evaluate("(box) => [...box.querySelectorAll('.matrix .cell[data-value]')].map((e) => ({...e.dataset, fill: e.style.fill}))")
    )
    rows: dict[int, list[float]] = {}
    for cell in cells:
        rows.setdefault(int(cell["t"]), []).append(float(cell["value"]))
    return rows, [cell["fill"] for cell in cells]


def test_the_attention_of_a_translator_forms_and_the_film_moves_it(visit):
    visitor = visit("/training?task=reverse&set=steps:240,longest:9,validate_every:40", drawn=DRAWN)
    first, _ = matrix(visitor)
    assert set(map(len, first.values())) == {9}
    field = visitor.page.get_by_label("Type a sequence: the network reads it while it learns")
    field.fill("abcdef")
    field.press("Enter")
    visitor.settled()
    press(visitor, "Train")
    until(visitor, lambda: int(data(visitor)["step"]) > 20)
    height = "(svg) => Number(svg.getAttribute('height'))"
    for goal in (60, 100, 140):
        kept = visitor.page.locator(".matrix").first.element_handle()
        until(visitor, lambda goal=goal: int(data(visitor)["step"]) > goal)
        if stands := kept.evaluate("(svg) => svg.isConnected"):
            break
        now = visitor.page.locator(".matrix").first.evaluate(height)
        assert now > kept.evaluate(height), "only an answer longer than all before has it built anew"
    assert stands, "the cells that stand are changed"
    until(visitor, lambda: data(visitor)["state"] == "done" and visitor.page.locator(".film").is_visible())
    run = run_of(visitor)
    visitor.settled()
    slider, colours = visitor.page.get_by_role("slider", name="The film"), set()
    for frame in (0, 20, 60):
        slider.fill(str(frame))
        step = int(visitor.page.locator("section.look").nth(1).get_attribute("data-step"))
        found = translate(load(run, step), "abcdef")
        rows, fills = matrix(visitor, 1)
        colours.add(tuple(fills))
        assert list(rows) == list(range(1, len(rows) + 1))
        for t, row in rows.items():
            assert sum(row) == pytest.approx(1, abs=0.001)
            assert row == pytest.approx(found.attention[t - 1].tolist(), abs=1e-5)
        said = visitor.page.locator("section.look").nth(1).locator("[data-signal=probability]")
        assert said.evaluate_all("(all) => all.map((e) => e.dataset.token)") == [*found.tokens[: len(rows)]]
    assert len(colours) == 3
    root = visitor.page.locator(".matrix").nth(1)
    assert (root.get_attribute("data-signal"), root.get_attribute("data-min"), root.get_attribute("data-max")) == ("attention", "0", "1")
    visitor.page.wait_for_timeout(400)  # the frame is told to Python a moment later
    visitor.settled()
    visitor.received.clear()
    root.locator(".cell").nth(2).hover()
    assert "output 1 “f” (asks) looks at input 3 “c” (is read)" in visitor.page.locator(".tip:visible").inner_text()
    assert not visitor.received
    assert visitor.page.get_by_text("input token (is read) →").first.is_visible()
    assert visitor.page.get_by_text("output token (asks) ↓").first.is_visible()


def test_a_translator_without_attention_says_so(visit):
    visitor = visit("/training?task=dates&set=attention:none", scheme="dark", drawn=DRAWN)
    assert visitor.page.get_by_text("There is no attention, so there is nothing to look with").is_visible()
    assert visitor.page.locator(".bridge canvas").is_visible()
    assert visitor.page.locator(".matrix").count() == 0
    press(visitor, "×10")
    until(visitor, lambda: data(visitor)["state"] == "paused" and visitor.page.locator(".film").is_visible())
    visitor.settled()
    strip = "(canvas) => new Set(canvas.getContext('2d').getImageData(0, 0, canvas.width, 1).data).size"
    assert visitor.page.locator(".bridge canvas").evaluate(strip) > 50, "the film packs its numbers otherwise, and is drawn alike"
    phone = visit("/training?task=pairs", width=390, height=844, drawn=DRAWN)
    assert phone.page.evaluate("document.documentElement.scrollWidth <= 390")


def test_the_display_adds_no_point_and_asks_nothing_of_the_server(visit):
    visitor = visit("/training?task=hello&set=steps:50", drawn=DRAWN)
    press(visitor, "Train")
    until(visitor, lambda: data(visitor)["state"] == "done")
    visitor.settled()
    count = len(lines(run_of(visitor)))
    visitor.received.clear()
    visitor.page.get_by_label("Logarithmic").uncheck()
    visitor.page.get_by_role("slider", name="Smoothing").fill("0.5")
    box = visitor.page.locator(".chart").first.bounding_box()
    visitor.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert "step" in visitor.page.locator(".chart .tip").first.inner_text()
    assert not visitor.received
    assert len(lines(run_of(visitor))) == count == 50
    with visitor.page.expect_download() as given:
        press(visitor, "Download")
        press(visitor, "Metrics (CSV)")
    rows = Path(given.value.path()).read_text().splitlines()
    assert float(rows[-1].split(",")[1]) == lines(run_of(visitor))[-1]["loss"]


def test_a_phone_and_a_projector(visit):
    phone = visit("/training?task=brackets", width=390, height=844, drawn=DRAWN)
    assert phone.page.evaluate("document.documentElement.scrollWidth <= 390")
    projector = visit("/training?task=brackets&present=1", width=1024, height=768, scheme="dark", drawn=DRAWN)
    assert projector.page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)") >= 22
    assert projector.page.locator("section.look canvas").first.is_visible()

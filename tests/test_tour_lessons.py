"""The tour: every lesson stands on a real state of a real page, sees what was done, and says what the engine computes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from test_pages import ROOT, notices, opened

import rnnviz
from rnnviz.components.activations import Point
from rnnviz.ui import content, hiding, lesson, lesson_facts, lessons, qr, worksheet
from rnnviz.ui.lessons import LESSONS
from rnnviz.ui.pages import PAGES

HAND = "forget_gate=1@1:1:2-;input_gate=0@1:1:2-"
LONG = "The man who ate my pizza has purple hair. The men who ate my pizza have purple hair."

DOING = {
    "memory": ({"t": 41}, {"text": LONG}),
    "shared": ({"text": "hellohello"}, {"mode": "chain"}),
    "change": ({"swap": (6, "e")}, {"t": 41}),
    "cell": ({"t": 5, "unit": 1},),
    "belt": ({"edits": HAND}, {"t": 11}),
    "counting": ({"t": 13}, {"text": "^" + 10 * "a" + 10 * "b"}),
    "saturation": ({"_activation": Point(x=-2.0)}, {"_activation": Point(function="sigmoid", x=0.0)}),
    "hello": ({"letter": 2}, {"train": "adam"}),
    "forgetting": ({"radius": 1.5}, {"cell": "lstm"}),
    "attention": ({"out": 2}, {"force": "uniform"}),
    "language": ({"orders": "200"}, {"ask": "generate", "temperature": 1.5}),
}
"""What a person's hands leave in the session, step by step. Training is done in the browser test."""


def at(key, **more):
    each = lessons.named(key)
    return opened(each.page, **each.link, lesson=key, **more)


def card(app):
    (found,) = [e.proto for e in app.get("bidi_component") if e.proto.component_name == "rnnviz_lesson"]
    return json.loads(found.json)


def done(app):
    return [now for _, now in card(app)["steps"]]


def by_key(values):
    return pytest.mark.parametrize("key", values)


def test_the_table_is_sound():
    assert len(LESSONS) == len(set(lessons.KEYS)) == 12
    assert [each.key for each in LESSONS] == lesson_facts.keys()
    for each in LESSONS:
        assert each.page in PAGES
        assert each.steps
        assert 1 <= each.minutes <= 10
        assert all(step.page in PAGES for step in each.steps)
        parts = urlsplit(lessons.address_of(each, {"lang": "zh"}))
        asked = {name: value for name, (value,) in parse_qs(parts.query).items()}
        assert asked == {**each.link, "lesson": each.key, "lang": "zh"}
        assert parts.path == ("./" if each.page == "home" else each.page)


@pytest.mark.parametrize("language", content.languages())
@by_key(lessons.KEYS)
def test_every_lesson_is_told_in_full(key, language):
    told = lesson.texts(lessons.named(key), language)
    assert len(told["steps"]) == len(lessons.named(key).steps)
    assert len(told["ask"]) == len(told["told"]) >= 2
    assert len(told["options"]) >= 3
    assert len(set(told["options"].values())) == len(told["options"])
    assert lesson_facts.of(key).answer in told["options"]
    for text in walk(told):
        assert "{" not in text
        assert language != "zh" or not re.search(r"[,;:?!] ?[\u4e00-\u9fff]|[\u4e00-\u9fff] +[\u4e00-\u9fff]", text), "half-width signs"


def walk(told):
    if isinstance(told, str):
        yield told
    else:
        for each in told.values() if isinstance(told, dict) else told:
            yield from walk(each)


@by_key(lessons.KEYS)
def test_a_lesson_comes_up_on_its_page_with_nothing_done(key):
    app = at(key)
    found, each = card(app), lessons.named(key)
    assert not app.error
    assert notices(app) == "", "its link asks for nothing that is not there"
    assert found["here"]
    assert not found["go"]
    assert done(app) == [False] * len(each.steps)
    assert app.query_params["lesson"] in (key, [key])
    for step in each.steps:
        if step.page == each.page:
            for name in (check.name for check in step.checks if hasattr(check, "name")):
                assert name.split(".")[0] in app.session_state or name in ("run", "orders", "temperature"), name


@by_key(DOING)
def test_a_lesson_sees_what_is_done(key):
    app = at(key)
    each = lessons.named(key)
    if key == "language":
        pytest.skip("its sliders come with another view: the browser test turns them")
    for number, changes in enumerate(DOING[key]):
        for name, value in changes.items():
            app.session_state[name] = value
        app.run()
        assert not app.exception
        assert done(app)[number], each.steps[number]
        assert not any(done(app)[number + 1 :]), "one step at a time"


def test_a_lesson_goes_along_and_can_be_left():
    app = at("cell")
    app.switch_page("pages/gates.py").run()
    found = card(app)
    assert found["key"] == "cell"
    assert not found["here"]
    assert done(app) == [False]
    app.session_state["_lesson"] = None
    app.query_params.pop("lesson", None)
    app.run()
    assert not [e for e in app.get("bidi_component") if e.proto.component_name == "rnnviz_lesson"]


def test_another_lesson_within_a_session_is_opened_afresh():
    app = at("cell")
    app.query_params["lesson"] = "belt"
    app.run()
    assert card(app)["key"] == "belt"
    assert card(app)["go"], "its state is only sure in a session of its own"
    assert card(app)["again"].startswith("cell?model=tiny-lstm")
    app.run()
    assert not card(app)["go"]


def test_a_lesson_that_is_not_there_is_said():
    app = opened("gates", lesson="<b>nope</b>")
    assert "There is no lesson called" in notices(app)
    assert "lesson" not in app.query_params


def test_a_page_that_stops_early_keeps_its_lesson():
    app = at("memory", present=1)
    assert card(app)["layout"] == "present"


# what is claimed


def test_the_numbers_are_torchs():
    """Some of what the lessons say, computed a second time, without the helpers behind them."""
    import torch

    says = {key: lesson_facts.of(key).says for key in lessons.KEYS}
    model = rnnviz.zoo.load("tiny-lstm")
    record = rnnviz.record(model, "hello world")
    c = record["cell"].sel(layer=1, direction="forward", batch=1)
    f, i, g = (
        record[name].sel(layer=1, direction="forward", batch=1, time=3, unit=2).item()
        for name in ("forget_gate", "input_gate", "candidate")
    )
    before, after = c.sel(time=2, unit=2).item(), c.sel(time=3, unit=2).item()
    assert f * before + i * g == pytest.approx(after, abs=1e-6)
    assert says["cell"]["c"] == f"{after:+.3f}".replace("-", "−")
    assert says["cell"]["drop_c"] == f"{c.sel(time=5, unit=1).item():+.3f}"
    held = rnnviz.interventions.intervene(model, "hello world", rnnviz.interventions.parsed(HAND))["cell"].sel(batch=1, layer=1, unit=1)
    assert np.ptp(held.values) == 0, "1 times c is c, to the last bit"
    assert says["belt"]["drift"] == "0"
    assert int(says["shared"]["count"]) == sum(
        p.numel() for p in torch.nn.RNN(rnnviz.zoo.load("tiny-rnn").recurrent.input_size, 4).parameters()
    )
    assert says["memory"]["carried"] == str(2 * 2 * 192)
    assert float(says["saturation"]["slope2"]) == pytest.approx(1 / np.cosh(2) ** 2, rel=1e-3)
    assert float(says["saturation"]["left"].replace("−", "-")) == pytest.approx(1 / np.cosh(2) ** 40, rel=1e-2)


def test_what_the_lessons_claim_holds():
    """The sentences' own words: small, large, the same, wrong."""
    says = {key: {name: value.replace("−", "-") for name, value in lesson_facts.of(key).says.items()} for key in lessons.KEYS}
    answers = {key: lesson_facts.of(key).answer for key in lessons.KEYS}
    assert answers == {
        "memory": "none", "shared": "same", "change": "after", "cell": "sum", "belt": "kept", "counting": "stairs", "saturation": "nothing",
        "hello": "one", "forgetting": "nothing", "attention": "other", "language": "much", "train": "half",
    }  # fmt: skip
    assert 0 < float(says["change"]["last"]) < float(says["change"]["first"])
    assert float(says["cell"]["drop_f"]) == pytest.approx(1 / 25, abs=0.001)
    assert float(says["counting"]["down"]) == pytest.approx(-1, abs=0.01)
    assert float(says["counting"]["bottom"]) < 0 < float(says["counting"]["up"])
    assert says["counting"]["end"] == "99.9 %"
    assert float(says["forgetting"]["low"]) < 1e-25 < 100 < float(says["forgetting"]["high"])
    assert 1 > float(says["forgetting"]["lstm_low"]) > 0.5
    assert float(says["forgetting"]["low"]) == pytest.approx(0.5**98, rel=10), "about one half, 98 times"
    assert 1 < np.log10(float(says["forgetting"]["lstm_low"]) / float(says["forgetting"]["lstm_high"])) < 4
    assert says["attention"]["own"] == says["attention"]["hardest"] == "1983-11-27" != says["attention"]["even"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", says["attention"]["even"])
    looks = [row[2] for row in lesson_facts.of("attention").table.rows]
    assert set(looks[:4]) <= set("1983")
    assert set(looks[5:7]) <= set("November")
    assert set(looks[8:10]) <= set("27")
    assert says["language"]["rank"] == "1"
    assert says["hello"]["says"] == "hhhh"
    assert float(says["hello"]["memoryless"]) == pytest.approx(np.log(2) / 2, abs=0.01)
    assert int(says["train"]["reached"]) < 1500


def test_columns_of_spaces_are_alike():
    """As the first worksheet's answer says."""
    trace = rnnviz.run(rnnviz.Recipe())
    hidden = trace["hidden"].sel(layer=2, direction="forward", batch=1).values
    hidden = hidden / np.linalg.norm(hidden, axis=1, keepdims=True)
    likeness = hidden @ hidden.T
    spaces = [at for at, character in enumerate(rnnviz.Recipe().text) if character == " "]
    pairs = np.array([likeness[a, b] for a in spaces for b in spaces if a < b])
    assert pairs.mean() > likeness[np.triu_indices(len(likeness), 1)].mean() + 0.2


# the worksheet


class Page(HTMLParser):
    VOID = ("meta", "path")

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.seen, self.text = [], [], []
        self.feed(text)
        assert self.open == [], "every tag is closed"

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@pytest.mark.parametrize("language", content.languages())
@by_key(lessons.KEYS)
def test_a_worksheet_holds_the_lesson_and_the_copy_its_numbers(key, language):
    base = "http://school.example:8501/"
    blank, filled = (worksheet.html(worksheet.Sheet(lessons.named(key), language, base, answers)) for answers in (False, True))
    facts, told = lesson_facts.of(key), lesson.texts(lessons.named(key), language)
    for text, answers in ((blank, False), (filled, True)):
        page = Page(text)
        said = " ".join(page.text)
        assert told["title"] in said
        assert told["question"] in said
        address = base + lessons.address_of(lessons.named(key), {"lang": language}).removeprefix("./")
        assert address in said
        assert not [tag for tag, attrs in page.seen if tag in ("script", "img", "link", "iframe") or "src" in attrs or "href" in attrs]
        (path,) = [attrs["d"] for tag, attrs in page.seen if tag == "path"]
        assert path == qr.path(qr.rows(address))
        assert (told["reveal"] in said) is answers
        assert all((answer in said) is answers for answer in told["told"])
        cells = re.findall(r"<td>([^<]*)</td>", text)
        assert len(cells) == len(facts.table.rows) * len(facts.table.columns)
        assert (cells.count("") > 0) is not answers
    assert re.findall(r"<td>([^<]*)</td>", filled) == [escaped(value) for row in facts.table.rows for value in row]


def escaped(text):
    from html import escape

    return escape(text)


def test_a_worksheet_escapes_what_stands_in_it(monkeypatch):
    told = dict.fromkeys(("title", "goal", "see", "question", "reveal"), "<b>&</b>")
    told |= {"options": {"a": "<i>"}, "steps": ["<u>"], "ask": ["<s>"], "told": ["<q>"]}
    monkeypatch.setattr(lesson, "texts", lambda each, language: told)
    text = worksheet.html(worksheet.Sheet(LESSONS[0], "en", "http://x/<script>", True))
    assert not re.search(r"<(b|i|u|s|q|script)>", text)
    assert "&lt;b&gt;&amp;&lt;/b&gt;" in text


# codes and hidden parts


@pytest.mark.parametrize("address", ["http://localhost:8501/gates?t=3", "https://x.example/cell?text=%E7%8C%AB&lesson=cell&present=1"])
def test_a_code_says_the_address(address):
    """Read back from its modules with nothing but the standard: mask, zigzag, byte mode."""
    assert read_code(qr.rows(address)) == address


def read_code(rows):
    """Decode a QR code of up to version 10 without error correction: what a phone does with a clean print."""
    n = len(rows)
    version = (n - 17) // 4
    module = lambda y, x: rows[y][x] == "1"  # noqa: E731
    fixed = np.zeros((n, n), bool)
    fixed[:9, :9] = fixed[:9, -8:] = fixed[-8:, :9] = fixed[6] = fixed[:, 6] = True
    if version >= 2:
        spots = {2: [18], 3: [22], 4: [26], 5: [30], 6: [34], 7: [22, 38], 8: [24, 42], 9: [26, 46], 10: [28, 50]}[version]
        for y in [6, *spots]:
            for x in [6, *spots]:
                if not fixed[y, x] or (6 in (y, x) and (y, x) not in ((6, 6), (6, spots[-1]), (spots[-1], 6))):
                    fixed[y - 2 : y + 3, x - 2 : x + 3] = True
    if version >= 7:
        fixed[:6, -11:-8] = fixed[-11:-8, :6] = True
    form = int("".join("01"[module(8, x)] for x in (0, 1, 2, 3, 4)), 2) ^ 0b10101
    masks = (
        lambda y, x: (y + x) % 2, lambda y, x: y % 2, lambda y, x: x % 3, lambda y, x: (y + x) % 3, lambda y, x: (y // 2 + x // 3) % 2,
        lambda y, x: y * x % 2 + y * x % 3, lambda y, x: (y * x % 2 + y * x % 3) % 2, lambda y, x: ((y + x) % 2 + y * x % 3) % 2,
    )  # fmt: skip
    mask, level = masks[form & 7], form >> 3
    assert level == 0, "M"
    bits, up = [], True
    for right in [x for x in range(n - 1, 6, -2)] + [5, 3, 1]:
        for y in range(n - 1, -1, -1) if up else range(n):
            bits += [int(module(y, x)) ^ (mask(y, x) == 0) for x in (right, right - 1) if not fixed[y, x]]
        up = not up
    codewords = [int("".join(map(str, bits[k : k + 8])), 2) for k in range(0, len(bits) - 7, 8)]
    blocks = {1: [16], 2: [28], 3: [44], 4: [32] * 2, 5: [43] * 2, 6: [27] * 4, 7: [31] * 4, 8: [38] * 2 + [39] * 2, 9: [36] * 3 + [37] * 2,
              10: [43] * 4 + [44]}[version]  # fmt: skip
    split, rest = [[] for _ in blocks], iter(codewords)
    for k in range(max(blocks)):
        for number, size in enumerate(blocks):
            if k < size:
                split[number].append(next(rest))
    stream = "".join(f"{word:08b}" for block in split for word in block)
    assert stream[:4] == "0100", "bytes"
    head = 8 if version < 10 else 16
    count = int(stream[4 : 4 + head], 2)
    return bytes(int(stream[4 + head + 8 * k :][:8], 2) for k in range(count)).decode()


def test_a_link_too_long_for_a_code_has_none():
    assert qr.rows("http://x/" + "a" * 1600) == []
    assert len(qr.rows("http://x/" + "a" * 1400)) <= 177


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("http://localhost:8501/", True),
        ("http://127.0.0.1/", True),
        ("http://[::1]/", True),
        ("http://192.168.1.7:8501/", False),
        ("https://a.example/", False),
    ],
)
def test_addresses_that_no_phone_reaches(address, local):
    assert qr.is_local(address) is local


def test_parts_are_hidden_by_link_and_unknown_ones_are_said():
    app = opened("gates", hide="cards,numbers,bogus")
    said = notices(app)
    assert "The link hides bogus" in said
    assert all(part in said for part in hiding.PARTS)
    styles = " ".join(e.proto.body for e in app.get("html"))
    assert "--rnnviz-cards: none" in styles
    assert "--rnnviz-numbers: hidden" in styles
    assert app.query_params["hide"] in ("numbers,cards", ["numbers,cards"])
    assert ":root" not in " ".join(e.proto.body for e in opened("gates").get("html"))


def test_every_part_that_can_be_hidden_has_a_name_and_a_style():
    inside = (ROOT / "rnnviz/components/shared/hiding.css").read_text(encoding="utf-8")
    for name, outside in hiding.PARTS.items():
        assert outside or f"var(--rnnviz-{name}, revert-layer)" in inside, name
        assert all(name in content.words("tour", language)["hide"]["parts"] for language in content.languages())


def test_the_tour_page_lists_every_lesson():
    app = opened("tour")
    (found,) = [json.loads(e.proto.json) for e in app.get("bidi_component") if e.proto.component_name == "rnnviz_lessons"]
    assert [row["key"] for row in found["rows"]] == list(lessons.KEYS)
    assert all(f"lesson={row['key']}" in row["href"] for row in found["rows"])
    app.selectbox(key="teach_lesson").select("belt").run()
    assert "lesson=belt" in app.code[-1].value


def test_lessons_cost_the_door_nothing():
    """Drawing a page without a lesson computes no facts and loads no code maker's tables."""
    code = "import sys; from rnnviz.ui import frame; print('rnnviz.worked_example' in sys.modules, 'torch' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert result.stdout.split() == ["False", "False"]


def test_apptest_of_the_teachers_parts():
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    app.switch_page("pages/tour.py").run()
    app.get_by_key("teach_hide").set_value(["cards", "player"]).run()
    assert "hide=player%2Ccards" in app.code[-1].value

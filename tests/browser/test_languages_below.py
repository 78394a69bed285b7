"""The pages that explain learning, in Chinese: every state, menu, run, mistake and file of theirs without a word of English."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from test_lab import data, press, until
from test_languages import STREAMLIT, cut_off, english, read

from rnnviz import records
from rnnviz.long_range import sentences
from rnnviz.ui import content

WORDS = {page: content.words(page, "zh") for page in ("gradients", "attention", "training", "tasks", "example")}

STATES = [
    "/gradients?text=a b c&t=2", "/gradients?text=to and fro&quantity=cell_path&floor=-38", "/gradients?text=to and fro&quantity=occlusion",
    "/gradients?text=ab&model=tiny-rnn", "/gradients?model=polarity-lstm", "/gradients?text=a", "/gradients?text=ab&present=1",
    "/gradients?text=to and fro&view=experiment&length=20", "/gradients?text=ab&view=experiment&net=trained&gain=3",
    "/gradients?text=to and fro&view=clip", "/gradients?text=to and fro&view=clip&net=trained&clipby=value", "/gradients?view=words",
    "/gradients?text=a&view=words", "/attention", "/attention?search=beam&beside=gradient&inside=encoder",
    "/attention?inside=decoder&pad=2",
    "/attention?translator=dates-none&search=draw", "/attention?translator=dates-additive&sentence=31 February 2000&force=shuffled",
    "/attention?translator=reverse-additive&rows=2:0,1&present=1", "/attention?sentence=qwertz&rows=1:1&say=[%22x%22]",
    "/training", "/training?task=hello", "/training?task=news", "/training?task=pairs", "/training?task=characters",
    "/training?task=brackets&present=1", "/training?task=csv&run=nope&set=hidden:0,nope:1,optimiser:x", "/activations",
    "/activations?f=step&n=1",
    "/activations?f=leaky_relu&alpha=1.5&x=0&present=1", "/activations?f=nope&x=99", "/example",
    "/example?preset=figure&train=adam&letter=3",
    "/example?set=W_xh.0=9;nope&present=1",
]  # fmt: skip

MENUS = {
    "/gradients?text=to and fro&quantity=cell_path&floor=-38", "/gradients?text=to and fro&view=experiment&length=20",
    "/gradients?view=words",
    "/attention", "/training?task=hello", "/training?task=news", "/training?task=pairs",
}  # fmt: skip
"""States in which what is folded away is read, too."""

DRAWN = (
    ".strip canvas, .matrix canvas, svg.plot, table.steps, .chart svg, p.answer, [data-testid=stAlert], "
    "[data-testid=stVegaLiteChart] svg, [data-testid=stTable]"
)

SAID = (
    r"Copy to clipboard|Title text '.*'|(Show data|Hide data|Download as (PNG|SVG)|Copy Vega-Lite spec|Fullscreen|Close fullscreen)(: .*)?"
    rf"|Increment|Decrement|Clear all|Clear value|{STREAMLIT}"
)
"""Names of Streamlit's own buttons, those in test_languages among them, and what Vega calls a title."""

FILES = (
    r"Upload|Drag and drop.*|Browse files|\d+ ?[MK]B( per file)?.*|Limit .*|Add files|add icon|file upload|• [A-Z, ]+"
    r"|(Upload|Delete|Remove) .*|.*\bper file\b.*"
)
"""And of its field for files, which has no other languages."""

NAMES = (
    "MB", "SGD", "Adam", "Adagrad", "RMSprop", "float32", "bfloat16", "BLEU", "softmax", "sigmoid", "leaky ReLU", "one-hot", "IRNN", "CPU",
    "logits",
    "exp(e", "Karpathy", "Reber", "Luong", "Bahdanau", "Jain", "Wallace", "Spearman", "McCulloch", "Pitts", "Le、Jaitly", "Hinton",
    "manythings.org/anki",
    "tatoeba.org", "CC BY", "FR", "AG News", ".pos", ".neg", ".txt", ".tsv", ".gz", "safetensors", "zip", "numpy", "W_hh", "W_xh", "W_hy",
    "hello",
)  # fmt: skip
"""People, algorithms, kinds of files and numbers."""

OWN = r"(recurrent|embedding|readout)\.\w+|\b[0-9a-f]{10}\b"
"""Weights by the names that torch gives them, and runs."""


def typed(visitor):
    """What networks read and say on this page: tokens and texts, whatever language they are in."""
    found = visitor.page.evaluate(
        """() => { const found = [];
          const walk = (root) => { for (const e of root.querySelectorAll('*')) {
            if (e.closest('pre, code')) continue;  // words of Python are read by no network, and `for` is in "Help for ..."
            if (e.dataset?.token) found.push(e.dataset.token);
            if (e.matches('.in-label, .out-label, .said, .token, .mono, .answer, .tokens span, .axis-tokens span, .axis text, [data-word]'))
            found.push(e.textContent);
            if (e.matches('input[type=text], textarea')) found.push(e.value, e.placeholder.split('例如：')[1] ?? '');
            if (e.matches('.look h3')) found.push(e.textContent.split('：').slice(1).join('：'));
            if (e.shadowRoot) walk(e.shadowRoot); } };
          walk(document);
          return found; }"""
    )
    return {text for text in found if re.search("[A-Za-z]{2}", text)}


def shipped(page):
    """Texts of this page's words that are English because networks read them, and names of files."""
    examples = [each["text"] for each in content.words("presets", "zh")["preset"]]
    if page == "gradients":
        examples += ["man", "men", "has"]
        examples += [part for each in WORDS["gradients"]["words"]["sentences"] for part in (each["text"], each["name"])]
        examples += [sentences(40, 1, seed=40)[0].text, "The"]
    if page == "attention":
        from rnnviz.zoo.cards import card, names

        examples += [text for name in names() for text in getattr(card(name), "examples", ())]
        examples += ["the red car", "la voiture rouge"]
    if page == "training":
        for task, words in WORDS["tasks"].items():
            examples += [*records.names(task), *re.findall("“([^”]*[A-Za-z][^”]*)”", words["goal"] + words["look"])]
        examples += ["le还是la", "aaabbb"]
    return examples


def left(visitor, page, *more):
    """The English that is on the page."""
    known = sorted({*typed(visitor), *shipped(page), *NAMES, *more}, key=len, reverse=True)
    texts = [text for text in read(visitor) if not re.fullmatch(f"{SAID}|{FILES}|{OWN}", text)]
    whole = re.compile(f"{OWN}|(?<![A-Za-z])({'|'.join(map(re.escape, known))})(?![A-Za-z])")
    return english([whole.sub(" ", text) for text in texts])


@pytest.mark.parametrize("path", STATES)
def test_a_state_in_chinese_has_no_english_words(visit, path):
    page = re.match(r"/(\w+)", path)[1]
    visitor = visit(f"{path}{'&' if '?' in path else '?'}lang=zh", drawn=DRAWN)
    names = ("nope", "qwertz", "hidden", "optimiser", "adam") if "nope" in path or "qwertz" in path else ()  # what a wrong link said
    assert left(visitor, page, *names) == []
    menus = visitor.page.get_by_test_id("stPopoverButton").all() if path in MENUS else []
    for button in menus:
        if not button.is_visible():
            continue
        button.click()
        expect(visitor.page.get_by_test_id("stPopoverBody")).to_be_visible()
        assert left(visitor, page, *names) == []
        visitor.page.keyboard.press("Escape")
        expect(visitor.page.get_by_test_id("stPopoverBody")).to_be_hidden()


def test_an_english_word_would_be_found(visit):
    assert {"Train", "Learning rate", "Loss"} <= set(left(visit("/training?lang=en", drawn=DRAWN), "training"))


def test_a_run_says_everything_in_chinese(visit):
    visitor = visit("/training?task=parity&set=steps:60000&lang=zh", drawn=DRAWN)
    press(visitor, "训练")
    until(visitor, lambda: int(data(visitor)["step"]) > 50)
    expect(visitor.page.get_by_text("训练中", exact=True).first).to_be_visible()
    assert left(visitor, "training") == []
    visitor.page.locator(".chart svg").first.hover()
    expect(visitor.page.locator(".chart .tip").first).to_contain_text("步：训练")
    press(visitor, "暂停")
    expect(visitor.page.get_by_text("已暂停", exact=True).first).to_be_visible()
    press(visitor, "停止")
    expect(visitor.page.get_by_text("已停止", exact=True).first).to_be_visible()
    name = visitor.settled().page.url.split("run=")[1].split("&")[0]
    assert left(visitor, "training", name) == []
    visitor.page.get_by_role("button", name="下载").click()
    expect(visitor.page.get_by_test_id("stPopoverBody")).to_be_visible()
    assert left(visitor, "training", name) == []
    visitor.page.keyboard.press("Escape")
    visitor.page.get_by_role("button", name="重新训练").click()
    until(visitor, lambda: name not in visitor.page.url and int(data(visitor)["step"]) > 0)
    press(visitor, "停止")
    visitor.settled()


def test_a_run_that_diverges_says_so_in_chinese(visit):
    visitor = visit("/training?task=adding&set=cell:rnn-relu,learning_rate:10,clip:none,steps:400&lang=zh", drawn=DRAWN)
    press(visitor, "训练")
    alert = visitor.page.get_by_test_id("stAlert")
    expect(alert).to_contain_text(re.compile("损失(超出了界限|变成了NaN或∞)"), timeout=60_000)
    visitor.settled()
    name = visitor.page.url.split("run=")[1].split("&")[0]
    assert left(visitor, "training", name) == []
    expect(visitor.page.get_by_role("button", name="用学习率1再试一次")).to_be_visible()
    expect(visitor.page.get_by_role("button", name="在1处裁剪，再试一次")).to_be_visible()


@pytest.mark.parametrize(
    ("task", "name", "content", "said"),
    [
        ("news", "one.csv", b"1,a text\n1,another text\n", "至少要有两个类别"),
        ("news", "rows.csv", b"1,a text\n2\n", "只有一列"),
        ("csv", "words.csv", b"a,b\nx,y\nz,w\n", "没有哪一列至少有一半是数"),
        ("characters", "short.txt", b"too short", "至少要200个才能学习"),
        ("pairs", "pairs.txt", b"no tab here\n", "没有制表符"),
        ("characters", "binary.txt", b"\x00\x01", "不是文本文件"),
    ],
)
def test_a_wrong_file_is_refused_in_chinese(visit, task, name, content, said):
    visitor = visit(f"/training?task={task}&lang=zh", drawn=DRAWN)
    visitor.page.get_by_test_id("stPopoverButton").filter(has_text="你的数据").click()
    visitor.page.locator("input[type=file]").first.set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
    expect(visitor.page.get_by_test_id("stAlert").filter(has_text=said)).to_be_visible()
    visitor.page.keyboard.press("Escape")
    visitor.settled()
    assert left(visitor, "training", name) == []


def test_a_text_that_cannot_be_read_is_refused_in_chinese(visit):
    visitor = visit("/training?task=sine&lang=zh", drawn=DRAWN)
    field = visitor.page.get_by_label(WORDS["training"]["text"])
    field.fill("no numbers here, a b")
    field.press("Enter")
    visitor.settled()
    assert left(visitor, "training") == []


@pytest.mark.parametrize("path", ["/gradients?text=to and fro", "/attention", "/training?task=parity", "/activations", "/example"])
def test_nothing_is_cut_off_in_chinese(visit, path):
    visitor = visit(f"{path}{'&' if '?' in path else '?'}lang=zh", drawn=DRAWN)
    for width in (1366, 390):
        visitor.page.set_viewport_size({"width": width, "height": 768})
        visitor.settled()
        assert cut_off(visitor) == [], width
        assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")

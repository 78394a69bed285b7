"""What the engine refuses is said in the reader's language: every sentence that can reach a page has an entry."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from rnnviz import tasks
from rnnviz.recipe import RecipeError
from rnnviz.ui import content, errors, refusals

ROOT = Path(__file__).parents[1] / "rnnviz"
SPEAKERS = [
    *sorted((ROOT / "tasks").glob("*.py")), *(ROOT / "training" / f"{name}.py" for name in ("trainer", "feed", "counts", "runs", "folder")),
    ROOT / "recipe.py", ROOT / "pair_recipe.py", ROOT / "experiment.py", ROOT / "text.py",
]  # fmt: skip


def sentences(path):
    """Yield every sentence that a file raises as ValueError or RecipeError, with 7 in place of each value."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args):
            continue
        if len(node.exc.args) > 1:  # it has a reason of its own, for which frame.toml has words
            continue
        if getattr(node.exc.func, "id", "") not in ("ValueError", "RecipeError"):
            continue
        said = node.exc.args[0]
        if isinstance(said, ast.Constant):
            yield str(said.value)
        elif isinstance(said, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "'7'" if getattr(part, "conversion", -1) == 114 else "7"
                for part in said.values
            )


@pytest.mark.parametrize("path", SPEAKERS, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_sentence_has_an_entry(path):
    inner = {"characters: every entry must be one character long"}  # a programmer's mistake, never a reader's
    for sentence in set(sentences(path)) - inner:
        assert re.search("[一-鿿]", errors.said(sentence, "zh")), sentence
        assert errors.said(sentence, "en") == sentence


def test_every_entry_can_be_said():
    english, chinese = content.words("errors"), content.words("errors", "zh")
    for table, entries in english.items():
        for key, sentence in entries.items():
            holes = set(re.findall(r"\{(\w+)\}", sentence))
            assert set(re.findall(r"\{(\w+)\}", chinese[table][key])) <= holes, key
            plain = re.sub(r"\{\w+\}", "7", sentence)
            assert errors.said(plain, "zh") != plain


def test_a_message_keeps_its_values():
    assert errors.said("data: row 3 of 'a.csv' has one column; expected a label and a text", "zh") == (
        "“a.csv”第3行只有一列；应该有标签和文本两列"
    )
    assert errors.said("""column: "it's" holds text or gaps more often than numbers""", "zh") == "列“it's”里，文字和空缺比数多"
    refused = RecipeError.of(ValueError("prefix: '?' is not among the 9 tokens that can be said"))
    assert refusals.sentence(refused, "zh").endswith("“?”不在它能说的9个词元之中。")
    assert refusals.part(refused, "zh") == "“?”不在它能说的9个词元之中"
    assert refusals.part(RecipeError("The text is empty. Type at least one character.", "empty"), "zh") == "文本是空的，请至少输入一个字符"
    assert errors.said("something new", "zh") == "something new"


def test_what_a_task_refuses_is_said():
    with pytest.raises(ValueError, match="two classes") as refused:
        tasks.make("news", {}, {"a.csv": b"1,one text\n1,another text\n"})
    assert errors.said(refused.value, "zh") == "2段文本只有1个类别；至少要有两个类别才能区分"
    with pytest.raises(ValueError, match="greater than") as refused:
        tasks.make("adding", {"length": 1})
    assert "不能小于4" in errors.said(refused.value, "zh")

"""Files that a person brings: gaps, text, one row, a million rows, the wrong kind."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from rnnviz import tasks
from rnnviz.tasks.files import MOST_ROWS, column, labelled

RISING = "\n".join(["day,value", *(f"2026-01-{d % 28 + 1},{d * 1.5}" for d in range(60))]).encode()


def test_a_column_of_numbers_is_found():
    found = column("a.csv", RISING)
    assert found.title == "value"
    np.testing.assert_allclose(found.values, 1.5 * np.arange(60))
    assert column("a.csv", gzip.compress(RISING)).title == "value"
    assert column("b.csv", "\n".join(f"{i};{i * i}" for i in range(30)).encode(), "column 2").values[5] == 25


def test_gaps_are_filled_between_their_neighbours():
    rows = ["x"] + [str(float(i)) if i not in (5, 6, 20) else "" for i in range(40)]
    found = column("gaps.csv", "\n".join(rows).encode())
    np.testing.assert_allclose(found.values, np.arange(40))
    assert found.filled == 3


def test_a_million_rows_are_cut_to_the_last():
    content = ("v\n" + "\n".join(map(str, range(1_000_000)))).encode()
    found = column("big.csv", content)
    assert len(found.values) == MOST_ROWS
    assert found.values[-1] == 999_999
    assert found.dropped == 1_000_000 - MOST_ROWS
    task = tasks.make("csv", {}, {"big.csv": content})
    assert len(task.validation) <= 200


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"name\nanna\nbert\n", "no column"),
        (b"v\n1.0\n", "20 are the least"),
        (b"", "cannot be read|no column"),
        (b"\0\1\2\3" * 40, "not a text file"),
        (b"\x1f\x8bnonsense", "cannot be unpacked"),
    ],
)
def test_a_file_without_numbers_is_said(content, says):
    with pytest.raises(ValueError, match=says):
        tasks.make("csv", {}, {"x.csv": content})


def test_an_unknown_column_is_said_with_those_there_are():
    with pytest.raises(ValueError, match="there are day, value"):
        tasks.make("csv", {"column": "price"}, {"x.csv": RISING})


def test_news_as_published_and_its_counts_from_0_and_from_1():
    published = '"3","Oil rises","Prices of oil rose."\n"4","A probe","It lands."\n"1","Vote","They vote."\n"2","Match","They win."\n' * 8
    other = "\n".join(f"{i % 4},text number {i} of them" for i in range(60))
    task = tasks.make("news", {"least": 1}, {"train.csv": other.encode(), "test/test.csv": published.encode()})
    assert task.answers == ("World", "Sports", "Business", "Sci/Tech")
    assert task.test().targets[:4].tolist() == [2, 3, 0, 1]
    last = tasks.make("news", {"least": 1, "fields": "last"}, {"t.csv": published.encode()})
    assert "oil" in last.vocabulary.tokens
    assert "rises" not in last.vocabulary.tokens


def test_texts_of_the_test_are_not_trained_on():
    rows = [f"{i % 2},this is text {i}" for i in range(40)]
    task = tasks.make("polarity", {"least": 1}, {"all.csv": "\n".join(rows).encode(), "test/held.csv": "\n".join(rows[:10]).encode()})
    assert len(task.training()) + len(task.validation) == 30
    assert len(task.test()) == 10


def _lines(text, count):
    return "\n".join(f"{text} {i}" for i in range(count)).encode()


def test_no_text_is_in_two_parts():
    for name in ("polarity", "news"):
        parts = tasks.make(name)._texts
        seen = {part: {text for text in found.texts} for part, found in parts.items()}
        assert not seen["training"] & seen["validation"]
        assert not seen["training"] & seen.get("test", set())


def test_polarity_files_are_told_apart_by_their_names():
    task = tasks.make("polarity", {}, {"rt.pos": _lines("a fine film", 30), "rt.neg": _lines("a dull film", 30)})
    assert task.answers == ("negative", "positive")


def test_padding_is_read_where_it_is_asked_for():
    files = {"a.csv": "\n".join(f"{i % 2},one two three {i}" for i in range(40)).encode()}
    padded = tasks.make("polarity", {"length": 6, "padding": "end", "least": 1}, files)
    assert padded.vocabulary.encode("one two").tokens == ("one", "two", *["DUMMY"] * 4)
    assert padded.vocabulary.encode("one two").ids[2:] == (1, 1, 1, 1)
    left = tasks.make("polarity", {"length": 5, "padding": "start", "least": 1}, files)
    assert left.vocabulary.encode("one two").tokens == ("DUMMY", "DUMMY", "DUMMY", "one", "two")
    assert tasks.make("polarity", {"least": 1}, files).vocabulary.encode("one two").tokens == ("one", "two")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"only one column\nof text\n", "one column"),
        (b"1,a\n1,b\n1,c\n", "of 1 class"),
        ("\n".join(f"{i},x" for i in range(80)).encode(), "50 classes are the most"),
    ],
)
def test_labelled_files_that_cannot_be_used(content, says):
    with pytest.raises(ValueError, match=says):
        labelled({"x.csv": content})


def test_a_text_needs_some_length():
    with pytest.raises(ValueError, match="200 is the least"):
        tasks.make("characters", {}, {"t.txt": b"too short"})
    with pytest.raises(ValueError, match="takes no file"):
        tasks.make("adding", {}, {"t.txt": b"x"})
    task = tasks.make("characters", {}, {"t.txt": ("žluťoučký kůň 🐎 " * 40).encode()})
    assert "🐎" in task.vocabulary.tokens

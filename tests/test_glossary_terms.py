"""The glossary: every term complete in both languages, found in texts, and shown on a page that exists."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from urllib.parse import parse_qsl

import pytest
import torch
from test_pages import ROOT, opened

from rnnviz.ui import content, glossary
from rnnviz.ui.glossary_terms import TERMS
from rnnviz.ui.pages import PAGES

LANGUAGES = content.languages()

ASKED_FOR = [
    "token",
    "vocabulary",
    "one_hot",
    "embedding",
    "hidden_state",
    "cell_state",
    "unit",
    "layer",
    "timestep",
    "unrolled",
    "weight",
    "bias",
    "pre_activation",
    "activation",
    "sigmoid",
    "tanh",
    "relu",
    "softmax",
    "logits",
    "temperature",
    "top_k",
    "top_p",
    "beam_search",
    "greedy",
    "entropy",
    "surprise",
    "perplexity",
    "bits_per_character",
    "log_probability",
    "cross_entropy",
    "loss",
    "gradient",
    "backpropagation_through_time",
    "truncated_bptt",
    "vanishing_gradient",
    "exploding_gradient",
    "clipping",
    "jacobian",
    "spectral_radius",
    "singular_value",
    "saturation",
    "forget_gate",
    "input_gate",
    "output_gate",
    "update_gate",
    "reset_gate",
    "candidate",
    "encoder",
    "decoder",
    "attention",
    "context_vector",
    "teacher_forcing",
    "learning_rate",
    "optimiser",
    "batch",
    "epoch",
    "overfitting",
    "validation",
    "checkpoint",
    "seed",
    "intervention",
    "ablation",
    "occlusion",
    "saliency",
    "residual",
]


def test_every_term_that_the_pages_use_is_there_once():
    assert set(ASKED_FOR) <= set(glossary.BY_KEY)
    assert len(glossary.BY_KEY) == len(TERMS)
    for language in LANGUAGES:
        assert list(content.words("glossary", language)["terms"]) == [term.key for term in TERMS]
        assert {term.theme for term in TERMS} == set(content.words("glossary", language)["themes"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_term_is_found_in_a_text_by_each_of_its_forms_and_no_form_means_two(language):
    seen = {}
    for term in TERMS:
        said = glossary.words_of(term.key, language)
        assert 20 < len(said["definition"]) < 260 or language == "zh"
        assert said["definition"][-1] in ".。"
        for form in said["forms"].split("|"):
            assert seen.setdefault(form.lower(), term.key) == term.key
            assert (form, term.key) in glossary.split(f"({form})", language)


def test_only_whole_words_the_longest_and_the_first():
    pieces = glossary.split("Units: a unit of the hidden state, and another unit; gatekeeper, W_hh.", "en")
    assert [(piece, key) for piece, key in pieces if key] == [("Units", "unit"), ("hidden state", "hidden_state"), ("W_hh", "weight")]
    assert "".join(piece for piece, _ in pieces) == "Units: a unit of the hidden state, and another unit; gatekeeper, W_hh."
    assert [key for _, key in glossary.split("LSTM的遗忘门决定细胞状态保留多少。", "zh") if key] == ["lstm", "forget_gate", "cell_state"]


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.key)
def test_a_term_is_shown_by_a_page_that_takes_its_state_without_a_word(term):
    assert term.page in PAGES
    assert not term.symbol.startswith("$")
    assert term.formula.count("{") == term.formula.count("}")
    assert not term.source or re.search(r" (1[89]|20)\d\d$", term.source)


@pytest.mark.parametrize("page", sorted({term.page for term in TERMS}))
def test_no_page_corrects_a_state_that_the_glossary_links_to(page):
    for state in dict.fromkeys(term.state for term in TERMS if term.page == page and term.key != "vocabulary"):
        app = opened(page, **dict(parse_qsl(state)))
        assert not app.info, (page, state, [e.value for e in app.info])
        assert not app.error


def test_search_finds_names_in_both_languages_symbols_and_people():
    assert glossary.matching("forget", "en")[0].key == "forget_gate"
    assert glossary.matching("遗忘门", "zh")[0].key == "forget_gate"
    assert glossary.matching("forget gate", "zh")[0].key == "forget_gate"
    assert "attention" in [term.key for term in glossary.matching("Bahdanau", "en")]
    assert glossary.matching("no such thing", "en") == []


def test_the_page_searches_says_what_is_missing_and_puts_a_link_right():
    app = opened("glossary", find="gate")
    assert any("forget gate" in each.value for each in app.markdown)
    assert "No term holds" in " ".join(e.value for e in opened("glossary", find="zzz").info)
    assert "no term “nope”" in " ".join(e.value for e in opened("glossary", term="nope").info)
    chinese = opened("glossary", lang="zh", term="forget_gate")
    assert any("遗忘门" in each.value and "forget gate" in each.value for each in chinese.markdown), "the English term stands beside it"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_holds_all_terms(language):
    rows = list(csv.reader(io.StringIO(glossary.as_csv(language).decode("utf-8-sig"))))
    assert len(rows) == len(TERMS) + 1
    assert rows[1][0] == glossary.words_of("token", language)["name"]


def test_a_picture_gets_the_terms_of_its_cards_and_no_others(monkeypatch):
    monkeypatch.setattr(glossary.link, "language", lambda: "en")
    words = glossary.with_terms({"notice": "A forget gate keeps.", "try": "Type.", "other": "attention"})
    assert [form for form, _, _ in words["terms"]] == ["forget gate"]
    assert "terms" not in glossary.with_terms({"notice": "Nothing here."})
    assert len(json.dumps(words)) < 1000


def test_the_formulas_are_torchs():
    """The printed equations of LSTM and GRU, computed by hand from torch's own weights."""
    torch.nn.init.uniform_((x := torch.empty(3)), -1, 1, generator=torch.Generator().manual_seed(0))
    h, c = torch.tensor([0.2, -0.4]), torch.tensor([0.7, -1.3])
    lstm, gru = torch.nn.LSTMCell(3, 2), torch.nn.GRUCell(3, 2)
    with torch.no_grad():
        i, f, g, o = (lstm.weight_ih @ x + lstm.bias_ih + lstm.weight_hh @ h + lstm.bias_hh).chunk(4)
        cell = f.sigmoid() * c + i.sigmoid() * g.tanh()
        assert torch.allclose(torch.stack(lstm(x, (h, c))), torch.stack([o.sigmoid() * cell.tanh(), cell]), atol=1e-6)
        from_x, from_h = (gru.weight_ih @ x + gru.bias_ih).chunk(3), (gru.weight_hh @ h + gru.bias_hh).chunk(3)
        r, z = (from_x[0] + from_h[0]).sigmoid(), (from_x[1] + from_h[1]).sigmoid()
        n = (from_x[2] + r * from_h[2]).tanh()
        assert torch.allclose(gru(x, h), (1 - z) * n + z * h, atol=1e-6)


RUBBISH = {
    "text": "<script>alert(1)</script>\u202e🙂",
    "model": "foo",
    "t": "999",
    "unit": "-3",
    "layer": "zero",
    "direction": "up",
    "signal": "?",
    "sort": "1",
    "rows": "x",
    "scale": "x",
    "signs": "x",
    "present": "maybe",
    "lang": "xx",
    "mode": "none",
    "swap": "0.",
    "show": "q",
    "edits": "f=;;@",
    "ablate": "2",
    "view": "flow2",
    "loss": "nan",
    "k": "1e9",
    "quantity": "",
    "floor": "0",
    "truncate": "-1",
    "sliding": "si",
    "by": "air",
    "radius": "inf",
    "length": "3.7",
    "seed": "𝟜",
    "clipby": "x",
    "clipnorm": "-1",
    "src": "0",
    "dst": "77",
    "many": "?",
    "translator": "x",
    "sentence": "\t",
    "force": "x",
    "say": "{",
    "search": "x",
    "width": "99",
    "heat": "nan",
    "draw": "-",
    "out": "0",
    "inp": "1e3",
    "task": "x",
    "set": "hidden:-3,units:a;W_xh.99=1e99",
    "run": "../../etc",
    "f": "x",
    "x": "1e400",
    "alpha": "-",
    "w": "NaN",
    "n": "2.5",
    "preset": "x",
    "recurrence": "x",
    "train": "x",
    "letter": "0",
    "term": "<b>",
    "find": "%00",
    "order": "x",
    "step": "-1",
    "lesson": "x",
}
"""For every name that any link carries, something that cannot be."""


@pytest.mark.parametrize("page", PAGES)
def test_rubbish_in_a_link_never_breaks_a_page(page):
    app = opened(page, **RUBBISH)
    assert not app.exception
    assert "<script>alert" not in " ".join(e.proto.body for e in app.get("html")).lower()


@pytest.mark.parametrize(
    ("page", "state"),
    [
        ("home", {}), ("gates", {}), ("unrolled", {"t": 3}), ("cell", {"t": 3, "unit": 2}), ("gradients", {"text": "Good morrow"}),
        ("activations", {}), ("activations", {"f": "step"}), ("activations", {"f": "leaky_relu", "x": "-2"}),
        ("example", {"set": "W_xh.1=0.5"}), ("attention", {}),
    ],
)  # fmt: skip
def test_the_python_that_a_page_prints_runs_as_printed(page, state):
    """In a process of its own, beside the project; the training lab's script runs in test_training_page.py."""
    code = [each.value for each in opened(page, **state).code if each.language == "python"]
    assert len(code) == 1
    shown = code[0].replace(".show()", "")  # a browser is not opened here
    run = subprocess.run([sys.executable, "-W", "error", "-c", shown], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    assert not run.stderr

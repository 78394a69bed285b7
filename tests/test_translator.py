"""`translate` against a translator typed anew; padding, batches, building, and nothing of the module changed."""

from __future__ import annotations

import copy
import math
import threading

import numpy as np
import plain_translator as plain
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from plain_translator import CELLS, EVERY, SCORES, SIZES, translator

import rnnviz
from rnnviz import zoo
from rnnviz.cells import CELLS as REGISTERED
from rnnviz.description import described
from rnnviz.models import Translator, build, describe
from rnnviz.models.attention import Attention, attend
from rnnviz.models.translator import END
from rnnviz.sentences import SentenceVocabulary
from rnnviz.text import CharacterVocabulary
from rnnviz.training.settings import Settings
from rnnviz.translating import translate
from rnnviz.zoo.cards import TaskCard

TEXT = "abff"


def close(found, expected, tolerance):
    expected = np.asarray(expected.detach() if isinstance(expected, torch.Tensor) else expected, dtype=float)
    np.testing.assert_allclose(np.asarray(found, dtype=float), expected, rtol=0, atol=tolerance * max(1.0, np.abs(expected).max()))


def signals_of(steps, name):
    return torch.stack([step[name] for step in steps])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("cell", "attention", "sizes"), EVERY)
def test_everything_equals_a_plain_translator(cell, attention, sizes, dtype):
    model, tolerance = translator(cell, attention, sizes, spread=1.5).to(dtype), 1e-6 if dtype == torch.float32 else 1e-12
    found = translate(model, TEXT)
    exact = copy.deepcopy(model).double()  # what float32 is held to
    x = plain.embedded(exact, TEXT)
    said = [model.answers.index(token) for token in found.tokens]
    both, states, told = plain.run(exact, x, said)
    trace = found.trace
    seen = set()
    for direction, steps in enumerate(both):
        for name in steps[0]:
            close(trace[f"encoder_{name}"].values[direction, 0], signals_of(steps, name), tolerance)
            close(found.encoder[name].values[0, direction, 0], signals_of(steps, name), tolerance)
            seen.add(f"encoder_{name}")
    for name in states[0]:
        close(trace[f"decoder_{name}"].values[0], signals_of(states, name), tolerance)
        close(found.decoder[name].values[0, 0, 0], signals_of(states, name), tolerance)
        seen.add(f"decoder_{name}")
    for name in told[0]:
        close(trace[name].values[0], plain.stacked(told, name), tolerance)
        seen.add(name)
    assert set(trace) == seen
    probabilities = plain.stacked(told, "probability")[range(len(said)), said]
    close(found.probabilities, probabilities, tolerance)
    assert found.log_probability == pytest.approx(float(probabilities.log().sum()), abs=1e-5 if dtype == torch.float32 else 1e-12)
    assert trace.residual <= (2e-6 if dtype == torch.float32 else 1e-13)
    assert trace["probability"].dtype == np.dtype(str(dtype).removeprefix("torch."))


def test_axes_and_names():
    model = translator(hidden=5)
    found = translate(model, "abcdefa", prefix="uvw")
    trace, words = found.trace, len(found.tokens)
    assert trace["encoder_forget_gate"].sizes == {"direction": 2, "batch": 1, "input": 7, "unit": 5}
    assert trace["decoder_cell"].sizes == {"batch": 1, "output": words, "decoder_unit": 10}
    assert trace["attention"].sizes == {"batch": 1, "output": words, "input": 7}
    assert trace["context"].sizes == {"batch": 1, "output": words, "feature": 10}
    assert trace["probability"].sizes == {"batch": 1, "output": words, "token": 8}
    assert list(trace["probability"]["token"].values) == ["⟨unk⟩", *"uvwxyz", END]
    assert list(trace["encoder_hidden"]["direction"].values) == ["forward", "backward"]
    assert found.source == trace.tokens == tuple("abcdefa")
    assert found.decoder.tokens == (END, *found.tokens[:-1])
    assert found.tokens[:3] == ("u", "v", "w")
    assert found.text == "".join(token for token in found.tokens if token != END)
    assert found.ended == (found.tokens[-1] == END)
    assert END not in found.tokens[:-1]
    assert found.trace.dataset["attention"].shape == (1, words, 7)


@pytest.mark.parametrize("score", SCORES[1:])
def test_attention_equals_loops(score):
    """Every score and weight with Python's own numbers, from the weights alone."""
    model = translator("gru", score).double()
    trace = translate(model, TEXT).trace
    memory = np.concatenate(list(trace["encoder_hidden"].values[:, 0]), axis=-1).tolist()
    states = trace["decoder_hidden"].values[0].tolist()
    weight = {name: value.tolist() for name, value in model.attention.state_dict().items()}
    size = range(8)
    for t, s in enumerate(states):
        expected = []
        for h in memory:
            if score == "dot":
                expected.append(math.fsum(s[i] * h[i] for i in size))
            elif score == "general":
                expected.append(math.fsum(s[i] * weight["key.weight"][i][j] * h[j] for i in size for j in size))
            else:
                inside = [
                    weight["key.bias"][i] + math.fsum(weight["query.weight"][i][j] * s[j] + weight["key.weight"][i][j] * h[j] for j in size)
                    for i in size
                ]
                expected.append(math.fsum(weight["energy.weight"][0][i] * math.tanh(inside[i]) for i in size))
        total = math.fsum(math.exp(e) for e in expected)
        close(trace["score"].values[0, t], expected, 1e-12)
        close(trace["attention"].values[0, t], [math.exp(e) / total for e in expected], 1e-12)
        for feature in size:
            mixed = math.fsum(math.exp(e) / total * h[feature] for e, h in zip(expected, memory, strict=True))
            assert trace["context"].values[0, t, feature] == pytest.approx(mixed, abs=1e-12)


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=5),
    st.integers(0, 2**16),
    st.sampled_from([1e-3, 1.0, 1e3, 1e30]),
    st.sampled_from([torch.float32, torch.float64]),
)
def test_rows_sum_to_one_and_padding_gets_exactly_nothing(lengths, seed, size, dtype):
    wide = max(lengths)
    scores = size * torch.randn(len(lengths), 3, wide, generator=torch.Generator().manual_seed(seed), dtype=dtype)
    weights = attend(scores, torch.tensor(lengths))
    for row, length in enumerate(lengths):
        assert (weights[row, :, length:] == 0.0).all()
        torch.testing.assert_close(weights[row].sum(-1), torch.ones(3, dtype=dtype))
        assert torch.equal(weights[row, :, :length], attend(scores[row : row + 1, :, :length], None)[0]) or wide != length
        torch.testing.assert_close(weights[row, :, :length], scores[row, :, :length].softmax(-1))
    assert weights.isfinite().all()


@pytest.mark.parametrize("cell", [name for name in REGISTERED])
@pytest.mark.parametrize("attention", ["none", "additive"])
def test_a_batch_equals_one_by_one(cell, attention):
    """Cells that torch lacks as well: their encoder must not read on into the padding."""
    model = translator(cell, attention).double()
    texts, previous = ["abc", "f", "abcdef", "fedc"], torch.tensor([[7, 1, 2], [7, 3, 3], [7, 6, 5], [7, 2, 1]])
    inputs, lengths = model.inputs([model.source.encode(text) for text in texts])
    read = model.read(inputs, lengths)
    logits = model(inputs, lengths, previous)
    said = model.answer(inputs, lengths, 9)
    for row, text in enumerate(texts):
        alone = model.read(inputs[row : row + 1, : len(text)])
        torch.testing.assert_close(read.memory[row, : len(text)], alone.memory[0], rtol=0, atol=1e-13)
        assert (read.memory[row, len(text) :] == 0).all()
        states, _ = model.listen(previous[row : row + 1], alone.bridge)
        torch.testing.assert_close(logits[row], model.say(alone, states).logits[0], rtol=0, atol=1e-12)
        ids = said[row].tolist()
        ids = ids[: ids.index(model.end) + 1] if model.end in ids else ids
        own = translate(model, text)
        assert tuple(model.answers[i] for i in ids) == own.tokens[: len(ids)]


@pytest.mark.parametrize("attention", SCORES[1:])
@pytest.mark.parametrize("cell", CELLS)
def test_padding_leaks_where_it_is_not_masked(cell, attention):
    model = translator(cell, attention).double()
    plainly = translate(model, TEXT)
    masked = translate(model, TEXT, padding=4)
    assert masked.tokens == plainly.tokens
    assert masked.attention.shape[1] == len(TEXT) + 4
    assert (masked.attention[:, len(TEXT) :] == 0.0).all()
    close(masked.attention[:, : len(TEXT)], plainly.attention, 1e-13)
    close(masked.trace["logit"].values, plainly.trace["logit"].values, 1e-12)
    leaking = translate(model, TEXT, padding=4, masked=False, prefix=plainly.tokens[:1])
    assert (leaking.attention[:, len(TEXT) :] > 0).all()
    close(leaking.attention.sum(-1), np.ones(len(leaking.tokens)), 1e-13)
    said = [model.answers.index(token) for token in leaking.tokens]
    _, _, told = plain.run(model, plain.embedded(model, TEXT), said, padding=4)
    close(leaking.attention, plain.stacked(told, "attention"), 1e-12)
    close(leaking.trace["logit"].values[0], plain.stacked(told, "logit"), 1e-12)
    assert leaking.trace.residual < 1e-12


def test_one_token_in_and_an_answer_that_never_ends():
    model = translator("gru", "dot")
    with torch.no_grad():
        model.readout.bias[-1] = -1e4
    found = translate(model, "a")
    assert not found.ended
    assert len(found.tokens) == 14
    assert END not in found.tokens
    np.testing.assert_array_equal(found.attention, np.ones((14, 1)))
    assert not translate(model, "a", beam=3).ended
    with torch.no_grad():
        model.readout.bias[-1] = 1e4
    found = translate(model, "a")
    assert (found.tokens, found.text, found.ended) == ((END,), "", True)
    assert found.log_probability == 0


# ---- bad input ----


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"text": ""}, ValueError, "it is empty"),
        ({"text": 5}, TypeError, "expected a string, got int"),
        ({"text": None}, TypeError, "expected a string, got NoneType"),
        ({"text": b"abc"}, TypeError, "expected a string, got bytes"),
        ({"text": "a" * 61}, ValueError, "it has 61 tokens; 60 is the most"),
        ({"beam": 0}, ValueError, "beam: expected a whole number from 1 to 50, got 0"),
        ({"beam": 51}, ValueError, "got 51"),
        ({"beam": 2.5}, ValueError, r"got 2\.5"),
        ({"beam": 1.0}, ValueError, r"got 1\.0"),
        ({"beam": True}, ValueError, "got True"),
        ({"padding": -1}, ValueError, "padding: expected 0 to 60, got -1"),
        ({"padding": 2.5}, ValueError, r"padding: expected 0 to 60, got 2\.5"),
        ({"prefix": ("ß",)}, ValueError, "prefix: 'ß' is not among the 7 tokens that can be said"),
        ({"prefix": ("⟨unk⟩",)}, ValueError, "is not among"),
        ({"prefix": (5,)}, ValueError, "prefix: '5' is not among"),
        ({"prefix": ("u", END, "v")}, ValueError, "prefix: ⟨end⟩ ends an answer, so nothing comes after it"),
        *(({"temperature": t, "chance": torch.Generator()}, ValueError, "temperature") for t in (0, -1.0, math.nan, math.inf)),
        ({"model": torch.nn.LSTM(2, 2)}, TypeError, "model: expected a Translator, got LSTM"),
    ],
)
def test_bad_input_raises_one_sentence(arguments, error, says):
    with pytest.raises(error, match=says) as caught:
        translate(**{"model": translator(), "text": "abc", **arguments})
    assert "\n" not in str(caught.value)


def test_weights_that_are_not_finite_are_named():
    model = translator()
    with torch.no_grad():
        model.combine.weight[0, 0] = torch.nan
    with pytest.raises(ValueError, match=r"combine\.weight holds 1 of \d+ values that are not finite"):
        translate(model, "abc")


@pytest.mark.parametrize("text", [" ", "\t \n", "😀👍🏽", "مرحبا", "你好", "é\u0301x\u0302", "ABC", "a" * 60, "\x00"])
def test_other_alphabets_are_read_as_unknown(text):
    found = translate(translator(), text)
    assert set(found.trace.unknown) == set(text) - set("abcdef")
    assert found.trace.residual < 1e-5
    assert np.isfinite(found.attention).all()


def test_sentences_without_a_word():
    words = SentenceVocabulary(["a", "b"])
    model = Translator(words, words, "gru", 3).eval()
    for text in ("", "  ", "\n\t", "\u00a0"):
        with pytest.raises(ValueError, match="there is no word in it"):
            translate(model, text)
    with pytest.raises(ValueError, match="it has 200 tokens; 60 is the most"):
        translate(model, "a " * 200)
    assert translate(model, "A ? 你").trace.unknown == ("?", "你")


def test_what_a_translator_is_not_made_with():
    letters = CharacterVocabulary("ab")
    for options, says in (
        ({"cell": "nope"}, "cell: 'nope' is not one of"),
        ({"attention": "nope"}, "attention: 'nope' is not one of none, dot, general, additive"),
        ({"embedding": 0, "tied": True}, "tied: there is no embedding"),
        ({"target": SentenceVocabulary(["a", END])}, "target: no word may be"),
        ({"target": SentenceVocabulary(["a", "⟨unk⟩"])}, "target: no word may be"),
    ):
        with pytest.raises(ValueError, match=says):
            Translator(**{"source": letters, "target": letters, "cell": "gru", "hidden": 3, **options})
    with pytest.raises(ValueError, match="dot needs states of one size, got 3 that ask and 4"):
        Attention("dot", 3, 4)


def test_record_sends_a_translator_on():
    with pytest.raises(TypeError, match=r"rnnviz\.translate"):
        rnnviz.record(translator(), "abc")


# ---- the module is only read ----


def test_the_module_is_left_as_it_was():
    model = translator(dropout=0.5)
    calm = translate(model, TEXT, beam=3)
    model.train().requires_grad_()
    model.encoder.eval()
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    heard = []
    model.readout.register_forward_hook(lambda *_: heard.append(1))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    modes, chance = {name: part.training for name, part in model.named_modules()}, torch.random.get_rng_state()
    hooks = dict(model.readout._forward_hooks)
    with torch.autocast("cpu", dtype=torch.bfloat16), torch.inference_mode():
        found = translate(model, TEXT, beam=3)
    drawn = translate(model, TEXT, chance=torch.Generator().manual_seed(1))
    assert drawn.trace.residual < 1e-5
    assert torch.equal(torch.random.get_rng_state(), chance)
    assert {name: part.training for name, part in model.named_modules()} == modes
    assert model.readout._forward_hooks == hooks
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(torch.equal(p.grad, torch.ones_like(p)) and p.requires_grad for p in model.parameters())
    assert found.tokens == calm.tokens
    for name in calm.trace:
        np.testing.assert_array_equal(found.trace[name].values, calm.trace[name].values)


def test_dropout_is_off_in_every_part():
    model = translator(dropout=0.5)
    calm = translate(model, TEXT)
    model.dropout.train()  # the model itself says that it is in evaluation mode
    found = translate(model, TEXT)
    np.testing.assert_array_equal(found.trace["logit"].values, calm.trace["logit"].values)


def test_threads_share_one_model():
    model = translator(dropout=0.3).train()
    texts = ["abc", "fedcba", "a", "bbbbbb"]
    alone = [translate(model, text, beam=1 + at) for at, text in enumerate(texts)]
    found, failed = {}, []

    def work(number):
        try:
            for at, text in enumerate(texts):
                found[number, at] = translate(model, text, beam=1 + at)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    for (_, at), each in found.items():
        assert each.tokens == alone[at].tokens
        np.testing.assert_array_equal(each.trace["logit"].values, alone[at].trace["logit"].values)


# ---- description, weights, folders ----


@pytest.mark.parametrize("answers", ["uvwxyz", ("don", "n't", "Paris", "l'")])
@pytest.mark.parametrize(("cell", "attention", "sizes"), EVERY)
def test_a_model_is_built_again_from_its_description(cell, attention, sizes, answers):
    model = translator(cell, attention, sizes, answers=answers)
    description = described(describe(model).model_dump_json())
    again = build(description, model.state_dict())
    assert describe(again) == description == describe(model)
    assert not again.training
    assert again.answers == model.answers
    assert again.parameter_count == model.parameter_count
    one, two = translate(model, "ab"), translate(again, "ab")
    for name in one.trace:
        np.testing.assert_array_equal(one.trace[name].values, two.trace[name].values)


def test_bad_weights_are_refused():
    model = translator("gru", "general")
    description, weights = describe(model), model.state_dict()
    for change, says in (
        ({"attention.key.weight": torch.zeros(3, 3)}, r"attention\.key\.weight has shape \(3, 3\), expected \(8, 8\)"),
        ({"bridge.bias": torch.full((8,), torch.nan)}, r"bridge\.bias holds 8 values that are not finite"),
        ({"bridge.bias": torch.zeros(8, dtype=torch.long)}, r"bridge\.bias holds torch\.int64"),
        ({"extra": torch.zeros(1)}, "do not match the card; look at extra"),
    ):
        with pytest.raises(ValueError, match=says):
            build(description, {**weights, **change})
    with pytest.raises(ValueError, match=r"look at combine\.bias"):
        build(description, {name: value for name, value in weights.items() if name != "combine.bias"})


@pytest.mark.parametrize("sizes", SIZES)
def test_a_folder_keeps_it_in_half_precision(tmp_path, sizes):
    model = translator("lstm", "general", sizes)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.half().float())  # what fp16 can say
    card = TaskCard(
        name="a", task="pairs", title="a", description=describe(model), parameters=model.parameter_count, data="made up",
        settings=Settings(task="pairs"), command="python", cpu_seconds=1, metric="exact", scores={"validation": 1.0}, examples=("abc",),
    )  # fmt: skip
    zoo.save(model, card, tmp_path / "a")
    again = zoo.load("a", folder=tmp_path / "a")
    assert again.card == card
    assert all(p.dtype == torch.float32 and not p.requires_grad for p in again.parameters())
    np.testing.assert_array_equal(translate(again, TEXT).trace["logit"].values, translate(model, TEXT).trace["logit"].values)
    broken = (tmp_path / "a" / "card.json").read_text(encoding="utf-8").replace('"attention": "general"', '"attention": "much"')
    (tmp_path / "a" / "card.json").write_text(broken, encoding="utf-8")
    with pytest.raises(ValueError, match=r"description\.Translator\.attention: Input should be 'none', 'dot'"):
        zoo.load("a", folder=tmp_path / "a")

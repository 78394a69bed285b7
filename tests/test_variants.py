"""Fresh and altered networks, what they do to gradients, clipping, and one word far away."""

from __future__ import annotations

import copy
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from networks import seeded

import rnnviz
from rnnviz import clipping, experiment, long_range, variants
from rnnviz.experiment import Experiment
from rnnviz.figures.flow import decades_per_step
from rnnviz.models import Classifier, LanguageModel
from rnnviz.text import CharacterVocabulary

VOCABULARY = CharacterVocabulary("abcdefgh .")
TEXT = "abc def gh. " * 5


@pytest.mark.parametrize("init", variants.INITS)
@pytest.mark.parametrize("cell", ["rnn", "rnn-relu", "rnn-sigmoid", "gru", "lstm"])
def test_fresh_networks_are_what_was_asked_for(cell, init):
    model = variants.fresh(VOCABULARY, cell, 12, seed=3, layers=2, init=init, radius=1.3, keep_bias=2.5)
    for layer in (1, 2):
        assert list(variants.recurrent_radii(model, layer).values()) == pytest.approx([1.3] * rnnviz.cells.CELLS[cell].blocks, rel=1e-5)
    blocks = [block / 1.3 for block in model.recurrent.weight_hh_l1.detach().split(12)]
    if init == "orthogonal":
        for block in blocks:
            torch.testing.assert_close(block @ block.T, torch.eye(12), atol=1e-5, rtol=0)
    if init == "identity":
        for block in blocks:
            torch.testing.assert_close(block, torch.eye(12))
    keep = rnnviz.cells.CELLS[cell].keep_block
    if keep is not None:
        rows = slice(12 * keep, 12 * keep + 12)
        total = model.recurrent.bias_ih_l0 + model.recurrent.bias_hh_l0
        torch.testing.assert_close(total[rows].detach(), torch.full((12,), 2.5))
    again = variants.fresh(VOCABULARY, cell, 12, seed=3, layers=2, init=init, radius=1.3, keep_bias=2.5)
    for name, value in model.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], value, rtol=0, atol=0)
    assert rnnviz.record(model, "abc").residual < 1e-6


def test_nobody_else_s_chance_is_touched():
    state = torch.get_rng_state()
    reference = variants.fresh(VOCABULARY, "gru", 9, seed=1).state_dict()
    found = []

    def draw():
        for _ in range(20):
            torch.rand(100)
        found.append(variants.fresh(VOCABULARY, "gru", 9, seed=1).state_dict())

    torch.testing.assert_close(torch.get_rng_state(), state, rtol=0, atol=0)
    threads = [threading.Thread(target=draw) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in found:
        assert all(bool((other[name] == value).all()) for name, value in reference.items())


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("layers", [1, 3])
def test_equal_budgets(cell, layers):
    width = variants.width_for(cell, 20_000, VOCABULARY, layers=layers)
    counts = [variants.fresh(VOCABULARY, cell, w, seed=0, layers=layers).parameter_count for w in (width - 1, width, width + 1)]
    assert abs(counts[1] - 20_000) == min(abs(count - 20_000) for count in counts)


def test_an_altered_copy_leaves_the_original_alone():
    model = variants.fresh(VOCABULARY, "lstm", 6, seed=0, layers=2)
    before = copy.deepcopy(model.state_dict())
    other = variants.altered(model, gain=2.0, keep_bias=-1.0)
    for name, value in before.items():
        torch.testing.assert_close(model.state_dict()[name], value, rtol=0, atol=0)
    torch.testing.assert_close(other.recurrent.weight_hh_l1, 2 * model.recurrent.weight_hh_l1)
    torch.testing.assert_close(other.recurrent.bias_ih_l0[6:12], model.recurrent.bias_ih_l0[6:12] - 1)
    torch.testing.assert_close(other.recurrent.bias_ih_l0[:6], model.recurrent.bias_ih_l0[:6])
    with pytest.raises(ValueError, match="gain, keep_bias: expected finite numbers"):
        variants.altered(model, gain=float("nan"))


def slope(asked: Experiment) -> float:
    flow = experiment.flow(asked)
    return decades_per_step(flow["hidden"].values[0, 0, 0], len(asked.text) - 1)


def test_one_slider_flips_the_rnn_and_leaves_the_lstm_flat():
    """The reason for the whole page: the spectral radius decides the fate of a plain RNN, the forget gate that of an LSTM."""
    text = experiment.repeated(experiment.Recipe.text, 100)
    for radius, low, high in ((0.5, -0.5, -0.1), (1.5, 0.01, 0.2)):
        made = Experiment(text=text, cell="rnn", radius=radius, keep_bias=5.0)
        assert low < slope(made) < high
        assert abs(slope(replace(made, cell="lstm"))) < 0.02
        assert abs(slope(replace(made, cell="gru"))) < 0.02
    forgetful = Experiment(text=text, cell="lstm", radius=0.5, keep_bias=-2.0)
    assert slope(forgetful) < -0.1, "an LSTM whose gate lets go forgets like any other"


def test_slopes_by_hand():
    values = np.zeros((4, 4))
    values[3] = [1e-6, 1e-4, 1e-2, 1]
    assert decades_per_step(values, 4) == pytest.approx(-2)
    values[3, 1] = 0  # an exact zero has no logarithm and is left out
    assert decades_per_step(values, 4) == pytest.approx(-2)
    assert np.isnan(decades_per_step(values, 1))


def test_texts_said_again():
    assert experiment.repeated("ab", 7) == "ab ab a"
    assert experiment.repeated("abcdef", 3) == "abc"
    assert experiment.repeated("abc", 0) == "abc"


def test_parameter_gradients_equal_a_training_loop():
    model = seeded(lambda: LanguageModel(VOCABULARY, "gru", 7, layers=2, embedding=4, dropout=0.5)).double()
    ids = torch.tensor([VOCABULARY.encode(TEXT).ids])
    for truncate in (None, 7):
        found = clipping.parameter_gradients(model, TEXT, truncate=truncate)
        own = copy.deepcopy(model).eval()
        state, total = None, 0.0
        for start in range(0, ids.shape[1] - 1, truncate or 1000):
            piece = ids[:, start : start + (truncate or 1000) + 1]
            logits, state = own(piece[:, :-1], state)
            total = total + torch.nn.functional.cross_entropy(logits[0], piece[0, 1:], reduction="sum")
            state = state.detach()
        (total / (ids.shape[1] - 1)).backward()
        for name, parameter in own.named_parameters():
            torch.testing.assert_close(found[name], parameter.grad, rtol=1e-10, atol=1e-14)
    assert all(parameter.grad is None for parameter in model.parameters())
    assert model.training


def test_clipping_is_torch_s_own():
    model = variants.fresh(VOCABULARY, "rnn", 12, seed=0, radius=1.5)
    gradients = clipping.parameter_gradients(model, TEXT)
    total = torch.cat([g.flatten() for g in gradients.values()]).norm().item()
    by_norm = clipping.clip(gradients, norm=total / 3)
    assert by_norm.total_before == pytest.approx(total, rel=1e-6)
    assert by_norm.total_after == pytest.approx(total / 3, rel=1e-5)
    assert by_norm.cosine == pytest.approx(1, abs=1e-9)
    by_value = clipping.clip(gradients, value=0.01)
    expected = torch.cat([g.clamp(-0.01, 0.01).flatten() for g in gradients.values()]).norm().item()
    assert by_value.total_after == pytest.approx(expected, rel=1e-6)
    assert by_value.cosine < 0.999
    assert 0 < by_value.share < 1
    untouched = clipping.clip(gradients, norm=total * 2)
    assert untouched.total_after == untouched.total_before
    assert untouched.share == 0
    for options, says in (({"norm": 1.0, "value": 1.0}, "expected one of them"), ({"norm": 0.0}, "norm: expected a threshold above 0")):
        with pytest.raises(ValueError, match=says):
            clipping.clip(gradients, **options)
    with pytest.raises(ValueError, match="text: one character has no next character"):
        clipping.parameter_gradients(model, "a")


def test_a_classifier_s_parameters_have_gradients_too():
    model = seeded(lambda: Classifier(VOCABULARY, ("a", "b"), "lstm", 5)).double()
    found = clipping.parameter_gradients(model, "abc", labels=["b"])
    loss = torch.nn.functional.cross_entropy(model(torch.tensor([VOCABULARY.encode("abc").ids])), torch.tensor([1]))
    for gradient, expected in zip(found.values(), torch.autograd.grad(loss, list(model.parameters())), strict=True):
        torch.testing.assert_close(gradient, expected, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("distance", [10, 40, 160])
def test_sentences_have_the_distance_asked_for(distance):
    made = long_range.sentences(distance, 24, seed=1)
    assert len({each.text for each in made}) == 24
    assert made == long_range.sentences(distance, 24, seed=1)
    for each in made:
        assert abs(each.distance - distance) <= 3
        first, last = each.source
        assert each.text[first - 1 : last] in long_range.NOUNS
        first, last = each.target
        assert each.text[first - 1 : last] == each.text.split()[-1]
        assert each.distance == len(each.text[each.source[1] : each.target[0] - 1])
    with pytest.raises(ValueError, match="distance: expected"):
        long_range.sentences(1, 1, seed=1)


def test_influence_equals_autograd_and_a_second_run():
    model = seeded(lambda: LanguageModel(CharacterVocabulary(" TheadmnwosrtblicyguvkpfxI,."), "lstm", 6, layers=2, embedding=3)).double()
    made = long_range.sentences(20, 3, seed=2)
    found = long_range.influence(model, made)
    for row, each in enumerate(made):
        ids = torch.tensor([model.vocabulary.encode(each.text).ids])
        x = model.embedding(ids).detach().requires_grad_()
        steps = slice(each.target[0] - 2, each.target[1] - 1)

        def target(inputs, ids=ids, steps=steps):
            logits = model.readout(model.recurrent(inputs)[0])[0]
            return torch.nn.functional.cross_entropy(logits[:-1], ids[0, 1:], reduction="none")[steps].mean()

        loss = target(x)
        (gradient,) = torch.autograd.grad(loss, x)
        span = slice(each.source[0] - 1, each.source[1])
        assert found["gradient"][row].item() == pytest.approx(gradient[0, span].norm().item(), rel=1e-9)
        without = x.detach().clone()
        without[0, span] = 0
        assert found["occlusion"][row].item() == pytest.approx(((target(without) - loss) / np.log(2)).item(), rel=1e-8, abs=1e-12)
        assert found["loss"][row].item() == pytest.approx(loss.item() / np.log(2), rel=1e-9)
    with pytest.raises(ValueError, match="sentence: expected the source"):
        long_range.influence(model, [long_range.Sentence("The man", (5, 7), (1, 3))])


@pytest.mark.parametrize(
    "asked",
    [
        Experiment(model="tiny-gru", text="Good morrow"),
        Experiment(model="tiny-gru", text="Good morrow", cell="rnn-relu", radius=1.2, layers=2, seed=4),
        Experiment(model="tiny-lstm", text="Good morrow", gain=1.5, keep_bias=-1.0, truncate=4, sliding=True),
    ],
)
@pytest.mark.parametrize("quantity", ["hidden", "input_gradient", "occlusion"])
def test_the_printed_python_runs_and_prints_the_number(asked, quantity, capsys):
    exec(compile(experiment.as_python(asked, quantity=quantity, layer=1, t=6, k=3), "<view>", "exec"), {})
    printed = float(capsys.readouterr().out)
    if quantity == "occlusion":
        from rnnviz.occlusion import occlusion

        expected = occlusion(experiment.network(asked), asked.text)["occlusion"].values[0, 5, 2]
    else:
        values = experiment.flow(asked)[quantity].values
        expected = (values[0] if values.ndim == 3 else values[0, 0, 0])[5, 2]
    assert printed == pytest.approx(float(expected), rel=1e-6)


def test_a_network_that_has_left_the_numbers_has_no_influence_to_tell():
    model = variants.fresh(CharacterVocabulary(" TheadmnwosrtblicyguvkpfxI,."), "rnn-relu", 60, seed=2, radius=30.0)
    found = long_range.influence(model, long_range.sentences(60, 3, seed=1))
    assert np.isnan(found["loss"].values).all()
    assert np.isnan(found["gradient"].values).all()


def test_inference_mode_and_autocast_change_nothing():
    model = variants.fresh(VOCABULARY, "gru", 7, seed=0)
    sentence = long_range.Sentence("abc def", (1, 3), (5, 7))
    expected, influence = clipping.parameter_gradients(model, TEXT), long_range.influence(model, [sentence])
    for mode in (torch.inference_mode(), torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16)):
        with mode:
            for name, value in clipping.parameter_gradients(model, TEXT).items():
                torch.testing.assert_close(value, expected[name], rtol=0, atol=0)
            np.testing.assert_array_equal(long_range.influence(model, [sentence])["gradient"], influence["gradient"])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"seed": -1}, "seed: expected a whole number from 0, got -1"),
        ({"seed": 2**70}, "seed: expected a whole number from 0"),
        ({"layers": 0}, "layers: expected a whole number from 1, got 0"),
        ({"radius": float("nan")}, "radius: expected a finite number from 0, got nan"),
        ({"radius": -1.0}, "radius: expected a finite number from 0, got -1.0"),
        ({"init": "ones"}, "init: expected one of uniform, orthogonal, identity, got 'ones'"),
    ],
)
def test_what_cannot_be_made_is_named(options, says):
    with pytest.raises(ValueError, match=says):
        variants.fresh(VOCABULARY, "rnn", 5, **{"seed": 0, **options})
    with pytest.raises(ValueError, match="truncate: expected a number of steps from 1, got 0"):
        clipping.parameter_gradients(variants.fresh(VOCABULARY, "rnn", 5, seed=0), TEXT, truncate=0)
    with pytest.raises(TypeError, match="model: expected a LanguageModel, got LSTM"):
        long_range.influence(torch.nn.LSTM(2, 3), [long_range.Sentence("abc def", (1, 3), (5, 7))])

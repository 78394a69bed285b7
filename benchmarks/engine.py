"""The engine beside torch: `record` against the fused call and against a loop over cells, `gradient_flow` against autograd."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor, nn

import rnnviz
from benchmarks.loops import LOOPS, gradients_by_autograd
from benchmarks.sides import side_by_side
from benchmarks.table import Row, at_least, at_most, milliseconds, power, times
from rnnviz.jacobians import step_jacobians
from rnnviz.occlusion import occlusion

INPUTS, HIDDEN, LAYERS = 64, 128, 2


def rows(*, quick: bool) -> Iterator[Row]:
    torch.set_num_threads(1)
    yield from _importing(rounds=5 if quick else 15)
    for steps, rounds in ((200, 12 if quick else 40), (1000, 5 if quick else 15)):
        for module in (nn.LSTM, nn.GRU, nn.RNN):
            yield from _recording(module, steps, rounds)
    yield from _gradients(steps=200, rounds=2 if quick else 5)
    yield from _long_text(rounds=2 if quick else 5)
    yield from _sentence(rounds=20 if quick else 50)
    yield from _ablation(steps=100, rounds=3 if quick else 8)
    yield from _translator(rounds=5 if quick else 20)


def _importing(rounds: int) -> Iterator[Row]:
    """`import rnnviz` reads nothing heavy until it is asked for; the interpreter's own start is taken off."""
    code = {"bare": "pass", "ours": "import rnnviz"}
    taken = side_by_side({name: partial(subprocess.run, [sys.executable, "-c", line], check=True) for name, line in code.items()}, rounds)
    yield Row("import", "import rnnviz, more than a bare interpreter", taken["ours"] - taken["bare"], milliseconds, at_most(0.05))


def _recording(kind: type[nn.RNNBase], steps: int, rounds: int) -> Iterator[Row]:
    network = _seeded(kind(INPUTS, HIDDEN, num_layers=LAYERS, batch_first=True), seed=1).eval()
    x = torch.randn(1, steps, INPUTS, generator=torch.Generator().manual_seed(2))
    loop = LOOPS[kind](network)

    @torch.inference_mode()
    def fused() -> object:
        return network(x)

    @torch.inference_mode()
    def looped() -> dict[str, Tensor]:
        return loop(x)

    _same(looped(), rnnviz.record(network, x))
    taken = side_by_side(
        {
            "fused": fused,
            "record": lambda: rnnviz.record(network, x),
            "read": lambda: rnnviz.record(network, x)["hidden"],
            "loop": looped,
        },
        rounds,
    )
    at = f"nn.{kind.__name__}, T={steps}, H={HIDDEN}, {LAYERS} layers"
    yield Row("record", f"{at}: record / fused call", taken["record"] / taken["fused"], times, at_most(2.5))
    # DESIGN.md promises 2.5 times an LSTMCell loop. torch's own GRU and RNN, which return no gates, are hardly faster than that
    reach = at_least(2.5) if kind is nn.LSTM else None
    yield Row("record", f"{at}: loop of cells / record", taken["loop"] / taken["record"], times, reach)
    yield Row("record", f'{at}: record and trace["hidden"] / fused call', taken["read"] / taken["fused"], times)
    yield Row("record", f"{at}: loop of cells / fused call, more than any recorder can win", taken["loop"] / taken["fused"], times)
    yield Row("record", f"{at}: record alone", taken["record"], milliseconds)


def _gradients(steps: int, rounds: int) -> Iterator[Row]:
    lstm = _seeded(nn.LSTM(INPUTS, HIDDEN, batch_first=True), seed=3)
    chance = torch.Generator().manual_seed(4)
    x = torch.randn(1, steps, INPUTS, generator=chance)
    readout = torch.randn(HIDDEN, 60, generator=chance) / HIDDEN**0.5
    targets = torch.randint(60, (1, steps), generator=chance)

    def loss(outputs: Tensor) -> Tensor:
        return nn.functional.cross_entropy((outputs @ readout).transpose(1, 2), targets, reduction="none")

    flow = rnnviz.gradient_flow(lstm, x, loss)
    expected = gradients_by_autograd(lstm, x, loss)
    taken = side_by_side(
        {
            "flow": lambda: rnnviz.gradient_flow(lstm, x, loss),
            "autograd": lambda: gradients_by_autograd(lstm, x, loss),
            "fused": lambda: _input_gradients(lstm, x, loss),
        },
        rounds,
    )
    at = f"nn.LSTM, T={steps}, H={HIDDEN}, 1 layer"
    yield Row(
        "gradient_flow",
        f"{at}: T autograd.grad calls, loop of cells / gradient_flow",
        taken["autograd"] / taken["flow"],
        times,
        at_least(25),
    )
    yield Row("gradient_flow", f"{at}: T autograd.grad(L_t, x) calls, fused / gradient_flow", taken["fused"] / taken["flow"], times)
    yield Row("gradient_flow", f"{at}: gradient_flow alone", taken["flow"], milliseconds)
    for name, wanted in expected.items():
        got = torch.tensor(flow[name].values[0, 0, 0])
        yield Row(
            "gradient_flow", f"{at}: {name}, relative error ‖ours − autograd‖ / ‖autograd‖", [_error(got, wanted)], power, at_most(1e-6)
        )
    got, wanted = (torch.tensor(flow["hidden"].values[0, 0, 0]), expected["hidden"])
    single = ((got - wanted).abs() / wanted.abs())[wanted > wanted.max() * 1e-6].max()
    yield Row("gradient_flow", f"{at}: hidden, worst single value above 1e-6 of the largest", [float(single)], power)


def _long_text(rounds: int) -> Iterator[Row]:
    """What a text of 500 characters costs in the model that the app starts with, and what taking characters away costs."""
    model = rnnviz.zoo.load(rnnviz.Recipe().model)
    text = ("To be, or not to be: that is the question: " * 12)[:500]
    at = f"{rnnviz.Recipe().model}, 2 layers"
    taken = side_by_side(
        {
            "long": lambda: rnnviz.gradient_flow(model, text, with_input=True),
            "short": lambda: rnnviz.gradient_flow(model, text[:120], with_input=True),
            "norms": lambda: step_jacobians(model, text[:120], of="state", layer=2, spectral_radius=False),
            "occlusion": lambda: occlusion(model, text[:120]),
            "runs": lambda: [rnnviz.record(model, text[:k] + text[k + 1 : 120]) for k in range(120)],
        },
        rounds,
    )
    yield Row("gradient_flow", f"{at}: T=500, inputs included, alone", taken["long"], milliseconds)
    yield Row("gradient_flow", f"{at}: T=120, inputs included, alone", taken["short"], milliseconds)
    yield Row("gradient_flow", f"{at}: T=120, largest singular value of every step's Jacobian", taken["norms"], milliseconds)
    yield Row("gradient_flow", f"{at}: T=120, one recorded run a character left out / occlusion", taken["runs"] / taken["occlusion"], times)
    yield Row("gradient_flow", f"{at}: T=120, occlusion alone", taken["occlusion"], milliseconds)


def _sentence(rounds: int) -> Iterator[Row]:
    """What the Language page waits for first: a sentence of twenty words, whose readout has as many rows as the model knows words."""
    model = rnnviz.zoo.load("words-lstm")
    text = "the man who was standing in front of the house asked me if I knew where his friend was now ."
    taken = side_by_side({"record": lambda: rnnviz.record(model, text)}, rounds)
    yield Row("record", f"words-lstm, a sentence of {len(text.split())} words: record", taken["record"], milliseconds, at_most(0.02))


def _translator(rounds: int) -> Iterator[Row]:
    """What keeping everything costs beside finding the answer, and beam search beside greedy decoding."""
    model = rnnviz.zoo.load("french-general")
    text = "My brother wants to buy a new house next year."
    inputs, lengths = model.inputs([model.source.encode(text)])
    answer = rnnviz.translate(model, text)
    taken = side_by_side(
        {
            "plain": lambda: model.answer(inputs, lengths, len(answer.tokens)),
            "recorded": lambda: rnnviz.translate(model, text),
            "beam": lambda: rnnviz.translate(model, text, beam=5),
            "gradients": lambda: rnnviz.source_gradients.source_gradients(model, answer),
        },
        rounds,
    )
    at = f"french-general, {len(answer.source)} -> {len(answer.tokens)} tokens"
    yield Row("translate", f"{at}: translate with everything kept / decoding alone", taken["recorded"] / taken["plain"], times)
    yield Row("translate", f"{at}: translate", taken["recorded"], milliseconds)
    yield Row("translate", f"{at}: the same with beam search, width 5, tree kept", taken["beam"], milliseconds)
    yield Row("translate", f"{at}: gradients of every output token", taken["gradients"], milliseconds)


def _ablation(steps: int, rounds: int) -> Iterator[Row]:
    """All units silenced in turn over all steps: 128 runs. No recorder can do the work of 128 runs in the time of five, so
    the promise is held to a recorded run of the same 128 sequences; a single run stands beside it."""
    lstm = _seeded(nn.LSTM(INPUTS, HIDDEN, batch_first=True), seed=5).eval()
    x = torch.randn(1, steps, INPUTS, generator=torch.Generator().manual_seed(6))
    many = x.expand(HIDDEN, -1, -1)
    units = range(1, HIDDEN + 1)

    def one_by_one() -> list[Tensor]:
        base = torch.tensor(rnnviz.record(lstm, x)["hidden"].values[0, 0, 0])
        runs = [rnnviz.interventions.intervene(lstm, x, [rnnviz.interventions.ablate("hidden", units=(unit,))]) for unit in units]
        return [(torch.tensor(run["hidden"].values[0, 0, 0]) - base).norm(dim=-1) for run in runs]

    found = torch.tensor(rnnviz.interventions.ablation_map(lstm, x).values)
    assert torch.allclose(found, torch.stack(one_by_one()), atol=1e-5), "the map differs from one run a unit"
    taken = side_by_side(
        {
            "map": lambda: rnnviz.interventions.ablation_map(lstm, x),
            "same": lambda: rnnviz.record(lstm, many),
            "single": lambda: rnnviz.record(lstm, x),
            "each": one_by_one,
        },
        rounds,
    )
    at = f"nn.LSTM, {HIDDEN} units x {steps} steps, 1 layer"
    yield Row("interventions", f"{at}: ablation map / recorded run of as many sequences", taken["map"] / taken["same"], times, at_most(5))
    yield Row("interventions", f"{at}: ablation map / recorded run of one sequence", taken["map"] / taken["single"], times)
    yield Row("interventions", f"{at}: one run a unit / ablation map", taken["each"] / taken["map"], times)
    yield Row("interventions", f"{at}: ablation map alone", taken["map"], milliseconds)


def _input_gradients(lstm: nn.LSTM, x: Tensor, loss: Callable[[Tensor], Tensor]) -> list[Tensor]:
    """What people write first: fewer numbers (dL_t/dx_k only), the fused kernel, one backward pass a loss."""
    x = x.clone().requires_grad_()
    losses = loss(lstm(x)[0])[0]
    return [torch.autograd.grad(one, x, retain_graph=True)[0].norm(dim=-1) for one in losses]


def _seeded(module: nn.Module, seed: int) -> nn.Module:
    """Give a module weights as torch does, from its own generator: torch's random state stays alone."""
    chance = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in module.parameters():
            weight.uniform_(-(HIDDEN**-0.5), HIDDEN**-0.5, generator=chance)
    return module


def _same(loop: dict[str, Tensor], trace: rnnviz.Trace) -> None:
    """A comparison of speeds is worth nothing if the two sides compute different things."""
    assert set(loop) == set(trace), f"the loop keeps {set(loop)}, record {set(trace)}"
    for name, wanted in loop.items():
        got = torch.tensor(trace[name].values[:, 0])
        assert torch.allclose(got, wanted, atol=1e-4), f"{name} differs by {float((got - wanted).abs().max()):.1e}"


def _error(got: Tensor, wanted: Tensor) -> float:
    return float((got - wanted).norm() / wanted.norm())

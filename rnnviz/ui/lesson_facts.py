"""The numbers of the lessons, computed by the engine: what a reveal says, which option is right, what a worksheet's table holds.

Nothing here is typed in: the same calls stand behind the pages, so the texts cannot drift from the pictures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from rnnviz.figures.numbers import fmt_count, fmt_prob, fmt_small, fmt_value
from rnnviz.recipe import Recipe
from rnnviz.text import visible
from rnnviz.ui import engine, lessons


@dataclass(frozen=True)
class Table:
    """Numbers to copy from the page. `given` columns are printed, the others are for the reader to fill in."""

    columns: tuple[str, ...]
    given: int
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Facts:
    """What is true of a lesson's page state: the right option, numbers for the texts, a table."""

    answer: str
    says: Mapping[str, str]
    table: Table


@st.cache_data(show_spinner=False, max_entries=16)
def of(key: str) -> Facts:
    """Return the facts of a lesson, computed once a process."""
    return _FACTS[key]()


def _text(key: str) -> str:
    return lessons.named(key).link.get("text", Recipe().text)


def _recipe(key: str) -> Recipe:
    return Recipe(lessons.named(key).link.get("model", Recipe().model), _text(key))


def _which(truth: float | str, options: Mapping[str, float | str]) -> str:
    """Return the option that is so. Raises where it is not exactly one."""
    (found,) = [name for name, value in options.items() if value == truth]
    return found


def _unit(trace, signal: str, unit: int, layer: int = 1) -> np.ndarray:
    return trace.layer(signal, layer).values[:, unit - 1].astype(float)


def _memory() -> Facts:
    trace, card = engine.trace(_recipe("memory")), engine.card(_recipe("memory").model)
    states = [name for name in trace.unit_signals if name in ("hidden", "cell")]
    carried = [sum(trace[name].isel(time=t, batch=0).size for name in states) for t in (9, len(trace.tokens) - 1)]
    right = "none" if carried[0] == carried[1] else "one" if carried[1] - carried[0] == 31 else "four"
    rows = []
    for t in (1, 10, 20, len(trace.tokens)):
        unit = _unit(trace, "hidden", 66, card.layers)  # the first that Home draws of this text
        rows.append((str(t), visible(trace.tokens[t - 1]), str(t), str(carried[0]), fmt_value(unit[t - 1])))
    return Facts(
        right,
        {"units": str(card.hidden), "layers": str(card.layers), "carried": fmt_count(carried[0]), "length": str(len(trace.tokens))},
        Table(("t", "token", "read", "carried", "h_unit_1"), 2, tuple(rows)),
    )


def _shared() -> Facts:
    recipe = _recipe("shared")
    count = sum(each.numel() for each in engine.model(recipe.model).recurrent.parameters())
    columns = {n: len(engine.trace(Recipe(recipe.model, (recipe.text * n)[: 5 * n])).tokens) for n in (1, 2, 4)}
    return Facts(
        _which(count, {"same": count, "double": 2 * count, "each": len(recipe.text) * count}),
        {"count": fmt_count(count), "double_count": fmt_count(2 * count), "each_count": fmt_count(5 * count), "length": str(columns[1])},
        Table(
            ("text", "columns", "parameters", "used"), 1,
            tuple(((recipe.text * n), str(steps), fmt_count(count), str(steps)) for n, steps in columns.items()),
        ),
    )  # fmt: skip


def _change() -> Facts:
    recipe, t = _recipe("change"), int(lessons.named("change").link["t"])
    was = engine.trace(recipe)
    now = engine.trace(Recipe(recipe.model, recipe.text[: t - 1] + "e" + recipe.text[t:]))
    layers = was.sizes("hidden")["layer"]
    change = np.linalg.norm(
        np.stack([now.layer("hidden", n).values - was.layer("hidden", n).values for n in range(1, layers + 1)]), axis=-1
    )
    moved = np.flatnonzero(change.any(axis=0)) + 1
    time = len(was.tokens)
    ranges = {"all": list(range(1, time + 1)), "one": [t], "after": list(range(t, time + 1))}
    (right,) = [name for name, steps in ranges.items() if steps == moved.tolist()]
    top = change[-1]
    return Facts(
        right,
        {
            "t": str(t), "time": str(time), "changed": str(int((change > 0).sum())), "all": str(change.size), "layers": str(layers),
            "first": fmt_small(float(top[t - 1])), "last": fmt_small(float(top[-1])),
        },
        Table(
            ("t", "token", "change_top"), 2,
            tuple((str(s), visible(was.tokens[s - 1]), fmt_small(float(top[s - 1]))) for s in (t - 1, t, t + 1, t + 10, t + 20, time)),
        ),
    )  # fmt: skip


_LETTERS = {"forget_gate": "f", "input_gate": "i", "candidate": "g", "output_gate": "o", "cell": "c", "hidden": "h"}


def _parts(trace, unit: int, t: int) -> dict[str, float]:
    found = {letter: float(_unit(trace, name, unit)[t - 1]) for name, letter in _LETTERS.items()}
    return {**found, "before": float(_unit(trace, "cell", unit)[t - 2]) if t > 1 else 0.0}


def _cell() -> Facts:
    link = lessons.named("cell").link
    trace, t, unit = engine.trace(_recipe("cell")), int(link["t"]), int(link["unit"])
    p = _parts(trace, unit, t)
    new = p["i"] * p["g"]
    options = {"new": new, "sum": p["f"] * p["before"] + new, "less": p["f"] * p["before"] - new}
    right = min(options, key=lambda name: abs(options[name] - p["c"]))
    drop = _parts(trace, 1, 5)
    rows = []
    for unit_, step in ((unit, t), (1, 4), (1, 5), (1, 6)):
        q = _parts(trace, unit_, step)
        signed = (fmt_value(q["before"]), *(fmt_value(q[x], signed=x == "g") for x in ("f", "i", "g")), fmt_value(q["c"]))
        rows.append((str(unit_), str(step), visible(trace.tokens[step - 1]), *signed))
    return Facts(
        right,
        {
            **{f"option_{name}": fmt_value(value) for name, value in options.items()},
            "f": fmt_value(p["f"], signed=False), "i": fmt_value(p["i"], signed=False), "g": fmt_value(p["g"]),
            "before": fmt_value(p["before"]), "c": fmt_value(p["c"]), "kept": fmt_value(p["f"] * p["before"]), "new": fmt_value(new),
            "drop_f": fmt_value(drop["f"], signed=False), "drop_before": fmt_value(drop["before"]), "drop_c": fmt_value(drop["c"]),
        },
        Table(("unit", "t", "token", "c_before", "f", "i", "g", "c"), 3, tuple(rows)),
    )  # fmt: skip


def _belt() -> Facts:
    from rnnviz.interventions import force, written

    link = lessons.named("belt").link
    recipe, t, unit = _recipe("belt"), int(link["t"]), int(link["unit"])
    hand = written([force("forget_gate", 1.0, units=(unit,), first=t), force("input_gate", 0.0, units=(unit,), first=t)])
    was, held = (_unit(engine.trace(Recipe(recipe.model, recipe.text, edits)), "cell", unit) for edits in ("", hand))
    options = {"zero": 0.0, "kept": float(held[t - 2]), "was": float(was[-1])}
    tokens = engine.trace(recipe).tokens
    return Facts(
        _which(float(held[-1]), options),
        {
            "t": str(t), "last": str(len(tokens)), "kept_c": fmt_value(float(held[t - 2])), "was_c": fmt_value(float(was[-1])),
            "end_c": fmt_value(float(held[-1])), "drift": fmt_small(float(np.abs(held[t - 2 :] - held[t - 2]).max())),
        },
        Table(
            ("t", "token", "c_was", "c_held"), 2,
            tuple((str(s), visible(tokens[s - 1]), fmt_value(was[s - 1]), fmt_value(held[s - 1])) for s in (1, 2, 3, 4, 5, 8, len(tokens))),
        ),
    )  # fmt: skip


def _counting() -> Facts:
    recipe = _recipe("counting")
    trace = engine.trace(recipe)
    cell = _unit(trace, "cell", 1)
    first_b = recipe.text.index("b")
    down = np.diff(cell[first_b:])
    right = "stairs" if (down < -0.5).all() and np.ptp(down) < 0.2 else "stays" if (np.abs(down) < 0.1).all() else "drops"
    probability = trace["probability"].isel(batch=0, time=-1)
    end = float(probability.sel(token="$"))
    best = str(probability["token"].values[int(probability.values.argmax())])
    assert best == "$"
    rows = [(str(t + 1), visible(trace.tokens[t]), fmt_value(cell[t])) for t in range(first_b - 2, len(trace.tokens))]
    return Facts(
        right,
        {
            "top": fmt_value(float(cell[first_b])), "down": fmt_value(float(down.mean())), "bottom": fmt_value(float(cell[-1])),
            "up": fmt_value(float(np.diff(cell[1:first_b]).mean())), "end": fmt_prob(end), "before_b": fmt_value(float(cell[first_b - 1])),
            "forget": fmt_value(float(_unit(trace, "forget_gate", 1)[1:].min()), signed=False),
        },
        Table(("t", "token", "c_unit_1"), 2, tuple(rows)),
    )  # fmt: skip


def _saturation() -> Facts:
    import torch

    def slope(function: Callable, x: float) -> float:
        at = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        return float(torch.autograd.grad(function(at), at)[0])

    steps = 20
    left = slope(torch.tanh, 2.0) ** steps
    right = "half" if left > 0.1 else "percent" if left > 1e-3 else "nothing"
    rows = [
        (name, fmt_value(x), fmt_small(float(function(torch.tensor(x, dtype=torch.float64)))), fmt_small(slope(function, x)),
         fmt_small(slope(function, x) ** steps))
        for name, function in (("tanh", torch.tanh), ("σ", torch.sigmoid))
        for x in (0.0, 1.0, 2.0)
    ]  # fmt: skip
    return Facts(
        right,
        {
            "slope0": fmt_small(slope(torch.tanh, 0.0)), "slope2": fmt_small(slope(torch.tanh, 2.0)), "left": fmt_small(left),
            "sigmoid0": fmt_small(slope(torch.sigmoid, 0.0)), "sigmoid_left": fmt_small(slope(torch.sigmoid, 0.0) ** steps),
            "steps": str(steps),
        },
        Table(("function", "x", "value", "slope", "product"), 2, tuple(rows)),
    )  # fmt: skip


def _hello() -> Facts:
    from rnnviz.worked_example import LETTERS, PRESETS, TARGETS, TEXT, forward, train

    now = forward(PRESETS["spreadsheet"])
    film = train(PRESETS["spreadsheet"], "adagrad", 2000)
    control = train(PRESETS["spreadsheet"], "adagrad", 2000, memory=False)
    right = _which(str(now.says), {"right": TARGETS, "one": "hhhh", "last": "oooo"})
    rows = [
        (str(t + 1), TEXT[t], *(fmt_prob(float(p)) for p in now.p[t]), str(now.says)[t], TARGETS[t]) for t in range(len(TEXT))
    ]  # fmt: skip
    return Facts(
        right,
        {
            "says": str(now.says), "p_h": fmt_prob(float(now.p[0][0])), "p_e": fmt_prob(float(now.p[0][1])),
            "right_from": str(film.right_from), "memoryless": fmt_value(float(control.losses[-1]), signed=False),
            "floor": fmt_value(math.log(2) / 2, signed=False), "loss": fmt_small(float(film.losses[-1])),
        },
        Table(("t", "reads", *(f"p({letter})" for letter in LETTERS), "says", "should"), 2, tuple(rows)),
    )  # fmt: skip


def _forgetting() -> Facts:
    from rnnviz.experiment import Experiment, repeated
    from rnnviz.ui import gradients

    recipe, rows, first = _recipe("forgetting"), [], {}
    for radius in (0.5, 1.0, 1.5):
        members = gradients.family(
            Experiment(recipe.model, repeated(recipe.text, 100), cell="lstm", radius=radius, keep_bias=5.0, init="orthogonal", seed=1)
        )
        for name, each in members.items():
            flows = gradients.flow(each).layer("hidden", 1, "forward").values
            first[name, radius] = float(flows[98, 0])
        rows.append((f"{radius:g}", *(fmt_small(first[name, radius]) for name in ("rnn", "gru", "lstm"))))
    left = first["rnn", 0.5]
    right = "tenth" if left > 1e-2 else "millionth" if left > 1e-10 else "nothing"
    assert first["rnn", 1.5] > 100
    return Facts(
        right,
        {
            "low": fmt_small(left), "high": fmt_small(first["rnn", 1.5]), "lstm_low": fmt_small(first["lstm", 0.5]),
            "lstm_high": fmt_small(first["lstm", 1.5]), "one": fmt_small(first["rnn", 1.0]),
        },
        Table(("radius", "RNN", "GRU", "LSTM"), 1, tuple(rows)),
    )  # fmt: skip


def _attention() -> Facts:
    from rnnviz.pair_recipe import PairRecipe

    link = lessons.named("attention").link
    answers = {
        scheme: engine.quiet_translation(PairRecipe(link["translator"], link["sentence"], scheme=scheme))
        for scheme in ("own", "uniform", "hardest")
    }
    own, even = answers["own"], answers["uniform"]
    right = "same" if own.text == even.text else "other" if even.text else "silent"
    weights, rows = own.attention, []
    assert weights is not None
    for step, token in enumerate(own.tokens[:10]):
        at = int(weights[step].argmax())
        rows.append((str(step + 1), token, own.source[at], fmt_value(float(weights[step][at]), signed=False)))
    return Facts(
        right,
        {
            "sentence": link["sentence"], "own": own.text, "even": even.text, "hardest": answers["hardest"].text,
            "tokens": str(len(own.source)), "share": fmt_value(1 / len(own.source), signed=False),
        },
        Table(("t", "says", "looks_at", "weight"), 2, tuple(rows)),
    )  # fmt: skip


def _language() -> Facts:
    from rnnviz.scoring import score, shuffled

    lesson = lessons.named("language")
    text, other = lesson.link["text"], lesson.link["against"]
    model = engine.model(_recipe("language").model)
    first, second = score(model, text), score(model, other)
    gap = second.bits - first.bits
    right = "same" if abs(gap) < 0.5 else "little" if 0 < gap < 5 else "much" if gap > 0 else "less"
    orders = shuffled(model, text, count=200)
    rows = [
        (each.text, str(each.counted), f"{each.bits:.2f}", f"{each.bits / each.counted:.2f}", fmt_small(math.exp(each.total)))
        for each in (first, second)
    ]
    return Facts(
        right,
        {
            "text": text, "other": other, "bits": f"{first.bits:.2f}", "other_bits": f"{second.bits:.2f}", "gap": f"{abs(gap):.2f}",
            "power": str(round(abs(gap) * math.log10(2))), "rank": str(orders.rank), "orders": str(len(orders.orders)),
        },
        Table(("sentence", "characters", "bits", "bits_each", "P"), 1, tuple(rows)),
    )  # fmt: skip


def _train() -> Facts:
    from rnnviz import records, tasks

    task = lessons.named("train").link["task"]
    chance = tasks.make(task).chance
    share = chance["metric"]
    right = "none" if share < 0.1 else "half" if share < 0.7 else "most"
    record = next(each for name in records.names(task) if (each := records.load(name))["settings"].get("cell", "lstm") == "lstm")
    curve = [(point["step"], point["loss"], point["metric"]) for point in record["curve"]]
    reached = next((step for step, _, metric in curve if metric >= 1.0), curve[-1][0])
    rows = tuple((str(step), fmt_small(loss), fmt_prob(metric)) for step, loss, metric in curve[:6])
    return Facts(
        right,
        {
            "share": fmt_prob(share),
            "loss": fmt_small(chance["loss"]),
            "reached": str(reached),
            "parameters": fmt_count(record["parameters"]),
        },
        Table(("step", "loss", "accuracy"), 1, rows),
    )


_FACTS: Mapping[str, Callable[[], Facts]] = {
    "memory": _memory, "shared": _shared, "change": _change, "cell": _cell, "belt": _belt, "counting": _counting,
    "saturation": _saturation, "hello": _hello, "forgetting": _forgetting, "attention": _attention, "language": _language, "train": _train,
}  # fmt: skip


def keys() -> Sequence[str]:
    return list(_FACTS)

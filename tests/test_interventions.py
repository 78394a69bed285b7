"""Interventions against step loops written out by hand, for every registered cell."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import TORCH_CELLS, seeded, tensor

import rnnviz
from rnnviz.cells import CELLS, State, stack
from rnnviz.interventions import (
    Intervention,
    ablate,
    ablation_map,
    clamp,
    continuation,
    force,
    intervene,
    intervene_each,
    parsed,
    released,
    written,
)

T, INPUTS, UNITS, LAYERS = 9, 3, 5, 2


def network(name, **options):
    return seeded(lambda: stack(name, INPUTS, UNITS, LAYERS, **options))


def by_hand(module, x, interventions):
    """Every signal of every layer of a one-directional stack, one step at a time from the first, nothing reused."""
    cell, layers = rnnviz.cells.cell_of(module), []
    for layer in range(LAYERS):
        weights = rnnviz.cells.Weights(*(getattr(module, f"{w}_l{layer}") for w in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")))
        state = State(torch.zeros(UNITS), torch.zeros(UNITS) if cell.has_cell_state else None)
        steps = []
        for t in range(len(x)):

            def edit(name, value, t=t, layer=layer):
                value = value.clone()
                for i in interventions:
                    if i.signal == name and i.layer == layer + 1 and i.first <= t + 1 <= (i.last or T):
                        for unit in i.units or range(1, UNITS + 1):
                            value[..., unit - 1] = value[..., unit - 1].clamp(i.low, i.high)
                return value

            state, signals = cell.step(weights, x[t], state, edit)
            steps.append(signals)
        layers.append(steps)
        x = torch.stack([s["hidden"] for s in steps])
    return layers


def lstm_by_hand(module, x, edit):
    """Layer 1 of an nn.LSTM by torch's documented equations, `edit(name, t, value)` after each of them."""
    w, u, b, d = (getattr(module, f"{n}_l0") for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    h, c, steps = torch.zeros(UNITS), torch.zeros(UNITS), []
    for t in range(len(x)):
        i, f, g, o = (w @ x[t] + b + u @ h + d).chunk(4)
        i, f = edit("input_gate", t, i.sigmoid()), edit("forget_gate", t, f.sigmoid())
        g, o = edit("candidate", t, g.tanh()), edit("output_gate", t, o.sigmoid())
        c = edit("cell", t, f * c + i * g)
        h = edit("hidden", t, o * c.tanh())
        steps.append({"input_gate": i, "forget_gate": f, "candidate": g, "output_gate": o, "cell": c, "hidden": h})
    return steps


def gru_by_hand(module, x, edit):
    w, u, b, d = (getattr(module, f"{n}_l0") for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    h, steps = torch.zeros(UNITS), []
    for t in range(len(x)):
        (wr, wz, wn), (ur, uz, un) = (w @ x[t] + b).chunk(3), (u @ h + d).chunk(3)
        r, z = edit("reset_gate", t, (wr + ur).sigmoid()), edit("update_gate", t, (wz + uz).sigmoid())
        n = edit("candidate", t, (wn + r * un).tanh())
        h = edit("hidden", t, (1 - z) * n + z * h)
        steps.append({"reset_gate": r, "update_gate": z, "candidate": n, "hidden": h})
    return steps


def rnn_by_hand(module, x, edit):
    w, u, b, d = (getattr(module, f"{n}_l0") for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    h, steps = torch.zeros(UNITS), []
    for t in range(len(x)):
        h = edit("hidden", t, (w @ x[t] + b + u @ h + d).tanh())
        steps.append({"hidden": h})
    return steps


@pytest.mark.parametrize(("name", "loop"), [("lstm", lstm_by_hand), ("gru", gru_by_hand), ("rnn", rnn_by_hand)])
def test_every_signal_can_be_forced_and_the_run_goes_on_by_the_documented_equations(name, loop):
    module, x = network(name), tensor(T, INPUTS, seed=1)
    for signal in (s.name for s in CELLS[name].signals):
        found = intervene(module, x, [force(signal, 0.25, units=(2, 4), first=3, last=5)])

        def edit(n, t, value, signal=signal):
            value = value.clone()
            if n == signal and 2 <= t <= 4:
                value[[1, 3]] = 0.25
            return value

        with torch.no_grad():
            for t, wanted in enumerate(loop(module, x, edit)):
                for other, value in wanted.items():
                    got = torch.tensor(found[other].isel(layer=0, direction=0, batch=0, time=t).values)
                    torch.testing.assert_close(got, value, rtol=1e-5, atol=1e-6)


holds = st.builds(
    lambda signal, bounds, layer, units, span: (signal, sorted(bounds), layer, units, sorted(span)),
    st.integers(0, 9),
    st.tuples(st.floats(-1, 1, width=32), st.floats(-1, 1, width=32)),
    st.integers(1, LAYERS),
    st.one_of(st.none(), st.lists(st.integers(1, UNITS), min_size=1, max_size=3, unique=True)),
    st.tuples(st.integers(1, T), st.integers(1, T)),
)


def test_what_the_hand_cannot_reach_stays_the_same_to_the_last_bit():
    """Beside the run with released bounds; beside `record` the by-hand steps round differently, which is no effect."""
    model = rnnviz.zoo.load("shakespeare-lstm")
    held = [force("forget_gate", 1, units=(125,), first=8), force("input_gate", 0, units=(125,), first=8)]
    twin = intervene(model, "Good morrow to you", released(held))
    change = intervene(model, "Good morrow to you", held)["hidden"].sel(layer=1).values != twin["hidden"].sel(layer=1).values
    change = change.reshape(18, -1)
    assert not change[:7].any()
    assert np.flatnonzero(change[7]).tolist() == [124]
    assert change[8:].sum() > 1500
    assert np.abs(twin["hidden"].values - rnnviz.record(model, "Good morrow to you")["hidden"].values).max() < 1e-6


@pytest.mark.parametrize("name", CELLS)
@settings(max_examples=25, deadline=None)
@given(drawn=st.lists(holds, min_size=1, max_size=3))
def test_intervene_equals_a_loop_from_the_first_step(name, drawn):
    names = [s.name for s in CELLS[name].signals]
    interventions = [
        Intervention(names[signal % len(names)], low, high, layer, "forward", None if units is None else tuple(units), *span)
        for signal, (low, high), layer, units, span in drawn
    ]
    module, x = network(name), tensor(T, INPUTS, seed=1)
    found = intervene(module, x, interventions)
    with torch.no_grad():
        for layer, steps in enumerate(by_hand(module, x, interventions)):
            for t, signals in enumerate(steps):
                for signal, value in signals.items():
                    got = torch.tensor(found[signal].isel(layer=layer, direction=0, batch=0, time=t).values)
                    torch.testing.assert_close(got, value, rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize("name", CELLS)
def test_nothing_before_the_first_edit_changes_at_all(name):
    module, x = network(name), tensor(T, INPUTS, seed=1)
    before, after = rnnviz.record(module, x), intervene(module, x, [force("hidden", 0.9, layer=2, first=6)])
    for signal in before:
        assert (before[signal].values[0] == after[signal].values[0]).all()
        assert (before[signal].values[1, ..., :5, :] == after[signal].values[1, ..., :5, :]).all()
    assert (before["hidden"].values[1, ..., 5:, :] != after["hidden"].values[1, ..., 5:, :]).any()
    assert (after["hidden"].values[1, ..., 5:, :] == 0.9 * torch.ones(1).numpy()).all()


@pytest.mark.parametrize("name", CELLS)
def test_holding_what_is_there_anyway_changes_nothing(name):
    module, x = network(name), tensor(T, INPUTS, seed=1)
    before = rnnviz.record(module, x)
    for signal in before:
        after = intervene(module, x, [clamp(signal, -100.0, 100.0)])
        for other in before:
            torch.testing.assert_close(torch.tensor(after[other].values), torch.tensor(before[other].values), rtol=1e-5, atol=1e-6)


def test_an_open_forget_gate_and_a_closed_input_gate_carry_the_cell_state_exactly():
    module, x = network("lstm"), tensor(T, INPUTS, seed=1)
    found = intervene(module, x, [force("forget_gate", 1, first=4), force("input_gate", 0, first=4)])
    cell = found["cell"].sel(layer=1, direction="forward", batch=1)
    for t in range(4, T + 1):
        assert (cell.sel(time=t).values == cell.sel(time=3).values).all()
    assert (found["forget_gate"].sel(layer=1, time=slice(4, None)).values == 1).all()


def test_an_open_update_gate_carries_a_grus_state_exactly():
    found = intervene(network("gru"), tensor(T, INPUTS, seed=1), [force("update_gate", 1, first=4)])
    hidden = found["hidden"].sel(layer=1, direction="forward", batch=1)
    assert (hidden.sel(time=slice(4, None)).values == hidden.sel(time=3).values).all()


@pytest.mark.parametrize("name", ["lstm", "gru", "rnn"])
def test_both_directions_and_padding(name):
    """A backward run is edited at the steps of the text; each padded sequence as if it were alone."""
    module = seeded(lambda: TORCH_CELLS[name](INPUTS, UNITS, LAYERS, bidirectional=True))
    x, lengths = tensor(T, 3, INPUTS, seed=2), [9, 6, 4]
    interventions = [
        force("hidden", 0.5, layer=1, direction="backward", units=(2,), first=2, last=4),
        ablate("hidden", layer=2, first=3, last=4),
    ]
    together = intervene(module, x, interventions, lengths=lengths)
    for row, length in enumerate(lengths):
        alone = intervene(module, x[:length, row : row + 1], interventions)
        for signal in together:
            got = torch.tensor(together[signal].values[:, :, row, :length])
            torch.testing.assert_close(got, torch.tensor(alone[signal].values[:, :, 0]), rtol=1e-5, atol=1e-6)
            assert together[signal].isel(batch=row, time=slice(length, None)).isnull().all()
    held = together["hidden"].sel(layer=1, direction="backward", unit=2)
    assert (held.sel(time=slice(2, 4)).values == 0.5).all()
    # run the backward half by hand: a forward run over the reversed text with the steps counted from its end
    reverse = TORCH_CELLS[name](INPUTS, UNITS, 1)
    for parameter in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        getattr(reverse, f"{parameter}_l0").data.copy_(getattr(module, f"{parameter}_l0_reverse"))
    turned = intervene(reverse, x[:6, 1].flip(0), [force("hidden", 0.5, units=(2,), first=3, last=5)])
    torch.testing.assert_close(
        torch.tensor(together["hidden"].sel(layer=1, direction="backward", batch=2, time=slice(1, 6)).values),
        torch.tensor(turned["hidden"].values[0, 0, 0]).flip(0), rtol=1e-5, atol=1e-6,
    )  # fmt: skip


@pytest.mark.parametrize("name", CELLS)
def test_variants_in_one_pass_equal_one_by_one(name):
    module, x = network(name), tensor(T, INPUTS, seed=1)
    variants = [[ablate("hidden", units=(1,), first=2)], [force("hidden", 0.3, layer=2, first=5, last=6)], [],
                [ablate("hidden", units=(3,), first=2), clamp("hidden", -0.1, 0.1, first=7)]]  # fmt: skip
    together = intervene_each(module, x, variants)
    for row, variant in enumerate(variants):
        alone = intervene(module, x, variant)
        for signal in together:
            torch.testing.assert_close(
                torch.tensor(together[signal].values[:, :, row]), torch.tensor(alone[signal].values[:, :, 0]), rtol=1e-5, atol=1e-6
            )


@pytest.mark.parametrize("layer", [1, 2])
def test_the_ablation_map_equals_explicit_runs(layer):
    model, text = rnnviz.zoo.load("tiny-lstm"), "To be, or not"
    if layer > len(model.recurrent._all_weights):
        model, text = rnnviz.zoo.load("shakespeare-lstm"), "To be"
    found = ablation_map(model, text, layer=layer, first=3)
    base = rnnviz.record(model, text)["probability"].values[0].astype(float)
    assert found.dims == ("unit", "time")
    for unit in range(1, found.sizes["unit"] + 1, 37 if layer == 2 else 1):
        after = intervene(model, text, [ablate("hidden", layer=layer, units=(unit,), first=3)])["probability"].values[0].astype(float)
        wanted = (base * torch.tensor(base / after).log2().numpy()).sum(1)
        assert found.sel(unit=unit).values == pytest.approx(wanted, abs=2e-5)
    assert (found.sel(time=slice(1, 2)).values == 0).all()
    assert found.values[:, 2:].max() > 0.01
    assert found.attrs["units"] == "bits"


def test_the_ablation_map_of_a_module_is_a_distance_of_its_outputs():
    module, x = network("gru"), tensor(T, INPUTS, seed=1)
    found = ablation_map(module, x, signal="update_gate", layer=1)
    base = rnnviz.record(module, x)["hidden"].sel(layer=2).values[0, 0]
    for unit in range(1, UNITS + 1):
        after = intervene(module, x, [ablate("update_gate", units=(unit,))])["hidden"].sel(layer=2).values[0, 0]
        assert found.sel(unit=unit).values == pytest.approx(((after - base) ** 2).sum(1) ** 0.5, abs=1e-6)


def test_a_text_is_read_on_with_the_hand_laid_on_it():
    model = rnnviz.zoo.load("tiny-gru")
    before, after = rnnviz.record(model, "What now?"), intervene(model, "What now?", [force("update_gate", 1.0, first=5)])
    assert after.tokens == before.tokens
    assert (before["probability"].values[0, :4] == after["probability"].values[0, :4]).all()
    last = torch.tensor(after["hidden"].values[0, 0, 0])
    torch.testing.assert_close(torch.tensor(after["probability"].values[0]), model.readout(last).softmax(-1), rtol=1e-5, atol=1e-6)


def test_bounds_that_are_broken_are_not_claimed():
    module, x = network("lstm"), tensor(T, INPUTS, seed=1)
    assert "valid_range" not in intervene(module, x, [force("forget_gate", 3.0)])["forget_gate"].attrs
    assert intervene(module, x, [force("forget_gate", 1.0)])["forget_gate"].attrs["valid_range"] == (0, 1)


def test_the_module_stays_as_it_was():
    module, x = network("lstm").train(), tensor(T, INPUTS, seed=1)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    intervene(module, x, [ablate("cell")])
    assert module.training
    assert all((module.state_dict()[name] == value).all() for name, value in before.items())


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ({"signal": "update_gate"}, "'update_gate' is not computed by LSTM; there are forget_gate, input_gate"),
        ({"layer": 3}, "layer: 3 of cell is not there; layers go from 1 to 2"),
        ({"layer": 0}, "layers go from 1 to 2"),
        ({"direction": "backward"}, "direction: 'backward' is not there"),
        ({"units": (0,)}, r"units: \[0\] of cell are not all there; they go from 1 to 5"),
        ({"units": (6,)}, "they go from 1 to 5"),
        ({"units": ()}, r"units: \[\]"),
        ({"first": 0}, "held from 0 to 9; the text goes from 1 to 9"),
        ({"first": 5, "last": 4}, "held from 5 to 4"),
        ({"last": 10}, "held from 1 to 10"),
    ],
)
def test_what_is_not_there_is_named(where, says):
    with pytest.raises(ValueError, match=says):
        intervene(network("lstm"), tensor(T, INPUTS), [ablate(where.pop("signal", "cell"), **where)])


@pytest.mark.parametrize("bounds", [(math.nan, 1), (0, math.inf), (1, 0)])
def test_bounds_are_finite_and_in_order(bounds):
    with pytest.raises(ValueError, match="bounds must be finite and in order"):
        clamp("cell", *bounds)


def test_variants_need_one_sequence():
    with pytest.raises(ValueError, match="got a batch of 2"):
        intervene_each(network("lstm"), tensor(T, 2, INPUTS), [[]])
    with pytest.raises(ValueError, match="variants: there is none"):
        intervene_each(network("lstm"), tensor(T, INPUTS), [])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
def test_on_a_gpu():
    module, x = network("lstm"), tensor(T, INPUTS, seed=1)
    here = intervene(module, x, [force("forget_gate", 1, first=3)])
    there = intervene(module.cuda(), x.cuda(), [force("forget_gate", 1, first=3)])
    for signal in here:
        torch.testing.assert_close(torch.tensor(here[signal].values), torch.tensor(there[signal].values), rtol=1e-4, atol=1e-5)


def test_the_continuation_runs_free_from_the_edited_state():
    """Against reading the text and everything written so far again, from the first character, for each new one."""
    model, text = rnnviz.zoo.load("shakespeare-gru"), "The king said"
    for interventions in ([], [force("update_gate", 1.0, first=9)]):
        written_on = ""
        for _ in range(6):
            probability = intervene(model, text + written_on, [i.__class__(**{**i.__dict__, "last": len(text)}) for i in interventions])
            row = probability["probability"].isel(batch=0, time=-1, token=slice(1, None))
            written_on += str(row["token"].values[row.values.argmax()])
        assert continuation(model, text, 6, interventions) == written_on
    assert continuation(model, text, 6) != continuation(model, text, 6, [force("update_gate", 1.0, first=2)])


@given(
    st.lists(
        st.builds(
            lambda signal, a, b, layer, back, units, first, more: Intervention(
                signal, min(a, b), max(a, b), layer, back, units, first, None if more is None else first + more
            ),
            st.sampled_from(["forget_gate", "cell"]), st.floats(-9, 9, width=32), st.floats(-9, 9, width=32), st.integers(1, 9),
            st.sampled_from(["forward", "backward"]), st.one_of(st.none(), st.lists(st.integers(1, 99), min_size=1).map(tuple)),
            st.integers(1, 500), st.one_of(st.none(), st.integers(0, 9)),
        ),
        max_size=3,
    )
)  # fmt: skip
def test_a_link_brings_back_what_it_was_given(interventions):
    back = parsed(written(interventions))
    assert written(back) == written(interventions)
    for old, new in zip(interventions, back, strict=True):
        assert (new.low, new.high) == pytest.approx((old.low, old.high), rel=1e-8)
        assert (new.signal, new.layer, new.direction, new.units, new.first, new.last) == (
            old.signal, old.layer, old.direction, old.units, old.first, old.last,
        )  # fmt: skip


@pytest.mark.parametrize(
    "text", ["x", "forget_gate=nan@1:1:1-2", "forget_gate=1e999@1:1:1-", "f=1@1:1:1-2;<script>", "cell=2..1@1:1:1-", "cell=1@1:1:-"]
)
def test_a_link_that_makes_no_sense_is_named(text):
    with pytest.raises(ValueError, match=r"edits: .* cannot be read; it looks like forget_gate=1@1:12:3-40"):
        parsed(text)


def relu_by_hand(module, x, edit):
    w, u, b, d = (getattr(module, f"{n}_l0") for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    h, steps = torch.zeros(UNITS), []
    for t in range(len(x)):
        h = edit("hidden", t, (w @ x[t] + b + u @ h + d).clamp_min(0))
        steps.append({"hidden": h})
    return steps


def test_a_rectified_network_goes_on_by_its_equation():
    module, x = network("rnn-relu"), tensor(T, INPUTS, seed=1)
    found = intervene(module, x, [force("hidden", 0.5, units=(1,), first=4, last=6)])

    def edit(_, t, value):
        value = value.clone()
        if 3 <= t <= 5:
            value[0] = 0.5
        return value

    with torch.no_grad():
        for t, wanted in enumerate(relu_by_hand(module, x, edit)):
            got = torch.tensor(found["hidden"].isel(layer=0, direction=0, batch=0, time=t).values)
            torch.testing.assert_close(got, wanted["hidden"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["lstm", "gru", "rnn", "rnn-relu"])
@pytest.mark.parametrize("time", [1, 7])
@pytest.mark.parametrize(
    "options", [{}, {"bias": False}, {"batch_first": True}, {"bidirectional": True, "dtype": torch.float64}, {"proj_size": 2}], ids=str
)
def test_a_hand_that_holds_nothing_back_changes_nothing(name, time, options):
    """Stepping by hand equals torch's kernels for whatever a module can be: projections, no bias, initial states, padding."""
    if "proj_size" in options and name != "lstm":
        pytest.skip("torch projects LSTMs alone")
    module = seeded(lambda: TORCH_CELLS[name](INPUTS, UNITS, LAYERS, **options))
    dtype = options.get("dtype", torch.float32)
    x = tensor(time, 2, INPUTS, seed=3, dtype=dtype)
    rows = LAYERS * (2 if options.get("bidirectional") else 1)
    start = tensor(rows, 2, options.get("proj_size", UNITS), seed=4, dtype=dtype)
    state = (start, tensor(rows, 2, UNITS, seed=5, dtype=dtype)) if name == "lstm" else start
    lengths = [time, max(1, time - 2)]
    given_x = x.transpose(0, 1) if options.get("batch_first") else x
    packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, enforce_sorted=False)
    for inputs, more in ((given_x, {"lengths": lengths}), (packed, {})):
        before = rnnviz.record(module, inputs, state=state, **more)
        wide = [clamp(s.name, -1e6, 1e6, direction=d) for s in CELLS[name].signals for d in before.directions]
        after = intervene(module, inputs, [*wide, clamp("hidden", -1e6, 1e6, layer=2, first=time)], state=state, **more)
        for signal in before:
            torch.testing.assert_close(
                torch.tensor(after[signal].values), torch.tensor(before[signal].values), rtol=1e-5, atol=2e-6, equal_nan=True
            )


def test_the_residual_claims_no_more_than_was_compared():
    module, x = seeded(lambda: torch.nn.LSTM(INPUTS, UNITS)), tensor(T, INPUTS)
    assert math.isnan(intervene(module, x, [force("forget_gate", 1.0)]).residual)
    assert 0 < intervene(module, x, [force("forget_gate", 1.0, last=4)]).residual < 1e-5


def test_a_bound_beyond_the_number_type_is_refused():
    with pytest.raises(ValueError, match=r"cell: .* is beyond torch.float32"):
        intervene(network("lstm"), tensor(T, INPUTS), [force("cell", 1e300)])


def test_the_continuation_draws_nothing_and_leaves_the_mode_alone():
    from rnnviz.models import LanguageModel
    from rnnviz.text import CharacterVocabulary

    model = seeded(lambda: LanguageModel(CharacterVocabulary("abcd"), "lstm", 6, layers=2, dropout=0.5)).train()
    before = torch.random.get_rng_state()
    assert len({continuation(model, "abca", 9) for _ in range(4)}) == 1
    assert (torch.random.get_rng_state() == before).all()
    assert model.training


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
def test_variants_on_a_gpu():
    module, x = network("lstm"), tensor(T, INPUTS, seed=1)
    here = ablation_map(module, x, first=2)
    torch.testing.assert_close(
        torch.tensor(here.values), torch.tensor(ablation_map(module.cuda(), x.cuda(), first=2).values), rtol=1e-4, atol=1e-5
    )

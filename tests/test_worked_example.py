"""The worked example against the numbers that its sources print, torch's autograd and optimisers, and a spreadsheet program."""

from __future__ import annotations

import io
import math
import re
import shutil
import subprocess

import numpy as np
import openpyxl
import pytest
import torch

from rnnviz.spreadsheet import workbook
from rnnviz.worked_example import FLOOR, LETTERS, PRESETS, PUBLISHED, TARGETS, TEXT, forward, train, with_recurrence

RATES = {"sgd": (torch.optim.SGD, 0.1), "adagrad": (torch.optim.Adagrad, 0.1), "adam": (torch.optim.Adam, 0.05)}


def by_torch(weights):
    """Logits (time, letter) of "hell", typed from the equations, for autograd."""
    hidden, logits = torch.zeros(3, dtype=torch.float64), []
    for letter in TEXT:
        x = torch.tensor([float(each == letter) for each in LETTERS], dtype=torch.float64)
        recalled = weights["W_hh"] @ hidden if weights["W_hh"].ndim else weights["W_hh"] * hidden
        hidden = torch.tanh(weights["W_xh"] @ x + recalled + weights["b"])
        logits.append(weights["W_hy"] @ hidden + weights.get("b_y", 0))
    return torch.stack(logits)


def tensors(example):
    return {name: torch.tensor(values, requires_grad=True) for name, values in example.matrices().items()}


def summed_loss(weights):
    return torch.nn.functional.cross_entropy(by_torch(weights), torch.tensor([LETTERS.index(t) for t in TARGETS]), reduction="sum")


def test_the_published_numbers_follow_from_the_published_weights():
    found = forward(PRESETS["spreadsheet"])
    for name, rows in PUBLISHED["spreadsheet"].items():
        for row, printed in zip(getattr(found, name), rows, strict=False):
            assert row == pytest.approx(printed, abs=5e-6), name
    assert found.says == "hhhh"
    assert found.loss == pytest.approx([1.584146, 1.817514, 1.843099, 1.566516], abs=1e-6)
    assert found.loss.mean() == pytest.approx(1.7028, abs=5e-5)


def test_the_figure_is_reproduced_to_its_one_decimal():
    found = forward(PRESETS["figure"])
    for name, rows in PUBLISHED["figure"].items():
        assert getattr(found, name) == pytest.approx(np.array(rows), abs=0.0051), name
    assert [a == b for a, b in zip(found.says, TARGETS, strict=True)] == [False, False, True, True]


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("recurrence", ["scalar", "full", "none"])
def test_forward_is_torchs(preset, recurrence):
    example = with_recurrence(PRESETS[preset], recurrence)
    found = forward(example)
    assert found.difference <= 1e-15
    with torch.no_grad():
        logits = by_torch(tensors(example))
    assert found.y == pytest.approx(logits.numpy(), abs=1e-14)
    assert found.p == pytest.approx(logits.softmax(-1).numpy(), abs=1e-14)
    assert found.from_x + found.from_h == pytest.approx(np.arctanh(found.h), abs=1e-9)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("recurrence", ["scalar", "full"])
def test_gradients_are_autograds(preset, recurrence):
    example = with_recurrence(PRESETS[preset], recurrence)
    weights = tensors(example)
    expected = torch.autograd.grad(summed_loss(weights), list(weights.values()))
    (found, *_) = train(example, "sgd", 1).gradients
    for name, wanted in zip(weights, expected, strict=True):
        assert found[name].shape == tuple(wanted.shape)
        assert found[name] == pytest.approx(wanted.numpy(), abs=1e-13), name


def test_gradients_at_the_published_weights():
    (found, *_) = train(PRESETS["spreadsheet"], "sgd", 1).gradients
    assert found["W_hh"] == pytest.approx(0.235706, abs=1e-6)
    assert found["b"] == pytest.approx(0.388121, abs=1e-6)
    assert found["W_hy"][0] == pytest.approx([1.482962, 1.593961, 1.448337], abs=1e-6)
    assert (found["W_xh"][:, 3] == 0).all(), "o is never fed"


@pytest.mark.parametrize("optimiser", RATES)
@pytest.mark.parametrize("memory", [True, False])
def test_training_is_that_of_torch_optim(optimiser, memory):
    example = PRESETS["spreadsheet"]
    film = train(example, optimiser, 60, memory=memory)
    weights = tensors(example if memory else with_recurrence(example, "none"))
    kind, rate = RATES[optimiser]
    rule = kind([w for name, w in weights.items() if memory or name != "W_hh"], lr=rate)
    for step in range(61):
        loss = summed_loss(weights)
        assert film.losses[step] == pytest.approx(loss.item() / 4, rel=1e-7)
        rule.zero_grad()
        loss.backward()
        rule.step()
    assert len(film.passes) == len(film.gradients) == len(film.kept)
    assert film.kept[0] == 0
    assert film.kept[-1] == 60


@pytest.mark.parametrize(
    ("recurrence", "optimiser", "right_from"), [("scalar", "sgd", 74), ("full", "sgd", 38), ("scalar", "adam", 15), ("full", "adam", 23)]
)
def test_all_four_letters_are_right_from_the_step_that_was_measured(recurrence, optimiser, right_from):
    film = train(with_recurrence(PRESETS["spreadsheet"], recurrence), optimiser, 400)
    assert film.right_from == right_from
    assert film.passes[-1].says == "ello"
    assert film.losses[-1] < 0.05


def test_without_memory_the_floor_holds():
    film = train(PRESETS["spreadsheet"], "adam", 2000, memory=False)
    assert film.right_from is None
    assert math.log(2) / 2 == FLOOR < film.losses.min()
    assert film.losses[-1] == pytest.approx(FLOOR, abs=2e-4)
    l_and_o = film.passes[-1].p[2:, [LETTERS.index("l"), LETTERS.index("o")]]
    assert l_and_o == pytest.approx(0.5, abs=0.01), "after l it gives l and o half each"
    assert (film.passes[-1].example.W_hh == 0).all()


def test_the_same_settings_give_the_same_numbers():
    first, second = (train(PRESETS["figure"], "adagrad", 50) for _ in range(2))
    assert (first.losses == second.losses).all()


def test_what_cannot_be_trained_is_said():
    with pytest.raises(ValueError, match="'foo' is not one of sgd, adagrad, adam"):
        train(PRESETS["figure"], "foo")


# the spreadsheet


def recalculated(data):
    """Every cell's value by evaluating the formulas here: numbers, + - * /, and the functions that the workbook uses."""
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    values: dict[str, float | str] = {}

    def value(address):
        if address not in values:
            raw = sheet[address].value
            values[address] = formula(raw[1:]) if isinstance(raw, str) and raw.startswith("=") else raw
        return values[address]

    def numbers(first, last):
        return [value(cell.coordinate) for row in sheet[f"{first}:{last}"] for cell in row]

    def formula(text):
        text = text.replace("$", "")
        text = re.sub(r"INDEX\(\{([^}]*)\},MATCH\(MAX\((\w+):(\w+)\),\w+:\w+,0\)\)", r"[\1][argmax(numbers('\2','\3'))]", text)
        text = re.sub(r"(SUM|AVERAGE|MAX)\(([A-Z]+\d+):([A-Z]+\d+)\)", r"\1(numbers('\2','\3'))", text)
        text = re.sub(r"(?<!['\w])([A-Z]\d+)(?!['\w(])", r"value('\1')", text)
        names = {"TANH": math.tanh, "EXP": math.exp, "LN": math.log, "SUM": sum, "MAX": max, "AVERAGE": lambda v: sum(v) / len(v)}
        return eval(text, {"__builtins__": {}, "value": value, "numbers": numbers, "argmax": lambda v: v.index(max(v)), **names})

    return {cell.coordinate: value(cell.coordinate) for row in sheet.iter_rows() for cell in row if cell.value is not None}, sheet


def by_spreadsheet_program(data, folder):
    """The same by LibreOffice."""
    (folder / "example.xlsx").write_bytes(data)
    command = [shutil.which("soffice") or "", "--headless",
               f"-env:UserInstallation=file://{folder}/profile", "--convert-to", "xlsx:Calc MS Excel 2007 XML",
               "--outdir", str(folder / "out"), str(folder / "example.xlsx")]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    sheet = openpyxl.load_workbook(folder / "out" / "example.xlsx", data_only=True).active
    return {cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None}, sheet


def check_workbook(values, sheet, example):
    found = forward(example)
    compared = 0
    labels = {"W_xh x unit": found.from_x, "W_hh h + b unit": found.from_h, "h unit": found.h, "y": found.y, "p": found.p}
    for row in range(1, sheet.max_row + 1):
        label = values.get(f"A{row}")
        if not isinstance(label, str):
            continue
        for start, expected in labels.items():
            match = re.fullmatch(rf"{re.escape(start)} (\d|[helo])", label)
            if match:
                at = int(match[1]) - 1 if match[1].isdecimal() else LETTERS.index(match[1])
                for t in range(4):
                    assert values[f"{'BCDE'[t]}{row}"] == pytest.approx(expected[t, at], abs=1e-6), label
                    compared += 1
        if label == "says":
            assert "".join(values[f"{column}{row}"] for column in "BCDE") == found.says
        if label == "mean loss":
            assert values[f"B{row}"] == pytest.approx(found.loss.mean(), abs=1e-6)
            compared += 1
    assert compared == 4 * (3 + 3 + 3 + 4 + 4) + 1


EXAMPLES = {"scalar": PRESETS["spreadsheet"], "full": with_recurrence(PRESETS["spreadsheet"], "full"), "figure": PRESETS["figure"]}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_spreadsheets_formulas_give_the_engines_numbers(name):
    data = workbook(EXAMPLES[name])
    check_workbook(*recalculated(data), EXAMPLES[name])


def test_a_changed_cell_changes_what_follows():
    book = openpyxl.load_workbook(io.BytesIO(workbook(PRESETS["spreadsheet"])))
    sheet = book.active
    row = next(r for r in range(1, 30) if sheet.cell(r, 1).value == "W_hh") + 1
    sheet.cell(row, 2).value = -0.9
    stream = io.BytesIO()
    book.save(stream)
    example = EXAMPLES["scalar"].__class__(**{**EXAMPLES["scalar"].matrices(), "W_hh": np.array(-0.9)})
    check_workbook(*recalculated(stream.getvalue()), example)


@pytest.mark.skipif(not shutil.which("soffice"), reason="no LibreOffice here; the formulas are evaluated above")
@pytest.mark.parametrize("name", EXAMPLES)
def test_libreoffice_gives_the_engines_numbers(name, tmp_path):
    check_workbook(*by_spreadsheet_program(workbook(EXAMPLES[name]), tmp_path), EXAMPLES[name])


def test_every_computed_cell_is_a_formula():
    sheet = openpyxl.load_workbook(io.BytesIO(workbook(PRESETS["spreadsheet"]))).active
    for row in sheet.iter_rows():
        label = row[0].value
        if isinstance(label, str) and re.match(r"(W_xh x|W_hh h|sum|h unit|y |exp|p |says|loss|mean)", label):
            for cell in row[1:5]:
                assert cell.value is None or str(cell.value).startswith("="), cell.coordinate

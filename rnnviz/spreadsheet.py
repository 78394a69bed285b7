"""The worked example as a spreadsheet with live formulas: change a weight, and every number after it follows."""

from __future__ import annotations

import io

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill

from rnnviz.worked_example import LETTERS, TARGETS, TEXT, Example

_BOLD, _INPUT = Font(bold=True), PatternFill("solid", fgColor="FFF2CC")


def workbook(example: Example) -> bytes:
    """Return the example as .xlsx. Weights are numbers on a yellow ground; everything else is a formula.

    Sheet `forward`: one column a letter, from row to row what the cell computes. Cells are found by the labels in column A.
    """
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "forward"
    sheet.column_dimensions["A"].width = 24
    row = 1

    def title(text: str) -> None:
        nonlocal row
        sheet.cell(row, 1, text).font = _BOLD
        row += 1

    def matrix(name: str, values, rows: list[str], columns: list[str]) -> list[list[str]]:
        """Write numbers to edit; return their addresses."""
        nonlocal row
        sheet.cell(row, 1, name).font = _BOLD
        for at, column in enumerate(columns):
            sheet.cell(row, 2 + at, column)
        row += 1
        places = []
        for label, line in zip(rows, values, strict=True):
            sheet.cell(row, 1, label)
            for at, value in enumerate(line):
                sheet.cell(row, 2 + at, float(value)).fill = _INPUT
            places.append([f"${chr(66 + at)}${row}" for at in range(len(line))])
            row += 1
        row += 1
        return places

    def formulas(name: str, lines: list[list[str]], labels: list[str]) -> list[list[str]]:
        """Write one row a unit, one column a letter of the text; return their addresses."""
        nonlocal row
        places = []
        for label, line in zip(labels, lines, strict=True):
            sheet.cell(row, 1, f"{name} {label}".strip())
            for t, formula in enumerate(line):
                sheet.cell(row, 2 + t, formula if formula.startswith("=") else float(formula))
            places.append([f"{chr(66 + t)}{row}" for t in range(len(line))])
            row += 1
        row += 1
        return places

    units, steps = [f"unit {at + 1}" for at in range(len(example.W_xh))], range(len(TEXT))
    letters = list(LETTERS)
    title("The weights: change any yellow cell")
    w_xh = matrix("W_xh", example.W_xh, units, letters)
    scalar = not example.W_hh.ndim
    w_hh = matrix("W_hh", [[example.W_hh]] if scalar else example.W_hh, [""] if scalar else units, [""] if scalar else units)
    b = matrix("b", [[example.b]] if not example.b.ndim else [[value] for value in example.b], [""] if not example.b.ndim else units, [""])
    w_hy = matrix("W_hy", example.W_hy, letters, units)
    b_y = None if example.b_y is None else matrix("b_y", [[value] for value in example.b_y], letters, [""])

    title("Reading the text: one column a letter")
    sheet.cell(row, 1, "reads")
    sheet.cell(row + 1, 1, "should say")
    for t in steps:
        sheet.cell(row, 2 + t, TEXT[t])
        sheet.cell(row + 1, 2 + t, TARGETS[t])
    row += 3
    x = formulas("x", [["1" if TEXT[t] == letter else "0" for t in steps] for letter in letters], letters)

    def total(weights: list[str], values: list[str]) -> str:
        return "+".join(f"{weight}*{value}" for weight, value in zip(weights, values, strict=True))

    column = lambda block, t: [line[t] for line in block]  # noqa: E731
    from_x = formulas("W_xh x", [[f"={total(w_xh[u], column(x, t))}" for t in steps] for u in range(len(units))], units)
    start = row
    h_rows = [start + 2 * (len(units) + 1) + u for u in range(len(units))]  # where the states will stand
    before = lambda u, t: "0" if t == 0 else f"{chr(66 + t - 1)}{h_rows[u]}"  # noqa: E731
    recalled = (
        (lambda u, t: f"{w_hh[0][0]}*{before(u, t)}")
        if scalar
        else (lambda u, t: total(w_hh[u], [before(v, t) for v in range(len(units))]))
    )
    bias = lambda u: b[0][0] if not example.b.ndim else b[u][0]  # noqa: E731
    from_h = formulas("W_hh h + b", [[f"={recalled(u, t)}+{bias(u)}" for t in steps] for u in range(len(units))], units)
    sums = formulas("sum", [[f"={from_x[u][t]}+{from_h[u][t]}" for t in steps] for u in range(len(units))], units)
    h = formulas("h", [[f"=TANH({sums[u][t]})" for t in steps] for u in range(len(units))], units)
    assert [int(line[0][1:]) for line in h] == h_rows
    out = lambda k: "" if b_y is None else f"+{b_y[k][0]}"  # noqa: E731
    y = formulas("y", [[f"={total(w_hy[k], column(h, t))}{out(k)}" for t in steps] for k in range(len(letters))], letters)
    top = lambda t: f"MAX({y[0][t]}:{y[-1][t]})"  # noqa: E731 (taken off first: e to the 710 is more than a spreadsheet holds)
    exp = formulas("exp(y - max y)", [[f"=EXP({y[k][t]}-{top(t)})" for t in steps] for k in range(len(letters))], letters)
    p = formulas("p", [[f"={exp[k][t]}/SUM({exp[0][t]}:{exp[-1][t]})" for t in steps] for k in range(len(letters))], letters)
    says = [
        f"=INDEX({{{','.join(chr(34) + letter + chr(34) for letter in letters)}}},MATCH(MAX({p[0][t]}:{p[-1][t]}),{p[0][t]}:{p[-1][t]},0))"
        for t in steps
    ]
    formulas("says", [says], [""])
    wanted = lambda t: y[LETTERS.index(TARGETS[t])][t]  # noqa: E731
    loss = formulas("loss (nats)", [[f"=LN(SUM({exp[0][t]}:{exp[-1][t]}))-({wanted(t)}-{top(t)})" for t in steps]], [""])
    formulas("mean loss", [[f"=AVERAGE({loss[0][0]}:{loss[0][-1]})"]], [""])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()

"""A cell's formulas as trees, for pages that print them with numbers filled in."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

Tree = str | float | list
"""A name, a number, or [operator, part, …] with + - * or the name of a function."""

FUNCTIONS = {"sigmoid": lambda v: 1 / (1 + np.exp(-v)), "tanh": np.tanh, "relu": lambda v: np.maximum(v, 0)}
_OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}


@cache
def tree(formula: str) -> Tree:
    """Return a formula such as "forget_gate * previous_cell + input_gate * candidate" as a tree.

    Raises ValueError for anything but names, numbers, + - * and the functions above.
    """
    return _tree(ast.parse(formula, mode="eval").body, formula)


def names(parsed: Tree) -> list[str]:
    """Return the names in a tree, each once, from left to right."""
    if isinstance(parsed, list):
        return list(dict.fromkeys(name for part in parsed[1:] for name in names(part)))
    return [parsed] if isinstance(parsed, str) else []


def evaluate(parsed: Tree, values: Mapping[str, Any]) -> Any:
    """Return what a tree comes to, with a number or an array for each name."""
    if isinstance(parsed, str):
        return values[parsed]
    if not isinstance(parsed, list):
        return parsed
    parts = [evaluate(part, values) for part in parsed[1:]]
    match parsed[0]:
        case "+":
            return sum(parts[1:], parts[0])
        case "-":
            return parts[0] - parts[1]
        case "*":
            return parts[0] * parts[1]
        case name:
            return FUNCTIONS[name](parts[0])


def _tree(node: ast.expr, formula: str) -> Tree:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            sign = _OPERATORS[type(op)]
            parts = [_tree(left, formula), _tree(right, formula)]
            if sign == "+" and isinstance(parts[0], list) and parts[0][0] == "+":  # a + b + c is one sum
                parts = [*parts[0][1:], parts[1]]
            return [sign, *parts]
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in FUNCTIONS:
            return [name, _tree(argument, formula)]
    raise ValueError(f"formula: {ast.unparse(node)!r} in {formula!r} is not a name, a number, + - * or one of {', '.join(FUNCTIONS)}")

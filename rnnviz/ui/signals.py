"""Signals in the reader's words. An engine and its files speak English; what is drawn speaks the language of the page."""

from __future__ import annotations

from rnnviz.trace import Trace
from rnnviz.ui import content


def name(kind: str, signal: str, language: str, otherwise: str) -> str:
    """Return what a signal is called in a language; `otherwise` for one that nobody has named there."""
    plain = signal.removeprefix("encoder_").removeprefix("decoder_")
    return content.words("signals", language).get(kind, {}).get(plain, otherwise)


def of_a_cell(signal: str, language: str) -> str:
    """Return what a signal of any cell is called, even where the cell at hand has none of that name."""
    words = content.words("signals", language)
    return {**words["state"], **words["gate"]}.get(signal, signal.replace("_", " "))


def names(trace: Trace, language: str) -> dict[str, str]:
    """Return what the signals of a trace are called, in its order: signal -> words."""
    found = {key: trace.part(key).attrs for key in trace}
    return {key: name(attrs["kind"], key, language, attrs.get("long_name", key)) for key, attrs in found.items()}


def spoken(trace: Trace, language: str) -> Trace:
    """Return the trace as pictures take it: the same arrays, with signals called as in this language."""
    return trace.called(names(trace, language))

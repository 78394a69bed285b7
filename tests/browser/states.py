"""Every page in a state that shows most of what it has: where the tests for all pages begin."""

from __future__ import annotations

from dataclasses import dataclass

from visiting import PICTURE


@dataclass(frozen=True)
class State:
    name: str
    path: str
    drawn: str = PICTURE
    """What is there once the page is."""


HEADING = "[data-testid=stHeading]"

STATES = (
    State("home", "/?text=Good%20morrow&t=5"),
    State("gates", "/gates?text=Good%20morrow&t=5"),
    State("unrolled", "/unrolled?text=Good%20morrow&t=5&swap=4.g"),
    State("unrolled-chain", "/unrolled?text=Good%20morrow&mode=chain"),
    State("cell", "/cell?text=Good%20morrow&t=5&model=tiny-lstm&edits=forget_gate%3D0.5@1:2:3-"),
    State("gradients", "/gradients?text=Good%20morrow&loss=8&k=3"),
    State("gradients-experiment", "/gradients?view=experiment&length=20&radius=1.5"),
    State("gradients-clip", "/gradients?text=Good%20morrow&view=clip", "[data-stat=norm-before]"),
    State("gradients-words", "/gradients?view=words", "[data-testid=stTable]"),
    State(
        "attention",
        "/attention?translator=dates-additive&sentence=May%203rd,%201999&force=uniform&beside=gradient&search=beam&width=3",
    ),
    State("attention-none", "/attention?translator=dates-none&sentence=May%203rd,%201999"),
    State("training", "/training?task=hello"),
    State("activations", "/activations"),
    State("example", "/example?train=adam"),
    State("glossary", "/glossary?term=forget_gate&find=gate", ".katex"),  # all eighty terms take axe-core half a minute: their formulas
    State("tour", "/tour", HEADING),
    State("language", "/language?text=Good%20morrow&orders=200", ".rows"),
    State("language-complete", "/language?text=Good%20morrow&ask=complete", "textarea"),
    State("language-generate", "/language?text=Good%20morrow&ask=generate&chars=30&decode=beam", ".page-of-text"),
)

NAMES = [state.name for state in STATES]

"""A network of the training lab among the models of the other pages."""

from __future__ import annotations

import json
from dataclasses import dataclass

from rnnviz.description import described
from rnnviz.training.runs import Run


@dataclass(frozen=True)
class RunCard:
    """What the pages ask of a model's card."""

    name: str
    task: str
    cell: str
    layers: int
    hidden: int
    embedding: int
    parameters: int
    examples: tuple[str, ...]
    kind: str

    @classmethod
    def of(cls, name: str, run: Run, step: int) -> RunCard:
        """Read it from the run's folder. Raises ValueError and OSError where it is not there."""
        about = described((run.folder / "model.json").read_bytes())
        example = json.loads((run.folder / "example.json").read_bytes())["text"]
        return cls(
            name,
            run.settings().task,
            about.cell,
            about.layers,
            about.hidden,
            about.embedding,
            run.status().parameters,
            (example,),
            about.kind,
        )

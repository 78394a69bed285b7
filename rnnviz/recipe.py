"""What a person asked for, as one flat value, and what comes of it.

A Recipe is the key of every cache: text and names only, so that equal questions have equal keys.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rnnviz.refusal import Refusal

if TYPE_CHECKING:
    from rnnviz.models import SequenceModel
    from rnnviz.trace import Trace

LONGEST_TEXT = 500
"""Characters that one picture takes."""


class RecipeError(Refusal):
    """A recipe that cannot be run, in one sentence for the person at the screen."""

    @classmethod
    def of(cls, error: ValueError) -> RecipeError:
        """Return what the engine said as a sentence about the recipe, with its reason where it has one."""
        said = error if isinstance(error, Refusal) and error.reason else Refusal("", "failed", why=str(error))
        return cls(f"This cannot be run: {error}.", said.reason, **said.facts)


@dataclass(frozen=True)
class Recipe:
    model: str = "shakespeare-lstm"
    """A name from `zoo.names()`."""
    text: str = "The man who ate my pizza has purple hair."
    edits: str = ""
    """Interventions as `interventions.written` writes them, so that the value stays flat."""

    def checked(self) -> Recipe:
        """Return this recipe if it can be run. Raises RecipeError."""
        if not self.text:
            raise RecipeError("The text is empty. Type at least one character.", "empty")
        if len(self.text) > LONGEST_TEXT:
            said = f"The text has {len(self.text)} characters; {LONGEST_TEXT} is the most that one picture takes."
            raise RecipeError(said, "too_long", count=len(self.text), most=LONGEST_TEXT)
        return self


def run(recipe: Recipe, load: Callable[[str], SequenceModel] | None = None) -> Trace:
    """Return the trace of a recipe. `load` stands in for `zoo.load`, for a caller that keeps models.

    Raises RecipeError with a sentence for the screen.
    """
    from rnnviz.recording import record
    from rnnviz.zoo import load as from_zoo

    recipe = recipe.checked()
    try:
        model = (load or from_zoo)(recipe.model)
        if not recipe.edits:
            return record(model, recipe.text)
        from rnnviz.interventions import intervene, parsed

        return intervene(model, recipe.text, parsed(recipe.edits))
    except ValueError as error:
        raise RecipeError.of(error) from error


def loading(model: str) -> list[str]:
    """Return the lines that load a model of the zoo, or the network of a run, called run-<id>-<step>."""
    kind, _, rest = model.partition("-")
    if kind != "run" or "-" not in rest:
        return [f"model = rnnviz.zoo.load({model!r})"]
    run, step = rest.rsplit("-", 1)
    return [
        "from rnnviz.training.folder import load",
        "from rnnviz.training.jobs import find",
        f"model = load(find({run!r}), {int(step)})",
    ]


def as_python(recipe: Recipe, *, signal: str, layer: int, direction: str, time: int, unit: int) -> str:
    """Return the lines that make the same view in Python."""
    place = f"layer={layer}, direction={direction!r}, batch=1"
    return "\n".join(
        [
            "import rnnviz",
            "",
            *loading(recipe.model),
            *(
                [
                    f"edits = rnnviz.interventions.parsed({recipe.edits!r})",
                    f"trace = rnnviz.interventions.intervene(model, {recipe.text!r}, edits)",
                ]
                if recipe.edits
                else [f"trace = rnnviz.record(model, {recipe.text!r})"]
            ),
            f"{signal} = trace[{signal!r}].sel({place})  # dims (time, unit)",
            f"print({signal}.sel(time={time}, unit={unit}).item())",
            "print(trace.residual)  # largest difference from torch.nn",
            f"rnnviz.figures.heatmap({signal}, tokens=trace.tokens).show()",
        ]
    )

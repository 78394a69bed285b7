"""One network, trained or fresh, changed as a person asked, and the gradients that flow back through it: a flat value and its run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rnnviz.recipe import Recipe, RecipeError, loading

if TYPE_CHECKING:
    from rnnviz.models import SequenceModel
    from rnnviz.sweep import Progress
    from rnnviz.trace import Trace

BUDGET = 20_000
"""Parameters of a fresh network with one layer, whatever its cell: as many units as come nearest to it."""


@dataclass(frozen=True)
class Experiment:
    model: str = Recipe.model
    """A name from `zoo.names()`. A fresh network takes its vocabulary."""
    text: str = Recipe.text
    cell: str = ""
    """The cell of a fresh network; empty for the trained one."""
    gain: float = 1.0
    """Of a trained network: what every W_hh is multiplied by."""
    radius: float = 1.0
    """Of a fresh network: the spectral radius of each square block of W_hh."""
    keep_bias: float = 0.0
    """Bias of the gate that keeps memory: of a fresh network as it stands, of a trained one added to what it learned."""
    init: str = "orthogonal"
    """One of `variants.INITS`."""
    layers: int = 1
    seed: int = 1
    truncate: int = 0
    """Steps of truncated backpropagation; 0 for none."""
    sliding: bool = False
    """Whether those steps are counted from each loss."""

    @property
    def touched(self) -> bool:
        """Whether this is anything but a trained network as it is."""
        return bool(self.cell) or self.gain != 1 or self.keep_bias != 0


def network(experiment: Experiment, load: Callable[[str], SequenceModel] | None = None) -> SequenceModel:
    """Return the network that an experiment is about; a trained one that is not changed is the loaded one itself."""
    from rnnviz import variants
    from rnnviz.text import CharacterVocabulary
    from rnnviz.zoo import load as from_zoo

    model = (load or from_zoo)(experiment.model)
    if not experiment.cell:
        return variants.altered(model, gain=experiment.gain, keep_bias=experiment.keep_bias) if experiment.touched else model
    if not isinstance(model.vocabulary, CharacterVocabulary):
        raise RecipeError("A fresh network is made for characters; this model reads something else.", "characters_only")
    hidden = variants.width_for(experiment.cell, BUDGET * experiment.layers, model.vocabulary, layers=experiment.layers)
    return variants.fresh(
        model.vocabulary, experiment.cell, hidden, seed=experiment.seed, layers=experiment.layers,
        init=experiment.init, radius=experiment.radius, keep_bias=experiment.keep_bias,
    )  # fmt: skip


def flow(
    experiment: Experiment,
    load: Callable[[str], SequenceModel] | None = None,
    lowest_layer: int | None = None,
    progress: Progress | None = None,
) -> Trace:
    """Return the gradients of an experiment: all of them, or with `lowest_layer` those of this layer and the ones above.

    Raises RecipeError with a sentence for the screen.
    """
    from rnnviz.gradients import gradient_flow

    Recipe(experiment.model, experiment.text).checked()
    try:
        return gradient_flow(
            network(experiment, load), experiment.text, with_input=lowest_layer is None, truncate=experiment.truncate or None,
            sliding=experiment.sliding and bool(experiment.truncate), lowest_layer=lowest_layer or 1, progress=progress,
        )  # fmt: skip
    except ValueError as error:
        raise RecipeError.of(error) from error


def repeated(text: str, length: int) -> str:
    """Return a text said again and again, with a space between, until it has this many characters."""
    return (text + " ") * (length // (len(text) + 1)) + (text + " ")[: length % (len(text) + 1)] if length else text


def siblings(experiment: Experiment, cells: dict[str, str]) -> dict[str, Experiment]:
    """Return the same experiment on each cell: {cell's series: experiment}.

    `cells` names, for each series, a trained model of the same data or, for fresh networks, a cell.
    """
    if experiment.cell:
        return {series: replace(experiment, cell=cell) for series, cell in cells.items()}
    return {series: replace(experiment, model=model) for series, model in cells.items()}


def as_python(experiment: Experiment, *, quantity: str, layer: int, t: int, k: int, by: str = "drop") -> str:
    """Return the lines that give the same number in Python."""
    e = experiment
    lines = ["import rnnviz", ""]
    if e.cell or e.touched:
        lines.insert(1, "from rnnviz.experiment import Experiment, network")
        default = Experiment()
        changed = [f"{name}={value!r}" for name, value in vars(e).items() if value != getattr(default, name) and name not in
                   ("text", "truncate", "sliding")]  # fmt: skip
        lines.append(f"model = network(Experiment({', '.join(changed)}))")
    else:
        lines += loading(e.model)
    if quantity == "occlusion":
        lines += [
            "from rnnviz.occlusion import occlusion",
            f"matrix = occlusion(model, {e.text!r}, by={by!r})['occlusion'].sel(batch=1)  # dims (loss_time, time)",
            f"print(matrix.sel(loss_time={t}, time={k}).item())",
        ]
        return "\n".join(lines)
    options = ", with_input=True" if quantity in ("input_gradient", "gradient_times_input") else ""
    options += f", truncate={e.truncate}" + (", sliding=True" if e.sliding else "") if e.truncate else ""
    lines.append(f"flow = rnnviz.gradient_flow(model, {e.text!r}{options})")
    place = "" if quantity in ("input_gradient", "gradient_times_input") else f"layer={layer}, direction='forward', "
    lines.append(f"matrix = flow[{quantity!r}].sel({place}batch=1)  # dims (loss_time, time)")
    lines.append(f"print(matrix.sel(loss_time={t}, time={k}).item())")
    return "\n".join(lines)

"""What a person asked of a translator, as one flat value, and what comes of it: recipe.py's sibling for two sequences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rnnviz.recipe import RecipeError, loading

if TYPE_CHECKING:
    from rnnviz.forcing import Forced
    from rnnviz.translating import Translation

LONGEST_SENTENCE = 300
"""Characters that a translator is given here."""

MOST_TOKENS = 40
"""Tokens of an input that one picture takes."""


@dataclass(frozen=True)
class PairRecipe:
    model: str
    """A translator's name from `zoo.names()`."""
    text: str
    beam: int = 1
    """Width of the beam search; 1 takes the most probable token each time."""
    draw: int = 0
    """Seed of an answer that is drawn instead, at `heat`; 0 for none."""
    heat: float = 1.0
    """Temperature of what is said."""
    prefix: tuple[str, ...] = ()
    """Tokens that the answer must begin with."""
    scheme: str = "own"
    """What takes the place of the model's attention (forcing.SCHEMES)."""
    seed: int = 1
    """Of its shuffling."""
    temperature: float = 1.0
    """Of the attention's softmax."""
    rows: str = ""
    """Edited rows as `forcing.written` writes them."""
    padding: int = 0
    masked: bool = True

    def checked(self) -> PairRecipe:
        """Return this recipe if it can be run. Raises RecipeError."""
        if not self.text.strip():
            raise RecipeError("There is nothing to read. Type at least one character.", "nothing")
        if len(self.text) > LONGEST_SENTENCE:
            said = f"The text has {len(self.text)} characters; {LONGEST_SENTENCE} is the most that a translator is given here."
            raise RecipeError(said, "too_long", count=len(self.text), most=LONGEST_SENTENCE)
        return self

    @property
    def changed(self) -> bool:
        """Whether attention or beginning are not the model's own."""
        return bool(self.prefix or self.rows or self.padding) or self.scheme != "own" or self.temperature != 1


def forced_of(recipe: PairRecipe) -> Forced:
    """Return the attention that a recipe asks for. Raises ValueError."""
    from rnnviz.forcing import Forced, parsed

    return Forced(recipe.scheme, recipe.seed, recipe.temperature, parsed(recipe.rows))


def run_pair(recipe: PairRecipe, load: Callable[[str], Any] | None = None) -> Translation:
    """Return what a translator makes of a recipe. Raises RecipeError with a sentence for the screen."""
    import torch

    from rnnviz.translating import translate
    from rnnviz.zoo import load as from_zoo

    recipe = recipe.checked()
    try:
        model = (load or from_zoo)(recipe.model)
        count = len(model.source.encode(recipe.text).ids)
        if count > MOST_TOKENS:
            said = f"The text has {count} tokens; {MOST_TOKENS} is the most that one picture takes. Shorten it."
            raise RecipeError(said, "too_many_tokens", count=count, most=MOST_TOKENS)
        chance = torch.Generator().manual_seed(recipe.draw) if recipe.draw else None
        return translate(
            model, recipe.text, beam=recipe.beam, chance=chance, temperature=recipe.heat, prefix=recipe.prefix,
            forced=forced_of(recipe), padding=recipe.padding, masked=recipe.masked,
        )  # fmt: skip
    except RecipeError:
        raise
    except ValueError as error:
        raise RecipeError.of(error) from error


def as_python(recipe: PairRecipe) -> str:
    """Return the lines that make the same view in Python."""
    options = []
    if recipe.draw:
        options += [f"chance=torch.Generator().manual_seed({recipe.draw})", f"temperature={recipe.heat}"]
    elif recipe.beam != 1:
        options.append(f"beam={recipe.beam}")
    if recipe.prefix:
        options.append(f"prefix={recipe.prefix!r}")
    forced = [] if recipe.scheme == "own" else [f"{recipe.scheme!r}", f"seed={recipe.seed}"]
    forced += [] if recipe.temperature == 1 else [f"temperature={recipe.temperature}"]
    forced += [f"rows=rnnviz.forcing.parsed({recipe.rows!r})"] if recipe.rows else []
    options += [f"forced=rnnviz.forcing.Forced({', '.join(forced)})"] if forced else []
    options += [f"padding={recipe.padding}", f"masked={recipe.masked}"] if recipe.padding else []
    arguments = ", ".join(["model", repr(recipe.text), *options])
    return "\n".join(
        [
            *(["import torch", ""] if recipe.draw else []),
            "import rnnviz",
            "",
            *loading(recipe.model),
            f"answer = rnnviz.translate({arguments})",
            "print(answer.text, answer.log_probability)",
            "print(answer.attention)  # rows: output tokens, columns: input tokens; None without attention",
            "print(answer.trace.residual)  # largest difference between decoding step by step and torch.nn in one go",
        ]
    )

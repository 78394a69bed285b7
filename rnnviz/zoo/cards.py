"""What is known of the trained models, without loading one: no torch is needed for it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rnnviz.description import AnyDescription, Description
from rnnviz.refusal import Refusal
from rnnviz.training.settings import CharacterSettings, Settings

HERE = Path(__file__).parent


class Data(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str
    terms: str
    sha256: str
    """Of the text, uncompressed, in UTF-8."""
    characters: int
    held_out: int
    """How many characters at the end of the text were kept for validation."""


class Card(BaseModel):
    """A model's sizes, where it came from, and how good it is: the file card.json beside its weights."""

    model_config = ConfigDict(frozen=True)

    name: str
    task: str = "character language model"
    cell: str
    layers: int = Field(ge=1, le=16)
    hidden: int = Field(ge=1, le=4096)
    embedding: int = Field(ge=0, le=4096)
    """0 for one-hot characters."""
    dropout: float = Field(ge=0, lt=1)
    parameters: int
    characters: str
    """The vocabulary, without ⟨unk⟩."""
    data: Data
    settings: CharacterSettings
    command: str
    """What made it. The seed is in `settings`."""
    cpu_seconds: float
    validation_nats_per_character: float
    validation_bits_per_character: float

    @cached_property
    def description(self) -> Description:
        """What the model is."""
        return Description(
            kind="LanguageModel", reads="characters", tokens=tuple(self.characters), cell=self.cell, layers=self.layers, hidden=self.hidden,
            embedding=self.embedding, dropout=self.dropout,
        )  # fmt: skip

    @property
    def examples(self) -> tuple[str, ...]:
        """Texts that show something; the app has its own for language models."""
        return ()

    @property
    def score(self) -> str:
        return f"{self.validation_bits_per_character:.3f} bits/char"


class TaskCard(BaseModel):
    """The card of a model that was trained on one of rnnviz.tasks."""

    model_config = ConfigDict(frozen=True)

    name: str
    task: str
    title: str
    """One line on what it shows."""
    description: AnyDescription
    parameters: int
    data: str
    """Where its sequences come from, and under which terms."""
    settings: Settings
    command: str
    cpu_seconds: float
    metric: str
    scores: dict[str, float]
    """`validation`, `test` where there is one, and the task's own measures; of the weights as they ship."""
    examples: tuple[str, ...]
    by_length: dict[str, dict[str, float]] = {}
    """Of a translator: by the number of input tokens, `count` and the share `exact`ly right, or `bleu`, on what it never saw."""

    @property
    def cell(self) -> str:
        return self.description.cell

    @property
    def layers(self) -> int:
        return self.description.layers

    @property
    def hidden(self) -> int:
        return self.description.hidden

    @property
    def embedding(self) -> int:
        return self.description.embedding

    @property
    def score(self) -> str:
        which = "test" if "test" in self.scores else "validation"
        return f"{which} {self.metric} {self.scores[which]:.3f}"


AnyCard = Card | TaskCard


def names() -> list[str]:
    """Return the names of the models that ship: language models, the one that predicts best first, then the others."""
    found = {folder.parent.name: card(folder.parent.name) for folder in HERE.glob("*/card.json")}
    bits = {name: about.validation_bits_per_character if isinstance(about, Card) else float("inf") for name, about in found.items()}
    return sorted(found, key=lambda name: (bits[name], name))


def card(name: str, *, folder: Path | str | None = None) -> AnyCard:
    """Return what is known of a model. Raises ValueError for an unknown name or a broken card."""
    known = [found.parent.name for found in HERE.glob("*/card.json")]
    if folder is None and (not isinstance(name, str) or name not in known):
        said = f"name: no model is called {str(name)[:60]!r}; there are {', '.join(sorted(known))}"
        raise Refusal(said, "no_model", model=str(name)[:60])
    home = HERE / name if folder is None else Path(folder)
    try:
        text = (home / "card.json").read_text(encoding="utf-8")
        kind = TaskCard if '"description"' in text else Card
        return kind.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        said = f"card.json of {home.name!r} cannot be read: {place + ': ' if place else ''}{first['msg']}"
        raise Refusal(said, "unreadable", model=home.name, why=said) from None
    except (OSError, UnicodeDecodeError) as error:
        said = f"card.json of {home.name!r} cannot be read: {error}"
        raise Refusal(said, "unreadable", model=home.name, why=said) from None

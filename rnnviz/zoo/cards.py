"""What is known of the trained models, without loading one: no torch is needed for it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rnnviz.description import AnyDescription, Description
from rnnviz.refusal import Refusal
from rnnviz.training.settings import CharacterSettings, SentenceSettings, Settings

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


class _Described(BaseModel):
    """What the cards have in common that hold their model's description as it is."""

    model_config = ConfigDict(frozen=True)

    name: str
    task: str
    title: str
    """One line on what it shows."""
    description: AnyDescription
    parameters: int
    data: str
    """Where its sequences come from, and under which terms."""
    command: str
    cpu_seconds: float
    scores: dict[str, float]
    """Of the weights as they ship."""
    examples: tuple[str, ...]

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


class TaskCard(_Described):
    """The card of a model that was trained on one of rnnviz.tasks. Its scores are `validation`, `test` where there is one, and the
    task's own measures."""

    settings: Settings
    metric: str
    by_length: dict[str, dict[str, float]] = {}
    """Of a translator: by the number of input tokens, `count` and the share `exact`ly right, or `bleu`, on what it never saw."""

    @property
    def score(self) -> str:
        which = "test" if "test" in self.scores else "validation"
        return f"{which} {self.metric} {self.scores[which]:.3f}"


class SentenceCard(_Described):
    """The card of a language model of sentences. Its scores, of sentences that were held out: `validation_perplexity_per_word`, signs
    and the end of a sentence counted as words, and `first_of_100_orders`, the share that are more probable than 99 shuffles
    of their words (a mark at the end stays there)."""

    settings: SentenceSettings

    @property
    def perplexity(self) -> float:
        return self.scores["validation_perplexity_per_word"]

    @property
    def score(self) -> str:
        return f"perplexity {self.perplexity:.1f} per word"


AnyCard = Card | TaskCard | SentenceCard


def names() -> list[str]:
    """Return the names of the models that ship: language models of characters, then of words, each kind's best first, then the others."""
    found = {folder.parent.name: card(folder.parent.name) for folder in HERE.glob("*/card.json")}
    return sorted(found, key=lambda name: (*_rank(found[name]), name))


def _rank(about: AnyCard) -> tuple[int, float]:
    if isinstance(about, Card):
        return 0, about.validation_bits_per_character
    return (1, about.perplexity) if isinstance(about, SentenceCard) else (2, 0.0)


def card(name: str, *, folder: Path | str | None = None) -> AnyCard:
    """Return what is known of a model. Raises ValueError for an unknown name or a broken card."""
    known = [found.parent.name for found in HERE.glob("*/card.json")]
    if folder is None and (not isinstance(name, str) or name not in known):
        said = f"name: no model is called {str(name)[:60]!r}; there are {', '.join(sorted(known))}"
        raise Refusal(said, "no_model", model=str(name)[:60])
    home = HERE / name if folder is None else Path(folder)
    try:
        text = (home / "card.json").read_text(encoding="utf-8")
        kind = Card if '"description"' not in text else SentenceCard if '"validation_perplexity_per_word"' in text else TaskCard
        return kind.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        said = f"card.json of {home.name!r} cannot be read: {place + ': ' if place else ''}{first['msg']}"
        raise Refusal(said, "unreadable", model=home.name, why=said) from None
    except (OSError, UnicodeDecodeError) as error:
        said = f"card.json of {home.name!r} cannot be read: {error}"
        raise Refusal(said, "unreadable", model=home.name, why=said) from None

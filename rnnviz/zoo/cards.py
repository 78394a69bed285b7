"""What is known of the trained models, without loading one: no torch is needed for it."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rnnviz.training.settings import CharacterSettings

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


def names() -> list[str]:
    """Return the names of the models that ship, the one that predicts best first."""
    found = [folder.parent.name for folder in HERE.glob("*/card.json")]
    return sorted(found, key=lambda name: (card(name).validation_bits_per_character, name))


def card(name: str, *, folder: Path | str | None = None) -> Card:
    """Return what is known of a model. Raises ValueError for an unknown name or a broken card."""
    known = [found.parent.name for found in HERE.glob("*/card.json")]
    if folder is None and (not isinstance(name, str) or name not in known):
        raise ValueError(f"name: no model is called {str(name)[:60]!r}; there are {', '.join(sorted(known))}")
    home = HERE / name if folder is None else Path(folder)
    try:
        return Card.model_validate_json((home / "card.json").read_text(encoding="utf-8"))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"card.json of {home.name!r} cannot be read: {place + ': ' if place else ''}{first['msg']}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"card.json of {home.name!r} cannot be read: {error}") from None

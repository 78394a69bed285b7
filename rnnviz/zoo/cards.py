"""What is known of the trained models, without loading one: no torch is needed for it."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rnnviz.training.settings import Settings

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
    embedding: int = Field(ge=1, le=4096)
    dropout: float = Field(ge=0, lt=1)
    parameters: int
    characters: str
    """The vocabulary, without ⟨unk⟩."""
    data: Data
    settings: Settings
    command: str
    """What made it. The seed is in `settings`."""
    cpu_seconds: float
    validation_nats_per_character: float
    validation_bits_per_character: float


def names() -> list[str]:
    """Return the names of the models that ship, the one that predicts best first."""
    found = [folder.parent.name for folder in HERE.glob("*/card.json")]
    return sorted(found, key=lambda name: (card(name).validation_bits_per_character, name))


def card(name: str, *, folder: Path | None = None) -> Card:
    """Return what is known of a model. Raises ValueError for an unknown name or a broken card."""
    home = HERE / name if folder is None else folder
    if folder is None and (not name or Path(name).name != name or not (home / "card.json").is_file()):
        known = ", ".join(sorted(f.parent.name for f in HERE.glob("*/card.json")))
        raise ValueError(f"name: no model is called {name!r}; there are {known}")
    try:
        return Card.model_validate_json((home / "card.json").read_text(encoding="utf-8"))
    except (OSError, ValidationError, UnicodeDecodeError) as error:
        raise ValueError(f"card.json of {home.name!r} cannot be read: {str(error).splitlines()[0]}") from None

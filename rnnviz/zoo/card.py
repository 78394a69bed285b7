"""What is known of a trained model: the file card.json beside its weights."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from rnnviz.training.loop import Settings


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
    """A model's sizes, where it came from, and how good it is."""

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

"""What a model is, as plain words: enough to build it again around its weights. No torch is needed to read it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

Reads = Literal["characters", "words", "sentences", "numbers"]
Language = Literal["any", "english", "french"]


class Vocabulary(BaseModel):
    """What one side of a translator is written with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reads: Literal["characters", "sentences"]
    language: Language = "any"
    """How sentences are split into words."""
    tokens: tuple[str, ...] = Field(max_length=200_000)
    """The characters or words, without ⟨unk⟩."""


class PairDescription(BaseModel):
    """What a translator is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["Translator"] = "Translator"
    source: Vocabulary
    target: Vocabulary
    cell: str
    attention: Literal["none", "dot", "general", "additive"]
    hidden: int = Field(ge=1, le=4096)
    """Of the encoder in one direction; the decoder has twice as many units."""
    embedding: int = Field(default=0, ge=0, le=4096)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    tied: bool = False

    @property
    def layers(self) -> int:
        return 1


class Description(BaseModel):
    """The kind of a model, its vocabulary and its sizes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["LanguageModel", "Classifier", "Tagger", "Forecaster", "Regressor"]
    reads: Reads
    tokens: tuple[str, ...] = Field(default=(), max_length=200_000)
    """The characters or words, without ⟨unk⟩, DUMMY and ⟨s⟩."""
    language: Language = "any"
    """How sentences are split into words."""
    length: int = Field(default=0, ge=0, le=10_000)
    """Words that a text is cut or filled up to; 0 for as it comes."""
    pad: Literal["end", "start"] = "end"
    marked: bool = False
    """Of numbers: whether a star is a second feature."""
    answers: tuple[str, ...] = Field(default=(), max_length=1000)
    """What is answered; nothing for numbers and for a language model, which answers with its tokens."""
    cell: str
    hidden: int = Field(ge=1, le=4096)
    layers: int = Field(default=1, ge=1, le=16)
    embedding: int = Field(default=0, ge=0, le=4096)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    bidirectional: bool = False
    layer_norm: bool = False
    residual: bool = False
    tied: bool = False
    """Of a language model: whether the readout's weights are the embedding's."""
    phrases: int | None = Field(default=None, ge=0, le=1_000_000)
    """Of a classifier of words: how many word pairs have count ratios, which stand beside the embedding; None for no ratios at all."""

    @property
    def sizes(self) -> dict[str, Any]:
        """The options that every kind of model takes."""
        names = ["layers", "dropout", "layer_norm", "residual"]
        names += ["tied"] if self.kind == "LanguageModel" else ["bidirectional"]
        names += [] if self.reads == "numbers" else ["embedding"]
        names += [] if self.phrases is None else ["phrases"]
        return {name: getattr(self, name) for name in names}


AnyDescription = Annotated[Description | PairDescription, Field(discriminator="kind")]
"""What any model is."""


def described(text: str | bytes) -> AnyDescription:
    """Read a description from JSON. Raises pydantic's ValidationError, a ValueError."""
    return TypeAdapter(AnyDescription).validate_json(text)

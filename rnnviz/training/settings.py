"""How to train, checked once at the edge. No torch is needed to read it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Optimiser = Literal["sgd", "momentum", "adam", "rmsprop", "adagrad"]
Schedule = Literal["constant", "linear", "cosine", "step"]
Clip = Literal["none", "norm", "value"]
Init = Literal["uniform", "orthogonal", "identity", "normal"]


class Settings(BaseModel):
    """A task, a network and how to train it. The same settings and seed give the same numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    task: str
    options: Mapping[str, int | float | str | bool] = {}
    """Of the task: its fields."""
    data: tuple[str, ...] = ()
    """Files of the person's own, by the names under which the run keeps them; `validation/…` and `test/…` are kept for that."""

    cell: str = "lstm"
    hidden: int = Field(default=32, ge=1, le=512)
    layers: int = Field(default=1, ge=1, le=4)
    embedding: int = Field(default=0, ge=0, le=512)
    """0 for one-hot tokens. Numbers enter as they are."""
    bidirectional: bool = False
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Of the embedding, between layers, and before the readout (Zaremba, Sutskever & Vinyals 2014)."""
    word_dropout: float = Field(default=0.0, ge=0, lt=1)
    """Share of tokens replaced by ⟨unk⟩ while training."""
    layer_norm: bool = False
    """Of each layer's outputs (Ba, Kiros & Hinton 2016)."""
    residual: bool = False
    """Each layer's input added to its outputs where the sizes agree (He et al. 2016)."""
    recurrence: bool = True
    """Without it W_hh is zero and stays so: a network without memory of its hidden state."""

    init: Init = "uniform"
    """Of the recurrent weights: torch's rule; orthogonal (Saxe et al. 2014); the identity (Le et al. 2015); standard normal,
    as nobody should."""
    keep_bias: float | None = Field(default=None, ge=-20, le=20)
    """Bias of the gate that keeps memory, forget or update (Gers et al. 2000; Jozefowicz et al. 2015); None for torch's rule."""
    embedding_std: float = Field(default=1.0, gt=0, le=10)
    naive_bayes: bool = False
    """Whether the first columns of a word embedding start from how much more often a word occurs in each class: the log-count
    ratios of naive Bayes on the training texts (Wang & Manning 2012)."""
    phrases: bool = False
    """Whether such ratios of each word, and of each word with the one before it, stand beside the embedding and stay as they
    are. A training text is read with ratios counted without the tenth of the texts that it belongs to."""
    random_state: bool = False
    """Whether sequences start from a random state instead of zero, in training and validation, as a published program does."""

    optimiser: Optimiser = "adam"
    learning_rate: float = Field(default=0.005, gt=0, le=100)
    weight_decay: float = Field(default=0.0, ge=0, le=10)
    """Decoupled from the gradient with Adam (Loshchilov & Hutter 2019); with the others it is added to it."""
    label_smoothing: float = Field(default=0.0, ge=0, lt=1)
    balance: bool = False
    """Whether each class weighs the same in the loss, however many sequences it has."""
    average: float = Field(default=0.0, ge=0, lt=1)
    """Decay of a running average of the weights, which is what is measured, shown and kept (Polyak & Juditsky 1992); 0 for none."""
    schedule: Schedule = "constant"
    """Of the learning rate over all steps: constant; straight down to 0; half a cosine down to 0; a tenth after two thirds."""
    warm_up: int = Field(default=0, ge=0, le=100_000)
    """Steps over which the rate rises to its full height."""
    batch: int = Field(default=64, ge=1, le=1024)
    steps: int = Field(default=1000, ge=1, le=200_000)
    clip: Clip = "norm"
    clip_at: float = Field(default=1.0, gt=0)
    truncate: int = Field(default=0, ge=0, le=1000)
    """Steps of truncated back-propagation through time within a sequence; 0 for all the way."""
    teacher_forcing: float = Field(default=1.0, ge=0, le=1)
    """Where answers are fed back: the share of right ones among them; the rest are the network's own."""
    shuffle: bool = True
    """Whether a list of sequences is gone through in a new order each epoch."""
    similar: bool = False
    """Whether the sequences of a batch are of similar length, so that little is padding; the batches come in a new order."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """What products are computed in while training; bfloat16 is faster where the processor knows it. Weights stay float32."""

    validate_every: int = Field(default=25, ge=1)
    patience: int = Field(default=0, ge=0)
    """Early stopping after so many validations without a better one; 0 for never."""
    stop_at: float | None = None
    """Stop once the validation metric is as good as this."""
    seed: int = Field(default=0, ge=0, lt=2**31)


def checked(given: Mapping[str, Any]) -> Settings:
    """Return settings from plain values. Raises ValueError with one sentence that names the setting."""
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{place}: {first['msg']}, got {first['input']!r}") from None


def command_of(settings: Settings) -> str:
    """Return the command that trains with these settings."""
    from rnnviz.tasks import named

    kind = named(settings.task)
    usual = {name: field.get_default(call_default_factory=True) for name, field in Settings.model_fields.items()} | dict(kind.suggests)
    parts = [(name, value) for name, value in settings.options.items() if value != kind.model_fields[name].default]
    parts += [
        (name, value) for name, value in settings.model_dump().items() if name not in ("task", "options", "data") and value != usual[name]
    ]
    plain = lambda value: str(value).lower() if isinstance(value, bool) or value is None else shlex.quote(str(value))  # noqa: E731
    said = [f"--{name.replace('_', '-')} {plain(value)}" for name, value in parts]
    for name in settings.data:
        side, _, rest = name.rpartition("/")
        said.append(f"--{side or 'data'} {rest}")
    return " ".join(["python -m rnnviz train", settings.task, *said])


class CharacterSettings(BaseModel):
    """How the language models of the zoo are trained (training.characters). The same settings and seed give the same numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: int = Field(default=1000, ge=1)
    batch: int = Field(default=32, ge=1)
    """Parallel streams of text."""
    length: int = Field(default=100, ge=1)
    """Characters that a gradient reaches back at the most."""
    learning_rate: float = Field(default=3e-3, gt=0)
    """Adam's rate at its peak: 100 steps of warm-up (a tenth of a short run), then a cosine down to a hundredth."""
    clip: float = Field(default=1.0, gt=0)
    """Gradient norm above which the gradient is scaled down."""
    weight_decay: float = Field(default=0.0, ge=0)
    """Decoupled from the gradient (Loshchilov & Hutter 2019)."""
    weight_drop: float = Field(default=0.0, ge=0, lt=1)
    """Share of recurrent weights left out in each batch (Wan et al. 2013; Merity, Keskar & Socher 2018)."""
    unknown_rate: float = Field(default=0.002, ge=0, lt=1)
    """Share of input characters replaced by ⟨unk⟩, so that the model has met unknown ones."""
    keep_bias: float = Field(default=1.0)
    """Initial bias of the gate that keeps memory (Gers et al. 2000; Jozefowicz et al. 2015)."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """What products are computed in while training; bfloat16 is twice as fast where the processor knows it. Weights stay float32."""
    validate_every: int = Field(default=500, ge=1)
    seed: int = Field(default=0, ge=0)


class SentenceSettings(BaseModel):
    """How the language models of sentences are trained (training.sentences). The same settings and seed give the same numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: int = Field(default=1000, ge=1)
    batch: int = Field(default=128, ge=1)
    """Sentences."""
    learning_rate: float = Field(default=4e-3, gt=0)
    """Adam's rate at its peak: 200 steps of warm-up (a tenth of a short run), then a cosine down to a hundredth."""
    clip: float = Field(default=1.0, gt=0)
    weight_decay: float = Field(default=0.0, ge=0)
    word_dropout: float = Field(default=0.1, ge=0, lt=1)
    """Of the embedding; the same features are left out at every word of a sentence (Gal & Ghahramani 2016)."""
    weight_drop: float = Field(default=0.0, ge=0, lt=1)
    """Share of recurrent weights left out in each batch (Wan et al. 2013; Merity, Keskar & Socher 2018)."""
    joined: float = Field(default=0.2, ge=0, le=1)
    """Share of sentences read as two in a row, so that the model has met ⟨s⟩ in the middle of a stream."""
    keep_bias: float = Field(default=1.0)
    """Initial bias of the gate that keeps memory (Gers et al. 2000; Jozefowicz et al. 2015)."""
    precision: Literal["float32", "bfloat16"] = "float32"
    validate_every: int = Field(default=500, ge=1)
    seed: int = Field(default=0, ge=0)

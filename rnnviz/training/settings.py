"""How to train, checked once at the edge. No torch is needed to read it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """How to train. The same settings and seed give the same numbers."""

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

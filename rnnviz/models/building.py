"""From a model to its description and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from rnnviz.description import Description
from rnnviz.models.classifier import Classifier
from rnnviz.models.language import LanguageModel
from rnnviz.models.phrases import PhraseEmbedding
from rnnviz.models.sequence import SequenceModel
from rnnviz.models.tagger import Forecaster, Regressor, Tagger
from rnnviz.text import CharacterVocabulary, NumberReader, Vocabulary, WordVocabulary
from rnnviz.undisturbed import undisturbed

_KINDS: Mapping[str, Any] = {kind.__name__: kind for kind in (LanguageModel, Classifier, Tagger, Forecaster, Regressor)}


def describe(model: SequenceModel) -> Description:
    """Return what a model is."""
    vocabulary = model.vocabulary
    recurrent: Any = model.recurrent
    words: dict[str, Any] = {}
    if isinstance(vocabulary, CharacterVocabulary):
        reads, tokens = "characters", vocabulary.characters
    elif isinstance(vocabulary, WordVocabulary):
        reads, tokens, words = "words", vocabulary.words, {"length": vocabulary.length, "pad": vocabulary.pad}
    else:
        reads, tokens, words = "numbers", (), {"marked": vocabulary.marked}
    embedding = model.embedding
    return Description(
        kind=type(model).__name__, reads=reads, tokens=tokens, **words,  # pyright: ignore[reportArgumentType] (pydantic checks)
        answers=() if isinstance(model, LanguageModel) else model.answers,
        cell=model.cell, hidden=recurrent.hidden_size, layers=recurrent.num_layers,
        embedding=embedding.embedding_dim if isinstance(embedding, torch.nn.Embedding | PhraseEmbedding) else 0,
        phrases=embedding.pair_count if isinstance(embedding, PhraseEmbedding) else None,
        dropout=model.dropout.p, bidirectional=bool(recurrent.bidirectional),
        layer_norm=model.readout.norm is not None, residual=bool(getattr(recurrent, "residual", False)),
    )  # fmt: skip


def vocabulary_of(description: Description) -> Vocabulary:
    """Return the vocabulary that a description names."""
    if description.reads == "characters":
        return CharacterVocabulary(description.tokens)
    if description.reads == "words":
        return WordVocabulary(description.tokens, length=description.length, pad=description.pad)
    return NumberReader(marked=description.marked)


def build(description: Description, weights: Mapping[str, Tensor], *, name: str = "model") -> SequenceModel:
    """Return the model that a description names, with these weights: in float32, on the CPU, in evaluation mode, frozen.

    Whole numbers stay what they are. Raises ValueError that names what is wrong: a tensor that is missing, of another shape
    or kind, or not finite.
    """
    kind, vocabulary = _KINDS[description.kind], vocabulary_of(description)
    with undisturbed():  # every value is replaced below; the meta device would draw nothing, and import a second's worth of torch
        if description.reads == "numbers":
            model = kind(vocabulary, description.cell, description.hidden, **description.sizes)
        elif kind is LanguageModel:
            model = LanguageModel(vocabulary, description.cell, description.hidden, **description.sizes)  # pyright: ignore[reportArgumentType]
        else:
            model = kind(vocabulary, description.answers, description.cell, description.hidden, **description.sizes)
    expected = model.state_dict()
    if missing := sorted(expected.keys() ^ weights.keys()):
        raise ValueError(f"model.safetensors of {name!r}: the tensors do not match the card; look at {', '.join(missing[:3])}")
    for key, value in weights.items():
        if value.shape != expected[key].shape:
            raise ValueError(f"model.safetensors of {name!r}: {key} has shape {tuple(value.shape)}, expected {tuple(expected[key].shape)}")
        if value.is_floating_point() != expected[key].is_floating_point():
            raise ValueError(f"model.safetensors of {name!r}: {key} holds {value.dtype}, expected {expected[key].dtype}")
        if not bool(torch.isfinite(value).all()):
            raise ValueError(f"model.safetensors of {name!r}: {key} holds {int((~torch.isfinite(value)).sum())} values that are not finite")
    model.load_state_dict({key: value.to(expected[key].dtype) for key, value in weights.items()}, assign=True)
    if "weight" in dict(model.embedding.named_buffers()):
        model.embedding.weight = torch.eye(len(vocabulary))
    return model.eval().requires_grad_(False)

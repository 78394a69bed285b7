"""From a model to its description and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from rnnviz.description import AnyDescription, Description, PairDescription
from rnnviz.description import Vocabulary as VocabularyDescription
from rnnviz.models.classifier import Classifier
from rnnviz.models.language import LanguageModel
from rnnviz.models.phrases import PhraseEmbedding
from rnnviz.models.sequence import OneHot, SequenceModel, TiedReadout
from rnnviz.models.tagger import Forecaster, Regressor, Tagger
from rnnviz.models.translator import PairVocabulary, Translator
from rnnviz.refusal import Refusal
from rnnviz.sentences import BoundedSentenceVocabulary, SentenceVocabulary
from rnnviz.text import CharacterVocabulary, NumberReader, Vocabulary, WordVocabulary
from rnnviz.undisturbed import undisturbed

_KINDS: Mapping[str, Any] = {kind.__name__: kind for kind in (LanguageModel, Classifier, Tagger, Forecaster, Regressor)}


def describe(model: SequenceModel | Translator) -> Any:
    """Return what a model is: a Description, or of a translator a PairDescription."""
    if isinstance(model, Translator):
        embedding = model.embedding
        return PairDescription(
            source=_of_one_side(model.source), target=_of_one_side(model.target), cell=model.cell, attention=model.score,  # pyright: ignore
            hidden=model.hidden_size, embedding=embedding.embedding_dim if isinstance(embedding, torch.nn.Embedding) else 0,
            dropout=model.dropout.p, tied=model.tied,
        )  # fmt: skip
    vocabulary = model.vocabulary
    recurrent: Any = model.recurrent
    words: dict[str, Any] = {}
    if isinstance(vocabulary, CharacterVocabulary):
        reads, tokens = "characters", vocabulary.characters
    elif isinstance(vocabulary, BoundedSentenceVocabulary):
        reads, tokens, words = "sentences", vocabulary.words, {"language": vocabulary.language}
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
        tied=isinstance(model.readout, TiedReadout),
    )  # fmt: skip


def _of_one_side(vocabulary: PairVocabulary) -> VocabularyDescription:
    if isinstance(vocabulary, CharacterVocabulary):
        return VocabularyDescription(reads="characters", tokens=vocabulary.characters)
    return VocabularyDescription(reads="sentences", language=vocabulary.language, tokens=vocabulary.words)  # pyright: ignore


def _side_of(description: VocabularyDescription) -> PairVocabulary:
    if description.reads == "characters":
        return CharacterVocabulary(description.tokens)
    return SentenceVocabulary(description.tokens, language=description.language)


def vocabulary_of(description: Description) -> Vocabulary:
    """Return the vocabulary that a description names."""
    if description.reads == "characters":
        return CharacterVocabulary(description.tokens)
    if description.reads == "sentences":
        return BoundedSentenceVocabulary(description.tokens, language=description.language)
    if description.reads == "words":
        return WordVocabulary(description.tokens, length=description.length, pad=description.pad)
    return NumberReader(marked=description.marked)


def build(description: AnyDescription, weights: Mapping[str, Tensor], *, name: str = "model") -> Any:
    """Return the model that a description names, with these weights: in float32, on the CPU, in evaluation mode, frozen.

    Whole numbers stay what they are. Raises ValueError that names what is wrong: a tensor that is missing, of another shape
    or kind, or not finite.
    """
    with undisturbed():  # every value is replaced below; the meta device would draw nothing, and import a second's worth of torch
        model = _untrained(description)
    expected = model.state_dict()
    if missing := sorted(expected.keys() ^ weights.keys()):
        said = f"model.safetensors of {name!r}: the tensors do not match the card; look at {', '.join(missing[:3])}"
        raise Refusal(said, "unreadable", model=name, why=said)
    for key, value in weights.items():
        if value.shape != expected[key].shape:
            raise ValueError(f"model.safetensors of {name!r}: {key} has shape {tuple(value.shape)}, expected {tuple(expected[key].shape)}")
        if value.is_floating_point() != expected[key].is_floating_point():
            raise ValueError(f"model.safetensors of {name!r}: {key} holds {value.dtype}, expected {expected[key].dtype}")
        if not bool(torch.isfinite(value).all()):
            bad = int((~torch.isfinite(value)).sum())
            said = f"model.safetensors of {name!r}: {key} holds {bad} values that are not finite"
            raise Refusal(said, "not_finite", weight=key, bad=bad)
    model.load_state_dict({key: value.to(expected[key].dtype) for key, value in weights.items()}, assign=True)
    for embedding in (model.embedding, getattr(model, "spoken", None)):
        if isinstance(embedding, OneHot):  # not kept: its size says it all
            embedding.weight = torch.eye(len(embedding.weight))
    return model.eval().requires_grad_(False)


def _untrained(description: AnyDescription) -> Any:
    if isinstance(description, PairDescription):
        return Translator(
            _side_of(description.source), _side_of(description.target), description.cell, description.hidden,
            attention=description.attention, embedding=description.embedding, dropout=description.dropout, tied=description.tied,
        )  # fmt: skip
    kind, vocabulary = _KINDS[description.kind], vocabulary_of(description)
    if description.reads == "numbers":
        return kind(vocabulary, description.cell, description.hidden, **description.sizes)
    if kind is LanguageModel:
        return LanguageModel(vocabulary, description.cell, description.hidden, **description.sizes)  # pyright: ignore[reportArgumentType]
    return kind(vocabulary, description.answers, description.cell, description.hidden, **description.sizes)

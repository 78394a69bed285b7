"""What a recurrent stack is used for: a language model, a text classifier, a tagger, a forecaster of numbers, a translator."""

from rnnviz.models.building import build, describe, vocabulary_of
from rnnviz.models.classifier import Classifier
from rnnviz.models.language import LanguageModel
from rnnviz.models.sequence import SequenceModel
from rnnviz.models.tagger import Forecaster, Regressor, Tagger
from rnnviz.models.translator import Translator

TextModel = SequenceModel
"""Reads a text step by step: it has a `vocabulary`, an `embedding`, a `recurrent` stack and a `readout`."""

__all__ = [
    "Classifier",
    "Forecaster",
    "LanguageModel",
    "Regressor",
    "SequenceModel",
    "Tagger",
    "TextModel",
    "Translator",
    "build",
    "describe",
    "vocabulary_of",
]

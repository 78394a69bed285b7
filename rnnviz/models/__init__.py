"""What a recurrent stack is used for: a language model, a text classifier."""

from rnnviz.models.classifier import Classifier
from rnnviz.models.language import LanguageModel

TextModel = LanguageModel | Classifier
"""Reads a text character by character: it has a `vocabulary`, an `embedding`, a `recurrent` stack and a `readout`."""

__all__ = ["Classifier", "LanguageModel", "TextModel"]

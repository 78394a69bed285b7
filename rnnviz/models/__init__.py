"""What a recurrent stack is used for. So far: a language model."""

from rnnviz.models.language import LanguageModel

__all__ = ["LanguageModel"]

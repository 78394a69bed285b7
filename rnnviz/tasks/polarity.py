"""Sentence polarity: does a sentence praise or blame? The rt-polarity files, a labelled CSV, or made-up reviews."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch

from rnnviz.tasks.files import Labelled
from rnnviz.tasks.texts import TextTask

_SUBJECTS = "the film|the plot|the acting|this story|the music|the ending|the cast|every scene"
_GOOD = "good|clever|funny|moving|brilliant|warm|charming|sharp"
_BAD = "bad|dull|flat|boring|clumsy|cold|tired|hollow"
_TURNS = "not|hardly|never"
_FILL = "really|quite|simply|very|rather"
_TAILS = "and I watched it twice|as everybody says|from start to end|if you ask me|in the second half|despite the budget"


class Polarity(TextTask):
    """Say whether a sentence praises or blames. In the made-up reviews half of the judgements are turned by a "not".

    Bring the two rt-polarity files (Pang & Lee 2005, CC BY 4.0), or a CSV of labels and texts.
    """

    name: ClassVar[str] = "polarity"
    holds_out_test: ClassVar[bool] = True
    suggests: ClassVar[Mapping[str, Any]] = {"cell": "gru", "hidden": 32, "embedding": 32, "batch": 64, "steps": 400, "keep_bias": 1.0,
                                              "embedding_std": 0.1}  # fmt: skip
    baselines: ClassVar[Mapping[str, float]] = {"biGRU 64": 0.768}

    def made(self) -> Labelled:
        chance = torch.Generator().manual_seed(23)
        of = lambda options: (parts := options.split("|"))[int(torch.randint(len(parts), (), generator=chance))]  # noqa: E731
        texts, labels = [], []
        for _ in range(1600):
            good, turned = (bool(coin) for coin in torch.randint(2, (2,), generator=chance).tolist())
            middle = f"{of(_TURNS)} {of(_FILL)}" if turned else of(_FILL)
            texts.append(f"{of(_SUBJECTS)} was {middle} {of(_GOOD if good else _BAD)} {of(_TAILS)}")
            labels.append("positive" if good != turned else "negative")
        return Labelled(texts, labels)

    def naming(self, labels: set[str]) -> tuple[str, ...] | None:
        return ("negative", "positive") if labels in (set(), {"0", "1"}, {"0", "4"}) else None


TASK = Polarity

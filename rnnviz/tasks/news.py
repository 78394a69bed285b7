"""News topics: the AG News files, or any CSV with a label and a text; made-up news without one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch

from rnnviz.tasks.files import Labelled
from rnnviz.tasks.texts import TextTask

TOPICS = ("World", "Sports", "Business", "Sci/Tech")

_WORDS = {
    "World": "minister border embassy treaty rebels election parliament ceasefire summit president army refugees vote village protest",
    "Sports": "striker coach season goal match league champion team tennis sprint medal referee stadium transfer final",
    "Business": "shares profit bank merger quarterly investors prices dollar market sales oil retailer budget loan factory",
    "Sci/Tech": "software satellite researchers telescope chip network browser virus robot genome laptop orbit battery data spacecraft",
}
_COMMON = (
    "the a on in after before said today new old first last week year people big small early late near from with over city "
    "country group plan report"
)


class News(TextTask):
    """Sort news by topic: world, sports, business, science. Bring the AG News files as published; they do not ship.

    Labels 1 to 4 or 0 to 3 in the first column of a CSV are its four topics. Any other labelled CSV works as well.
    """

    name: ClassVar[str] = "news"
    suggests: ClassVar[Mapping[str, Any]] = {
        "cell": "lstm", "hidden": 32, "embedding": 32, "batch": 128, "steps": 300, "learning_rate": 0.005, "keep_bias": 1.0,
        "embedding_std": 0.1,
    }  # fmt: skip
    baselines: ClassVar[Mapping[str, float]] = {"the published run": 0.781}

    def made(self) -> Labelled:
        chance = torch.Generator().manual_seed(17)
        common, texts, labels = _COMMON.split(), [], []
        for at in range(1600):
            topic = TOPICS[at % 4]
            own = _WORDS[topic].split()
            draw = lambda words, count: [words[i] for i in torch.randint(len(words), (count,), generator=chance).tolist()]  # noqa: E731
            words = draw(common, 6 + int(torch.randint(14, (), generator=chance))) + draw(own, 2)
            other = TOPICS[int(torch.randint(4, (), generator=chance))]
            words += draw(_WORDS[other].split(), 1)
            order = torch.randperm(len(words), generator=chance).tolist()
            texts.append(" ".join(words[i] for i in order))
            labels.append(str(at % 4 + 1))
        return Labelled(texts, labels)

    def naming(self, labels: set[str]) -> tuple[str, ...] | None:
        return TOPICS if labels in (set(), {"1", "2", "3", "4"}, {"0", "1", "2", "3"}) else None


TASK = News

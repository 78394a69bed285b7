"""What a person can ask for and cannot have. A library says so in an English sentence; `reason` and `facts` say it to a page,
which has words of its own for it."""

from __future__ import annotations

from typing import Any


class Refusal(ValueError):
    """A ValueError that a person at the screen can cause. `reason` names its sentence, `facts` are the values in it."""

    def __init__(self, sentence: str, reason: str = "", **facts: Any) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.facts = facts

"""What reversal and sorting share: letters, then question marks that ask for them one by one."""

from __future__ import annotations

from abc import abstractmethod

import torch
from torch import Tensor

from rnnviz.models import SequenceModel
from rnnviz.tasks.base import NOT_ASKED, Batch, choose, whole
from rnnviz.tasks.symbols import SymbolTask

LETTERS = "abcdefgh"


class Answering(SymbolTask):
    """Read letters, then say them in another order. With `feedback`, what was said enters as the next input, as in a decoder."""

    symbols: int = whole(6, 2, 12)
    feedback: bool = False

    @property
    def characters(self) -> str:
        return LETTERS + "?"

    @property
    def answers(self) -> tuple[str, ...]:
        return tuple(LETTERS)

    @abstractmethod
    def ordered(self, letters: Tensor) -> Tensor:
        """Return the letters (count, symbols) as they are to be said."""

    def draw(self, count: int, chance: torch.Generator) -> Batch:
        letters = choose(count, len(LETTERS), chance, self.symbols)
        said = self.ordered(letters)
        asking = torch.full((count, self.symbols), int(self.numbers("?")))
        if self.feedback:
            asking[:, 1:] = self.numbers(LETTERS)[said[:, :-1]]
        return Batch(
            torch.cat([self.numbers(LETTERS)[letters], asking], dim=1),
            torch.cat([torch.full_like(letters, NOT_ASKED), said], dim=1),
        )

    def fed(self, model: SequenceModel, batch: Batch, share: float, chance: torch.Generator) -> Batch:
        """Return a batch in which a share of what is fed back is the model's own answer instead of the right one.

        One pass gives the answers, so each follows from right inputs (parallel scheduled sampling, Duckworth et al. 2019).
        """
        if not self.feedback:
            return batch
        with torch.no_grad():
            own = self._letters(model, batch.inputs)
        inputs, first = batch.inputs.clone(), self.symbols + 1
        taken = torch.rand(inputs[:, first:].shape, generator=chance) < share
        inputs[:, first:] = torch.where(taken, own[:, first - 1 : -1], inputs[:, first:])
        return Batch(inputs, batch.targets)

    def freely(self, model: SequenceModel, batch: Batch) -> Batch:
        """Return a batch in which everything fed back is the model's own answer, step after step."""
        if not self.feedback:
            return batch
        inputs = batch.inputs.clone()
        for step in range(self.symbols + 1, inputs.shape[1]):
            with torch.no_grad():
                inputs[:, step] = self._letters(model, inputs[:, :step])[:, -1]
        return Batch(inputs, batch.targets)

    def _letters(self, model: SequenceModel, inputs: Tensor) -> Tensor:
        outputs, _ = model.run(inputs)
        return self.numbers(LETTERS)[model.readout(outputs).argmax(dim=-1)]

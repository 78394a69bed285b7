"""`python -m rnnviz measure MODEL`: how good a translator is by the length of its input, written into its card."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

FEWEST = 20
"""Inputs of one length from which a share is worth saying."""


def measure(
    model: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="A model folder with a translator.")],
    data: Annotated[list[Path] | None, typer.Option(exists=True, dir_okay=False, help="The files that it learned from.")] = None,
) -> None:
    """Measure a translator on what it never saw, greedily, and write scores and shares by input length into its card.

    Dates: the 2,000 of the test. Reversal: 200 words of each length, up to a third longer than it learned. Pairs of a file:
    the sources held out, short and long, with BLEU on the model's own tokens against every answer of the file (sacrebleu).
    """
    from rnnviz import tasks, zoo
    from rnnviz.cli.train import files_of

    about = zoo.card(model.name, folder=model)
    translator = zoo.load(model.name, folder=model)
    assert isinstance(about, zoo.TaskCard)
    try:
        task = tasks.make(about.settings.task, about.settings.options, files_of(data, None, None))
    except ValueError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    scores: dict[str, float] = dict(about.scores)
    if about.task == "pairs":
        test, held = task.sources("test"), task.sources("test") | task.sources("long")  # pyright: ignore[reportAttributeAccessIssue]
        answers = {source: _said(translator, source) for source in held}
        right = {source: _references(translator, given) for source, given in held.items()}
        scores["bleu"], scores["test"] = bleu_and_exact([answers[source] for source in test], [right[source] for source in test])
        rows = _by_length(translator, {source: (answers[source], right[source]) for source in held})
    else:
        rows = _shares(translator, task)
    card = about.model_copy(update={"scores": {name: round(value, 5) for name, value in scores.items()}, "by_length": rows})
    zoo.save(translator, card, model)
    typer.echo(f"{model.name}: {card.scores}")
    for length, row in rows.items():
        typer.echo(f"  {length:>3} tokens: {row}")


def bleu_and_exact(said: Sequence[str], references: Sequence[Sequence[str]]) -> tuple[float, float]:
    """Return corpus BLEU, 0 to 100, and the share of answers that equal a reference; all are tokens with spaces between."""
    import sacrebleu

    most = max(map(len, references))
    columns = [[refs[at] if at < len(refs) else None for refs in references] for at in range(most)]
    found = sacrebleu.corpus_bleu(list(said), columns, tokenize="none", force=True)  # pyright: ignore[reportArgumentType]
    exact = sum(answer in refs for answer, refs in zip(said, references, strict=True)) / len(said)
    return float(found.score), exact


def _said(translator, source: str) -> str:
    from rnnviz.translating import translate

    return " ".join(token for token in translate(translator, source).tokens if token != translator.answers[-1])


def _references(translator, answers: Sequence[str]) -> list[str]:
    from rnnviz.sentences import split

    return list(dict.fromkeys(" ".join(token.lower() for token in split(answer, translator.target.language)) for answer in answers))


def _by_length(translator, held: Mapping[str, tuple[str, list[str]]]) -> dict[str, dict[str, float]]:
    groups: dict[int, list[tuple[str, list[str]]]] = defaultdict(list)
    for source, pair in held.items():
        groups[len(translator.source.encode(source).ids)].append(pair)
    rows = {}
    for length, pairs in sorted(groups.items()):
        if len(pairs) >= FEWEST:
            bleu, exact = bleu_and_exact([said for said, _ in pairs], [refs for _, refs in pairs])
            rows[str(length)] = {"count": len(pairs), "bleu": round(bleu, 2), "exact": round(exact, 4)}
    return rows


def _shares(translator, task) -> dict[str, dict[str, float]]:
    import torch

    if task.name == "reverse":
        chance = torch.Generator().manual_seed(20_003)
        words = {length: _words(task, length, chance) for length in range(1, task.longest * 4 // 3 + 1)}
        batches = {length: task.batch([(word, word[::-1]) for word in each]) for length, each in words.items()}
    else:
        test = task.test() or task.validation
        batches = {length: test.rows((test.lengths == length).nonzero()[:, 0]) for length in sorted(set(test.lengths.tolist()))}
    return {
        str(length): {"count": len(batch), "exact": round(task.measured(translator, batch)[1], 4)}
        for length, batch in batches.items()
        if len(batch) >= FEWEST
    }


def _words(task, length: int, chance) -> list[str]:
    import torch

    letters = torch.randint(len(task.vocabulary) - 1, (200, length), generator=chance).tolist()
    return ["".join(task.vocabulary.characters[i] for i in row) for row in letters]

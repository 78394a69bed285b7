"""`python -m rnnviz language-model FILE --reads sentences`: train a language model of sentences for the zoo, with its card."""

from __future__ import annotations

import math
import shlex
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer


def sentence_model(
    text: str,
    out: Path,
    *,
    language: str,
    words: int,
    held_out: int,
    title: str,
    data_name: str,
    data_terms: str,
    examples: tuple[str, ...],
    network: Mapping[str, Any],
    training: Mapping[str, Any],
) -> None:
    """Train a language model on sentences, one a line, and write it with its card."""
    import torch

    from rnnviz import zoo
    from rnnviz.models import LanguageModel, describe
    from rnnviz.sentences import BoundedSentenceVocabulary
    from rnnviz.training.sentences import corpus_of, first_of_orders, initialise, nats_per_word, numbered
    from rnnviz.training.settings import SentenceSettings

    torch.set_num_threads(1)  # more threads than free cores is slower by an order of magnitude
    try:
        settings = SentenceSettings(**training)
        vocabulary = BoundedSentenceVocabulary((), language=language)  # says which languages there are
        corpus = corpus_of(text, language, words, held_out)
        vocabulary = BoundedSentenceVocabulary(corpus.words, language=language)
        model = LanguageModel(vocabulary, **network)
    except ValueError as error:  # pydantic's errors are ValueErrors
        raise typer.BadParameter(str(error)) from None
    read, kept = numbered(vocabulary, corpus.training), numbered(vocabulary, corpus.held_out)
    initialise(model, read, settings)
    typer.echo(
        f"{model.cell}: {model.parameter_count:,} parameters, {len(vocabulary)} tokens, {len(read):,} sentences, {len(kept):,} held out"
    )
    started = time.process_time()
    try:
        _run(model, read, kept, settings)
    except FloatingPointError as error:
        typer.echo(f"Training stopped: {error}", err=True)
        raise typer.Exit(1) from None
    card = zoo.SentenceCard(
        name=out.name,
        task="sentences",
        title=title,
        description=describe(model),
        parameters=model.parameter_count,
        data=f"{data_name}, {data_terms}",
        settings=settings,
        command="python -m rnnviz " + shlex.join(sys.argv[1:]),
        cpu_seconds=round(time.process_time() - started, 1),
        scores={"validation_perplexity_per_word": 0.0},
        examples=examples,
    )
    zoo.save(model, card, out)
    # the scores are those of the weights as written, in fp16, read back
    written = zoo.load(out.name, folder=out)
    perplexity, first = math.exp(nats_per_word(written, kept)), first_of_orders(written, corpus.held_out)
    scores = {"validation_perplexity_per_word": round(perplexity, 3)}
    scores |= {} if math.isnan(first) else {"first_of_100_orders": round(first, 4)}  # a small text may hold no sentence to ask for
    zoo.save(model, card.model_copy(update={"scores": scores}), out)
    typer.echo(f"{out}: perplexity {perplexity:.2f} per word, first of 100 orders {first:.1%}, {card.cpu_seconds:.0f} CPU s")


def _run(model, training, held_out, settings) -> None:
    """Train with a line now and then."""
    from rnnviz.training.sentences import train

    for now in train(model, training, held_out, settings):
        if now.validation_loss is not None:
            typer.echo(
                f"step {now.step}/{settings.steps}: loss {now.loss:.3f} nats, |g| {now.gradient_norm:.2f}, "
                f"{now.tokens_per_second:,.0f} words/s, held out perplexity {math.exp(now.validation_loss):.2f}"
            )

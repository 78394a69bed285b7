"""`python -m rnnviz language-model FILE`: train a character language model for the zoo, with its card."""

from __future__ import annotations

import gzip
import hashlib
import math
import shlex
import sys
import time
from pathlib import Path
from typing import Annotated

import typer


def language_model(
    data: Annotated[Path, typer.Argument(help="A text file, plain or .gz.", exists=True, dir_okay=False)],
    out: Annotated[Path, typer.Option(help="Folder to write model.safetensors and card.json into.")],
    cell: Annotated[str, typer.Option(help="Kind of cell: rnn, rnn-relu, lstm, gru, or one you added.")] = "lstm",
    hidden: Annotated[int, typer.Option(min=1)] = 128,
    layers: Annotated[int, typer.Option(min=1)] = 2,
    embedding: Annotated[int, typer.Option(min=0, help="0 for one-hot characters.")] = 32,
    dropout: Annotated[float, typer.Option(min=0, max=0.9)] = 0.1,
    steps: Annotated[int, typer.Option(min=1)] = 1000,
    batch: Annotated[int, typer.Option(min=1, help="Parallel streams of text.")] = 32,
    length: Annotated[int, typer.Option(min=1, help="Characters that a gradient reaches back.")] = 100,
    learning_rate: float = 3e-3,
    weight_decay: float = 0.0,
    weight_drop: Annotated[float, typer.Option(min=0, max=0.9, help="Share of recurrent weights left out in each batch.")] = 0.0,
    precision: Annotated[str, typer.Option(help="float32 or bfloat16.")] = "float32",
    validate_every: Annotated[int, typer.Option(min=1)] = 500,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    held_out: Annotated[int, typer.Option(min=2, help="Characters at the end kept for validation.")] = 10_000,
    data_name: str = "",
    data_terms: str = "not stated",
) -> None:
    """Train a character language model on a text and write it with its card."""
    import torch

    from rnnviz import zoo
    from rnnviz.cells import named
    from rnnviz.models import LanguageModel
    from rnnviz.text import CharacterVocabulary
    from rnnviz.training.characters import initialise, validation_loss
    from rnnviz.training.settings import CharacterSettings

    torch.set_num_threads(1)  # more threads than free cores is slower by an order of magnitude
    try:
        text = _read(data)
        named(cell)
        settings = CharacterSettings(
            steps=steps,
            batch=batch,
            length=length,
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            weight_drop=weight_drop,
            precision=precision,  # pyright: ignore[reportArgumentType] (checked by pydantic)
            validate_every=validate_every,
            seed=seed,
        )
        if len(text) <= held_out + batch * 2 + length:
            raise ValueError(f"data: {len(text)} characters are too few to hold out {held_out} and train {batch} streams of {length}")
    except (OSError, ValueError, EOFError) as error:  # pydantic's errors are ValueErrors
        raise typer.BadParameter(str(error)) from None
    vocabulary = CharacterVocabulary(text)
    ids = torch.tensor(vocabulary.encode(text).ids)
    model = LanguageModel(vocabulary, cell, hidden, layers=layers, embedding=embedding, dropout=dropout)
    initialise(model, settings)
    typer.echo(f"{cell}: {model.parameter_count:,} parameters, {len(vocabulary)} tokens, {len(ids):,} characters")
    started = time.process_time()
    try:
        _run(model, ids[:-held_out], ids[-held_out:], settings)
    except FloatingPointError as error:
        typer.echo(f"Training stopped: {error}", err=True)
        raise typer.Exit(1) from None
    card = zoo.Card(
        name=out.name,
        cell=cell,
        layers=layers,
        hidden=hidden,
        embedding=embedding,
        dropout=dropout,
        parameters=model.parameter_count,
        characters="".join(vocabulary.characters),
        data=_about(text, data_name or data.name, data_terms, held_out),
        settings=settings,
        command="python -m rnnviz " + shlex.join(sys.argv[1:]),
        cpu_seconds=round(time.process_time() - started, 1),
        validation_nats_per_character=0.0,
        validation_bits_per_character=0.0,
    )
    zoo.save(model, card, out)
    # the score is that of the weights as written, in fp16, read back
    written = zoo.load(out.name, folder=out)
    assert isinstance(written, LanguageModel)
    nats = validation_loss(written, ids[-held_out:], streams=1)
    scores = {"validation_nats_per_character": round(nats, 5), "validation_bits_per_character": round(nats / math.log(2), 5)}
    zoo.save(model, card.model_copy(update=scores), out)
    typer.echo(f"{out}: {nats:.4f} nats/char = {nats / math.log(2):.4f} bits/char on held-out text, {card.cpu_seconds:.0f} CPU s")


def _read(path: Path) -> str:
    raw = path.read_bytes()
    return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")


def _about(text: str, name: str, terms: str, held_out: int):
    from rnnviz.zoo import Data

    digest = hashlib.sha256(text.encode()).hexdigest()
    return Data(name=name, terms=terms, sha256=digest, characters=len(text), held_out=held_out)


def _run(model, training, validation, settings) -> None:
    """Train with a progress bar."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from rnnviz.training.characters import train as steps

    columns = (
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[state]}"),
    )
    with Progress(*columns) as bar:
        task = bar.add_task("training", total=settings.steps, state="")
        held_out = ""
        for now in steps(model, training, validation, settings):
            if now.validation_loss is not None:
                held_out = f"held out {now.validation_loss / math.log(2):.3f} bits/char"
                bar.console.print(
                    f"step {now.step}: loss {now.loss / math.log(2):.3f} bits/char, {held_out}, {now.tokens_per_second:,.0f} chars/s"
                )
            bar.update(
                task,
                completed=now.step,
                state=f"loss {now.loss:.3f} nats, |g| {now.gradient_norm:.2f}, {now.tokens_per_second:,.0f} chars/s {held_out}",
            )

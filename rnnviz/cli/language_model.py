"""`python -m rnnviz language-model FILE`: train a language model of characters or of sentences for the zoo, with its card."""

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

from rnnviz.cli.sentence_model import sentence_model


def language_model(
    data: Annotated[Path, typer.Argument(help="A text file, plain or .gz.", exists=True, dir_okay=False)],
    out: Annotated[Path, typer.Option(help="Folder to write model.safetensors and card.json into.")],
    reads: Annotated[str, typer.Option(help="characters; or sentences, one a line, in words.")] = "characters",
    cell: Annotated[str, typer.Option(help="Kind of cell: rnn, rnn-relu, lstm, gru, or one you added.")] = "lstm",
    hidden: Annotated[int, typer.Option(min=1)] = 128,
    layers: Annotated[int, typer.Option(min=1)] = 2,
    embedding: Annotated[int, typer.Option(min=0, help="0 for one-hot tokens.")] = 32,
    tied: Annotated[
        bool, typer.Option(help="Sentences: the readout's weights are the embedding's; needs --embedding as wide as --hidden.")
    ] = False,
    dropout: Annotated[float, typer.Option(min=0, max=0.9)] = 0.1,
    steps: Annotated[int, typer.Option(min=1)] = 1000,
    batch: Annotated[int, typer.Option(min=1, help="Parallel streams of text, or sentences.")] = 32,
    length: Annotated[int, typer.Option(min=1, help="Characters that a gradient reaches back.")] = 100,
    learning_rate: float = 3e-3,
    weight_decay: float = 0.0,
    word_dropout: Annotated[float, typer.Option(min=0, max=0.9, help="Sentences: dropout of the embedding.")] = 0.1,
    joined: Annotated[float, typer.Option(min=0, max=1, help="Sentences: share of them that are read as two in a row.")] = 0.2,
    weight_drop: Annotated[float, typer.Option(min=0, max=0.9, help="Share of recurrent weights left out in each batch.")] = 0.0,
    precision: Annotated[str, typer.Option(help="float32 or bfloat16.")] = "float32",
    validate_every: Annotated[int, typer.Option(min=1)] = 500,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    held_out: Annotated[int, typer.Option(min=2, help="Characters at the end kept for validation, or sentences.")] = 10_000,
    language: Annotated[str, typer.Option(help="Sentences: any, english or french; how words are split.")] = "any",
    vocabulary: Annotated[int, typer.Option(min=1, help="Sentences: how many words are known, the most frequent ones.")] = 6000,
    data_name: str = "",
    data_terms: str = "not stated",
    title: Annotated[str, typer.Option(help="Sentences: one line on what it shows.")] = "",
    example: Annotated[list[str] | None, typer.Option(help="Sentences: a text that shows something; may be given several times.")] = None,
) -> None:
    """Train a language model on a text and write it with its card."""
    if reads not in ("characters", "sentences"):
        raise typer.BadParameter(f"reads: {reads!r} is neither characters nor sentences")
    if reads == "sentences":
        return sentence_model(
            _checked_text(data), out,
            language=language, words=vocabulary, held_out=held_out, title=title, data_name=data_name or data.name, data_terms=data_terms,
            examples=tuple(example or ()),
            network={"cell": cell, "hidden": hidden, "layers": layers, "embedding": embedding, "dropout": dropout, "tied": tied},
            training={
                "steps": steps, "batch": batch, "learning_rate": learning_rate, "weight_decay": weight_decay, "weight_drop": weight_drop,
                "word_dropout": word_dropout, "joined": joined, "precision": precision, "validate_every": validate_every, "seed": seed,
            },
        )  # fmt: skip
    import torch

    from rnnviz import zoo
    from rnnviz.cells import named
    from rnnviz.models import LanguageModel
    from rnnviz.text import CharacterVocabulary
    from rnnviz.training.characters import initialise, validation_loss
    from rnnviz.training.settings import CharacterSettings

    torch.set_num_threads(1)  # more threads than free cores is slower by an order of magnitude
    try:
        text = _checked_text(data)
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
    characters = CharacterVocabulary(text)
    ids = torch.tensor(characters.encode(text).ids)
    model = LanguageModel(characters, cell, hidden, layers=layers, embedding=embedding, dropout=dropout)
    initialise(model, settings)
    typer.echo(f"{cell}: {model.parameter_count:,} parameters, {len(characters)} tokens, {len(ids):,} characters")
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
        characters="".join(characters.characters),
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


def _checked_text(path: Path) -> str:
    try:
        raw = path.read_bytes()
        return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    except (OSError, ValueError, EOFError) as error:
        raise typer.BadParameter(str(error)) from None


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

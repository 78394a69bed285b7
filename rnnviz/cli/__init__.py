"""The command line: `python -m rnnviz …`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rnnviz.cli.language_model import language_model
from rnnviz.cli.measure import measure
from rnnviz.cli.train import export, pause, repeat, resume, runs, stop, tasks, train

app = typer.Typer(add_completion=False, no_args_is_help=True, help="See inside recurrent networks.")
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(train)
for command in (tasks, repeat, export, runs, pause, resume, stop, language_model, measure):
    app.command()(command)


@app.command()
def models() -> None:
    """List the trained models that ship."""
    from rnnviz import zoo

    for name in zoo.names():
        about = zoo.card(name)
        size = f"{about.layers} x {about.hidden} units, {about.parameters:,} parameters"
        typer.echo(f"{name:18} {about.cell:5} {size:42} {about.score}")


@app.command(hidden=True)
def worker(home: Annotated[Path, typer.Option(help="Folder that holds the runs.")], idle: float = 90.0) -> None:
    """Train whatever waits in a home. The app starts it by itself."""
    from rnnviz.training.jobs import work
    from rnnviz.training.runs import Home

    place = Home(home)
    place.make()
    work(place, idle)

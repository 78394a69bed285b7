"""`python -m rnnviz train TASK`, and the commands that look after runs. The same trainer and run folders as the Training page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

Task = Annotated[str, typer.Argument(help="A task; `python -m rnnviz tasks` lists them.")]
Files = Annotated[list[Path] | None, typer.Option(exists=True, dir_okay=False)]


def train(
    context: typer.Context,
    task: Task,
    data: Files = None,
    validation: Files = None,
    test: Files = None,
    tensorboard: Annotated[Path | None, typer.Option(help="Folder for TensorBoard event files (needs tensorboardX).")] = None,
    record: Annotated[Path | None, typer.Option(help="Write settings, curve, scores and CPU seconds into this JSON file.")] = None,
    quiet: bool = False,
) -> None:
    """Train a network on a task, with a progress bar, into a run folder that the Training page shows too.

    Any setting and any option of the task can be given as --name value: --cell gru --hidden 64 --length 100.
    """
    files = files_of(data, validation, test)
    try:
        settings = settings_of(task, given_in(context.args), tuple(files))
        status, rows = run(settings, files, quiet=quiet, tensorboard=tensorboard)
    except (ValueError, FloatingPointError, OSError) as error:
        typer.echo(f"{error}", err=True)
        raise typer.Exit(2) from None
    if record is not None:
        record.write_text(json.dumps(recorded(settings, status, rows), indent=1) + "\n", encoding="utf-8")


def files_of(data: Files, validation: Files, test: Files) -> dict[str, bytes]:
    """Return a person's files by the names under which a run keeps them; two of one name are numbered."""
    files: dict[str, bytes] = {}
    for prefix, paths in (("", data), ("validation/", validation), ("test/", test)):
        for path in paths or []:
            name = f"{prefix}{path.name}"
            files[name if name not in files else f"{prefix}{len(files)}-{path.name}"] = path.read_bytes()
    return files


def tasks(name: Annotated[str, typer.Argument()] = "") -> None:
    """List the tasks, or one task's options and settings."""
    from rnnviz.tasks import kinds, named

    if not name:
        for kind in kinds().values():
            typer.echo(f"{kind.name:16} {kind.metric:9} {(kind.__doc__ or '').splitlines()[0]}")
        return
    try:
        kind = named(name)
    except ValueError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    typer.echo(kind.__doc__)
    for option, field in kind.model_fields.items():
        if option != "files":
            typer.echo(f"  --{option.replace('_', '-'):18} {field.default}")
    typer.echo("Settings that differ from the usual ones:")
    for setting, value in kind.suggests.items():
        typer.echo(f"  --{setting.replace('_', '-'):18} {value}")


def repeat(
    record: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A recorded run.")],
    data: Files = None,
    validation: Files = None,
    test: Files = None,
    steps: Annotated[int, typer.Option(help="Compare only so many steps; 0 for all.")] = 0,
) -> None:
    """Train a recorded run again and compare every loss and score, to the last digit printed."""
    from rnnviz.tasks import make
    from rnnviz.training.settings import Settings
    from rnnviz.training.trainer import train as updates

    about = json.loads(record.read_text(encoding="utf-8"))
    files = files_of(data, validation, test)
    settings = Settings.model_validate(about["settings"])
    if set(files) != set(settings.data):
        typer.echo(f"{record.name} was made with {', '.join(settings.data) or 'no file'}, got {', '.join(files) or 'none'}", err=True)
        raise typer.Exit(2)
    wanted = {row["step"]: row for row in about["curve"] if not steps or row["step"] <= steps}
    compared = 0
    try:
        for step, scores in updates(make(settings.task, settings.options, files), settings):
            if steps and step.step > steps:
                break
            if scores is None:
                continue
            found = {"training_loss": step.loss, "loss": scores.loss, "metric": scores.metric, **scores.extra}
            row = wanted.pop(step.step, {})
            for name, value in found.items():
                if f"{value:.6g}" != f"{row.get(name, float('nan')):.6g}":
                    typer.echo(f"step {step.step}: {name} {value:.6g}, recorded {row.get(name)}", err=True)
                    raise typer.Exit(1)
            compared += 1
    except FloatingPointError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if wanted or not compared:
        typer.echo(f"{record.name}: {compared} scores compared, none was made at {sorted(wanted)[:5]}", err=True)
        raise typer.Exit(1)
    typer.echo(f"{record.name}: {compared} scores are the same to six digits")


def runs() -> None:
    """List the runs of this machine, the newest first."""
    from rnnviz.training.runs import home

    for each in home().all():
        try:
            settings, status = each.settings(), each.status()
        except ValueError as error:
            typer.echo(str(error), err=True)
            continue
        best = "" if status.best is None else f"best {status.best[0]:.4g} at {status.best[1]}"
        typer.echo(f"{each.id}  {settings.task:16} {settings.cell:6} {status.state:8} {status.step:>7}/{settings.steps:<7} {best}")


def pause(run: str) -> None:
    """Pause a run that the worker trains."""
    _ask("pause", run)


def resume(run: str) -> None:
    """Let a paused run go on."""
    _ask("resume", run)


def stop(run: str) -> None:
    """Stop a run for good."""
    _ask("stop", run)


def export(
    run: str,
    out: Annotated[Path, typer.Argument(help="Model folder to write: model.safetensors and card.json.")],
    title: Annotated[str, typer.Option(help="One line on what it shows.")] = "",
    data: Annotated[str, typer.Option(help="Where its data come from, and their terms.")] = "",
    example: Annotated[list[str] | None, typer.Option(help="A text that shows something; may be given several times.")] = None,
    best: Annotated[bool, typer.Option(help="The weights of the best validation instead of the last ones.")] = True,
) -> None:
    """Write a run's network as a model folder: weights in fp16, measured again as they are written."""
    from rnnviz import tasks, zoo
    from rnnviz.models import describe
    from rnnviz.training.folder import load
    from rnnviz.training.jobs import find
    from rnnviz.training.settings import command_of
    from rnnviz.training.trainer import score

    try:
        folder = find(run)
        model = load(folder, "best" if best else "last")
    except ValueError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    settings, status = folder.settings(), folder.status()
    task = tasks.make(settings.task, settings.options, folder.files())
    card = zoo.TaskCard(
        name=out.name, task=settings.task, title=title or (type(task).__doc__ or "").splitlines()[0], description=describe(model),
        parameters=model.parameter_count, data=data, settings=settings, command=command_of(settings), cpu_seconds=round(status.seconds, 1),
        metric=task.metric, scores={}, examples=tuple(example or [task.example().text]),
    )  # fmt: skip
    zoo.save(model, card, out)
    written = zoo.load(out.name, folder=out)
    scores = {"validation": score(written, task, task.validation).metric, **task.extra(written)}
    if (held := task.test()) is not None:
        scores["test"] = score(written, task, held).metric
    zoo.save(model, card.model_copy(update={"scores": {name: round(value, 5) for name, value in scores.items()}}), out)
    typer.echo(f"{out}: {model.parameter_count:,} parameters, {scores}")


def _ask(what: str, name: str) -> None:
    from rnnviz.training.jobs import WorkerProcess

    executor = WorkerProcess()
    try:
        getattr(executor, what)(name)
        typer.echo(f"{name}: {executor.status(name).state}")
    except ValueError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


_MAY_BE_NONE = ("keep_bias", "stop_at")


def given_in(arguments: list[str]) -> dict[str, str]:
    """Return `--name value`, `--name=value` and `--flag` as a dictionary. Raises ValueError for anything else."""
    found: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        name = rest.pop(0)
        if not name.startswith("--"):
            raise ValueError(f"{name!r}: expected --name value")
        name, separator, value = name[2:].partition("=")
        if not separator:
            value = rest.pop(0) if rest and not (rest[0].startswith("--") and len(rest[0]) > 2) else "true"
        found[name.replace("-", "_")] = value
    return found


def settings_of(task: str, given: Mapping[str, str], files: tuple[str, ...]):
    """Return the settings that suit a task, with what was given. Raises ValueError for a name that is neither setting nor option."""
    from rnnviz.tasks import make, named
    from rnnviz.training.settings import Settings, checked

    kind = named(task)
    options = {name: value for name, value in given.items() if name in kind.model_fields}
    changed: dict[str, Any] = {
        name: None if value == "none" and name in _MAY_BE_NONE else value for name, value in given.items() if name not in options
    }
    if unknown := sorted(set(changed) - set(Settings.model_fields)):
        names = ", ".join(
            [*(n for n in kind.model_fields if n != "files"), *(n for n in Settings.model_fields if n not in ("task", "options", "data"))]
        )
        raise ValueError(f"--{unknown[0].replace('_', '-')} is no setting; there are {names}")
    read = make(task, options) if options else None  # checked, and read as numbers
    plain = {name: getattr(read, name) for name in options} if read is not None else {}
    return checked({**kind.suggests, "task": task, "options": plain, "data": files, **changed})


def run(settings, files: Mapping[str, bytes], *, quiet: bool = False, tensorboard: Path | None = None):
    """Train into a run folder with a progress bar. Returns the status at the end and the validated rows."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from rnnviz.training.folder import FolderTrainer, follow, refused
    from rnnviz.training.folder import quiet as one_thread
    from rnnviz.training.runs import home
    from rnnviz.training.trainer import Diverged

    one_thread()
    writer = _writer(tensorboard)
    folder = home().add(settings, files)
    columns = (
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[state]}"),
    )
    rows: list[dict[str, float]] = []
    with Progress(*columns, disable=quiet) as bar:
        shown = bar.add_task(f"{settings.task} · {settings.cell} {settings.layers} x {settings.hidden}", total=settings.steps, state="")
        try:
            trainer = FolderTrainer(folder, said=lambda text: bar.console.print(text))
        except ValueError as error:
            refused(folder, error)
            raise
        try:
            while not trainer.trainer.done:
                step, scores = trainer.advance()
                if scores is not None:
                    rows.append(
                        {"step": step.step, "training_loss": step.loss, "loss": scores.loss, "metric": scores.metric, **scores.extra}
                    )
                    trainer.housekeeping()
                    if not follow(folder, folder.control(), trainer):
                        break
                    state = f"loss {step.loss:.4g}, validation {scores.loss:.4g}, {trainer.task.metric} {scores.metric:.4g}"
                    bar.update(shown, completed=step.step, state=state)
                if writer is not None:
                    _write(writer, step, scores)
            else:
                trainer.finish()
        except (Diverged, KeyboardInterrupt) as error:
            if isinstance(error, Diverged):
                trainer.fail(error)
                raise
            trainer.pause()
            bar.console.print(f"Paused at step {trainer.trainer.step}; go on with: python -m rnnviz resume {folder.id}")
    if writer is not None:
        writer.close()
    status = trainer.status
    best = "" if status.best is None else f", best {trainer.task.metric} {status.best[0]:.6g} at step {status.best[1]}"
    held = f", test {trainer.task.metric} {status.test['metric']:.6g} on {status.test['sequences']:.0f}" if status.test else ""
    typer.echo(f"{trainer.run.folder}: {status.step} steps, {status.seconds:.1f} CPU s{best}{held}")
    return status, rows


def recorded(settings, status, rows: list[dict[str, float]]) -> dict[str, Any]:
    """Return a run as it is kept in rnnviz/records: settings, curve, scores, CPU seconds, and the machine's torch."""
    import torch

    return {
        "settings": json.loads(settings.model_dump_json(exclude_defaults=True)),
        "torch": torch.__version__,
        "parameters": status.parameters,
        "cpu_seconds": round(status.seconds, 1),
        "steps": status.step,
        "best": status.best,
        "test": status.test,
        "chance": status.chance,
        "curve": rows,
    }


def _writer(folder: Path | None):
    if folder is None:
        return None
    try:
        from tensorboardX import SummaryWriter
    except ImportError:
        raise ValueError("--tensorboard: it needs the package tensorboardX; install it with pip") from None
    return SummaryWriter(str(folder))


def _write(writer, step, scores) -> None:
    writer.add_scalar("loss/training", step.loss, step.step)
    writer.add_scalar("gradient/norm", step.norm, step.step)
    writer.add_scalar("gradient/clipped", step.clipped, step.step)
    writer.add_scalar("learning_rate", step.learning_rate, step.step)
    if scores is not None:
        writer.add_scalar("loss/validation", scores.loss, step.step)
        writer.add_scalar("score/validation", scores.metric, step.step)

"""Run folders and the worker: nothing is lost when it dies, everybody gets a turn, a full disk is said."""

from __future__ import annotations

import errno
import json
import shutil

import pytest

from rnnviz.training import Settings, folder, runs
from rnnviz.training.folder import FolderTrainer, load
from rnnviz.training.jobs import Job, WorkerProcess
from rnnviz.training.runs import Control, Home, Metrics, Status, lines_of
from rnnviz.training.worker import Worker


@pytest.fixture
def home(tmp_path, monkeypatch):
    place = Home(tmp_path / "home")
    place.make()
    monkeypatch.setattr(runs, "in_memory", lambda: tmp_path / "memory")
    monkeypatch.setattr(folder, "in_memory", lambda: tmp_path / "memory")
    return place


class Here(WorkerProcess):
    """The executor without its process: the test is the worker."""

    def start(self) -> None:
        return


def asked(steps=40, **more):
    return Settings(**{"task": "parity", "hidden": 4, "batch": 8, "steps": steps, "validate_every": 10, **more})


def losses(run):
    return [(row["step"], row["loss"]) for row in lines_of(run.folder / "metrics.jsonl")]


def trained(home, settings, files=None):
    executor = Here(home)
    job = executor.submit(settings, files)
    Worker(home).serve(idle=0.2)
    return home.run(job.id), job


def test_a_run_leaves_everything_in_its_folder(home):
    run, job = trained(home, asked())
    assert job.done()
    assert job.result().state == "done"
    assert [step for step, _ in losses(run)] == list(range(1, 41))
    assert run.frames()[0] == 0
    assert run.frames()[-1] == 40
    assert load(run, 40).recurrent.hidden_size == 4
    assert load(run, "best").cell == "lstm"
    assert json.loads((run.folder / "example.json").read_text())["targets"][-1] in ("even", "odd")
    measured = Metrics(run.folder / "metrics.jsonl").update()
    assert measured.validations["step"] == [10, 20, 30, 40]
    assert measured.extra["accuracy at length 100"][-1][0] == 40
    assert not home.waiting()


def test_a_killed_worker_loses_no_line_and_the_curve_goes_on(home):
    whole, _ = trained(home, asked())
    executor = Here(home)
    job = executor.submit(asked())
    run = home.run(job.id)
    first = FolderTrainer(run)
    for _ in range(13):
        first.advance()
    first.save()
    for _ in range(9):
        first.advance()
    first.let_go()
    first.let_go()
    first.flush()  # 22 lines are written, the checkpoint is of step 13; then it dies in the middle of a line
    with (run.folder / "metrics.jsonl").open("a") as file:
        file.write('{"step": 23, "lo')
    Worker(home).serve(idle=0.2)
    assert losses(run) == losses(whole)
    assert executor.status(job.id).state == "done"


def test_pause_go_on_and_stop(home):
    executor = Here(home)
    job = executor.submit(asked(400), until=7)
    Worker(home).serve(idle=0.2)
    assert executor.status(job.id).state == "paused"
    assert executor.status(job.id).step == 7
    assert not job.done()
    executor.resume(job.id, until=17)
    Worker(home).serve(idle=0.2)
    assert executor.status(job.id).step == 17
    before = (home.run(job.id).folder / "status.json").stat().st_ino
    executor.pause(job.id)
    Worker(home).serve(idle=0.2)
    assert (home.run(job.id).folder / "status.json").stat().st_ino == before, "written anew, over what somebody may say at this moment"
    executor.stop(job.id)
    assert executor.status(job.id).state == "stopped"  # at once: a page that is drawn now is not drawn again
    Worker(home).serve(idle=0.2)
    status = executor.status(job.id)
    assert status.state == "stopped"
    assert home.run(job.id).frames()[-1] == 17
    executor.resume(job.id)  # an ended run stays ended
    Worker(home).serve(idle=0.2)
    assert executor.status(job.id).state == "stopped"


def test_a_pause_in_the_middle_changes_no_number(home):
    whole, _ = trained(home, asked(dropout=0.2))
    executor = Here(home)
    job = executor.submit(asked(dropout=0.2), until=11)
    Worker(home).serve(idle=0.2)
    executor.resume(job.id)
    Worker(home).serve(idle=0.2)
    assert losses(home.run(job.id)) == losses(whole)


def test_everybody_gets_a_turn(home):
    executor = Here(home)
    jobs = [executor.submit(asked(3000, seed=seed)) for seed in range(5)]
    worker = Worker(home)
    for _ in range(3):
        worker._looked = 0
        worker.turn()
    steps = [executor.status(job.id).step for job in jobs]
    assert min(steps) > 0
    assert max(steps) < 3000
    for job in jobs:
        assert job.cancel()
    worker._looked = 0
    worker.look()
    assert {executor.status(job.id).state for job in jobs} == {"stopped"}


def test_those_who_wait_know_their_place(home, monkeypatch):
    monkeypatch.setattr("rnnviz.training.worker.AT_ONCE", 1)
    executor = Here(home)
    jobs = [executor.submit(asked(5000)) for _ in range(3)]
    worker = Worker(home)
    worker.turn()
    places = sorted(executor.position(job.id) for job in jobs)
    assert places == [0, 1, 2]


def test_a_fork_starts_from_its_frame_with_new_settings(home):
    run, _ = trained(home, asked())
    step = run.frames()[len(run.frames()) // 2]
    executor = Here(home)
    same = executor.submit(asked(), parent=run.id, step=step)
    other = executor.submit(asked(learning_rate=0.1), parent=run.id, step=step)
    Worker(home).serve(idle=0.2)
    assert losses(home.run(same.id)) == losses(run)
    forked = losses(home.run(other.id))
    assert forked[:step] == losses(run)[:step]
    assert forked[step + 1 :] != losses(run)[step + 1 :]
    assert home.run(other.id).about()["parent"] == run.id


def test_divergence_keeps_the_last_good_weights(home):
    run, job = trained(home, Settings(task="adding", options={"length": 20}, cell="rnn", hidden=16, learning_rate=10.0, steps=300))
    status = job.status()
    assert status.state == "failed"
    assert status.reason == "diverged"
    assert status.facts["step"] >= 20
    assert status.facts["last_loss"] > 0
    load(run, "last")
    assert run.frames()[-1] == status.step
    with pytest.raises(RuntimeError, match="lower the learning rate"):
        job.result()


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (Settings(task="nope"), "is not one of"),
        (Settings(task="hello", bidirectional=True), "seen the token"),
        (Settings(task="adding", options={"length": 400}, hidden=512, batch=1024), "MB is what one run may take"),
    ],
)
def test_what_cannot_be_trained_says_why(home, settings, says):
    _, job = trained(home, settings)
    assert job.status().reason == "refused"
    assert says in job.status().message


def test_one_that_crashes_does_not_take_the_others_along(home, monkeypatch):
    executor = Here(home)
    bad, good = executor.submit(asked(seed=99)), executor.submit(asked())
    advance = FolderTrainer.advance

    def broken(self):
        if self.settings.seed == 99:
            raise RuntimeError("a bug")
        return advance(self)

    monkeypatch.setattr(FolderTrainer, "advance", broken)
    Worker(home).serve(idle=0.2)
    assert bad.status().reason == "crashed"
    assert "a bug" in bad.status().message
    assert good.status().state == "done"


def test_a_full_disk_is_said_and_training_goes_on_in_memory(home, monkeypatch):
    whole, _ = trained(home, asked())
    executor = Here(home)
    job = executor.submit(asked())
    real, append = folder.replace, folder._append

    def full(path, content):
        if str(home.folder) in str(path) and path.name != "control.json":
            raise OSError(errno.ENOSPC, "No space left on device")
        real(path, content)

    def full_append(path, text):
        if str(home.folder) in str(path):
            raise OSError(errno.ENOSPC, "No space left on device")
        append(path, text)

    monkeypatch.setattr(folder, "replace", full)
    monkeypatch.setattr(folder, "_append", full_append)
    Worker(home).serve(idle=0.2)
    run = home.run(job.id)
    assert "memory" in str(run.folder)
    status = executor.status(job.id)
    assert status.state == "done"
    assert "No space left on device" in status.warning
    assert "goes on in memory" in status.warning
    assert losses(run) == losses(whole)


def test_a_home_that_cannot_be_written_is_replaced_by_one_in_memory(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    monkeypatch.setenv("RNNVIZ_HOME", str(blocked / "home"))
    monkeypatch.setattr(runs, "in_memory", lambda: tmp_path / "memory")
    place = runs.home()
    assert str(tmp_path / "memory") in str(place.folder)
    _, job = trained(place, asked(10))
    assert job.done()


def test_a_persons_files_stay_with_the_run(home):
    text = ("to be or not to be, that is the question. " * 40).encode()
    settings = Settings(task="characters", hidden=4, embedding=4, batch=4, steps=5, data=("my.txt",))
    run, job = trained(home, settings, {"my.txt": text})
    assert job.status().state == "done", job.status().message
    assert run.files() == {"my.txt": text}
    assert "q" in load(run, "last").vocabulary.tokens


def test_what_is_kept_for_the_end_is_measured_once_with_the_best_weights(home):
    _, job = trained(home, Settings(task="polarity", embedding=8, hidden=8, steps=20, validate_every=10))
    status = job.status()
    assert set(status.test) == {"loss", "metric", "sequences"}
    assert 0 <= status.test["metric"] <= 1


def test_a_deleted_run_is_gone(home):
    run, _ = trained(home, asked(10))
    home.delete(run)
    with pytest.raises(ValueError, match="there is none"):
        home.run(run.id)
    executor = Here(home)
    job = executor.submit(asked(100_000))
    worker = Worker(home)
    worker.turn()
    shutil.rmtree(home.run(job.id).folder)
    worker._looked = 0
    worker.turn()
    assert not worker.jobs


def test_names_from_outside_find_nothing_else(home):
    for name in ("", "../../etc", "x" * 99, "a/b", "."):
        with pytest.raises(ValueError, match="there is none"):
            home.run(name)


def test_old_runs_make_room(home, monkeypatch):
    monkeypatch.setattr(runs, "KEPT", 3)
    for seed in range(5):
        run = home.add(asked(10, seed=seed), {})
        run.write("status.json", Status(state="done"))
    assert len(home.all()) <= 4


def test_a_future_waits_and_times_out(home):
    executor = Here(home)
    job = executor.submit(asked())
    assert isinstance(job, Job)
    assert job.running()
    with pytest.raises(TimeoutError):
        job.result(timeout=0.2)


def test_half_a_control_file_is_no_control(home):
    run = home.add(asked(), {})
    (run.folder / "control.json").write_text("{")
    assert run.control() == Control()
    assert run.status() == Status()


@pytest.mark.parametrize("before", ["adam", "momentum", "rmsprop", "adagrad", "sgd"])
def test_a_fork_may_change_what_it_likes(home, before):
    run, _ = trained(home, asked(10, optimiser=before, learning_rate=0.01))
    executor = Here(home)
    changes = ({"optimiser": "adam"}, {"optimiser": "momentum"}, {"average": 0.9}, {"recurrence": False}, {"batch": 3})
    jobs = [executor.submit(asked(20, **change), parent=run.id, step=5 if 5 in run.frames() else run.frames()[1]) for change in changes]
    Worker(home).serve(idle=0.2)
    for job in jobs:
        assert job.status().state == "done", job.status().message
    assert not load(home.run(jobs[3].id), "last").recurrent.weight_hh_l0.any()


def test_a_fork_is_measured_with_weights_of_its_own(home):
    settings = Settings(task="polarity", embedding=8, hidden=8, steps=20, validate_every=5)
    run, _ = trained(home, settings)
    executor = Here(home)
    job = executor.submit(settings.model_copy(update={"steps": 22, "learning_rate": 1e-9}), parent=run.id, step=run.frames()[1])
    Worker(home).serve(idle=0.2)
    assert job.status().state == "done", job.status().message
    assert job.status().test


def test_what_is_asked_during_a_pause_is_not_lost(home, monkeypatch):
    executor = Here(home)
    job = executor.submit(asked(3000))
    worker = Worker(home)
    worker.turn()
    leave = FolderTrainer._leave

    def slow(self):
        leave(self)
        monkeypatch.setattr(FolderTrainer, "_leave", leave)
        executor.resume(job.id, until=self.trainer.step + 5)  # in the very moment

    monkeypatch.setattr(FolderTrainer, "_leave", slow)
    executor.pause(job.id)
    worker._looked = 0
    worker.look()
    step = executor.status(job.id).step
    worker.serve(idle=0.3)
    assert executor.status(job.id).step == step + 5


def test_one_run_has_one_trainer(home):
    run = home.add(asked(), {})
    first = FolderTrainer(run)
    with pytest.raises(folder.Busy, match="another process"):
        FolderTrainer(run)
    first.let_go()
    FolderTrainer(run).let_go()


def test_a_run_that_takes_the_process_down_is_not_tried_for_ever(home):
    from rnnviz.training.worker import ATTEMPTS, count_attempts

    executor = Here(home)
    job = executor.submit(asked())
    for _ in range(ATTEMPTS):  # each time the process died
        count_attempts(home.run(job.id))
    Worker(home).serve(idle=0.2)
    assert job.status().state == "failed"
    assert "ended the training process" in job.status().message


def test_the_run_that_takes_the_memory_is_the_one_that_is_ended(home, monkeypatch):
    executor = Here(home)
    small, large = executor.submit(asked(3000)), executor.submit(asked(3000, seed=5))
    worker = Worker(home)
    worker.turn()
    worker._grown[large.id] = 1e6
    monkeypatch.setattr("rnnviz.training.worker.MEMORY_MIB", 1)
    worker.turn()
    assert large.status().state == "failed"
    assert "most of it for this run" in large.status().message
    small.cancel()


def test_pausing_one_that_waits(home, monkeypatch):
    monkeypatch.setattr("rnnviz.training.worker.AT_ONCE", 1)
    executor = Here(home)
    first, second = executor.submit(asked(5000)), executor.submit(asked(5000))
    worker = Worker(home)
    worker.turn()
    waiting = next(job for job in (first, second) if job.status().state == "queued")
    executor.stop(waiting.id)
    worker._looked = 0
    worker.look()
    assert waiting.status().state == "stopped"

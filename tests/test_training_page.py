"""The Training page, run as Streamlit runs it but without a browser; the test is the worker."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest
from test_pages import notices, opened, shown

import rnnviz
from rnnviz import tasks
from rnnviz.components.training import TRAINING
from rnnviz.models.translator import END
from rnnviz.pair_recipe import PairRecipe, as_python
from rnnviz.training.folder import load as load_run
from rnnviz.training.runs import Home, home
from rnnviz.training.worker import Worker
from rnnviz.translating import translate
from rnnviz.ui import runs, training_below
from rnnviz.ui.pages import PAGES
from rnnviz.ui.trained import RunCard


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("RNNVIZ_HOME", str(tmp_path / "home"))
    runs.executor.clear()
    yield
    runs.executor.clear()


def work(app):
    Worker(home()).serve(idle=0.1)
    app.run()
    assert not app.exception, [e.message for e in app.exception]
    return shown(app, "training")


def name_of(app):
    """The run that the link names."""
    found = app.query_params["run"]
    return found if isinstance(found, str) else found[0]


def press(app, key):
    app.button(key=key).click().run()
    assert not app.exception, [e.message for e in app.exception]
    return app


def test_before_anything_is_trained_the_untrained_network_is_shown():
    app = opened("training", task="brackets")
    head, arrays = shown(app, "training")
    (film,) = head["films"]
    task = tasks.make("brackets")
    assert "".join(film["tokens"]) == task.example().text
    assert film["steps"] == [0]
    assert film["exact"]
    from rnnviz.training import Settings, Trainer

    model = Trainer(task, Settings(task="brackets", **task.suggests)).model
    trace = rnnviz.record(model, task.example().text)
    forget = next(at for at, strip in enumerate(film["strips"]) if strip["signal"] == "forget_gate")
    wanted = trace["forget_gate"].isel(layer=0, direction=0, batch=0).values.T
    np.testing.assert_allclose(arrays[f"film0_strip{forget}"][0], wanted[:8], rtol=1e-6)
    np.testing.assert_allclose(arrays["film0_sure"][0], trace["probability"].isel(batch=0).max("class").values, rtol=1e-6)
    assert {guide["name"]: guide["value"] for guide in head["guides"] if guide["chart"] == "metric"} == {
        "guessing": pytest.approx(task.chance["metric"])
    }


@pytest.mark.parametrize("task", [*tasks.kinds()])
def test_every_task_trains_from_the_page(task):
    app = opened("training", task=task, set="steps:6,validate_every:3")
    press(app, "run_train")
    head, arrays = work(app)
    assert head["state"] == "done"
    line = next(at for at, curve in enumerate(head["curves"]) if curve["name"] == "training")
    assert arrays[f"line{line}"][0].tolist() == [1, 2, 3, 4, 5, 6]
    assert head["films"][0]["steps"][-1] == 6
    assert "run" in app.query_params
    assert not app.error


def test_one_ten_and_a_hundred_steps():
    app = opened("training", task="parity")
    press(app, "run_once_10")
    head, arrays = work(app)
    assert head["state"] == "paused"
    press(app, "run_once_1")
    head, arrays = work(app)
    line = next(at for at, curve in enumerate(head["curves"]) if curve["name"] == "training")
    assert arrays[f"line{line}"].shape[1] == 11
    assert head["films"][0]["steps"][-1] == 11
    press(app, "run_reset")
    head, _ = shown(app, "training")
    assert head["films"][0]["steps"] == [0]
    assert "run" not in app.query_params
    assert app.number_input(key="lab_seed").value == 0


def test_two_equal_runs_give_equal_numbers_and_one_is_grey():
    app = opened("training", task="echo", set="steps:12")
    press(app, "run_train")
    work(app)
    press(app, "run_train")
    head, arrays = work(app)
    lines = [at for at, curve in enumerate(head["curves"]) if curve["name"] == "training"]
    grey, own = sorted(lines, key=lambda at: not head["curves"][at]["run"])
    assert head["curves"][grey]["run"]
    assert arrays[f"line{grey}"].tolist() == arrays[f"line{own}"].tolist()


def test_divergence_has_a_card_with_a_way_out():
    app = opened("training", task="adding", set="learning_rate:10,length:20,cell:rnn,steps:200,clip:none")
    press(app, "run_train")
    head, _ = work(app)
    assert head["state"] == "failed"
    (error,) = app.error
    assert "step" in error.value
    assert "guessing" in error.value or "NaN" in error.value
    press(app, "run_lower")
    assert app.session_state["lab_learning_rate"] == pytest.approx(1.0)
    assert home().run(name_of(app)).settings().learning_rate == pytest.approx(1.0)


def test_a_typed_text_is_read_by_the_network_of_every_frame():
    app = opened("training", task="agreement", set="steps:8")
    press(app, "run_train")
    app.text_input(key="lab_text").set_value("the women who saw the dog").run()
    head, arrays = work(app)
    assert [film["key"] for film in head["films"]] == ["example", "yours"]
    yours = head["films"][1]
    assert yours["tokens"] == ["the", "women", "who", "saw", "the", "dog"]
    run = home().run(name_of(app))
    for frame, step in enumerate(yours["steps"]):
        trace = rnnviz.record(runs.network(run, step), "the women who saw the dog")
        np.testing.assert_allclose(arrays["film1_shares"][frame], trace["probability"].values[0], rtol=1e-5)
    for odd in ("🙂", "  ", "x" * 500):
        app.text_input(key="lab_text").set_value(odd).run()
        assert not app.exception


def test_a_fork_a_look_back_and_a_delete():
    app = opened("training", task="parity", set="steps:20")
    press(app, "run_train")
    work(app)
    first = name_of(app)
    app.session_state["_lab_frame"] = home().run(first).frames()[3]
    app.number_input(key="lab_steps").set_value(30).run()
    press(app, "run_fork")
    work(app)
    forked = name_of(app)
    assert forked != first
    assert home().run(forked).about()["parent"] == first
    assert home().run(forked).status().step == 30
    app.selectbox(key="lab_show").set_value(first).run()
    press(app, "run_show")
    assert name_of(app) == first
    assert app.number_input(key="lab_steps").value == 20
    press(app, "run_delete")
    assert not (home().runs / first).exists()


def test_a_link_brings_task_settings_and_run():
    app = opened("training", task="echo", set="hidden:7,delay:4,layer_norm:1,keep_bias:2.5,init:orthogonal")
    state = app.session_state
    assert (state["lab_hidden"], state["lab_echo_delay"], state["lab_layer_norm"], state["lab_keep_bias"]) == (7, 4, True, 2.5)
    press(app, "run_once_1")
    work(app)
    again = opened("training", run=name_of(app))
    assert again.session_state["lab_task"] == "echo"
    assert again.session_state["lab_hidden"] == 7
    assert shown(again, "training")[0]["run"] == name_of(app)


@pytest.mark.parametrize(
    ("link", "says"),
    [
        ({"task": "nope"}, "task = nope"),
        ({"run": "zzzz"}, "There is no run zzzz"),
        ({"run": "../../etc"}, "There is no run"),
        ({"set": "hidden:9999"}, "hidden"),
        ({"set": "hidden:abc,learning_rate:-4,init:foo,x:y,,:"}, "learning\\_rate"),
        ({"task": "echo", "set": "delay:999"}, "delay"),
    ],
)
def test_nonsense_in_a_link_is_put_right(link, says):
    app = opened("training", **link)
    assert says in notices(app)
    assert shown(app, "training")[0]["films"]


def test_settings_that_do_not_go_together_are_said():
    app = opened("training", task="hello", set="bidirectional:1")
    assert "seen the token" in " ".join(e.value for e in app.error)


def test_files_of_a_run():
    app = opened("training", task="counting", set="steps:10,validate_every:5")
    press(app, "run_train")
    work(app)
    run = home().run(name_of(app))
    rows = training_below.as_csv(run).decode().splitlines()
    assert len(rows) == 11
    assert rows[5].split(",")[5]
    with zipfile.ZipFile(io.BytesIO(training_below.as_zip(run))) as packed:
        names = packed.namelist()
        assert f"{run.id}/metrics.jsonl" in names
        assert json.loads(packed.read(f"{run.id}/settings.json"))["task"] == "counting"
    from safetensors.torch import load

    weights = load(training_below.weights(run, 10))
    assert weights["recurrent.weight_hh_l0"].shape == (8, 2)
    code = training_below.as_python(run.settings())
    said = []
    exec(code, {"print": lambda *words: said.append(words)})
    measured = [(int(row.split(",")[0]), float(row.split(",")[1])) for row in rows[1:] if row.split(",")[5]]
    assert [(words[0], words[1]) for words in said] == measured, "the script repeats the run to the last digit"


def test_an_uploaded_column_and_a_pasted_text():
    app = opened("training", task="csv", set="steps:5")
    app.get_by_key("lab_files_csv")
    app.file_uploader(key="lab_files_csv").upload("mine.csv", "\n".join(["v", *(str(i % 7) for i in range(80))]).encode()).run()
    press(app, "run_train")
    work(app)
    run = home().run(name_of(app))
    assert list(run.files()) == ["mine.csv"]
    app = opened("training", task="csv")
    app.file_uploader(key="lab_files_csv").upload("bad.csv", b"name\nanna\n").run()
    assert "no column" in " ".join(e.value for e in app.error)
    app = opened("training", task="characters", set="steps:4,batch:2")
    app.text_area(key="lab_pasted").set_value("so much to say, and so little time to say it in. " * 8).run()
    press(app, "run_train")
    head, _ = work(app)
    assert head["state"] == "done"


def test_its_networks_open_on_the_other_pages():
    app = opened("training", task="temporal-order", set="steps:4,length:20")
    press(app, "run_train")
    work(app)
    run = home().run(name_of(app))
    for page, component in (("gates", "strips"), ("unrolled", "unrolled"), ("cell", "cell"), ("gradients", "flow")):
        other = opened(page, model=f"run-{run.id}-4", text="abcXdabYcd")
        head, _ = shown(other, component)
        assert "".join(head["tokens"]) == "abcXdabYcd"
        assert not other.error
    gone = opened("gates", model="run-zzz-4")
    assert "zzz" in notices(gone)


def test_a_lesson_is_the_published_program_mended_step_by_step():
    settings, options = training_below.repaired(1)
    assert settings["init"] == "normal"
    assert options["padding"] == "end"
    settings, options = training_below.repaired(6)
    assert settings["learning_rate"] == 0.005
    assert (settings["init"], settings["random_state"], options["padding"]) == ("uniform", False, "none")
    app = opened("training", task="news")
    press(app, "repair_2")
    run = home().run(name_of(app))
    assert run.settings().options["padding"] == "end"
    app = opened("training", task="hello")
    press(app, "floor_without")
    assert not home().run(name_of(app)).settings().recurrence


def test_a_home_lists_what_it_has(tmp_path):
    assert Home(tmp_path / "none").all() == []
    assert Home(tmp_path / "none").waiting() == []


def test_the_matrix_of_a_translator_forms_and_its_film_plays():
    app = opened("training", task="reverse", set="steps:200,longest:6")
    head, arrays = shown(app, "training")
    (film,) = head["films"]
    assert (film["asks"], film["exact"], film["attends"], film["steps"]) == ("sequence", True, True, [0])
    app.text_input(key="lab_text").set_value("abcd").run()
    press(app, "run_train")
    head, arrays = work(app)
    assert head["metric"] == "exact"
    example, yours = head["films"]
    assert example["targets"] == [*reversed(example["tokens"]), END]
    assert yours["tokens"] == ["a", "b", "c", "d"]
    assert yours["targets"] == ["d", "c", "b", "a", END], "the rule says what is right"
    run = home().run(name_of(app))
    assert yours["steps"] == run.frames()
    for frame, step in list(enumerate(yours["steps"]))[::20]:
        found = translate(runs.network(run, step), "abcd")
        count, length = arrays["film1_count"][frame].tolist()
        assert length == len(found.tokens)
        assert [yours["names"][i] for i in arrays["film1_said"][frame][:count]] == [*found.tokens[:count]]
        np.testing.assert_allclose(arrays["film1_attention"][frame][:count] / 65535, found.attention[:count], atol=1e-5)
        np.testing.assert_allclose(arrays["film1_sure"][frame][:count], found.probabilities[:count], rtol=1e-5)
    for odd in ("🙂", "A long text. " * 6):
        app.text_input(key="lab_text").set_value(odd).run()
        assert not app.exception
    assert "60 is the most" in notices(app)
    assert len(TRAINING.js) < 60_000


def test_a_translator_without_attention_shows_its_bridge():
    app = opened("training", task="dates", set="attention:none,cell:gru,hidden:9")
    head, arrays = shown(app, "training")
    (film,) = head["films"]
    assert not film["attends"]
    assert "film0_attention" not in arrays
    assert arrays["film0_bridge"].shape == (1, film["units"]) == (1, 18)


def test_settings_that_translators_do_not_have_are_neither_offered_nor_taken():
    app = opened("training", task="dates", set="layers:3,bidirectional:1,hidden:12,attention:dot")
    assert "layers = 3" in notices(app)
    assert "bidirectional = 1" in notices(app)
    assert app.session_state["lab_hidden"] == 12
    keys = {widget.key for kind in ("number_input", "toggle", "selectbox") for widget in app.get(kind)}
    assert "lab_dropout" in keys
    assert not keys & {f"lab_{name}" for name in tasks.named("dates").unsuited}
    press(app, "run_once_1")
    work(app)
    settings = home().run(name_of(app)).settings()
    assert (settings.layers, settings.options["attention"]) == (1, "dot")
    app.selectbox(key="lab_task").set_value("brackets").run()
    assert app.number_input(key="lab_layers").value == 1
    app = opened("training", task="dates", set="init:normal")
    assert "not for translators" in " ".join(e.value for e in app.error)


def test_pairs_of_a_person():
    app = opened("training", task="pairs", set="steps:5")
    lines = "\n".join(f"{word} one\t{word}s two\tCC0" for word in ("cat", "dog", "cow", "hen", "bee", "ant", "bat", "fox", "elk", "owl"))
    app.file_uploader(key="lab_files_pairs").upload("mine.tsv", lines.encode()).run()
    assert not app.error
    press(app, "run_train")
    head, _ = work(app)
    assert head["state"] == "done"
    assert list(home().run(name_of(app)).files()) == ["mine.tsv"]
    app = opened("training", task="pairs")
    app.file_uploader(key="lab_files_pairs").upload("bad.txt", b"cat\tcats\ndog dogs\n").run()
    assert "line 2 of 'bad.txt' has no tab" in " ".join(e.value for e in app.error)
    assert app.button(key="run_train").disabled


def test_translators_open_on_the_attention_page_and_on_no_other():
    app = opened("training", task="reverse", set="steps:4")
    press(app, "run_train")
    work(app)
    run = home().run(name_of(app))
    assert training_below.pages_for("reverse") == [page for page in ("attention",) if page in PAGES]
    if "attention" in PAGES:  # with the network of the frame, and the text
        links = [element.proto.query_string for element in app.get("page_link")]
        assert any(f"run-{run.id}-4" in asked and "backwards" in asked for asked in links), links
    assert training_below.pages_for("parity") == ["gates", "unrolled", "cell", "gradients"]
    card = RunCard.of("x", run, 4)
    assert (card.kind, card.layers, card.embedding, card.examples) == ("Translator", 1, 32, ("backwards",))
    other = opened("gates", model=f"run-{run.id}-4")
    assert run.id in notices(other)
    assert not any(run.id in option for option in other.selectbox(key="model").options)
    page = opened("attention", translator=f"run-{run.id}-4", sentence="hello")
    assert not page.error
    head, arrays = shown(page, "attention")
    network = load_run(run, 4)
    assert tuple(head["said"]) == translate(network, "hello").tokens
    np.testing.assert_array_equal(arrays["weights"], translate(network, "hello").attention)
    said = []
    exec(as_python(PairRecipe(f"run-{run.id}-4", "hello")), {"print": lambda *words: said.append(words)})
    assert said[0][0] == head["text"]
    script = []
    exec(training_below.as_python(run.settings()), {"print": lambda *words: script.append(words)})
    rows = training_below.as_csv(run).decode().splitlines()
    assert script[-1][1] == float(rows[-1].split(",")[1]), "the script repeats the run to the last digit"
    step = run.frames()[2]
    app.session_state["_lab_frame"] = step
    app.run()
    press(app, "run_fork")
    work(app)
    assert home().run(name_of(app)).about()["parent"] == run.id

"""The rules of the house: who may import whom, what may stand in a file, what an import brings."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import rnnviz

ROOT = Path(__file__).parents[1]
SOURCES = [p for folder in ("rnnviz", "pages") for p in (ROOT / folder).rglob("*") if p.suffix in {".py", ".js", ".css"}] + [
    ROOT / "app.py"
]
ENGINE = [p for p in (ROOT / "rnnviz").rglob("*.py") if "ui" not in p.relative_to(ROOT).parts]


def python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True).stdout.strip()


def test_no_two_test_files_share_a_name():
    """Beside each other they could not be imported: pytest takes their names for modules."""
    names = [path.name for path in (ROOT / "tests").rglob("*.py") if path.name != "conftest.py"]
    assert len(names) == len(set(names))


def test_import_rnnviz_brings_nothing_heavy():
    code = "import sys, rnnviz; print(sorted({'torch', 'streamlit', 'plotly', 'xarray', 'numpy'} & set(sys.modules)))"
    assert python(code) == "[]"


@pytest.mark.parametrize(
    "module", ["rnnviz.figures", "rnnviz.trace", "rnnviz.components.strips", "rnnviz.recipe", "rnnviz.zoo", "rnnviz.text"]
)
def test_drawing_needs_no_torch(module):
    assert python(f"import sys, {module}; print('torch' in sys.modules, 'streamlit' in sys.modules)") == "False False"


def test_the_engine_imports_no_streamlit_and_draws_nothing():
    use = "import sys, rnnviz; rnnviz.record, rnnviz.gradient_flow, rnnviz.zoo.load; "
    code = use + "print(sorted({'streamlit', 'plotly', 'altair'} & set(sys.modules)))"
    assert python(code) == "[]"


def test_import_contracts_are_kept():
    result = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_forbidden_stands_in_a_file(path):
    text = path.read_text(encoding="utf-8")
    for pattern in (
        r"torch\.manual_seed",
        r"np\.random\.(seed|rand|randn|normal)",
        r"Math\.random",
        r"innerHTML",
        r"unsafe_allow_html",
        r"\bimport pickle",
        r"\.backward\(\)",
    ):
        if pattern == r"\.backward\(\)" and path.name in ("characters.py", "sentences.py", "trainer.py"):
            continue  # the places that train, each on a model of its own
        assert not re.search(pattern, text), pattern
    if path.suffix == ".py" and "ui" not in path.parts and "pages" not in path.parts:
        assert not re.search(r"^\s*(import|from) streamlit", text, re.M)
    assert "http://" not in text.replace("http://www.w3.org/", "")
    assert "https://" not in text


def test_every_page_begins_with_the_guard():
    for page in (ROOT / "pages").glob("*.py"):
        assert page.read_text(encoding="utf-8").startswith("from rnnviz.ui import enter\n\nenter()\n")


def test_pages_and_navigation_agree():
    from rnnviz.ui.pages import PAGES

    assert sorted(PAGES) == sorted(p.stem for p in (ROOT / "pages").glob("*.py"))


CONTENT = ROOT / "rnnviz" / "ui" / "content"


def strings(folder):
    """Every string of a language by its place: gates.picture.play -> words."""

    def walk(value, path):
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from walk(inner, f"{path}.{key}")
        elif isinstance(value, list):
            for at, inner in enumerate(value):
                yield from walk(inner, f"{path}.{at}")
        else:
            assert value, path
            yield path, str(value)

    return {
        path: words for file in folder.glob("*.toml") for path, words in walk(tomllib.loads(file.read_text(encoding="utf-8")), file.stem)
    }


ENGLISH = strings(CONTENT / "en")
OTHERS = [folder.name for folder in sorted(CONTENT.iterdir()) if folder.is_dir() and folder.name not in ("en", "__pycache__")]

TRANSLATED = (
    "frame", "presets", "gates", "unrolled", "cell", "signals", "errors",
    "gradients", "attention", "training", "tasks", "activations", "example",
)  # fmt: skip
"""Files in which nothing is English any more in another language."""

THE_SAME = re.compile(
    r"presets\.preset\.\d\.(key|text)"  # codes, and what the networks read, which is English
    r"|gradients\.words\.sentences\.\d\.(text|name)|tasks\.hello\.title"
    r"|frame\.app|cell\.picture\.unknown"  # names
    r"|activations\.picture\.(names|short)\.(sigmoid|tanh|relu|leaky_relu)|(gradients\.experiment|training)\.activations\..*"
    r"|gradients\.picture\.series\..*|training\.choices\.(sgd|adam|rmsprop|adagrad|float32|bfloat16)|example\.trains\.(sgd|adagrad|adam)"
    r"|attention\.(measured\.(y_)?bleu|picture\.(end|col_exp|col_exp_heat))|example\.picture\.(floor|rows\.[xp])"
)
"""Strings that have letters and are alike in every language. Those without, symbols and counters, need not stand here."""


def untranslated(english, other, files=TRANSLATED):
    """Places whose words are the same as in English, though they need not be."""
    found = []
    for place, words in other.items():
        spoken = re.search(r"[A-Za-z]{2}", re.sub(r"\{\w+\}", "", words))
        if place.partition(".")[0] in files and spoken and words == english.get(place) and not THE_SAME.fullmatch(place):
            found.append(place)
    return found


def placeholders(words):
    """The {fields} of a string; LaTeX has braces too, and they must be the same as well."""
    return set(re.findall(r"\{[^{}]*\}", words))


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_every_string(language):
    assert "gates.question" in ENGLISH
    assert strings(CONTENT / language).keys() == ENGLISH.keys()


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_fills_in_the_same_values(language):
    other = strings(CONTENT / language)
    assert {place: placeholders(words) for place, words in other.items()} == {
        place: placeholders(words) for place, words in ENGLISH.items()
    }


@pytest.mark.parametrize("language", OTHERS)
def test_no_string_of_another_language_is_english(language):
    assert untranslated(ENGLISH, strings(CONTENT / language)) == []


def test_a_forgotten_string_is_found():
    other = {**strings(CONTENT / "zh"), "gates.question": ENGLISH["gates.question"]}
    assert untranslated(ENGLISH, other) == ["gates.question"]
    assert placeholders("{shown} of {units}") != placeholders("{shown}")


def test_every_signal_of_every_cell_has_words():
    """In English they are the engine's own."""
    from rnnviz.cells import CELLS

    signals = tomllib.loads((CONTENT / "en" / "signals.toml").read_text(encoding="utf-8"))
    for cell in CELLS.values():
        for signal in cell.signals:
            assert signals[signal.kind][signal.name] == signal.long_name


def test_every_refusal_has_a_sentence():
    """Whatever reason the engine gives, the frame has words for it, and none that nobody gives."""
    sources = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "rnnviz").rglob("*.py"))
    given = set(re.findall(r'(?:Refusal|RecipeError)\((?:"[^"\n]*"|said), "(\w+)"', sources)) | {"failed"}
    errors = tomllib.loads((CONTENT / "en" / "frame.toml").read_text(encoding="utf-8"))["errors"]
    assert given == set(errors)


def test_presets_have_goals():
    presets = tomllib.loads((ROOT / "rnnviz/ui/content/en/presets.toml").read_text(encoding="utf-8"))["preset"]
    assert len(presets) >= 5
    assert len({p["text"] for p in presets}) == len({p["key"] for p in presets}) == len(presets)
    assert all(p["goal"] for p in presets)
    assert presets[0]["text"] == rnnviz.Recipe().text


def test_public_names():
    assert sorted(rnnviz.__all__) == [
        "Recipe", "Trace", "cells", "clipping", "completing", "decoding", "figures", "forcing", "generating", "gradient_flow",
        "gradients", "interventions", "jacobians", "long_range", "models", "occlusion", "record", "run", "saliency", "scoring",
        "source_gradients", "tasks", "training", "translate", "variants", "zoo",
    ]  # fmt: skip
    for name in rnnviz.__all__:
        assert getattr(rnnviz, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nope'; it has"):
        rnnviz.nope  # noqa: B018


def test_requirements_are_pinned():
    for file in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
            assert not line or line.startswith(("#", "-r ")) or re.fullmatch(r"[\w-]+==[\w.]+", line), line


MGU = '''
"""Minimal gated unit (Zhou et al. 2016): one gate both forgets and resets. A cell that torch does not have."""

import torch

from rnnviz.cells.base import Cell, Pullback, Signal, times, unedited


class MGU(Cell):
    name, title, blocks, module, keep_block, letters = "mgu", "MGU", 2, None, 0, ("f", "n")
    signals = (
        Signal("forget_gate", "gate", "keep", "f", "forget gate", (0.0, 1.0)),
        Signal("candidate", "state", "candidate", "n", "candidate", (-1.0, 1.0)),
        Signal("hidden", "state", "hidden", "h", "hidden state", (-1.0, 1.0)),
    )
    equations = {
        "forget_gate": "f_t = s(W_f x_t + U_f h_{t-1})",
        "candidate": "n_t = tanh(W x_t + f_t (U h_{t-1}))",
        "hidden": "h_t = (1 - f_t) n_t + f_t h_{t-1}",
    }
    formulas = {
        "forget_gate": "sigmoid(from_x_f + from_h_f)",
        "candidate": "tanh(from_x_n + forget_gate * from_h_n)",
        "hidden": "(1 - forget_gate) * candidate + forget_gate * previous_hidden",
    }

    def _parts(self, weights, x, hidden):
        from_x = torch.nn.functional.linear(x, weights.input, weights.input_bias).chunk(2, -1)
        from_h = torch.nn.functional.linear(hidden, weights.hidden, weights.hidden_bias).chunk(2, -1)
        return from_x, from_h

    def gates(self, weights, x, hidden, edit=unedited):
        from_x, from_h = self._parts(weights, x, hidden)
        f = edit("forget_gate", (from_x[0] + from_h[0]).sigmoid())
        return {"forget_gate": f, "candidate": edit("candidate", (from_x[1] + f * from_h[1]).tanh())}

    def states(self, weights, gates, previous, cell, edit=unedited):
        return {"hidden": edit("hidden", torch.lerp(gates["candidate"], previous, gates["forget_gate"]))}

    def slopes(self, weights, signals):
        f, n, previous = signals["forget_gate"], signals["candidate"], signals["previous_hidden"]
        half = slice(n.shape[-1], None)
        recalled = torch.nn.functional.linear(previous, weights.hidden[half], weights.hidden_bias[half])
        at_n = (1 - f) * (1 - n * n)
        at_f = ((previous - n) + at_n * recalled) * f * (1 - f)
        return {"to_input": torch.stack([at_f, at_n], -2), "to_hidden": torch.stack([at_f, at_n * f], -2), "kept": f}

    def adjoint(self, weights, slopes, d_hidden, d_cell, *, with_input):
        d_input = times(d_hidden, slopes["to_input"]) @ weights.input if with_input else None
        return Pullback(d_input, times(d_hidden, slopes["to_hidden"]) @ weights.hidden + d_hidden * slopes["kept"])


CELL = MGU()
'''


def test_a_cell_is_added_by_adding_a_file(tmp_path):
    """A copy of the project with one more file: the new cell is found, tested by the same promises, recorded and trained."""
    for folder in ("rnnviz", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "browser"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "rnnviz" / "cells" / "mgu.py").write_text(MGU, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-k",
        "mgu",
        "tests/test_every_cell.py",
        "tests/test_character_training.py",
        "tests/test_interventions.py",
    ]
    result = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert result.returncode == 0, result.stdout[-3000:]
    assert int(re.search(r"(\d+) passed", result.stdout).group(1)) >= 19

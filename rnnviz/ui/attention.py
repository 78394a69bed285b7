"""The attention page's picture: from a recipe to the component, with everything it is held against."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from rnnviz.components.attention import ATTENTION, Facts, Other, Tree, payload
from rnnviz.components.base import Choice, Layout
from rnnviz.figures.attention import Attended, attended, changes
from rnnviz.figures.numbers import fmt_count
from rnnviz.forcing import SCHEMES, parsed, written
from rnnviz.pair_recipe import PairRecipe, forced_of
from rnnviz.recipe import RecipeError
from rnnviz.text import CharacterVocabulary, spelled
from rnnviz.ui import attention_controls, engine, glossary, link, mount, playhead, refusals, translators
from rnnviz.ui.translators import Family

_ATTENTION = mount.register(ATTENTION)


def draw(recipe: PairRecipe, family: Family, beside: str, *, words: Mapping[str, Any], title: str, key: str) -> None:
    """Draw the component. An alternative, an edited row or another model that was chosen in it is decoded anew."""
    answer = engine.translation(recipe)
    _say_what_is_off(recipe, family, answer, words["notice"], words["joined"])
    count = len(answer.tokens)
    out = link.whole("out", 1, count, 1) or 1
    strongest = 1 if answer.attention is None else int(answer.attention[out - 1, : len(answer.source)].argmax()) + 1
    if "inp" in st.session_state and st.session_state["inp"] == st.session_state.get("_strongest"):
        st.session_state["inp"] = strongest  # nobody has chosen an input: where the step looks most is framed
    st.session_state["_strongest"] = strongest
    inp = link.whole("inp", 1, len(answer.source), strongest) or strongest
    link.carry("out", out if out > 1 else None)
    link.carry("inp", inp if inp != strongest else None)
    choice = playhead.followed((key, recipe, beside), out, inp)
    layout = "present" if link.presenting() else "page"
    said = {**words["picture"], "schemes": words["schemes"], "scores": words["scores"]}
    blind = engine.model(recipe.model).score == "none"
    said["notice"] = words["notices"]["none"] if blind else [*words["notices"].get(family.key, []), *said["notice"]]
    if link.presenting():
        del said["notice"]
    data = _payload(recipe, family, beside, choice, glossary.with_terms(said), title, layout)
    _ATTENTION(
        key=key, data=data, on_chosen_change=playhead.chosen(key, into=("out", "inp")), on_prefer_change=_preferred(key, answer.tokens),
        on_row_change=_row_edited(key, len(answer.source) + recipe.padding * (not recipe.masked)), on_scheme_change=_scheme_chosen(key),
        on_open_change=_opened(key), on_undo_change=_undone,
    )  # fmt: skip


def title_of(recipe: PairRecipe, words: Mapping[str, Any]) -> str:
    """Return what stands over an exported picture: the model, the text, and all that was done to its attention."""
    done = [words["schemes"][recipe.scheme]] if recipe.scheme != "own" else []
    done += [f"{words['reseed']} {recipe.seed}"] if recipe.scheme in ("shuffled", "permuted") else []
    done += [f"{words['soft']} {recipe.temperature:g}"] if recipe.temperature != 1 else []
    done += [f"{words['pad']} {recipe.padding}, {words['masked'] if recipe.masked else words['unmasked']}"] if recipe.padding else []
    done += [words["edited"].format(steps=words["joined"].join(map(str, sorted(parsed(recipe.rows)))))] if recipe.rows else []
    return words["title_joined"].join([words["titled"].format(title=words["title"], model=recipe.model), recipe.text, *done])


def checked(recipe: PairRecipe, words: Mapping[str, Any]) -> PairRecipe:
    """Return a recipe without what does not fit its text: rows of another length, a beginning that cannot be said."""
    try:
        answer = engine.quiet_translation(recipe)
        beyond = [step for step in parsed(recipe.rows) if step > len(answer.tokens)]
        if beyond:
            said = words["notice"]["no_step"].format(steps=words["joined"].join(map(str, beyond)), count=len(answer.tokens))
            link.notice(said)
            return _without_rows(recipe, beyond)
    except RecipeError as error:
        if not (recipe.rows or recipe.prefix):
            return recipe
        link.notice(words["notice"]["dropped"].format(why=refusals.part(error, link.language())))
        st.session_state["_rows"], st.session_state["_prefix"] = "", ()
        link.write("rows", None)
        link.write("say", None)
        return replace(recipe, rows="", prefix=())
    return recipe


def _without_rows(recipe: PairRecipe, steps: Collection[int]) -> PairRecipe:
    rows = written({step: row for step, row in parsed(recipe.rows).items() if step not in steps})
    st.session_state["_rows"] = rows
    link.write("rows", rows or None)
    return replace(recipe, rows=rows)


def _say_what_is_off(recipe: PairRecipe, family: Family, answer, words: Mapping[str, str], joined: str) -> None:
    if answer.trace.unknown:
        shown = [f"“{link.short(spelled(token) if len(token) == 1 else token)}”" for token in answer.trace.unknown[:8]]
        shown += [words["more"].format(count=len(answer.trace.unknown) - 8)] if len(answer.trace.unknown) > 8 else []
        names = joined.join(shown)
        what = words["characters" if isinstance(engine.model(recipe.model).source, CharacterVocabulary) else "words"]
        every = all(token in answer.trace.unknown for token in answer.source if any(map(str.isalnum, token)) or len(token) > 1)
        link.notice(words["unknown_all" if every else "unknown"].format(names=names, what=what))
    _, off = translators.truth(family.task, recipe.text)
    if off:
        link.notice(words[off])
    if not answer.ended:
        link.notice(words["endless"].format(count=len(answer.tokens)))


@st.cache_data(show_spinner=False, max_entries=64, hash_funcs=mount.AS_WRITTEN)
def _payload(
    recipe: PairRecipe, family: Family, beside: str, choice: Choice, words: Mapping[str, Any], title: str, layout: Layout
) -> bytes:
    from rnnviz.source_gradients import agreement, source_gradients
    from rnnviz.translating import unsure

    answer, model = engine.translation(recipe), engine.model(recipe.model)
    shown = _attended(answer)
    plain = _plain(recipe)
    before = _attended(engine.translation(plain)) if _differs(answer, engine.translation(plain)) else None
    right = translators.truth(family.task, recipe.text)[0]
    gradient = None
    if beside == "gradient":
        gradient = source_gradients(model, answer).part("gradient").values[0]
    facts = Facts(
        recipe.model, model.score, model.cell, 2 * model.hidden_size, model.parameter_count, answer.trace.residual,
        None if right is None else answer.text == right, right, unsure(answer), tuple(sorted(parsed(recipe.rows))), recipe.scheme,
        recipe.temperature, recipe.padding, recipe.masked,
    )  # fmt: skip
    width = len(answer.source)
    return payload(
        shown, facts, choice, before=before,
        gradient=gradient,
        agreement=None if gradient is None or shown.weights is None else agreement(shown.weights[:, :width], gradient),
        trials=_trials(plain, recipe.seed, words) if model.score != "none" else (),
        siblings=_siblings(plain, family, right, words),
        tree=_tree(answer, model), beside=beside, words=words, title=title, layout=layout,
    )  # fmt: skip


def _differs(answer, plain) -> bool:
    """Return whether anything that was done to an answer changed its words or where it looked."""
    if answer.tokens != plain.tokens:
        return True
    if answer.attention is None:
        return False
    width = plain.attention.shape[1]
    return (answer.attention.shape != plain.attention.shape and bool(answer.attention[:, width:].any())) or not np.allclose(
        answer.attention[:, :width], plain.attention, atol=1e-5
    )


def _plain(recipe: PairRecipe) -> PairRecipe:
    """Return the recipe with nothing done to attention and answer."""
    return replace(recipe, prefix=(), scheme="own", seed=1, temperature=1.0, rows="", padding=0, masked=True)


def _attended(answer) -> Attended:
    return attended(
        answer.trace, answer.tokens, text=answer.text, bridge=answer.bridge, log_probability=answer.log_probability, ended=answer.ended
    )


def _trials(plain: PairRecipe, seed: int, words: Mapping[str, Any]) -> list[Other]:
    """Return what the model says with another attention, shuffled by `seed`, each beside its own answer."""
    from rnnviz.translating import moved

    model, own = engine.model(plain.model), engine.translation(plain)
    found = []
    for scheme in SCHEMES[1:]:
        recipe = replace(plain, scheme=scheme, seed=seed)
        other = engine.translation(recipe)
        distance = float(moved(model, own, forced_of(recipe)).mean())
        found.append(
            Other(scheme, words["schemes"][scheme], other.tokens, changes(own.tokens, other.tokens), math.exp(other.log_probability),
                  other.attention, distance=distance)
        )  # fmt: skip
    return found


def _siblings(plain: PairRecipe, family: Family, right: str | None, words: Mapping[str, Any]) -> list[Other]:
    """Return what the family's models say to the same text, the one that is shown among them."""
    own = engine.translation(plain)
    found = []
    for score, name in family.models.items():
        try:
            other = engine.quiet_translation(replace(plain, model=name))
        except RecipeError:
            continue
        found.append(
            Other(name, words["scores"][score], other.tokens, changes(own.tokens, other.tokens), math.exp(other.log_probability),
                  other.attention, None if right is None else other.text == right,
                  note=fmt_count(engine.model(name).parameter_count))
        )  # fmt: skip
    return found


def _tree(answer, model) -> Tree | None:
    beam = answer.beam
    if beam is None:
        return None
    nodes = beam.nodes
    return Tree(
        beam.width, tuple(n.parent for n in nodes), tuple(n.depth for n in nodes), tuple(model.answers[n.token] for n in nodes),
        tuple(n.probability for n in nodes), tuple(n.score for n in nodes), tuple(n.kept for n in nodes), beam.leaves,
    )  # fmt: skip


def _preferred(key: str, tokens: tuple[str, ...]):
    """Return the callback that lets the answer begin with what was said up to a step, and then another token."""

    def take() -> None:
        wish = mount.told(key, "prefer")
        if isinstance(wish, Mapping) and 1 <= int(wish["t"]) <= len(tokens):
            st.session_state["_prefix"] = (*tokens[: int(wish["t"]) - 1], str(wish["token"]))
            st.session_state.out = int(wish["t"])

    return take


def _row_edited(key: str, width: int):
    def take() -> None:
        wish = mount.told(key, "row")
        if not isinstance(wish, Mapping):
            return
        weights = [float(value) for value in wish["weights"]]
        if len(weights) != width or not all(math.isfinite(v) and v >= 0 for v in weights) or not sum(weights):
            return
        rows: dict[int, Any] = dict(parsed(str(st.session_state.get("_rows") or "")))
        total = sum(weights)
        rows[int(wish["t"])] = tuple(float(np.round(value / total, 4)) for value in weights)
        st.session_state["_rows"] = written(rows)
        st.session_state.out = int(wish["t"])

    return take


def _scheme_chosen(key: str):
    def take() -> None:
        wish = mount.told(key, "scheme")
        if wish in SCHEMES:  # as its row shows it: nothing else is changed
            attention_controls.forget_changes()
            st.session_state.force = wish
        elif wish == "again":
            st.session_state.reseed = int(st.session_state.get("reseed") or 1) % 9999 + 1
            attention_controls.renew_experiments()

    return take


def _opened(key: str):
    def take() -> None:
        name = mount.told(key, "open")
        for family in translators.families().values():
            for score, model in family.models.items():
                if model == name:
                    st.session_state.pair, st.session_state.score = family.key, score

    return take


def _undone() -> None:
    attention_controls.forget_changes()

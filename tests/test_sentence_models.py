"""Language models of sentences: what ⟨s⟩ is for, weights that are tied stay tied, and those that ship are as good as they say."""

from __future__ import annotations

import copy
import math
import random

import numpy as np
import pytest
import torch
from networks import seeded
from safetensors.torch import load_file
from typer.testing import CliRunner

import rnnviz
from rnnviz import zoo
from rnnviz.cli import app
from rnnviz.clipping import parameter_gradients
from rnnviz.description import Description
from rnnviz.interventions import ablate, continuation, intervene
from rnnviz.models import LanguageModel, build, describe
from rnnviz.models.sequence import TiedReadout
from rnnviz.sentences import BoundedSentenceVocabulary, SentenceVocabulary
from rnnviz.text import BOUNDARY, CharacterVocabulary, NumberReader, WordVocabulary
from rnnviz.training.sentences import (
    corpus_of,
    first_of_orders,
    initialise,
    log_probabilities,
    nats_per_word,
    numbered,
    orders_of,
    train,
)
from rnnviz.training.settings import SentenceSettings
from rnnviz.zoo.cards import HERE

NAMES = ["words-gru", "words-lstm", "words-rnn"]
WORDS = ("the", "cat", "dog", "sees", "do", "n't", "sleeps", ".", ",", "?")
VOCABULARY = BoundedSentenceVocabulary(WORDS, language="english")
OWN = [
    "My brother is going to buy a bigger house next year.",
    "I don't know why she left the room so quickly.",
    "Could you tell me where the nearest station is?",
    "We had to wait for more than an hour in the rain.",
    "The children were playing in the garden when it started to snow.",
    "She is much taller than her older sister.",
    "It was so cold that nobody wanted to go outside.",
    "He forgot to close the window before he went to bed.",
]
"""Sentences of our own: none is in the data that the models were trained on."""


def small(cell="lstm", **options):
    return seeded(lambda: LanguageModel(VOCABULARY, cell, 6, embedding=6, tied=True, **options)).eval()


def sentences(texts, vocabulary):
    return [torch.tensor([*vocabulary.encode(text).ids, vocabulary.boundary_number]) for text in texts]


def test_a_text_begins_with_the_boundary():
    read = VOCABULARY.encode("The cat, DON'T! The zebra")
    assert VOCABULARY.tokens[:3] == ("⟨unk⟩", "⟨s⟩", "the")
    assert read.tokens == ("⟨s⟩", "the", "cat", ",", "do", "n't", "!", "the", "zebra")
    assert read.ids == (1, 2, 3, 10, 6, 7, 0, 2, 0)
    assert read.unknown == ("!", "zebra")
    assert len(VOCABULARY) == len(WORDS) + 2
    with pytest.raises(ValueError, match="there is no word in it"):
        VOCABULARY.encode(" ")
    assert VOCABULARY.encode("⟨s⟩").ids == (1, 0, 0, 0), "what a person types is no boundary"


def test_a_boundary_is_not_written():
    assert VOCABULARY.text(["⟨s⟩", "the", "cat", "do", "n't", ".", "⟨s⟩", "the", "dog"]) == "the cat don't. the dog"


def test_every_vocabulary_says_what_bounds_its_texts():
    assert VOCABULARY.boundary == BOUNDARY == VOCABULARY.tokens[VOCABULARY.boundary_number]
    assert CharacterVocabulary("ab\n").boundary == "\n"
    for vocabulary in (CharacterVocabulary("ab"), WordVocabulary(["a"], length=3), SentenceVocabulary(["a"]), NumberReader()):
        assert vocabulary.boundary is None
        assert BOUNDARY not in vocabulary.tokens


def test_the_record_is_the_models_own_forward():
    model, text = small("gru", layers=2), "the cat sees the dog."
    trace = rnnviz.record(model, text)
    assert trace.tokens == ("⟨s⟩", "the", "cat", "sees", "the", "dog", ".")
    with torch.no_grad():
        logits, _ = model(torch.tensor([VOCABULARY.encode(text).ids]))
    np.testing.assert_allclose(trace["probability"].values[0], logits.softmax(dim=-1)[0], rtol=1e-5, atol=1e-7)
    assert trace.residual < 1e-5


def test_a_sentences_probability_is_the_product_of_its_words():
    model, texts = small("rnn"), ["the cat sees the dog.", "the dog sleeps", "zebra"]
    found = log_probabilities(model, sentences(texts, VOCABULARY))
    for text, own in zip(texts, found.tolist(), strict=True):
        trace = rnnviz.record(model, text)
        said = [*(token if token in WORDS else "⟨unk⟩" for token in trace.tokens[1:]), BOUNDARY]
        steps = [trace["probability"].isel(batch=0, time=at).sel(token=token).item() for at, token in enumerate(said)]
        assert own == pytest.approx(math.log(math.prod(steps)), rel=1e-5)
    words = sum(len(ids) - 1 for ids in sentences(texts, VOCABULARY))
    assert nats_per_word(model, sentences(texts, VOCABULARY)) == pytest.approx(-float(found.sum()) / words, rel=1e-6)


def test_tied_weights_are_one_tensor_and_stay_one(tmp_path):
    model = small()
    assert model.readout.weight is model.embedding.weight
    assert "readout.weight" not in model.state_dict()
    assert model.parameter_count == sum(value.numel() for value in model.state_dict().values())
    twin = copy.deepcopy(model)
    assert twin.readout.weight is twin.embedding.weight
    assert twin.readout.weight is not model.readout.weight
    assert model.double().readout.weight.dtype == torch.float64
    model.float()

    card = zoo.card("words-gru").model_copy(update={"description": describe(model), "parameters": model.parameter_count})
    zoo.save(model, card, tmp_path / "tied")
    kept = load_file(tmp_path / "tied" / "model.safetensors")
    assert set(kept) == set(model.state_dict())
    back = zoo.load("tied", folder=tmp_path / "tied")
    assert back.readout.weight is back.embedding.weight
    assert isinstance(back.readout, TiedReadout)


def test_building_makes_the_same_model_again():
    model = small("gru", layers=2, layer_norm=True, residual=True, dropout=0.25)
    description = describe(model)
    assert (description.reads, description.language, description.tied, description.tokens) == ("sentences", "english", True, WORDS)
    again = build(Description.model_validate_json(description.model_dump_json()), model.state_dict())
    assert describe(again) == description
    assert again.vocabulary.tokens == VOCABULARY.tokens
    one, two = (rnnviz.record(each, "the cat sleeps.") for each in (model, again))
    np.testing.assert_array_equal(one["probability"].values, two["probability"].values)


def test_what_cannot_be_tied():
    with pytest.raises(ValueError, match="tied: it is for a language model whose embedding is as wide as its state, 6, got 5"):
        LanguageModel(VOCABULARY, "lstm", 6, embedding=5, tied=True)
    with pytest.raises(ValueError, match="tied: "):
        LanguageModel(VOCABULARY, "lstm", 6, embedding=0, tied=True)


def test_gradients_and_a_hand_on_it():
    """The tied weights gather both gradients: as they are read, and as they say."""
    model, text = small("lstm").double(), "the cat sees the dog."
    flow = rnnviz.gradient_flow(model, text)
    assert np.isfinite(flow["hidden"].isel(loss_time=slice(None, -1)).values[..., 0, 0]).all()
    found = parameter_gradients(model, text)
    assert set(found) == {name for name, _ in model.named_parameters()}
    step, place = 1e-6, (3, 2)  # of “cat”
    ends = []
    for sign in (1, -1):
        moved = copy.deepcopy(model)
        with torch.no_grad():
            moved.embedding.weight[place] += sign * step
            ids = torch.tensor([VOCABULARY.encode(text).ids])
            ends.append(float(torch.nn.functional.cross_entropy(moved(ids[:, :-1])[0][0], ids[0, 1:])))
    assert float(found["embedding.weight"][place]) == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-5)
    held = intervene(model, text, [ablate("cell", units=(2,))])
    assert float(np.abs(held["cell"].sel(unit=2).values).max()) == 0


def test_a_continuation_is_written_as_sentences_are():
    """Against reading everything again for each new word; it stops where the sentence does."""
    model, start = zoo.load("words-gru"), "I don't"
    said = continuation(model, start, 30)
    assert said[0] == " "
    assert BOUNDARY not in said
    written = start
    for _ in range(30):
        row = rnnviz.record(model, written)["probability"].isel(batch=0, time=-1, token=slice(1, None))
        word = str(row["token"].values[row.values.argmax()])
        if word == BOUNDARY:
            break
        written += f" {word}"
    assert model.vocabulary.encode(start + said).tokens == model.vocabulary.encode(written).tokens


TEXT = "\n".join(
    f"{who} {what} the {whom}{mark}\tand what stands behind a tab"
    for who in ("The cat", "the dog", "A bird", "My friend")
    for what in ("sees", "hears", "doesn't see", "finds")
    for whom in ("cat", "dog", "bird", "big house")
    for mark in (".", "!")
)


def test_what_is_held_out_is_never_trained_on():
    corpus = corpus_of(TEXT, "english", 12, 10)
    bare = lambda words: tuple(word for word in words if word not in ".!")  # noqa: E731
    assert len(corpus.held_out) == 10
    assert len(corpus.training) == 2 * (64 - 10)
    assert not {bare(words) for words in corpus.held_out} & {bare(words) for words in corpus.training}
    assert len(corpus.words) == 12
    assert corpus.words[0] == "the"
    assert corpus == corpus_of(TEXT, "english", 12, 10)
    assert not any("tab" in words for words in corpus.training)
    with pytest.raises(ValueError, match="data: 64 different sentences are too few to hold out 64"):
        corpus_of(TEXT, "english", 12, 64)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("tied", [True, False])
def test_training_learns_and_repeats(tied, precision):
    corpus = corpus_of(TEXT, "english", 50, 10)
    vocabulary = BoundedSentenceVocabulary(corpus.words, language="english")
    read, kept = numbered(vocabulary, corpus.training), numbered(vocabulary, corpus.held_out)
    settings = SentenceSettings(steps=60, batch=16, learning_rate=0.02, weight_drop=0.1, precision=precision, validate_every=30, seed=3)

    def once():
        model = LanguageModel(vocabulary, "gru", 12, embedding=12, dropout=0.1, tied=tied)
        before = torch.get_rng_state()
        initialise(model, read, settings)
        first = nats_per_word(model, kept)
        seen = list(train(model, read, kept, settings))
        assert torch.equal(before, torch.get_rng_state())
        return first, seen, model

    first, seen, model = once()
    assert seen[-1].validation_loss == nats_per_word(model, kept) < 0.7 * first
    assert seen[-1].validation_loss == once()[1][-1].validation_loss
    assert isinstance(model.readout, TiedReadout) == tied


def test_orders_are_distinct_and_keep_the_mark():
    words = ("we", "like", "to", "walk", "here", ".")
    found = orders_of(words, 100, random.Random(1))
    assert found[0] == words
    assert len(set(found)) == len(found) == 100
    assert all(order[-1] == "." and sorted(order) == sorted(words) for order in found)
    assert len(orders_of(("no", "no", "yes"), 100, random.Random(1))) == 3


def test_first_of_orders_tells_a_good_model_from_a_poor_one():
    model = small()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()  # every order is as probable as the sentence: none is the most probable alone
    words = tuple(["the", "cat", "sees", "the", "dog", "sleeps", "."])
    assert first_of_orders(model, [words]) == 0
    assert math.isnan(first_of_orders(model, [("the", "cat")]))


def test_the_command_line_trains_one(tmp_path):
    text = tmp_path / "sentences.txt"
    text.write_text(TEXT, encoding="utf-8")
    out = tmp_path / "own"
    command = f"language-model {text} --out {out} --reads sentences --language english --vocabulary 30 --cell gru --hidden 8 --embedding 8"
    command += " --tied --layers 1 --steps 20 --batch 16 --held-out 10 --validate-every 10"
    said = CliRunner().invoke(app, [*command.split(), "--example", "The cat sees the dog."])
    assert said.exit_code == 0, said.output
    assert "held out perplexity" in said.output
    model = zoo.load("own", folder=out)
    assert isinstance(model.card, zoo.SentenceCard)
    assert model.card.examples == ("The cat sees the dog.",)
    corpus = corpus_of(TEXT, "english", 30, 10)
    kept = numbered(model.vocabulary, corpus.held_out)
    assert model.card.perplexity == pytest.approx(math.exp(nats_per_word(model, kept)), abs=1e-3)
    wrong = CliRunner().invoke(app, [*command.replace("english", "german").split()])
    assert wrong.exit_code == 2
    assert "german" in wrong.output


def test_they_come_after_the_characters():
    names = zoo.names()
    places = [names.index(name) for name in NAMES]
    assert all(isinstance(zoo.card(name), zoo.Card) for name in names[: min(places)])
    assert [names[at] for at in sorted(places)] == sorted(NAMES, key=lambda name: zoo.card(name).perplexity)
    assert max(places) - min(places) == len(NAMES) - 1


@pytest.mark.parametrize("name", NAMES)
def test_a_model_is_what_its_card_says(name):
    model = zoo.load(name)
    card = model.card
    assert card.cell == name.removeprefix("words-") == model.cell
    assert card.parameters == model.parameter_count
    assert (HERE / name / "model.safetensors").stat().st_size <= 4_000_000
    assert card.command.startswith("python -m rnnviz language-model fra.txt ")
    assert "tatoeba.org" in card.data
    assert "CC BY 2.0 FR" in card.data
    for text in card.examples:
        trace = rnnviz.record(model, text)
        assert trace.tokens[0] == BOUNDARY
        assert trace.residual < 1e-4


def test_they_have_the_same_budget():
    cards = [zoo.card(name) for name in NAMES]
    assert max(card.parameters for card in cards) / min(card.parameters for card in cards) < 1.02
    for field in ("steps", "batch"):
        assert len({getattr(card.settings, field) for card in cards}) == 1
    assert len({card.description.tokens for card in cards}) == 1


@pytest.mark.parametrize("name", NAMES)
def test_word_order_is_heard(name):
    model = zoo.load(name)
    score = lambda text: float(log_probabilities(model, sentences([text], model.vocabulary))[0])  # noqa: E731
    assert score("we love working on deep learning") > score("working love learning we on deep") + math.log(1000)
    short = [tuple(model.vocabulary.encode(text).tokens[1:]) for text in OWN]
    assert first_of_orders(model, short) >= 0.75


PERPLEXITY = {"words-gru": 12.172, "words-lstm": 13.417, "words-rnn": 19.933}
"""Of OWN, as measured when the weights were written; what the cards say is of sentences that do not ship."""


@pytest.mark.parametrize("name", NAMES)
def test_the_weights_are_those_that_were_measured(name):
    model = zoo.load(name)
    assert math.exp(nats_per_word(model, sentences(OWN, model.vocabulary))) == pytest.approx(PERPLEXITY[name], abs=0.02)
    if name != "words-rnn":  # at the same budget the plain one is worse, as it is: 26.8 and .907
        assert model.card.perplexity <= 26
        assert model.card.scores["first_of_100_orders"] >= 0.95

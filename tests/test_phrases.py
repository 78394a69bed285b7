"""Count ratios beside an embedding: by hand, by a plain dictionary, without the row they are shown to, and through a file."""

from __future__ import annotations

import math

import pytest
import torch
from safetensors.torch import load, save

import rnnviz
from rnnviz import tasks
from rnnviz.description import Description
from rnnviz.models import Classifier, build, describe
from rnnviz.models.phrases import PhraseEmbedding, keys
from rnnviz.tasks import Batch
from rnnviz.text import CharacterVocabulary, WordVocabulary
from rnnviz.training import Settings, Trainer
from rnnviz.training.counts import FOLDS, MOST_RATIOS, Ratios
from rnnviz.zoo.weights import compact

VOCABULARY = WordVocabulary(["good", "not", "film"])
TEXTS = (("good film", 1), ("not good", 0), ("good good film", 1), ("not good film", 0))
SMALL = {"task": "polarity", "cell": "gru", "hidden": 6, "embedding": 5, "batch": 16, "steps": 6, "phrases": True, "word_dropout": 0.1,
         "dropout": 0.3, "average": 0.9}  # fmt: skip


def listed(texts=TEXTS, vocabulary=VOCABULARY):
    encoded = [vocabulary.encode(text).ids for text, _ in texts]
    inputs = torch.zeros(len(texts), max(map(len, encoded)), dtype=torch.long)
    for row, ids in enumerate(encoded):
        inputs[row, : len(ids)] = torch.tensor(ids)
    return Batch(inputs, torch.tensor([label for _, label in texts]), torch.tensor([len(ids) for ids in encoded]))


def counted(texts, classes=2):
    """Return a filled embedding of five columns whose learned part is zero."""
    ratios = Ratios(listed(texts), len(VOCABULARY), classes)
    embedding = PhraseEmbedding(len(VOCABULARY), 5, classes, len(ratios.pairs) - 1)
    torch.nn.init.zeros_(embedding.learned.weight)
    ratios.fill(embedding)
    return embedding


def by_dictionary(texts, classes):
    """Count as plainly as can be: for each word, and each word with the one before it, the ratio of every class."""
    held = []
    for text, _ in texts:
        words = text.split()
        held.append({*words, *zip([None, *words], words, strict=False)})
    labels, found = [label for _, label in texts], {}
    for phrase in set().union(*held):
        having = [label for has, label in zip(held, labels, strict=True) if phrase in has]
        parts = phrase if isinstance(phrase, tuple) else (phrase,)
        if "elsewhere" in parts or (len(parts) > 1 and len(having) < 2):
            continue
        ratios = []
        for c in range(classes):
            inside = (having.count(c) + 1) / (labels.count(c) + 2)
            outside = (len(having) - having.count(c) + 1) / (len(labels) - labels.count(c) + 2)
            ratios.append(max(-3, min(3, math.log(inside / outside))) / 2)
        found[phrase] = ratios[1:] if classes == 2 else ratios
    return found


def test_ratios_by_hand():
    """Of two praising and two blaming texts both blaming ones hold "not": ln((0 + 1) / (2 + 2) / ((2 + 1) / (2 + 2))) / 2."""
    ratios = counted(TEXTS)(torch.tensor(VOCABULARY.encode("not good good film").ids))[:, 5:]
    nothing = 0.0
    against, for_ = math.log(1 / 3) / 2, math.log(3) / 2
    film = math.log(3 / 2) / 2
    # "good good" stands in one text alone and has no ratio; "good film" is in three, two of them praising
    expected = [[against, against], [nothing, against], [nothing, nothing], [film, film]]
    assert torch.allclose(ratios, torch.tensor(expected), atol=1e-6)
    start = counted(TEXTS)(torch.tensor(VOCABULARY.encode("good").ids))[0, 5:]
    assert torch.allclose(start, torch.tensor([nothing, for_]), atol=1e-6), "a text that begins with it"


@pytest.mark.parametrize("classes", [2, 3])
def test_a_lookup_is_that_of_a_dictionary(classes):
    chance = torch.Generator().manual_seed(5)
    names = [*VOCABULARY.words, "elsewhere"]
    draw = lambda high, *count: torch.randint(high, count, generator=chance).tolist()  # noqa: E731
    texts = [(" ".join(names[i] for i in draw(4, 1 + draw(7, 1)[0])), label) for label in draw(classes, 40)]
    plain = by_dictionary(texts, classes)
    embedding, batch, sides = counted(texts, classes), listed(texts), 1 if classes == 2 else classes
    assert embedding.extra_columns == 2 * sides
    found = embedding(batch.inputs)[..., 5:]
    for row, (text, _) in enumerate(texts):
        words = text.split()
        for t, word in enumerate(words):
            phrase = (words[t - 1] if t else None, word)
            expected = plain.get(word, [0.0] * sides) + plain.get(phrase, [0.0] * sides)
            assert torch.allclose(found[row, t], torch.tensor(expected), atol=1e-6), (text, t)


def test_shapes_of_ids():
    embedding = counted(TEXTS)
    ids = torch.tensor([[2, 1, 3], [1, 3, 0]])
    both = embedding(ids)
    assert both.shape == (2, 3, 7)
    assert torch.equal(both[0], embedding(ids[0]))
    assert torch.equal(embedding(ids[0, 0]), both[0, 0])
    empty = PhraseEmbedding(4, 5, 2, 0)
    assert empty.pair_count == 0
    assert not empty(ids)[..., 5:].any()


def test_keys_do_not_meet():
    """Every pair of known words has a number of its own, the first word of a text among them."""
    words = 6
    pairs = [[before, word] for before in range(1, words) for word in range(1, words)]
    found = [int(keys(torch.tensor(pair), words)[1]) for pair in pairs]
    found += [int(keys(torch.tensor([word]), words)[0]) for word in range(1, words)]
    assert len(set(found)) == len(found)
    assert keys(torch.tensor([0, 3, 0]), words).tolist() == [-2, -2, -2]


def test_the_most_frequent_pairs_stay(monkeypatch):
    monkeypatch.setattr("rnnviz.training.counts.MOST_RATIOS", 2)
    kept = Ratios(listed(), len(VOCABULARY), 2).pairs
    assert kept.tolist()[0] == -1
    assert len(kept) == 3 < MOST_RATIOS
    # "good film" is in three texts; of "not good" and the two beginnings, each in two, the first number stays
    assert int(keys(torch.tensor([1, 3]), len(VOCABULARY))[1]) in kept.tolist()


@pytest.mark.parametrize("classes", [2, 3])
def test_a_row_never_sees_its_own_fold(classes):
    """What a row is shown is what an embedding would show that was counted without the rows of its fold."""
    chance = torch.Generator().manual_seed(3)
    draw = lambda high, *count: torch.randint(high, count, generator=chance)  # noqa: E731
    batch = Batch(draw(4, 35, 6), draw(classes, 35), 1 + draw(6, 35))
    ratios = Ratios(batch, 4, classes)
    rows = torch.randperm(35, generator=chance)[:16]
    shown = ratios.without(rows, batch.inputs[rows])
    for fold in range(FOLDS):
        changed = batch.targets.clone()
        own = torch.arange(35) % FOLDS == fold
        changed[own] = (changed[own] + 1) % classes
        other = Ratios(Batch(batch.inputs, changed, batch.lengths), 4, classes).without(rows, batch.inputs[rows])
        mine = rows % FOLDS == fold
        assert torch.equal(shown[mine], other[mine]), "whatever the answers of the fold are, its rows read the same"
        assert not torch.equal(shown[~mine], other[~mine])


def test_training_reads_without_the_own_fold_and_validation_with_all():
    task = tasks.make("polarity")
    trainer = Trainer(task, Settings(**{**SMALL, "word_dropout": 0.0, "dropout": 0.0}))
    seen = []
    trainer.model.recurrent.register_forward_pre_hook(lambda _, given: seen.append(given[0].detach()))
    trainer.averaged.recurrent.register_forward_pre_hook(lambda _, given: seen.append(given[0].detach()))
    trainer.advance()
    rows = trainer.feed.rows(1)
    batch = task.training().rows(rows)
    assert torch.equal(seen[0][..., 5:], trainer.ratios.without(rows, batch.inputs))
    assert not torch.equal(seen[0][..., 5:], trainer.model.embedding.ratios(batch.inputs))
    trainer.validate()
    assert torch.equal(seen[1][..., 5:], trainer.model.embedding.ratios(task.validation.inputs))


def test_dropout_leaves_ratios_alone_and_a_dropped_word_has_none():
    trainer = Trainer(tasks.make("polarity"), Settings(**{**SMALL, "dropout": 0.9, "word_dropout": 0.5}))
    seen = []
    trainer.model.recurrent.register_forward_pre_hook(lambda _, given: seen.append(given[0].detach()))
    trainer.advance()
    rows = trainer.feed.rows(1)
    batch = trainer.feed.listed.rows(rows)
    whole, found = trainer.ratios.without(rows, batch.inputs), seen[0][..., 5:]
    assert torch.equal(found, torch.where((found == 0).all(dim=-1, keepdim=True), 0, whole))
    gone = ((found == 0) & (whole != 0)).any(dim=-1).float().mean() / (whole != 0).any(dim=-1).float().mean()
    assert 0.4 < gone < 0.6
    assert (seen[0][..., :5] == 0).float().mean() > 0.8


@pytest.fixture(scope="module")
def trained():
    trainer = Trainer(tasks.make("polarity"), Settings(**SMALL))
    while not trainer.done:
        trainer.advance()
    return trainer


@pytest.mark.parametrize("keep", [lambda value: value.contiguous(), compact], ids=["run folder", "zoo"])
def test_there_and_back_through_a_file(trained, keep):
    model = trained.shown
    about = Description.model_validate_json(describe(model).model_dump_json())
    assert about.phrases == model.embedding.pair_count > 100
    assert about.embedding == 5
    again = build(about, load(save({name: keep(value) for name, value in model.state_dict().items()})))
    assert describe(again) == about
    assert torch.equal(again.embedding.pairs, model.embedding.pairs)
    assert again.embedding.pairs.dtype == torch.int64
    ids, lengths = trained.task.validation.inputs, trained.task.validation.lengths
    assert torch.allclose(again(ids, lengths), model.eval()(ids, lengths), atol=1e-6 if keep is not compact else 5e-3)


def test_pairs_in_fp16_are_refused(trained):
    weights = {name: value.half() for name, value in trained.shown.state_dict().items()}
    with pytest.raises(ValueError, match=r"embedding\.pairs holds torch\.float16, expected torch\.int64"):
        build(describe(trained.shown), weights)


def test_without_phrases_a_description_says_none():
    model = Classifier(VOCABULARY, ("no", "yes"), "rnn", 3)
    assert describe(model).phrases is None
    assert "phrases" not in describe(model).sizes


def test_typed_text_is_recorded(trained):
    trained.shown.eval()
    text = "the film was not really good, as everybody says"
    trace = rnnviz.record(trained.shown, text)
    assert trace.residual < 1e-6
    said = trace["probability"].isel(batch=0, time=-1).values
    encoded = trained.shown.vocabulary.encode(text)
    expected = trained.shown(torch.tensor([encoded.ids]), torch.tensor([len(encoded.ids)])).softmax(dim=-1)[0]
    assert torch.allclose(torch.tensor(said), expected, atol=1e-6)
    one, both = (rnnviz.record(trained.shown, texts)["hidden"].isel(batch=0) for texts in (text, [text, "the plot"]))
    assert abs(one.values - both.isel(time=slice(0, len(encoded.ids))).values).max() < 1e-6


@pytest.mark.parametrize("truncate", [0, 4])
def test_a_restored_trainer_goes_on_alike(truncate):
    task, settings = tasks.make("polarity"), Settings(**SMALL, truncate=truncate)
    whole, first, second = Trainer(task, settings), Trainer(task, settings), Trainer(task, settings)
    losses = [whole.advance().loss for _ in range(6)]
    before = [first.advance().loss for _ in range(3)]
    second.restore(*first.state())
    assert losses == before + [second.advance().loss for _ in range(3)]
    assert whole.validate() == second.validate()


def test_reading_in_pieces_loses_no_pair():
    """A pair across a seam has its ratio: pieces are cut from what was looked up."""
    task = tasks.make("polarity")
    losses = [Trainer(task, Settings(**{**SMALL, "average": 0.0, "dropout": 0.0}, truncate=size)).advance().loss for size in (0, 3)]
    assert losses[0] == pytest.approx(losses[1], abs=1e-6)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"task": "counting"}, "counted in listed texts of one class each"),
        ({"task": "hello"}, "counted in listed texts of one class each"),
        ({"embedding": 0}, "set embedding to 1 or more"),
        ({"naive_bayes": True}, "set one of the two"),
    ],
)
def test_what_does_not_fit_is_refused(given, message):
    settings = Settings(**{**SMALL, **given})
    with pytest.raises(ValueError, match=rf"^(phrases|naive_bayes): .*{message}"):
        Trainer(tasks.make(settings.task), settings)


def test_a_model_of_something_else_is_refused():
    for vocabulary, embedding in ((CharacterVocabulary("ab"), 4), (VOCABULARY, 0)):
        with pytest.raises(ValueError, match=r"^phrases: it is for a classifier that reads words"):
            Classifier(vocabulary, ("no", "yes"), "rnn", 3, embedding=embedding, phrases=2)
    with pytest.raises(ValueError, match=r"^phrases"):
        build(Description(kind="Tagger", reads="words", tokens=("a",), answers=("b",), cell="rnn", hidden=2, embedding=2, phrases=1), {})

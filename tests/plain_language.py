"""Language models in plain loops: probabilities, shares, orders and completions, typed from their definitions.

Of rnnviz only the models and vocabularies are used; a step of a cell is tests/oracle.py's.
"""

from __future__ import annotations

import itertools
import math
import string
import threading

import oracle
import torch
from networks import seeded

from rnnviz.models import LanguageModel
from rnnviz.sentences import BoundedSentenceVocabulary, SentenceVocabulary
from rnnviz.text import CharacterVocabulary

CELLS = ("lstm", "gru", "rnn")
LETTERS = CharacterVocabulary("ab' \n")
UNBOUNDED = CharacterVocabulary("ab ,")
WORDS = BoundedSentenceVocabulary(
    ("the", "then", "do", "n't", "not", "no", "dog", "'s", "'", "he", ".", ",", "well-known", "'ll", '"'), language="english"
)
OPEN_WORDS = SentenceVocabulary(("the", "then", "do", "n't", "dog", "."), language="english")
VOCABULARIES = {"letters": LETTERS, "unbounded": UNBOUNDED, "words": WORDS, "open words": OPEN_WORDS}


def small(cell="lstm", vocabulary=LETTERS, seed=0, *, spread=1.0, unknown=0.0, layers=1, dropout=0.0, **options):
    """A random model in double precision; `spread` above 1 makes it surer, `unknown` is added to the logit of ⟨unk⟩."""
    options = {"embedding": 5, **options}
    model = seeded(lambda: LanguageModel(vocabulary, cell, 5, layers=layers, dropout=dropout, **options), seed).double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(spread)
        chance = torch.Generator().manual_seed(seed)
        model.readout.bias.add_(spread * torch.randn(len(vocabulary), generator=chance, dtype=torch.double))
        model.readout.bias[0] += unknown
    return model


class Reading:
    """A model, one token and one layer at a time."""

    def __init__(self, model, ids=()):
        self.model = model
        self.state = [(torch.zeros(model.hidden_size).double(), torch.zeros(model.hidden_size).double())] * model.recurrent.num_layers
        self.logits = None
        for number in ids:
            self.read(number)

    def read(self, number):
        model, state = self.model, []
        x = model.embedding.weight[number].detach().double()
        for layer, (h, c) in enumerate(self.state):
            with torch.no_grad():
                now = oracle.step(model.recurrent, f"l{layer}", x, h, c)
            x = now["hidden"]
            state.append((x, now.get("cell", c)))
        self.state = state
        self.logits = [math.fsum(w * v for w, v in zip(row, x.tolist(), strict=True)) for row in model.readout.weight.tolist()]
        self.logits = [logit + b for logit, b in zip(self.logits, model.readout.bias.tolist(), strict=True)]
        return self

    def then(self, number):
        """Another reading that has read one token more."""
        further = Reading(self.model)
        further.state = self.state
        return further.read(number)

    def expected(self, *, unknown=True):
        """The probability of each token that may come next; without ⟨unk⟩ that of the others as if it were not there."""
        weights = [math.exp(logit - max(self.logits)) for logit in self.logits]
        if not unknown:
            weights[0] = 0.0
        return [weight / math.fsum(weights) for weight in weights]


def steps(model, ids, *, unknown=True):
    """What is expected after each of the tokens."""
    reading = Reading(model)
    return [reading.read(number).expected(unknown=unknown) for number in ids]


def log_probability(model, before, said, *, unknown=True):
    """Of tokens after others, in nats."""
    found = steps(model, [*before, *said[:-1]], unknown=unknown)[len(before) - 1 :]
    return math.fsum(math.log(row[number]) for row, number in zip(found, said, strict=True))


def shares(logits, temperature, top_k, top_p, unsaid=()):
    """The shares of the tokens, by number: of the `top_k` most probable, the fewest that together reach `top_p`."""
    said = sorted((number for number in range(len(logits)) if number not in unsaid), key=lambda n: (-logits[n], n))
    weight = {n: math.exp((logits[n] - logits[said[0]]) / temperature) for n in said}
    said = said[: top_k or None]
    whole = math.fsum(weight[n] for n in said)
    size = next((size for size in range(1, len(said)) if math.fsum(weight[n] for n in said[:size]) / whole >= top_p), len(said))
    if top_p == 1:
        size = len(said)
    among = math.fsum(weight[n] for n in said[:size])
    return [weight[n] / among if n in said[:size] else 0.0 for n in range(len(logits))]


def every_order(words):
    """All different orders of words."""
    return set(itertools.permutations(words))


# ---- completing ----


def letter_ways(reading, deepest):
    """Of each way to finish a word of up to so many letters: its probability, that with a space behind it, its tokens."""
    names, found = reading.model.vocabulary.tokens, {}
    ends = [n for n, name in enumerate(names) if n and name not in string.ascii_letters + "'-’"]

    def look(now, said, reached):
        p = now.expected(unknown=False)
        letters = "".join(names[n] for n in said)
        if letters.strip():
            spaced = reached * p[names.index(" ")]
            found[letters] = (reached * math.fsum(p[n] for n in ends), spaced, (*said, names.index(" ")))
        if len(letters.strip()) < deepest:
            for n in range(1, len(names)):
                if reached * p[n] > 0.001 and (n not in ends or (not said and names[n] == " ")):  # words only get less probable
                    look(now.then(n), (*said, n), reached * p[n])

    look(reading, (), 1.0)
    return found


def complete_letters(model, text, deepest, sure, words, count=4):
    """Suggestions with their probabilities."""
    if not (text := text or model.vocabulary.boundary):
        return []
    reading = Reading(model, model.vocabulary.encode(text).ids)
    ways = letter_ways(reading, deepest)
    best = sorted(ways, key=lambda added: -ways[added][0])[:count]
    found = [(added, ways[added][0]) for added in best if ways[added][0] >= 0.002]
    if found:
        added, probability = found[0]
        _, reached, ids = ways[added]
        for _ in range(words - 1):
            for n in ids:
                reading = reading.then(n)
            following = letter_ways(reading, deepest)
            following = {word: each for word, each in following.items() if word[0] != " "}
            word = max(following, key=lambda word: following[word][0])
            if reached * following[word][0] < max(sure, reached * 0.002):
                break
            added, probability = f"{added} {word}", reached * following[word][0]
            reached, ids = reached * following[word][1], following[word][2]
        found[0] = (added, probability)
    return found


def complete_words(model, before, begun, count=4):
    """Suggestions for a word that is begun, in lower case, after a text: its share among all that is written so."""
    vocabulary, names = model.vocabulary, model.vocabulary.tokens
    reading = Reading(model, vocabulary.encode(before).ids if before.strip() else [1])
    typed = [n for n, name in enumerate(names) if n and name != vocabulary.boundary]
    short = [n for n in typed if names[n] in ("n't", "'s", "'ll")]
    p = reading.expected(unknown=False)
    tight = [n for n in typed if names[n] in ("n't", "'s", "'ll", ".", ",")]
    said = {(n,): p[n] for n in typed if names[n].startswith(begun) and n not in tight}
    for n in typed:
        if begun.startswith(names[n]) and names[n] != begun:
            q = reading.then(n).expected(unknown=False)
            said |= {(n, s): p[n] * q[s] for s in short if (names[n] + names[s]).startswith(begun)}
    whole, found = math.fsum(said.values()), {}
    for ids, probability in said.items():
        letters = "".join(names[n] for n in ids)
        if letters != begun:
            found[letters[len(begun) :]] = found.get(letters[len(begun) :], 0) + probability / whole
            continue
        after = reading
        for n in ids:
            after = after.then(n)
        for n, q in enumerate(after.expected(unknown=False)):
            if n in typed:
                added = names[n] if n in tight else f" {names[n]}"
                found[added] = found.get(added, 0) + probability / whole * q
    best = sorted(found, key=lambda added: -found[added])[:count]
    return [(added, found[added]) for added in best if found[added] >= 0.002]


# ---- reading and nothing else ----


def leaves_alone(model, ask, same):
    """Whether a model in training mode answers as one that is not, keeps its mode, gradients and torch's random state, and
    two threads at once get the same."""
    expected = ask()
    model.train()
    model.recurrent.eval()  # a part may be in another mode than the whole
    for number, parameter in enumerate(model.parameters()):
        parameter.grad = torch.full_like(parameter, float(number))
    modes, kept = [part.training for part in model.modules()], {name: value.clone() for name, value in model.state_dict().items()}
    random, graph, threads = torch.get_rng_state(), torch.is_grad_enabled(), torch.get_num_threads()
    assert same(ask(), expected), "dropout is off"
    answers = []
    both = [threading.Thread(target=lambda: answers.append(ask())) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(answers) == 2
    assert all(same(answer, expected) for answer in answers)
    assert torch.equal(random, torch.get_rng_state())
    assert [part.training for part in model.modules()] == modes
    assert all(torch.equal(kept[name], value) for name, value in model.state_dict().items())
    assert all(float((p.grad - number).abs().max()) == 0 and p.requires_grad for number, p in enumerate(model.parameters()))
    assert (graph, threads) == (torch.is_grad_enabled(), torch.get_num_threads())
    return True

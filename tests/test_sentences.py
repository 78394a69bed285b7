"""Sentences: split into what a translator reads, and together again as a person writes them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnviz.sentences import LANGUAGES, SentenceVocabulary, join, split

ENGLISH = {
    "I don't know.": "I do n't know .",
    "You can't, won't and shouldn't.": "You ca n't , wo n't and should n't .",
    "DON'T!": "DO N'T !",
    "It's John's; I'm sure they've seen we'd go.": "It 's John 's ; I 'm sure they 've seen we 'd go .",
    "I'd've gone.": "I 'd 've gone .",
    "It's seven o'clock, ma'am.": "It 's seven o'clock , ma'am .",
    "She's the Don's don.": "She 's the Don 's don .",
    "A well-known e-mail.": "A well-known e-mail .",
    "“Hello,” she said. “Who's there?”": '" Hello , " she said . " Who \'s there ? "',
    "It costs $20 (or 15%), 1,000.50 in 3.14 minutes at 10:30.": "It costs $ 20 ( or 15 % ) , 1,000.50 in 3.14 minutes at 10:30 .",
    "Yes — no – maybe…": "Yes — no – maybe …",
    "Well... what?!": "Well . . . what ? !",
    "[a] {b}": "[ a ] { b }",
    "20 € or £5": "20 € or £ 5",
}
FRENCH = {
    "L'homme est là.": "L' homme est là .",
    "Qu'est-ce que c'est ?": "Qu' est -ce que c' est ?",
    "Aujourd'hui, il n'y a qu'une pomme.": "Aujourd'hui , il n' y a qu' une pomme .",
    "Jusqu'à aujourd'hui.": "Jusqu' à aujourd'hui .",
    "C'est-à-dire vingt-et-un.": "C' est-à-dire vingt-et-un .",
    "As-tu faim ? A-t-il soif ?": "As -tu faim ? A -t-il soif ?",
    "Va-t'en !": "Va-t' en !",
    "Donne-le-moi ; vas-y : c'est toi-même.": "Donne -le -moi ; vas -y : c' est toi -même .",
    "Peut-être un rendez-vous avec quelqu'un.": "Peut-être un rendez-vous avec quelqu'un .",
    "Ça coûte 20 € (ou 3,50 €).": "Ça coûte 20 € ( ou 3,50 € ) .",
    "« Bonjour », dit-elle.": "« Bonjour » , dit -elle .",
    'Il dit "bonjour" et part.': 'Il dit " bonjour " et part .',
    "20 % d'eau — l'été.": "20 % d' eau — l' été .",
}
ANY = {
    "¿Qué tal? ¡Hola!": "¿ Qué tal ? ¡ Hola !",
    "Don't split o'clock, aujourd'hui.": "Don't split o'clock , aujourd'hui .",
    "Das kostet 3,50 € (ungefähr).": "Das kostet 3,50 € ( ungefähr ) .",
}


@pytest.mark.parametrize(
    ("language", "sentence", "parts"),
    [(name, *pair) for name, pairs in (("english", ENGLISH), ("french", FRENCH), ("any", ANY)) for pair in pairs.items()],
)
def test_split_and_together_again(language, sentence, parts):
    tokens = split(sentence, language)
    assert tokens == parts.split(" ")
    assert join(tokens, language) == sentence.replace("“", '"').replace("”", '"')


def test_signs_that_are_written_in_several_ways():
    assert split("don’t", "english") == ["do", "n't"]
    assert split("l’homme l‘ami", "french") == ["l'", "homme", "l'", "ami"]
    assert split("20\u202f€\u00a0!", "french") == ["20", "€", "!"]
    assert split("cafe\u0301") == split("café") == ["café"]  # one accent, spelled in two ways


@given(st.text(), st.sampled_from(LANGUAGES))
def test_nothing_is_lost_and_nothing_raises(text, language):
    """All but spaces comes back, in order; what is put together is read as the same words again."""
    tokens = split(text, language)
    assert all(tokens)
    assert not any(character.isspace() for token in tokens for character in token)
    plainly = "".join(split(text, "any"))
    assert "".join(tokens) == plainly
    if not unicodedata.normalize("NFC", text).strip():
        assert tokens == []
    said = join(tokens, language)
    assert "".join(said.split()) == "".join("".join(tokens).split())


WORDS = [
    "the",
    "red",
    "car",
    "n't",
    "'s",
    "do",
    "I",
    "l'",
    "homme",
    "aujourd'hui",
    "qu'",
    "est",
    "-ce",
    ",",
    ".",
    "?",
    "20",
    "€",
    "well-known",
]


@given(st.lists(st.sampled_from(WORDS), max_size=8), st.sampled_from(LANGUAGES))
def test_any_answer_can_be_put_together(tokens, language):
    said = join(tokens, language)
    assert said.replace(" ", "") == "".join(tokens)
    assert "  " not in said
    assert said == said.strip()
    assert join([], language) == ""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "text",
    [
        "😀",
        "👩‍👩‍👧",
        "مرحبا بالعالم",
        "你好吗？",
        "x\u0302y\u0323",
        "\u0301",
        "नमस्ते",
        "שלום",
        "\x00",
        "\u200b",
        "_",
        "'",
        "''",
        '"',
        "n't",
        "-",
        "--",
        "’",
        "½",
    ],
)
def test_odd_texts_are_read(text, language):
    read = SentenceVocabulary(["a"], language=language).encode(text)
    assert len(read.ids) == len(read.tokens) >= 1
    assert set(read.ids) == {0}
    assert set(read.unknown) == set(read.tokens)


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u00a0", "\u3000"])
def test_a_text_without_a_word(text):
    with pytest.raises(ValueError, match="text: there is no word in it; type at least one"):
        SentenceVocabulary(["a"]).encode(text)


@pytest.mark.parametrize("text", [None, 5, b"a", ["a"]])
def test_what_is_no_text(text):
    with pytest.raises(TypeError, match="text: expected a string, got"):
        SentenceVocabulary(["a"]).encode(text)


def test_a_vocabulary():
    words = SentenceVocabulary(["the", "cat", "the", "n't", "do"], language="english")
    assert words.tokens == ("⟨unk⟩", "the", "cat", "n't", "do")
    assert len(words) == 5
    read = words.encode("The dog DON'T the Dog, dog")
    assert read.ids == (1, 0, 4, 3, 1, 0, 0, 0)
    assert read.tokens == ("The", "dog", "DO", "N'T", "the", "Dog", ",", "dog")
    assert read.unknown == ("dog", "Dog", ",")
    assert words.text(["the", "cat", "do", "n't"]) == "the cat don't"
    with pytest.raises(ValueError, match="language: 'german' is not one of any, english, french"):
        SentenceVocabulary([], language="german")


def test_a_long_text_takes_no_time_that_grows_with_its_square():
    """A word of 200,000 letters: a pattern that looks ahead from every letter would take minutes."""
    for language in LANGUAGES:
        for text in ("a" * 200_000, "a-" * 100_000, "a'" * 100_000, "1," * 100_000, "n't" * 60_000):
            assert split(text, language)


def test_signs_without_spaces_are_tokens_of_their_own():
    assert split("我喜歡音樂。") == ["我", "喜", "歡", "音", "樂", "。"]
    assert join(split("我喜歡音樂。")) == "我喜歡音樂。"
    assert split("東京へ 3 days") == ["東", "京", "へ", "3", "days"]

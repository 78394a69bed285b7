"""The picture of every page as a file: a title, what the network read, the ends of its legend, and enough pixels for print."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

import pytest
from PIL import Image
from visiting import PICTURE


@dataclass(frozen=True)
class Saved:
    path: str
    title: str
    read: str
    """What the network read; empty where the picture is of no text."""
    legend: tuple[str, ...]
    button: str = "Save {kind}"
    drawn: str = PICTURE


MORROW = "text=Good%20morrow"
PICTURES = {
    "gates": Saved(f"/gates?{MORROW}&t=5", "Gates: shakespeare-lstm, layer 1", "Good␣morrow", ("1 open", "0 closed", "forget gate")),
    "unrolled": Saved(f"/unrolled?{MORROW}", "Unrolled: shakespeare-lstm, many-to-many, aligned", "Good", ("hidden state", "expects")),
    "cell": Saved(f"/cell?{MORROW}&t=5", "Cell: shakespeare-lstm, layer 1", "Good␣", ("forget gate", "candidate", "output gate")),
    "gradients": Saved(f"/gradients?{MORROW}", "Gradients", "Good␣morrow", ("≤ 1e−8", "≥ 1e2", "comes after the loss", "LSTM")),
    "attention": Saved(
        "/attention?translator=dates-additive&sentence=May%203rd,%201999", "Attention: dates-additive, May 3rd, 1999", "May␣3rd,␣1999",
        ("α 0", "1"), "Save the matrix as {kind}",
    ),
    "training": Saved("/training?task=hello", "hello", "", ("Loss", "Accuracy", "Gradient norm", "guessing 0.5")),
    "activations": Saved("/activations", "Activations: tanh", "", ("σ", "ReLU", "leaky ReLU", "vanishing", "exploding")),
    "example": Saved("/example", "Example: the spreadsheet (2017)", "", ("h → e", "W_xh x 1", "0.287027", "y o")),
    "score": Saved(f"/language?{MORROW}", "Language: shakespeare-lstm", "Goodmorrow", ("surprise, −log₂ p", "≥ 8 bits"), drawn=".rows"),
    "generate": Saved(
        f"/language?{MORROW}&ask=generate&chars=30", "Language: shakespeare-lstm", "Goodmorrow", ("surprise, −log₂ p", "≥ 8 bits"),
        drawn=".page-of-text",
    ),
}  # fmt: skip


@pytest.mark.parametrize("page", PICTURES)
def test_a_saved_picture_says_what_it_shows(visit, tmp_path, page):
    wanted = PICTURES[page]
    visitor = visit(wanted.path, drawn=wanted.drawn)
    files = {}
    for kind in ("SVG", "PNG"):
        with visitor.page.expect_download() as download:
            visitor.page.get_by_role("button", name=wanted.button.format(kind=kind), exact=True).first.click()
        files[kind] = tmp_path / download.value.suggested_filename
        download.value.save_as(files[kind])
    root = ElementTree.parse(files["SVG"]).getroot()
    texts = ["".join(each.itertext()) for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert wanted.title in texts
    assert set(wanted.legend) <= set(texts)
    letters = iter("".join(texts))
    assert all(letter in letters for letter in wanted.read), "what was read stands there, in its order"
    assert page != "gates" or sum(1 for _ in root.iter("{http://www.w3.org/2000/svg}image")) == 6
    with Image.open(files["PNG"]) as image:
        assert image.width >= 1600
        assert len(image.convert("RGB").getcolors(1 << 24)) > 20

"""Activation functions on screen against torch and its autograd."""

from __future__ import annotations

import re

import pytest
import torch
from playwright.sync_api import expect

FUNCTIONS = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": lambda x: torch.nn.functional.leaky_relu(x, 0.2),
    "step": lambda x: torch.heaviside(x.detach(), torch.zeros((), dtype=x.dtype)) + 0 * x,  # torch has no derivative for it: it is 0
}


def number(visitor, stat):
    return float(visitor.page.locator(f"[data-stat={stat}]").get_attribute("data-value"))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_value_derivative_and_product_are_torchs(visit, name):
    visitor = visit(f"/activations?f={name}&alpha=0.2&w=1.5&n=7")
    for x in (-2.5, -0.05, 0.7, 3.0):
        visitor.page.locator("[data-slider=x]").fill(str(x))
        at = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        value = FUNCTIONS[name](at)
        (slope,) = torch.autograd.grad(value, at)
        assert number(visitor, "value") == pytest.approx(value.item(), abs=1e-12)
        assert number(visitor, "slope") == pytest.approx(slope.item(), abs=1e-12)
        assert number(visitor, "product") == pytest.approx((1.5 * slope.item()) ** 7, rel=1e-9)


def test_the_corner_is_torchs_too(visit):
    visitor = visit("/activations?f=relu&x=0")
    at = torch.zeros((), requires_grad=True)
    (slope,) = torch.autograd.grad(at.relu(), at)
    assert number(visitor, "slope") == slope.item()
    assert "this is what torch takes" in visitor.page.locator(".says").nth(1).inner_text()


def test_the_point_is_dragged_and_the_link_follows(visit):
    visitor = visit("/activations").settled()
    box = visitor.page.locator('[data-plot="value"] svg').bounding_box()
    visitor.received.clear()
    visitor.page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] / 2)
    visitor.page.mouse.down()
    visitor.page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] / 2, steps=5)
    assert not visitor.received
    visitor.page.mouse.up()
    x = float(visitor.page.locator("[data-slider=x]").input_value())
    assert x < -2
    visitor.page.get_by_role("radio", name="ReLU", exact=True).click()
    expect(visitor.page).to_have_url(re.compile("f=relu"))
    again = visit(visitor.page.url.removeprefix(visitor.address))
    assert float(again.page.locator("[data-slider=x]").input_value()) == pytest.approx(x, abs=0.03)
    assert again.page.locator("[data-function=relu]").get_attribute("aria-checked") == "true"


def test_above_one_leaky_relu_is_not_the_maximum(visit):
    visitor = visit("/activations?f=leaky_relu&alpha=1.5&x=-2")
    assert visitor.page.locator('[data-curve="max"]').count() == 1
    assert "no longer leaky ReLU" in visitor.page.locator(".warn").inner_text()
    assert number(visitor, "value") == -3
    visitor.page.locator("[data-slider=alpha]").fill("0.5")
    assert visitor.page.locator('[data-curve="max"]').count() == 0


def test_the_seed_of_vanishing(visit):
    visitor = visit("/activations?f=sigmoid&x=0&n=20")
    assert number(visitor, "product") == pytest.approx(0.25**20)
    assert visitor.page.locator("[data-stat=product]").inner_text() == "9.09e−13"
    assert "(−1, 1)" in visitor.page.locator(".facts").inner_text()

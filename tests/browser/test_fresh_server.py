"""The first visitor of a server that just woke up opens a deep link, as when a teacher shares one."""

from __future__ import annotations

import pytest
from visiting import served

from rnnviz.ui.pages import PAGES


@pytest.mark.parametrize("path", ["/gates?text=Good%20morrow&t=4&model=shakespeare-gru", "/?text=Good%20morrow"])
def test_a_first_visit_by_deep_link(visit, tmp_path, path):
    with served(tmp_path) as address:
        visitor = visit(path, address=address)
        assert visitor.page.get_by_test_id("stTopNavLink").all_inner_texts() == [name.title() for name in PAGES]
        assert "".join(visitor.tokens()) == "Good␣morrow"
        if "t=4" in path:
            assert visitor.counter() == "t = 4 / 11"
        assert visitor.page.get_by_text("Page not found").count() == 0
        assert visitor.page.get_by_label("Your text").input_value() == "Good morrow"

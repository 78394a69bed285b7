"""Two buttons of the context bar that only a browser can serve: copy the link, switch light and dark."""

from rnnviz.components.base import from_files

ACTIONS = from_files("actions", shared=("dom.js", "colour.js"), scripts=("actions.js",), styled=False)

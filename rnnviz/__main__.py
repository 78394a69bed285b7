"""`python -m rnnviz`: see rnnviz.cli."""

from rnnviz.cli import app

app(prog_name="python -m rnnviz")

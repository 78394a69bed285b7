"""Everything that knows Streamlit: the frame, shared controls, state in the link, cached engine calls."""

from rnnviz.ui.guard import enter

__all__ = ["enter"]

"""Pictures of labelled arrays. Nothing here knows a network, torch or Streamlit."""

from rnnviz.figures.heatmap import heatmap
from rnnviz.figures.order import ORDERS, order_units
from rnnviz.figures.scales import ROLES, SCALES, Domain, Scale, domain_of
from rnnviz.figures.strips import Picture, Strip, picture

__all__ = ["ORDERS", "ROLES", "SCALES", "Domain", "Picture", "Scale", "Strip", "domain_of", "heatmap", "order_units", "picture"]

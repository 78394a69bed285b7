"""The unrolled picture of a bidirectional network, on a page of its own: the shipped models read one way."""

import streamlit as st
import torch

from rnnviz import record
from rnnviz.components.base import Choice
from rnnviz.components.unrolled import UNROLLED, payload
from rnnviz.figures.unrolled import unrolled
from rnnviz.trace import Trace
from rnnviz.ui import content, mount

with torch.random.fork_rng(devices=[]):
    torch.random.set_rng_state(torch.Generator().manual_seed(5).get_state())
    network = torch.nn.GRU(3, 4, num_layers=2, bidirectional=True)
x = torch.randn(6, 1, 3, generator=torch.Generator().manual_seed(1))
other = x.clone()
other[2] += 1
first, second = (record(network, each) for each in (x, other))
traces = [
    Trace({name: trace.part(name) for name in trace}, coords={"direction": trace.directions}, tokens="abcdef") for trace in (first, second)
]
words = content.words("unrolled")["picture"]
st.set_page_config(page_icon="🔁", layout="wide")
data = payload(unrolled(traces[0], other=(3, traces[1])), Choice(3, 1, "", 1), layer=1, parameters=1, words=words, title="Bidirectional")
mount.register(UNROLLED)(key="picture", data=data, on_chosen_change=lambda: None, on_open_change=lambda: None, on_swap_change=lambda: None)

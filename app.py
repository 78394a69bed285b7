"""The app's entry: `streamlit run app.py`. The frame is drawn here, around every page."""

from rnnviz.ui import frame

frame.run()

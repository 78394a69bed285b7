from rnnviz.ui import enter

enter()

import streamlit as st  # noqa: E402

from rnnviz.ui import content, engine, frame, home, link, place  # noqa: E402

words = content.words("home", link.language())
recipe = frame.recipe()
here = place.carried(engine.trace(recipe))

if not link.presenting():
    st.header(words["question"], anchor=False)
    st.caption(words[{"characters": "lead", "numbers": "lead_numbers"}.get(engine.reads(recipe.model), "lead_words")])
home.draw(recipe, here, words=words["picture"], title=f"{words['question']} {recipe.model}", key="home")
if link.presenting():
    st.stop()

from rnnviz.ui import home_doors, home_story  # noqa: E402  the picture stands by now

home_doors.draw(words["doors"])
home_story.history(words["history"])
home_story.shapes(words["shapes"])
home_story.order(words["order"])

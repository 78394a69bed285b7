"""The real app on a free port, and a visitor in Chromium."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.chromium import in_sight

ROOT = Path(__file__).parents[2]
CHROMIUM = next(
    (path for name in ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
"""The headless shell first: the same engine without a browser's windows, which cost a quarter of these tests' time."""
HARMLESS = ("_stcore/health", "_stcore/host-config")
"""Every Streamlit app probes these below a deep link's address, and gets a 404."""
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--process-per-site", "--in-process-gpu",
]  # fmt: skip


PICTURE = ".strip canvas, .matrix canvas, svg.diagram, svg.scene, svg.chain, svg.plot, table.steps, .chart svg, p.answer"
"""What a page has drawn when it has drawn its picture."""


@contextmanager
def served(folder, script="app.py"):
    """Run the real app on a free port; yields its address."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    log = folder / f"server-{port}.log"
    with log.open("w") as out:
        command = [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port), "--server.address", "127.0.0.1"]
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            assert process.poll() is None, log.read_text()
            try:
                with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                    break
            except OSError:
                time.sleep(0.1)
        yield address
        said = log.read_text()
        assert "Traceback" not in said, said[-4000:]
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


class Visitor:
    """One browser tab and what a person does in it."""

    def __init__(self, context, address):
        self.page = context.new_page()
        self.page.set_default_timeout(20_000)
        self.address, self.errors, self.outside, self.received = address, [], [], []
        self.page.on("pageerror", lambda e: self.errors.append(str(e)))
        self.page.on("console", lambda m: self.errors.append(f"{m.text} {m.location.get('url')}") if m.type == "error" else None)
        self.page.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:")) else self.outside.append(r.url))
        self.asked, self.running = set(), False
        self.page.on("websocket", self._listen)

    def _listen(self, socket):
        """Follow the server's runs from the messages themselves: while a request is on its way the page says that nothing runs.

        `asked` holds what shall run, a fragment each and "" for the whole page. What is asked of a fragment that the page has no
        more, or has by itself asked of one, is left out: the server drops it without a word.
        """
        self.asked, self.running, drawn = set(), False, set()

        def sent(frame):
            request = BackMsg.FromString(frame)
            if request.HasField("rerun_script") and not request.rerun_script.is_auto_rerun:
                self.asked |= {request.rerun_script.fragment_id} & {"", *drawn}

        def came(frame):
            self.received.append(len(frame))
            message = ForwardMsg.FromString(frame)
            if message.HasField("new_session"):
                self.running = True
                if fragments := message.metadata.run.fragment_ids:
                    self.asked -= set(fragments)
                else:
                    self.asked.clear()
                    drawn.clear()
            elif message.HasField("delta"):
                drawn.add(message.delta.fragment_id)
            elif message.HasField("script_finished"):
                self.running = message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN

        socket.on("framesent", sent)
        socket.on("framereceived", came)

    def open(self, path, drawn=PICTURE):
        self.page.goto(self.address + path, timeout=60_000)
        in_sight(self.page, drawn)
        return self.rested()

    def settled(self):
        """What was done has reached the server, and the page is drawn anew."""
        # a step is committed 150 ms after the last one, by the page's own clock, and sent a task later: a busy page is late with both
        self.page.wait_for_function("() => new Promise((done) => setTimeout(() => setTimeout(() => done(true), 20), 180))")
        return self.rested()

    def rested(self):
        """The page is drawn, and nothing is on its way."""
        until = time.monotonic() + 20
        while self.asked or self.running:
            assert time.monotonic() < until, "the server's run has not ended"
            self.page.wait_for_timeout(20)
        # the browser has the last message; give the page, by its own clock, the time to read it
        self.page.wait_for_function(
            "() => new Promise((done) => setTimeout(() => requestAnimationFrame(() => setTimeout(done, 0, true)), 30))"
        )
        self.page.wait_for_function(
            """() => { const app = document.querySelector("[data-testid='stApp']");
              return app && app.dataset.testConnectionState === 'CONNECTED' && app.dataset.testScriptState === 'notRunning'
                && !document.querySelector("[data-testid='stSkeleton'], [data-testid='stSpinner']")
                && [...document.querySelectorAll("[data-testid='stBidiComponentIsolated']")]
                  .every((component) => component.shadowRoot.querySelector('#root')?.firstChild); }"""
        )
        assert self.page.get_by_test_id("stException").count() == 0
        return self

    def type(self, text):
        field = self.page.get_by_label("Your text", exact=True)
        field.fill(text)
        field.press("Enter")
        return self.settled()

    def numbers(self):
        """Every number on screen that carries its address, as dicts."""
        return self.page.evaluate(
            """() => [...document.querySelectorAll('*')].filter(e => e.shadowRoot)
              .flatMap(e => [...e.shadowRoot.querySelectorAll('[data-value]')]).map(e => ({...e.dataset, text: e.textContent}))"""
        )

    def counter(self):
        return self.page.locator(".counter").first.inner_text()

    def look(self, t=None, unit=None):
        """Type a timestep and a unit into their fields."""
        for label, value in (("t", t), ("Unit", unit)):
            if value is not None:
                field = self.page.get_by_label(label, exact=True)
                field.fill(str(value))
                field.press("Enter")
                self.settled()
        return self

    def tokens(self):
        return self.page.locator(".tokens").first.locator("span").all_inner_texts()

    def notice(self):
        return " ".join(self.page.get_by_test_id("stAlert").all_inner_texts())

    def sound(self):
        """Assert that nothing went wrong behind the page's back."""
        assert not [e for e in self.errors if not any(h in e for h in HARMLESS)]
        assert not self.outside

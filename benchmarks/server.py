"""The app as a visitor meets it: a fresh `streamlit run` on a free port, ended when the measurement is."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Server:
    port: int
    pid: int
    started: float
    """When the process was started, on time.monotonic's clock."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def resident_bytes(self, which: str = "VmRSS") -> int:
        """Return the memory that the process holds now, or the most it ever held for `VmHWM`. Linux only."""
        lines = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{which}:"))


@contextlib.contextmanager
def serve(script: Path = ROOT / "app.py") -> Iterator[Server]:
    """Start Streamlit and wait until it answers. Raises RuntimeError with the log's end if it never does."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    command += ["--server.address", "127.0.0.1", "--server.headless", "true"]
    with tempfile.TemporaryFile() as log:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}  # the working directory brings .streamlit/config.toml
        started = time.monotonic()
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            _wait(process, port, started, log)
            yield Server(port, process.pid, started)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen, port: int, started: float, log) -> None:
    while time.monotonic() < started + 60 and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1) as answer:
            if answer.status == 200:
                return
        time.sleep(0.02)
    log.seek(0)
    raise RuntimeError(f"streamlit on port {port} did not come up:\n{log.read()[-2000:].decode(errors='replace')}")

"""A visitor without a browser: Streamlit's own protocol over its websocket, so that fifty fit on one machine.

A browser sends what is on the page (widget states, the query string) and gets the page back as deltas.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from urllib.parse import urlencode

import websockets
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from rnnviz.components.strips import STRIPS


@dataclass
class Run:
    """What came back for one request."""

    finished: float = 0.0
    """Seconds from sending to the script's end."""
    picture: float | None = None
    """Seconds from sending to the picture; None if none came."""
    picture_data: bytes = b""
    received: int = 0
    """Bytes of all websocket frames."""
    errors: int = 0
    """Exceptions and red boxes on the page."""


class Visitor:
    """One browser tab. Open it, then change its text as often as you like."""

    def __init__(self, port: int, page: str = "gates") -> None:
        self._address = f"ws://127.0.0.1:{port}/_stcore/stream"
        self._page = page
        self._page_hash = ""
        self._text_id = ""
        self._socket: websockets.ClientConnection

    async def open(self) -> Run:
        """Connect and get the page. The clock starts before the connection."""
        start = time.perf_counter()
        self._socket = await websockets.connect(self._address, subprotocols=["streamlit"], max_size=None, compression=None, open_timeout=60)
        return await self._rerun(BackMsg(rerun_script={"page_name": self._page}), start)

    async def change(self, text: str) -> Run:
        """Type a text and press Enter: the widget's new state, and the query string to which it is bound."""
        message = BackMsg(rerun_script={"page_script_hash": self._page_hash, "query_string": urlencode({"text": text})})
        message.rerun_script.widget_states.widgets.add(id=self._text_id, string_value=text)
        return await self._rerun(message, time.perf_counter())

    async def close(self) -> None:
        await self._socket.close()

    async def _rerun(self, request: BackMsg, start: float) -> Run:
        run = Run()
        await self._socket.send(request.SerializeToString())
        while True:
            frame = await self._socket.recv(decode=False)
            run.received += len(frame)
            message = ForwardMsg.FromString(frame)
            match message.WhichOneof("type"):
                case "new_session":
                    self._page_hash = message.new_session.page_script_hash or self._page_hash
                case "navigation":
                    self._page_hash = message.navigation.page_script_hash
                case "delta" if message.delta.WhichOneof("type") == "new_element":
                    self._element(message.delta.new_element, run, start)
                case "script_finished" if message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    run.finished = time.perf_counter() - start
                    run.errors += message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR
                    return run

    def _element(self, element: Element, run: Run, start: float) -> None:
        match element.WhichOneof("type"):
            case "bidi_component" if element.bidi_component.component_name == STRIPS.name:
                run.picture = time.perf_counter() - start
                run.picture_data = element.bidi_component.bytes
            case "text_input" if element.text_input.id.endswith("-text"):
                self._text_id = element.text_input.id
            case "exception":
                run.errors += 1
            case "alert" if element.alert.format == Alert.ERROR:
                run.errors += 1

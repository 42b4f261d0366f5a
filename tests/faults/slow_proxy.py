"""A way to a database on the loopback that can be slow, or cut."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from pathlib import Path


class SlowProxy:
    """Each connection goes on to a Unix socket; what comes back is held for `delay_s`, or for
    good on connections that were open while it was `silent`."""

    def __init__(self, target: Path) -> None:
        self.delay_s = 0.0
        self.silent = False
        self._target = str(target)
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    def cut(self) -> None:
        """End every connection at once."""
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _begin(self, target, *given) -> None:
        thread = threading.Thread(target=target, args=given, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._target)
            self._open += [client, server]
            self._begin(self._pump, client, server, False)
            self._begin(self._pump, server, client, True)

    def _pump(self, source: socket.socket, sink: socket.socket, is_late: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if is_late and self.delay_s:
                    time.sleep(self.delay_s)
                if not (is_late and self.silent):
                    sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def __enter__(self) -> SlowProxy:
        self._begin(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in list(self._threads):
            thread.join(5)
        for one in self._open:
            one.close()

"""The same no-op application on granian, in the interpreter that GRANIAN_PYTHON names."""

from __future__ import annotations

import os
import socket
from pathlib import Path

PYTHON = "GRANIAN_PYTHON"


def free_port() -> int:
    """Granian wants a number, so one is taken and given back."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def main() -> None:
    """Become granian: the process id stays, so the starter can measure and end it."""
    port = free_port()
    # It is printed before granian listens; the starter tries again until it does.
    print(f"http://127.0.0.1:{port}", flush=True)
    os.chdir(Path(__file__).parent)
    arguments = f"--interface asgi --port {port} --workers 1 --loop uvloop --no-ws --http 1"
    python = os.environ[PYTHON]
    command = [python, "-m", "granian", *arguments.split(), "--no-log", "noop:application"]
    os.execv(python, command)


if __name__ == "__main__":
    main()

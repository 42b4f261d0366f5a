"""The limit: an ASGI application that reads the body and answers 202, served by uvicorn.

Started like the product itself (`serve --port 0 ...`); it prints its base URL and listens.
"""

from __future__ import annotations

import socket

HEADERS = [(b"content-type", b"application/json; charset=utf-8"), (b"content-length", b"0")]


async def application(scope, receive, send) -> None:
    """The least that an ASGI application can do with a POST."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 202, "headers": HEADERS})
    await send({"type": "http.response.body", "body": b""})


def main() -> None:
    import uvicorn

    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(
        application,
        http="httptools",
        loop="uvloop",
        lifespan="off",
        access_log=False,
        log_level="warning",
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()

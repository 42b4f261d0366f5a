"""A key and a certificate for `localhost`, made for the run by the openssl command."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="TLS tests need the openssl command"
)


def make_certificate(folder: Path) -> Path:
    """One PEM file with both, signed by itself: who trusts it trusts the server that has it."""
    path, certificate = folder / "server.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext"),
            *("subjectAltName=DNS:localhost", "-keyout", str(path), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    path.write_bytes(path.read_bytes() + certificate.read_bytes())
    return path


def server_context(certificate: Path) -> ssl.SSLContext:
    """What a server with that certificate wraps its sockets in."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context

"""The control of the test of shared rate limits: a server that counts calls for itself alone."""

from __future__ import annotations

from pastense.cli.main import main
from pastense.web.rates import Rates

if __name__ == "__main__":
    Rates._is_alone = lambda self: True
    main()

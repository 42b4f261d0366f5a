"""Load that goes on while the server is in trouble: its clients connect anew."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence

from tests.crash.ledger import Ledger
from tests.crash.load import KILL_DELAY_MAX_S, REACH_TIMEOUT_S, Connection, Load
from tests.crash.plan import Plan

CONNECTIONS = 64
CONNECT_PAUSE_S = 0.02
TICK_S = 0.005


class LastingLoad(Load):
    """64 clients that outlive what happens to the server, until they are told to end."""

    reach_timeout_s = REACH_TIMEOUT_S

    def __init__(self, port: int, token: str, plan: Plan, ledger: Ledger, cycle: int) -> None:
        super().__init__(port, token, plan, ledger, cycle)
        self._is_over = False

    async def run_through(
        self, acknowledgements: int, troubles: Sequence[Callable[[], None]], end: Callable[[], None]
    ) -> None:
        """So many acknowledgements before each trouble, as many after the last, then the end."""
        clients = [asyncio.create_task(self._client()) for _ in range(CONNECTIONS)]
        try:
            for trouble in troubles:
                await self._reach(acknowledgements)
                await asyncio.to_thread(trouble)
            await self._reach(acknowledgements)
            self._is_over = True
            end()
            await asyncio.gather(*clients)
        finally:
            for client in clients:
                client.cancel()

    async def _reach(self, acknowledgements: int) -> None:
        target = self._ledger.requests_acknowledged + acknowledgements
        async with asyncio.timeout(self.reach_timeout_s):
            while self._ledger.requests_acknowledged < target:
                await asyncio.sleep(TICK_S)
        # The moment within a group's life differs from trouble to trouble.
        await asyncio.sleep(random.uniform(0, KILL_DELAY_MAX_S))

    async def _client(self) -> None:
        while not self._is_over:
            try:
                async with Connection(self._port, self._token) as connection:
                    while not self._is_over and await self._send_one(connection):
                        pass
            except ConnectionError:
                await asyncio.sleep(CONNECT_PAUSE_S)

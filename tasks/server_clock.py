"""The storage server's clock: the one clock of the ledger, whatever this machine's says."""

import time
from datetime import UTC, datetime

from clients.environment import Environment
from clients.leases import read_lease
from domain.server_clock import ServerClock

EXCHANGES = 8
APART = 0.13  # seconds: a Date has whole ones, and each exchange looks at another part of one


class StorageClock:
    """Its clock to about an eighth of a second, carried on by this machine's monotonic one."""

    def __init__(self, env: Environment) -> None:
        """Takes about a second. Raises ClientError while storage is silent."""
        self._env = env
        self._known = ServerClock()
        self.renew()

    def renew(self) -> None:
        """Look at it anew; what was known before holds until that is done."""
        known = ServerClock()
        for number in range(EXCHANGES):
            if number:
                time.sleep(APART)
            exchange = read_lease(self._env, of="heartbeat")  # there is none: any answer tells the time
            known = known.learn(exchange.date, exchange.asked, exchange.answered)
        self._known = known

    def now(self) -> datetime:
        """The earliest that it can be there."""
        return self._known.earliest(time.monotonic())

    def of(self, at: datetime) -> datetime:
        """The latest that it can have been there at an instant by this machine's clock."""
        ago = (datetime.now(UTC) - at).total_seconds()
        return self._known.latest(time.monotonic() - ago)

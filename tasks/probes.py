"""Smoke checks against an address: the baseline, the canary on its tag, the service after promotion."""

import logging
import secrets
import time
from collections.abc import Callable
from typing import Any, TypeVar

from clients.environment import Environment
from clients.probe import ask
from domain.smoke import Check, SmokeFailed, faults, filled, remembered

R = TypeVar("R")
Run = Callable[[Callable[[], Any]], Any]

logger = logging.getLogger("muster")

PAUSE = 0.3  # seconds between tries of a check that may take time to come true


def smoke(env: Environment, url: str, what: str, keeping: Run) -> None:
    """Ask every check of the environment, in their order; what one remembers the next may use.

    `keeping` runs a call that may take long, keeping the lease meanwhile.

    Raises:
        SmokeFailed: with everything that is wrong with the first answer that is.
    """
    memory: dict[str, Any] = {"unique": f"muster-{secrets.token_hex(6)}"}
    checks = env.service.checks
    for check in checks:
        memory |= _pass(filled(check, memory), url, what, keeping)
    logger.info(f"{what}: passed {len(checks)} smoke checks")


def _pass(check: Check, url: str, what: str, keeping: Run) -> dict[str, Any]:
    end = time.monotonic() + check.eventually.total_seconds()
    while True:
        answer = keeping(lambda: ask(url, check.method, check.path, check.body, check.within))
        wrong = faults(check, answer)
        if not wrong:
            try:
                return remembered(check, answer)
            except ValueError as error:
                wrong = [str(error)]
        if time.monotonic() >= end:
            raise SmokeFailed(f"{what}: smoke check {check.name!r} failed: {'; '.join(wrong)}")
        time.sleep(PAUSE)


def at_once(call: Callable[[], R]) -> R:
    """Run a call with no lease to keep."""
    return call()

"""A sampler tells what a thread waits for from what it does itself."""

import threading
import time
from collections import defaultdict

from bench.sampler import Sampler
from domain.evidence import Evidence
from tasks.probes import at_once


def test_sleeping_is_waiting_and_computing_is_work() -> None:
    sampler = Sampler(threading.get_ident())
    at_once(lambda: time.sleep(0.3))
    end = time.monotonic() + 0.3
    while time.monotonic() < end:
        at_once(_compute)
    spent: defaultdict[str, float] = defaultdict(float)
    sampler.stop()
    for sample in list(sampler.samples):
        spent[sample.work] += sample.seconds
    waited = spent.pop("")
    assert waited > 0.2
    assert sum(spent.values()) > 0.2
    assert all(work.startswith(("tasks/probes.py:", "domain/evidence.py:", "outside")) for work in spent)


def _compute() -> None:
    for _ in range(1_000):
        Evidence.from_json(Evidence().to_json())

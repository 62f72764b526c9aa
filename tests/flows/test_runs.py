"""The ids of runs: the newest comes last, however many begin within a second."""

import re
import time

from tasks.runs import new_id


def test_ids_sort_by_time_within_a_second() -> None:
    made = []
    for _ in range(40):
        made.append(new_id())
        time.sleep(0.002)
    assert made == sorted(made)
    assert all(re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{6}", each) for each in made)

"""The message of the flow run's state in Prefect: at which step the run is, and what the split is.

A thread of its own sends it: Prefect being down holds up nobody. It only ever says Running again, which the
server does not take from a run that is being cancelled or has ended.
"""

import logging
import threading
from importlib import import_module

from tasks.flow_run import in_flow_run

logger = logging.getLogger("muster")

FAREWELL = 2.0  # seconds that the end of a run waits for a call under way


class RunState:
    """Says the newest text that it was given. Outside of a flow run there is nobody to say it to."""

    def __init__(self) -> None:
        self._text = self._said = ""
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="run-state", daemon=True)
        if in_flow_run():
            self._run_id = import_module("prefect.runtime").flow_run.id
            self._thread.start()

    def tell(self, text: str) -> None:
        """Let the state's message be this."""
        with self._changed:
            self._text = text
            self._changed.notify()

    def close(self) -> None:
        """Say nothing more: the state that the run ends in has a message of its own."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(FAREWELL)

    def _run(self) -> None:
        get_client = import_module("prefect.client.orchestration").get_client
        running = import_module("prefect.states").Running
        warned = False
        with get_client(sync_client=True) as client:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._closed or self._text != self._said)
                    if self._closed:
                        return
                    self._said = self._text
                try:
                    client.set_flow_run_state(self._run_id, running(message=self._said))
                except Exception as error:
                    if not warned:
                        logger.warning(f"Prefect does not take the run's state: {error}")
                    warned = True

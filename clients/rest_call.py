"""One call of a Google API by plain REST: for what its client hides, such as Date and other headers."""

from typing import Any

from requests import Response

from clients.environment import Environment
from clients.errors import by_status, message_of, told
from clients.google import session
from clients.patience import attempt_timeout


def ask(
    env: Environment, method: str, address: str, what: str, also: frozenset[int] = frozenset(), **request: Any
) -> Response:
    """One attempt of a call. A status of 400 and more is a ClientError that begins with `what`, unless it
    is one of `also`."""
    with told(what):
        answer: Response = session(env).request(  # type: ignore[no-untyped-call]
            method, address, timeout=attempt_timeout(), **request
        )
    if answer.status_code >= 400 and answer.status_code not in also:
        raise by_status(answer.status_code, f"{what}: {message_of(answer)}")
    return answer

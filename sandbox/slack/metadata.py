"""What a message carries for programs: people do not see it."""

import json
from typing import Any

from sandbox.kernel.errors import SlackError
from sandbox.kernel.state import Document


def parse(given: Any) -> Document | None:
    """The metadata of a call, an object or its JSON text; None when none were given, empty to remove them.

    SlackError when they are of another shape (https://docs.slack.dev/messaging/message-metadata).
    """
    if given is None or given == "":
        return None
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError as error:
            raise SlackError("invalid_metadata_format") from error
    if not isinstance(given, dict):
        raise SlackError("invalid_metadata_format")
    kind, payload = given.get("event_type"), given.get("event_payload")
    if given and not (isinstance(kind, str) and isinstance(payload, dict)):
        raise SlackError("invalid_metadata_schema")
    return given


def shown(message: Document, all_of_it: bool) -> Document:
    """The message with its metadata, of which only the kind is told who does not ask for all of it.

    https://github.com/Automattic/matrix-appservice-slack/pull/8
    """
    about = message.get("metadata")
    if all_of_it or not about:
        return message
    return {**message, "metadata": {"event_type": about["event_type"]}}

"""Block Kit, as far as the inbox shows it: which blocks there are, what they hold, how long it may be.

Lengths and fields: https://docs.slack.dev/reference/block-kit/blocks. Faults are worded as Slack words them.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.kernel.errors import SlackError
from sandbox.kernel.state import Document

MOST = 50
Check = Callable[[Any, str], Iterator[str]]


def parse(given: Any) -> list[Document] | None:
    """The blocks of a call, which come as a list or as its JSON text; None when none were given.

    SlackError for what Slack would refuse, and for what the inbox would not show.
    """
    if given is None or given == "":
        return None
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError as error:
            raise SlackError("invalid_blocks_format") from error
    if not isinstance(given, list):
        raise SlackError("invalid_blocks_format")
    faults = [f"no more than {MOST} items allowed [json-pointer:/blocks]"] if len(given) > MOST else []
    for index, block in enumerate(given):
        faults += _one_of(BLOCKS)(block, f"/blocks/{index}")
    if faults:
        raise SlackError("invalid_blocks", tuple(faults))
    return given


def _string(most: int) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield f"must be a string [json-pointer:{at}]"
        elif not value:
            yield f"must be more than 0 characters [json-pointer:{at}]"
        elif len(value) > most:
            yield f"must be less than {most + 1} characters [json-pointer:{at}]"

    return check


def _word(*words: str) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if value not in words:
            yield f"must be one of {', '.join(words)} [json-pointer:{at}]"

    return check


def _boolean(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield f"must be a boolean [json-pointer:{at}]"


def _list(item: Check, most: int) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, list) or not value:
            yield f"must be a list with items [json-pointer:{at}]"
        elif len(value) > most:
            yield f"no more than {most} items allowed [json-pointer:{at}]"
        else:
            for index, part in enumerate(value):
                yield from item(part, f"{at}/{index}")

    return check


def _object(required: dict[str, Check], optional: dict[str, Check]) -> Check:
    fields = {**required, **optional}

    def check(value: Any, at: str) -> Iterator[str]:
        yield from (
            f"missing required field: {name} [json-pointer:{at}]" for name in required if name not in value
        )
        for name, part in value.items():
            if name in fields:
                yield from fields[name](part, f"{at}/{name}")
            elif name != "type":
                yield f"invalid additional property: {name} [json-pointer:{at}]"

    return check


def _one_of(kinds: dict[str, Check]) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        kind = value.get("type") if isinstance(value, dict) else None
        if kind in kinds:
            yield from kinds[kind](value, at)
        else:
            yield f"unsupported type: {kind} [json-pointer:{at}/type]"

    return check


def _plain(most: int) -> Check:
    return _one_of({"plain_text": _object({"text": _string(most)}, {"emoji": _boolean})})


def _text(most: int) -> Check:
    marked = _object({"text": _string(most)}, {"verbatim": _boolean})
    plain = _object({"text": _string(most)}, {"emoji": _boolean})
    return _one_of({"mrkdwn": marked, "plain_text": plain})


def _section(value: Document, at: str) -> Iterator[str]:
    if "text" not in value and "fields" not in value:
        yield f"missing required field: text or fields [json-pointer:{at}]"
    yield from SECTION(value, at)


NAMED = {"block_id": _string(255)}
BUTTON = _object(
    {"text": _plain(75), "url": _string(3000)},  # without a URL a button asks an app, and none listens here
    {"action_id": _string(255), "value": _string(2000), "style": _word("primary", "danger")},
)
IMAGE = _object({"image_url": _string(3000), "alt_text": _string(2000)}, {})
SECTION = _object(
    {},
    {
        **NAMED,
        "text": _text(3000),
        "fields": _list(_text(2000), 10),
        "accessory": _one_of({"button": BUTTON, "image": IMAGE}),
        "expand": _boolean,
    },
)
CONTEXT = _one_of(
    {
        "image": IMAGE,
        "mrkdwn": _text(3000),
        "plain_text": _text(3000),
    }
)
BLOCKS: dict[str, Check] = {
    "header": _object({"text": _plain(150)}, NAMED),
    "section": _section,
    "context": _object({"elements": _list(CONTEXT, 10)}, NAMED),
    "actions": _object({"elements": _list(_one_of({"button": BUTTON}), 25)}, NAMED),
    "divider": _object({}, NAMED),
    "image": _object(
        {"image_url": _string(3000), "alt_text": _string(2000)}, {**NAMED, "title": _plain(2000)}
    ),
}

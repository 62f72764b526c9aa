"""The words of the Logging query language."""

import re

from sandbox.kernel.errors import RpcError

TOKEN = re.compile(
    r"""\s*(?:--[^\n]*\n\s*)*(?:
      (?P<operator><=|>=|!=|=~|!~|[=<>:()-])
    | (?P<string>"(?:[^"\\]|\\.)*")
    | (?P<word>[^\s=<>!:()"]+(?:\.?"[^"]*"[^\s=<>!:()"]*)*)
    )""",
    re.VERBOSE,
)


def tokens(text: str) -> list[tuple[str, str]]:
    """Kind (operator, string, word) and text of each; RpcError on what is no word of the language."""
    found, position = [], 0
    text = text.rstrip()
    while position < len(text):
        match = TOKEN.match(text, position)
        if not match or match.lastgroup is None:
            raise unparseable(text[position:])
        found.append((match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return found


def unparseable(near: str) -> RpcError:
    """INVALID_ARGUMENT, with the place where reading ended."""
    return RpcError("INVALID_ARGUMENT", f"Unparseable filter: syntax error near {near[:60]!r}.")

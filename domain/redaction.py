"""Passwords taken out of what a program says of itself."""

import re

IN_ADDRESSES = re.compile(r"(?P<before>://[^\s:/@]*:)[^\s@]+(?=@)")
IN_WORDS = re.compile(r"(?i)(?P<before>\b\w*(?:password|secret|token)\w*['\"]?\s*[=:]\s*)\S+")


def redacted(line: str) -> str:
    """The line with *** for each password in an address, and for what is called one."""
    return IN_WORDS.sub(r"\g<before>***", IN_ADDRESSES.sub(r"\g<before>***", line))

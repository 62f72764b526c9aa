"""What a database is made of, apart from its rows: definitions by what they are of."""

from collections.abc import Mapping

from domain.strict_json import compact, sha256

Structure = Mapping[str, str]  # "column public.orders.total" and its definition


def digest(structure: Structure) -> str:
    """The same for the same structure, and for no other."""
    return sha256(compact(dict(structure)))


def differences(source: Structure, restored: Structure) -> list[str]:
    """What is not alike, in sentences, by name."""
    said = []
    for name in sorted(source.keys() | restored.keys()):
        here, there = source.get(name), restored.get(name)
        if there is None:
            said.append(f"{name} was not restored")
        elif here is None:
            said.append(f"{name} was restored, and the source has none")
        elif here != there:
            said.append(f"{name} is {_short(there)}, and the source has {_short(here)}")
    return said


def _short(definition: str) -> str:
    text = " ".join(definition.split())
    return f"{text[:77]}..." if len(text) > 80 else text

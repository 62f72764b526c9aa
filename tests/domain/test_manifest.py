"""The manifest: it comes back as it was, and anything that was altered is refused with a reason."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.manifest import Manifest, disagreements, manifest_from_text
from domain.recovery_set import Kind, Part, RecoverySet, State, Window
from domain.refusal import Refused
from domain.strict_json import canonical, sha256
from tests.domain.recovery_sets import DAY, INSTANTS, NOW, TEXT, WINDOWS, parts, pin

MANIFEST = Manifest(
    id="20261122-140000-1a2b",
    environment="production",
    service="ali-api",
    taken_at=NOW,
    completed_at=NOW + timedelta(minutes=7),
    parts=(
        Part(Kind.DATABASE, ("projects/p/instances/i/backupRuns/42",), NOW, None),
        Part(Kind.CONFIGURATION, ("gs://vault/sets/configuration.json",), NOW, 812),
    ),
    window=Window(NOW - 7 * DAY, NOW - timedelta(minutes=3)),
    digests={"gs://vault/sets/configuration.json": "ab" * 32},
    facts={"schema": "a1b2", "documents of products": 20_000, "cidade": "São Paulo"},
)
EXPORT = Part(Kind.EXPORT, ("gs://vault/sets/export/app.sql.gz",), NOW + DAY, 4_000)


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    taken_at = draw(INSTANTS)
    made = tuple(draw(st.lists(parts(), min_size=1, max_size=4)))
    references = st.sampled_from([reference for part in made for reference in part.references])
    return Manifest(
        draw(TEXT),
        draw(TEXT),
        draw(TEXT),
        taken_at,
        taken_at + draw(st.timedeltas(timedelta(0), DAY)),
        made,
        draw(st.none() | WINDOWS),
        draw(st.dictionaries(references, TEXT, max_size=2)),
        draw(st.dictionaries(TEXT, TEXT | st.integers(), max_size=3)),
    )


@given(manifest=manifests())
def test_what_is_written_is_read(manifest: Manifest) -> None:
    written = manifest.to_text()
    assert manifest_from_text(written) == manifest
    assert manifest_from_text(written.encode()).to_text() == written


def test_it_is_readable_and_its_sum_is_over_all_the_rest() -> None:
    kept = json.loads(MANIFEST.to_text())
    said = kept.pop("sha256")
    assert said == MANIFEST.sha256 == sha256(canonical(kept))
    assert '\n  "cidade": "São Paulo"' in MANIFEST.to_text().replace("    ", "  ")
    assert list(kept) == sorted(kept)


@given(data=st.data())
def test_no_bit_can_be_flipped(data: st.DataObject) -> None:
    kept = bytearray(MANIFEST.to_text().encode())
    bit = data.draw(st.integers(0, len(kept) * 8 - 1))
    kept[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Refused):
        manifest_from_text(bytes(kept))


@given(data=st.data())
def test_it_cannot_be_cut_short(data: st.DataObject) -> None:
    kept = MANIFEST.to_text().encode()
    with pytest.raises(Refused):
        manifest_from_text(kept[: data.draw(st.integers(0, len(kept) - 1))])


def forged(change: Callable[[dict[str, Any]], object]) -> str:
    """With a sum that fits what was changed, as who means to deceive would write it."""
    kept = json.loads(MANIFEST.to_text())
    change(kept)
    kept.pop("sha256", None)
    return canonical({**kept, "sha256": sha256(canonical(kept))})


TEXT_OF_IT = MANIFEST.to_text()


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        pytest.param("", "it is not JSON", id="empty"),
        pytest.param("[]\n", "manifest is no object", id="a list"),
        pytest.param("[" * 100_000, "nested too deep", id="brackets without end"),
        pytest.param(b"\xff\xfe", "can't decode", id="no text"),
        pytest.param(TEXT_OF_IT.replace("a1b2", "a1b3"), "its SHA-256 is", id="a fact that was edited"),
        pytest.param(TEXT_OF_IT.replace("\n", "\r\n"), "another form", id="ends of lines"),
        pytest.param(TEXT_OF_IT + "\n", "another form", id="one newline more"),
        pytest.param(
            TEXT_OF_IT.replace('"documents', '"documents of products": 1,\n    "documents', 1),
            "'documents of products' is there twice",
            id="a fact twice",
        ),
        pytest.param(TEXT_OF_IT.replace("20000", "NaN"), "NaN is no number", id="what is no number"),
        pytest.param(forged(lambda m: m.update(more=1)), "has 'more', which is unknown", id="unknown key"),
        pytest.param(forged(lambda m: m.pop("window")), "has no 'window'", id="a key is missing"),
        pytest.param(
            forged(lambda m: m["parts"][0].update(extra=1)), r"parts\[0\] has 'extra'", id="in a part"
        ),
        pytest.param(
            forged(lambda m: m["parts"][0].update(kind="tape")),
            "'tape' is not a valid Kind",
            id="unknown kind",
        ),
        pytest.param(
            forged(lambda m: m["parts"][1].update(size=True)), r"parts\[1\].size is no whole", id="true bytes"
        ),
        pytest.param(
            forged(lambda m: m["parts"][1].update(size=1.5)), r"parts\[1\].size is no whole", id="half a byte"
        ),
        pytest.param(forged(lambda m: m["parts"][1].update(size=-1)), "-1 bytes", id="less than no bytes"),
        pytest.param(forged(lambda m: m.update(parts={})), "parts is no list", id="parts that are no list"),
        pytest.param(forged(lambda m: m.update(parts=[])), "without a part", id="no part"),
        pytest.param(
            forged(lambda m: m["parts"][0].update(references=[7])),
            r"references\[0\] is no text",
            id="a number",
        ),
        pytest.param(
            forged(lambda m: m.update(taken_at="2026-11-22T14:00:00")),
            "taken_at has no time zone",
            id="of no zone",
        ),
        pytest.param(forged(lambda m: m.update(taken_at="today")), "taken_at is no instant", id="no instant"),
        pytest.param(
            forged(lambda m: m.update(taken_at="2026-11-22T11:00:00-03:00")),
            "another form",
            id="the same instant in another zone",
        ),
        pytest.param(
            forged(lambda m: m.update(completed_at="2026-11-22T13:00:00+00:00")),
            "before it was taken",
            id="complete before it was taken",
        ),
        pytest.param(forged(lambda m: m.update(facts=[])), "facts is no object", id="facts that are none"),
        pytest.param(
            forged(lambda m: m["facts"].update(x=0.5)), "facts.x is no whole", id="a fact in between"
        ),
        pytest.param(
            forged(lambda m: m["digests"].update(x="ab")), "no part refers to x", id="a stray digest"
        ),
        pytest.param(TEXT_OF_IT.replace("ali-api", r"\ud800"), "can't encode", id="half a character"),
    ],
)
def test_what_was_altered_is_refused_with_a_reason(kept: str | bytes, said: str) -> None:
    with pytest.raises(Refused, match=f"sets/1.json: it was altered: .*{said}") as refused:
        manifest_from_text(kept, "sets/1.json")
    assert "second copy" in refused.value.problems[0].remedy


@pytest.mark.parametrize(
    "version",
    [pytest.param(2, id="a later one"), pytest.param([1], id="a list"), pytest.param(None, id="none")],
)
def test_another_version_is_refused_as_unknown(version: object) -> None:
    with pytest.raises(Refused, match=r"version, .* is unknown here: read it with the Muster that wrote it"):
        manifest_from_text(forged(lambda m: m.update(version=version)))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param({"parts": ()}, "without a part", id="nothing was taken"),
        pytest.param({"taken_at": datetime(2026, 11, 22)}, "no time zone", id="of no zone"),  # noqa: DTZ001
        pytest.param({"completed_at": NOW - DAY}, "before it was taken", id="complete before it was taken"),
        pytest.param({"digests": {"x": "ab"}}, "no part refers to x", id="a digest of nothing"),
    ],
)
def test_a_manifest_of_nothing_cannot_be_built(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(MANIFEST, **fields)


def test_the_set_that_it_describes_is_complete_and_no_more() -> None:
    described = MANIFEST.complete(MANIFEST.sha256)
    assert described.state is State.COMPLETE
    assert disagreements(MANIFEST, described) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"taken_at": NOW - DAY}, ["taken_at"], id="its instant"),
        pytest.param(
            {"parts": MANIFEST.parts[:1], "window": None}, ["parts", "window"], id="parts and window"
        ),
        pytest.param({"manifest_sha256": "cd"}, ["manifest_sha256"], id="another manifest's sum"),
        pytest.param({"pins": (pin(3),), "expires_at": NOW}, [], id="what may change"),
        pytest.param({"parts": (*MANIFEST.parts, EXPORT)}, [], id="an export that came later"),
        pytest.param({"parts": (EXPORT, *MANIFEST.parts[1:])}, ["parts"], id="an export in place of a part"),
    ],
)
def test_a_summary_that_says_otherwise_is_found(change: dict[str, Any], said: list[str]) -> None:
    listed: RecoverySet = replace(MANIFEST.complete(MANIFEST.sha256), **change)
    assert [sentence.split()[0] for sentence in disagreements(MANIFEST, listed)] == said


def test_an_export_of_the_manifest_may_not_go() -> None:
    manifest = replace(MANIFEST, parts=(*MANIFEST.parts, EXPORT))
    listed = replace(manifest.complete(manifest.sha256), parts=MANIFEST.parts)
    assert [sentence.split()[0] for sentence in disagreements(manifest, listed)] == ["parts"]

"""Where things lie in the vault."""

import pytest

from domain.vault_layout import (
    bucket_and_name,
    draft_name,
    drafts,
    is_object,
    manifest_name,
    manifests,
    part_name,
    reference,
)


def test_a_listing_of_manifests_meets_nothing_else() -> None:
    names = [
        manifest_name("shop", "7"),
        part_name("shop", "7", "configuration/service.json"),
        "releases/shop/7",
    ]
    assert [name for name in names if name.startswith(manifests("shop"))] == ["manifests/shop/7.json"]
    assert draft_name("shop", "7").startswith(drafts("shop"))


def test_an_environment_is_not_taken_for_another_that_begins_alike() -> None:
    assert not manifest_name("shop-2", "7").startswith(manifests("shop"))
    assert not draft_name("shop-2", "7").startswith(drafts("shop"))


def test_a_reference_names_bucket_and_object() -> None:
    assert bucket_and_name(reference("vault", "sets/shop/7/a b.json")) == ("vault", "sets/shop/7/a b.json")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("projects/p/backups/7", id="a backup"),
        pytest.param("vault/muster-set-7", id="a snapshot"),
        pytest.param("gs://vault", id="a bucket"),
        pytest.param("gs:///name", id="no bucket"),
    ],
)
def test_what_names_no_object_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="names no object"):
        bucket_and_name(text)


def test_objects_are_told_from_backups_and_snapshots() -> None:
    assert is_object("gs://vault/a")
    assert not is_object("vault/a")

"""Cloud Storage as the gcloud CLI meets it."""

import os
import uuid
from pathlib import Path

import httpx
import pytest

from tests.sandbox.gcloud import NEEDED, Gcloud

pytestmark = NEEDED
TREE = {"one.txt": b"one\n", "a/two.txt": b"two\n", "a/b/three with a space.txt": b"three\n"}


def planted(folder: Path, files: dict[str, bytes]) -> Path:
    """The folder, with these files in it."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def found(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def bucket(gcloud: Gcloud) -> str:
    """A bucket that the tests of this module share, each under a folder of its own."""
    name = f"gs://gcloud-{uuid.uuid4().hex}"
    gcloud("storage", "buckets", "create", name, "--location=us-central1")
    return name


def test_there_and_back(gcloud: Gcloud, tmp_path: Path, http: httpx.Client) -> None:
    bucket = f"gs://gcloud-{uuid.uuid4().hex}"
    small, large, back = tmp_path / "small", tmp_path / "large", tmp_path / "back"
    small.write_text("hello\n")
    large.write_bytes(os.urandom(20_000_000))
    gcloud("storage", "buckets", "create", bucket, "--location=us-central1")
    gcloud("storage", "buckets", "update", bucket, "--versioning")
    gcloud("storage", "cp", small, f"{bucket}/dir/small")
    gcloud("storage", "cp", small, f"{bucket}/dir/small")
    gcloud("storage", "cp", large, f"{bucket}/large")
    gcloud("storage", "cp", "-", f"{bucket}/streamed", stdin=large.read_bytes())
    gcloud("storage", "cp", f"{bucket}/streamed", f"{bucket}/copy")
    gcloud("storage", "objects", "update", f"{bucket}/copy", "--custom-metadata=a=b")
    gcloud("storage", "objects", "compose", f"{bucket}/large", f"{bucket}/dir/small", f"{bucket}/composed")
    gcloud("storage", "cp", f"{bucket}/copy", back)
    assert back.read_bytes() == large.read_bytes()
    assert gcloud("storage", "cat", f"{bucket}/dir/small") == "hello\n"
    assert len(gcloud("storage", "ls", "--all-versions", f"{bucket}/**").splitlines()) == 6
    gcloud("storage", "rm", "--recursive", bucket)
    assert http.get(f"/storage/v1/b/{bucket.removeprefix('gs://')}").status_code == 404


def test_a_large_file_goes_up_in_parts_and_is_one_object(gcloud: Gcloud, bucket: str, tmp_path: Path) -> None:
    """Beyond 150 MiB gcloud uploads parts side by side, composes them, and removes them."""
    large, back = tmp_path / "large", tmp_path / "back"
    piece = os.urandom(1 << 20)
    with large.open("wb") as file:
        for _ in range(160):
            file.write(piece)
    gcloud("storage", "cp", large, f"{bucket}/parts/large")
    told = gcloud.json("storage", "objects", "describe", f"{bucket}/parts/large")
    assert (told["size"], "md5_hash" in told) == (160 << 20, False)
    assert told["component_count"] > 1
    assert gcloud("storage", "ls", f"{bucket}/**/large*").split() == [f"{bucket}/parts/large"]
    gcloud("storage", "cp", f"{bucket}/parts/large", back)
    assert back.read_bytes() == large.read_bytes()
    gcloud("storage", "rm", f"{bucket}/parts/large")


def test_a_folder_goes_there_and_back(gcloud: Gcloud, bucket: str, tmp_path: Path) -> None:
    planted(tmp_path / "tree", TREE)
    (tmp_path / "back").mkdir()
    gcloud("storage", "cp", "--recursive", tmp_path / "tree", f"{bucket}/folder")
    gcloud("storage", "cp", "--recursive", f"{bucket}/folder/*", tmp_path / "back")
    assert found(tmp_path / "back") == TREE


@pytest.fixture(scope="module")
def tree(gcloud: Gcloud, bucket: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder of the bucket that is only read."""
    folder = planted(tmp_path_factory.mktemp("read") / "tree", TREE)
    gcloud("storage", "cp", "--recursive", folder, f"{bucket}/read")
    return f"{bucket}/read"


@pytest.mark.parametrize(
    ("options", "wanted", "told"),
    [
        pytest.param([], "", ["one.txt", "a/"], id="one level"),
        pytest.param(
            ["--recursive"],
            "",
            [":", "one.txt", "a/:", "a/two.txt", "a/b/:", "a/b/three with a space.txt"],
            id="all levels",
        ),
        pytest.param([], "**", ["a/b/three with a space.txt", "a/two.txt", "one.txt"], id="by a wild card"),
        pytest.param([], "*/t*", ["a/two.txt"], id="by a pattern of a level"),
    ],
)
def test_listing(gcloud: Gcloud, tree: str, options: list[str], wanted: str, told: list[str]) -> None:
    lines = gcloud("storage", "ls", *options, f"{tree}/{wanted}").splitlines()
    assert [line for line in lines if line] == [f"{tree}/{name}" for name in told]


def test_a_long_listing_has_sizes_and_a_total(gcloud: Gcloud, tree: str) -> None:
    *lines, total = gcloud("storage", "ls", "--long", f"{tree}/**").splitlines()
    assert [int(line.split()[0]) for line in lines] == [6, 4, 4]
    assert total.startswith("TOTAL: 3 objects, 14 bytes")


def test_several_objects_are_read_as_one(gcloud: Gcloud, tree: str) -> None:
    assert gcloud("storage", "cat", f"{tree}/one.txt", f"{tree}/a/two.txt") == "one\ntwo\n"
    assert gcloud("storage", "cat", "--range=1-2", f"{tree}/one.txt") == "ne"


def test_what_moves_is_no_longer_where_it_was(gcloud: Gcloud, bucket: str, tmp_path: Path) -> None:
    gcloud("storage", "cp", "--recursive", planted(tmp_path / "from", TREE), bucket)
    gcloud("storage", "mv", f"{bucket}/from/one.txt", f"{bucket}/from/uno.txt")
    gcloud("storage", "mv", f"{bucket}/from", f"{bucket}/to")
    names = [line.removeprefix(f"{bucket}/") for line in gcloud("storage", "ls", f"{bucket}/**").splitlines()]
    assert [name for name in names if name.startswith(("from", "to"))] == [
        "to/a/b/three with a space.txt",
        "to/a/two.txt",
        "to/uno.txt",
    ]


def test_a_synchronised_folder_follows_its_source(gcloud: Gcloud, bucket: str, tmp_path: Path) -> None:
    source, back = planted(tmp_path / "source", TREE), tmp_path / "back"
    there = f"{bucket}/synced"
    gcloud("storage", "rsync", "--recursive", source, there)
    unchanged = gcloud.json("storage", "objects", "describe", f"{there}/a/two.txt")["generation"]
    (source / "one.txt").unlink()
    planted(source, {"a/b/three with a space.txt": b"another three\n", "four.txt": b"four\n"})
    gcloud("storage", "rsync", "--recursive", "--delete-unmatched-destination-objects", source, there)
    gcloud("storage", "rsync", "--recursive", there, back)
    assert found(back) == found(source)
    assert gcloud.json("storage", "objects", "describe", f"{there}/a/two.txt")["generation"] == unchanged


def test_what_is_removed_is_gone(gcloud: Gcloud, bucket: str, tmp_path: Path) -> None:
    gcloud("storage", "cp", "--recursive", planted(tmp_path / "short", TREE), bucket)
    gcloud("storage", "rm", f"{bucket}/short/one.txt")
    assert "matched no objects" in gcloud.refused("storage", "rm", f"{bucket}/short/one.txt")
    gcloud("storage", "rm", "--recursive", f"{bucket}/short")
    assert "matched no objects" in gcloud.refused("storage", "ls", f"{bucket}/short")


def test_buckets_are_made_listed_and_removed(gcloud: Gcloud, tree: str) -> None:
    name = f"gs://gcloud-{uuid.uuid4().hex}"
    gcloud("storage", "buckets", "create", name, "--location=europe-west1")
    listed = {one["name"]: one["location"] for one in gcloud.json("storage", "buckets", "list")}
    assert listed[name.removeprefix("gs://")] == "EUROPE-WEST1"
    assert "already own it" in gcloud.refused("storage", "buckets", "create", name)
    gcloud("storage", "buckets", "delete", name)
    assert "not found: 404" in gcloud.refused("storage", "buckets", "describe", name)
    kept = tree.removesuffix("/read")
    assert "Bucket is not empty" in gcloud.refused("storage", "buckets", "delete", kept)


def test_a_bucket_is_told_to_keep_what_is_in_it(gcloud: Gcloud, tmp_path: Path) -> None:
    bucket = f"gs://gcloud-{uuid.uuid4().hex}"
    gcloud("storage", "buckets", "create", bucket, "--location=us-central1", "--soft-delete-duration=0s")
    assert gcloud.json("storage", "buckets", "describe", bucket)["soft_delete_policy"] == {
        "retentionDurationSeconds": "0"
    }
    gcloud("storage", "buckets", "update", bucket, "--soft-delete-duration=10d")
    gcloud("storage", "buckets", "update", bucket, "--retention-period=1d")
    gcloud("storage", "cp", planted(tmp_path, {"kept": b"data"}) / "kept", f"{bucket}/kept")
    assert "retention" in gcloud.refused("storage", "rm", f"{bucket}/kept")
    gcloud.confirming()("storage", "buckets", "update", bucket, "--lock-retention-period", stdin=b"y\n")
    about = gcloud.json("storage", "buckets", "describe", bucket)
    assert about["soft_delete_policy"]["retentionDurationSeconds"] == "864000"
    assert (about["retention_policy"]["isLocked"], about["retention_policy"]["retentionPeriod"]) == (
        True,
        "86400",
    )
    assert "locked Retention Policy" in gcloud.refused(
        "storage", "buckets", "update", bucket, "--clear-retention-period"
    )
    gcloud("storage", "objects", "update", f"{bucket}/kept", "--temporary-hold")
    assert gcloud.json("storage", "objects", "describe", f"{bucket}/kept")["temporary_hold"] is True


def test_what_was_removed_is_restored(gcloud: Gcloud, bucket: str, tmp_path: Path) -> None:
    there = f"{bucket}/restored"
    gcloud("storage", "cp", planted(tmp_path, {"file": b"data"}) / "file", there)
    gcloud("storage", "rm", there)
    listed = gcloud("storage", "ls", "--soft-deleted", there).split()
    assert listed[0].startswith(f"{there}#")
    gcloud("storage", "restore", listed[0])
    assert gcloud("storage", "cat", there) == "data"

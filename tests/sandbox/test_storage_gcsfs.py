"""Cloud Storage as gcsfs meets it: a client of other people's, in an environment that uv makes for it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Endpoints
from tests.sandbox.run_client import fresh

GCSFS = "gcsfs==2025.10.0"
SCRIPT = """
import os, sys
import gcsfs

files = gcsfs.GCSFileSystem(project=sys.argv[2], token="anon", endpoint_url=sys.argv[1], cache_timeout=0)
bucket, big = sys.argv[3], os.urandom(14 << 20)
files.mkdir(bucket, acl=None, default_acl=None)
files.pipe(f"{bucket}/a/one.txt", b"one")
with files.open(f"{bucket}/a/big", "wb", block_size=5 << 20) as file:
    for start in range(0, len(big), 1 << 20):
        file.write(big[start : start + (1 << 20)])
assert files.ls(f"{bucket}/a") == [f"{bucket}/a/big", f"{bucket}/a/one.txt"]
assert files.info(f"{bucket}/a/big")["size"] == len(big)
with files.open(f"{bucket}/a/big", "rb") as file:
    file.seek(5_000_000)
    assert file.read(100) == big[5_000_000:5_000_100]
files.cp(f"{bucket}/a/one.txt", f"{bucket}/two.txt")
files.mv(f"{bucket}/two.txt", f"{bucket}/three.txt")
assert files.glob(f"{bucket}/**/*.txt") == [f"{bucket}/a/one.txt", f"{bucket}/three.txt"]
try:
    files.pipe_file(f"{bucket}/three.txt", b"another", mode="create")
    sys.exit("made twice")
except FileExistsError:
    assert files.cat(f"{bucket}/three.txt") == b"one"
files.setxattrs(f"{bucket}/three.txt", a="b")
assert files.getxattr(f"{bucket}/three.txt", "a") == "b"
files.rm(bucket, recursive=True)
assert not files.exists(bucket)
print("done")
"""


@pytest.mark.slow
def test_there_and_back(cloud: Endpoints, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    uv = str(Path(sys.executable).with_name("uv"))
    command = [uv, "run", "--quiet", "--no-project", "--with", GCSFS, "python", str(script)]
    command += [cloud.google, cloud.project, fresh("gcsfs")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=150, check=False)
    assert (done.stdout, done.returncode) == ("done\n", 0), done.stderr

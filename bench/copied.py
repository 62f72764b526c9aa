"""One object copied to the second vault: `python -m bench.copied ENVIRONMENT REFERENCE SHA256 FILE`.

What it took is written to the file, with the most memory that the process ever held.
"""

import argparse
import json
import os
import time
from pathlib import Path

from bench.process_table import peak
from clients.environment_files import load_environment
from tasks.copies import copy_object


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.copied", description=__doc__)
    parser.add_argument("environment")
    parser.add_argument("reference")
    parser.add_argument("sha256")
    parser.add_argument("file", type=Path)
    options = parser.parse_args()
    env = load_environment(options.environment)
    assert env.second_vault
    pieces: list[float] = []
    began = time.perf_counter()
    copy_object(
        env,
        options.reference,
        env.second_vault,
        options.sha256,
        keep=lambda: pieces.append(time.perf_counter()),
        tell=lambda _: None,
    )
    took = {"seconds": time.perf_counter() - began, "pieces": len(pieces), "peak": peak(os.getpid())}
    options.file.write_text(json.dumps(took))


if __name__ == "__main__":
    main()

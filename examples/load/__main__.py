"""`python -m examples.load URL`: traffic like users', a line a second, and a table at the end."""

import argparse
import asyncio
import json
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from examples.load.generator import Load
from examples.load.tally import Seen, Tally


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m examples.load", description=__doc__)
    parser.add_argument("url", help="of the service, without a path")
    parser.add_argument("--rate", type=float, default=100, help="requests a second (default: %(default)s)")
    parser.add_argument("--clients", type=int, default=100, help="users (default: %(default)s)")
    parser.add_argument("--retry", type=float, default=0.5, help="share of failed requests sent again")
    parser.add_argument("--seconds", type=float, help="end after so long (default: until SIGINT or SIGTERM)")
    parser.add_argument("--path", help="only GET this path, as fast as the rate says")
    parser.add_argument("--seed", type=int, help="draw the same requests each time")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the tally there every second")
    return parser.parse_args()


async def main(options: argparse.Namespace) -> None:
    load = Load(
        options.url,
        rate=options.rate,
        clients=options.clients,
        retry=options.retry,
        path=options.path,
        seed=options.seed,
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, load.stop)
    report = asyncio.create_task(every_second(load, options.json))
    tally = await load.run(timedelta(seconds=options.seconds) if options.seconds else None)
    report.cancel()
    write(tally, options.json)
    print(table(tally))


async def every_second(load: Load, file: Path | None) -> None:
    before = load.tally
    while True:
        await asyncio.sleep(1)
        tally = load.tally
        write(tally, file)
        print(line(before, tally), flush=True)
        before = tally


def write(tally: Tally, file: Path | None) -> None:
    """Replace the file in one move: whoever reads it never sees half a tally."""
    if file is None:
        return
    draft = file.with_name(f".{file.name}.draft")
    draft.write_text(json.dumps(tally.to_json(), indent=2))
    draft.replace(file)


def line(before: Tally, tally: Tally) -> str:
    """What happened since the line before."""
    shares = []
    for name, seen in tally.revisions.items():
        earlier = before.revisions.get(name)
        requests = seen.requests - (earlier.requests if earlier else 0)
        errors = bad(seen) - (bad(earlier) if earlier else 0)
        if requests:
            shares.append(f"{name} {requests}" + (f" ({errors} errors)" if errors else ""))
    return (
        f"{tally.elapsed.total_seconds():6.0f} s"
        f"{tally.total.requests - before.total.requests:6} requests"
        f"{tally.errors - before.errors:5} errors  "
        f"p95 {ms(tally.total.p95)} ms  {', '.join(shares)}"
    )


def table(tally: Tally) -> str:
    """All that users saw, a row for each revision."""
    columns: dict[str, Callable[[Seen], object]] = {
        "requests": lambda seen: seen.requests,
        "errors": bad,
        "users": lambda seen: seen.users,
        "hit": lambda seen: seen.users_hit,
        "p50 ms": lambda seen: ms(seen.p50),
        "p95 ms": lambda seen: ms(seen.p95),
        "p99 ms": lambda seen: ms(seen.p99),
    }
    rows = {**tally.revisions, "all": tally.total}
    width = max(len(name) for name in rows)
    lines = [" " * width + "".join(f"{name:>10}" for name in columns)]
    for name, seen in rows.items():
        cells = "".join(f"{cell(seen)!s:>10}" for cell in columns.values())
        kinds = ", ".join(f"{count} x {kind}" for kind, count in sorted(seen.errors.items()))
        lines.append(f"{name:<{width}}{cells}  {kinds}".rstrip())
    lines.append(f"{tally.retries} of the requests were retries")
    return "\n".join(lines)


def bad(seen: Seen) -> int:
    return sum(seen.errors.values())


def ms(length: timedelta) -> str:
    return f"{length.total_seconds() * 1000:.3g}"


if __name__ == "__main__":
    asyncio.run(main(parse()))

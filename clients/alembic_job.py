"""What a migration job runs inside the release's own image: `python -c THIS '{"action": ...}'`.

It must run on whatever Python the image has, with the standard library alone. Its report is one JSON text,
printed in numbered lines, as a log keeps no order; the last carries their count and the text's SHA-256.
Everything that Alembic prints goes to standard error, for people.
"""

import hashlib
import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

LINE = 8000  # characters of the report to a line; log entries end at 256 KB
HISTORY = re.compile(
    r"^(?P<downs>[\w<>][\w<>, ]*?) -> (?P<revision>\w+)(?P<marks>(?: \([\w ,]+\))*), ?(?P<message>.*)$"
)
LOCKED = ("LockNotAvailable", "canceling statement due to lock timeout", "55P03")


def run(command):
    # type: (list) -> tuple
    """Exit code, standard output, and both outputs together."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    out, err = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
    sys.stderr.write("$ " + " ".join(command) + "\n" + err)
    sys.stderr.flush()
    return done.returncode, out, err + out


def last_line(text):
    # type: (str) -> str
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no output"


def history(command):
    # type: (list) -> tuple
    """Every revision, oldest first, as (revision, its down revisions, message); and what went wrong."""
    code, out, both = run([*command, "history"])
    if code:
        return [], last_line(both)
    found = []
    for line in out.splitlines():
        match = HISTORY.match(line)
        if match:
            downs = [one.strip() for one in match.group("downs").split(",") if one.strip() != "<base>"]
            found.append((match.group("revision"), downs, match.group("message").strip()))
    return found[::-1], ""


def render(command, verb, start, end):
    # type: (list, str, str, str) -> tuple
    """The SQL from one revision to another, or why there is none."""
    code, out, both = run([*command, verb, start + ":" + end, "--sql"])
    return (None, last_line(both)) if code else (out, "")


def plan(command, current):
    # type: (list, str) -> dict
    """The way from the current revision to the head, step by step, with the SQL of each and its undoing."""
    known, failure = history(command)
    if failure:
        return {"failure": failure}
    downs = {down for _, parents, _ in known for down in parents}
    heads = [revision for revision, _, _ in known if revision not in downs]
    report = {
        "heads": heads,
        "knows_current": not current or current in {revision for revision, _, _ in known},
    }
    if len(heads) != 1 or not report["knows_current"]:
        return report
    steps = way(known, current, heads[0])
    with ThreadPoolExecutor(4) as pool:
        ups = [
            pool.submit(render, command, "upgrade", one["down"] or "base", one["revision"]) for one in steps
        ]
        backs = [
            pool.submit(render, command, "downgrade", one["revision"], one["down"] or "base") for one in steps
        ]
        for one, up, back in zip(steps, ups, backs):
            one["sql"], one["why_not"] = up.result()
            one["undo_sql"], _ = back.result()
    report["steps"] = steps
    return report


def way(known, current, head):
    # type: (list, str, str) -> list
    """The revisions after the current one. Where they branch and join, all of them are one step."""
    parents = {revision: downs for revision, downs, _ in known}
    messages = {revision: message for revision, _, message in known}
    steps, at = [], head
    while at and at != current:
        downs = parents[at]
        if len(downs) > 1:
            return [{"revision": head, "down": current, "message": messages[head]}]
        steps.append({"revision": at, "down": downs[0] if downs else "", "message": messages[at]})
        at = downs[0] if downs else ""
    return steps[::-1]


def change(command, verb, to, then):
    # type: (list, str, str, list) -> dict
    """Upgrade or downgrade, then what follows; how it ended, and whether a lock was in the way."""
    code, _, both = run([*command, verb, to or "base"])
    if code == 0 and then:
        code, _, both = run(then)
    return {
        "exit": code,
        "output": both[-4000:],
        "locked": code != 0 and any(sign in both for sign in LOCKED),
    }


def tell(report):
    # type: (dict) -> None
    text = json.dumps(report)
    lines = [text[start : start + LINE] for start in range(0, len(text), LINE)]
    for number, line in enumerate(lines, 1):
        print("muster %d/%d %s" % (number, len(lines), line))  # noqa: T201 - for any Python 3
    digest = hashlib.sha256(text.encode()).hexdigest()
    print("muster end %d %s" % (len(lines), digest), flush=True)  # noqa: T201


def main(argument):
    # type: (str) -> None
    asked = json.loads(argument)
    if asked["action"] == "plan":
        tell(plan(asked["command"], asked["current"]))
    else:
        tell(change(asked["command"], asked["action"], asked["to"], asked.get("then", [])))


if __name__ == "__main__":
    main(sys.argv[1])

"""The checks of a restored search: does every shard answer, and is in it what was noted?"""

from clients.drill_part import SampleSearch
from clients.indices import count_documents, list_indices, read_own_definitions
from clients.search import search_of
from clients.searches import read_primaries, refresh, search, search_all
from domain import wording
from domain.document_counts import implausible
from domain.finding import Finding, found
from domain.index_patterns import excludes
from domain.search_drift import drift
from tasks.drill_ground import Ground
from tasks.set_files import read_set_json
from tasks.snapshots import DOCUMENTS

FILE = "configuration/search.json"


def shards(ground: Ground) -> Finding:
    """Every primary shard has a node, and answers a search: a restore that lost shards answers 200
    (https://github.com/elastic/elasticsearch/issues/157608)."""
    env = ground.target.env
    if not _present(ground):
        return Finding(False, "there is no index at all")
    primaries = read_primaries(env)
    faults = [
        f"{name}: {each.number - each.active} of {wording.counted(each.number, 'shard')} have no node"
        for name, each in sorted(primaries.items())
        if each.active < each.number
    ]
    if faults:
        return found(faults, "")  # a search would only be waited for
    asked = search_all(env)
    if asked.failed or asked.timed_out:
        why = f" ({', '.join(asked.failures)})" if asked.failures else ""
        faults.append(f"{asked.failed} of {wording.counted(asked.shards, 'shard')} do not answer{why}")
    if not asked.shards:
        faults.append("no shard was asked")
    return found(
        faults, f"{wording.counted(asked.shards, 'shard')} of {', '.join(sorted(primaries))}, none failed"
    )


def indices(ground: Ground) -> Finding:
    """Just the indices that were noted, none missing and none besides."""
    noted, present = set(_noted(ground)), set(_present(ground))
    faults = [f"{name} is missing" for name in sorted(noted - present)]
    faults += [f"{name} is there, and the set has none" for name in sorted(present - noted)]
    return found(faults, f"{', '.join(sorted(noted))}: all there, and no other")


def documents(ground: Ground) -> Finding:
    """Each index has about as many documents as were noted, and none that had some is empty."""
    env = ground.target.env
    refresh(env)
    noted = {
        name.removeprefix(DOCUMENTS): int(count)
        for name, count in ground.manifest.facts.items()
        if name.startswith(DOCUMENTS)
    }
    counts = count_documents(env)
    faults = implausible(noted, counts, later=ground.point is not None)
    told = ", ".join(f"{name} {counts[name]:,} ({noted[name]:,} noted)" for name in noted if name in counts)
    return found(faults, told or "no index had its documents noted")


def definitions(ground: Ground) -> Finding:
    """Mappings, settings, aliases, templates and pipelines as the set notes them."""
    noted = read_set_json(ground.target.source, ground.manifest, FILE)
    names = _noted(ground)
    faults = drift(noted, read_own_definitions(ground.target.env), names)
    return found(faults, f"of {wording.listed(names)}: as noted")


def sample(ground: Ground, each: SampleSearch) -> Finding:
    """A search of the environment's file finds what it has to find, and no shard of it fails."""
    refresh(ground.target.env)
    answer = search(ground.target.env, each.index, each.query)
    if answer.failed or answer.timed_out:
        return Finding(False, f"{answer.failed} of {wording.counted(answer.shards, 'shard')} do not answer")
    hits = wording.counted(answer.found, "hit")
    return Finding(answer.found >= each.at_least, f"{hits}, at least {each.at_least} wanted")


def _noted(ground: Ground) -> list[str]:
    return [name for name in str(ground.manifest.facts.get("search.indices", "")).split(",") if name]


def _present(ground: Ground) -> list[str]:
    """The indices that the environment's patterns match in the target's cluster."""
    env = ground.target.env
    patterns = search_of(env).indices
    return list_indices(env, ",".join(patterns)) if any(not excludes(each) for each in patterns) else []

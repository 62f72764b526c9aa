"""The faults that only drills meet. What they leave is removed by reap, as ever; the rerun meets none."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

import httpx

from clients.catalogue import read_catalogue
from tests.faults.drills.scene import DrillScene
from tests.faults.kinds import FOR_EVER, Kind, in_the_step
from tests.faults.scene import Scene
from tests.isolation import FULL

REMOVALS = "/(instances|services|jobs|secrets)/drill-[0-9]|/{env}-notes|/_snapshot/{env}([?]|$)"
TOO_LONG = "15s"  # drill.longest where what is waited for never comes
UNALLOCATED = {"cluster.routing.allocation.enable": "none"}
NEVER = 45  # seconds: longer than that, and the operation that is waited for is removed, too


def teardown_refused(status: int) -> Callable[[Scene], None]:
    """Nothing that a drill made can be removed, until its process has ended."""

    def refuse(scene: Scene) -> None:
        path = REMOVALS.replace("{env}", scene.place.name)
        fault = scene.faults.arm("refuse", method="DELETE", path=path, times=FOR_EVER, status=status)
        scene.ended(scene.start())
        scene.met = scene.faults.met(fault) > 0
        scene.faults.remove(fault)

    return refuse


def target_never_comes(scene: Scene) -> None:
    """The restore goes on for longer than a drill may take."""
    drill = _drill(scene)
    with _written(drill, longest=TOO_LONG), _paced(drill, "RESTORE_VOLUME", "CREATE"):
        scene.ended(scene.start())
    _expect(drill, "longer than")


def never_green(scene: Scene) -> None:
    """The isolated cluster gives no shard a node: the restore was answered 200, and comes to nothing."""
    drill = _drill(scene)
    with _set_in_cluster(drill, UNALLOCATED):
        scene.ended(scene.start())
    _expect(drill, "no allocations are allowed")


def disk_full(scene: Scene) -> None:
    """The isolated cluster has no room for a shard more, as Elasticsearch itself finds: what is free is below
    its watermark. A restore into it is answered 200."""
    drill = _drill(scene)
    with _set_in_cluster(drill, FULL):
        scene.ended(scene.start())
    _expect(drill, "watermark")


def shards_fail(scene: Scene) -> None:
    """The restore is answered 200, and its shards cannot be read. Mended, the set is verified, as the runbook
    says: it counts again then."""
    drill = _drill(scene)
    (snapshot,) = drill.place.snapshots()
    wanted = {"snapshot": snapshot, "damage": "truncation"}
    drill.place.ground.http.post("/faults", json=wanted).raise_for_status()
    scene.ended(scene.start())
    drill.place.ground.http.delete(f"/faults/{snapshot}").raise_for_status()
    _expect(drill, "restore of the search")
    (known,) = read_catalogue(drill.place.env).sets
    scene.ended(scene.muster(["verify", drill.place.name, known.id]))


def does_not_boot(scene: Scene) -> None:
    """The release starts in production, and not on what was restored, nor does its reindex job."""
    drill = _drill(scene)
    with _written(drill, service={"env": {"CRASH": "yes"}}):
        scene.ended(scene.start())
    _expect(drill, "did not start" if drill.drawn == "database" else "this release cannot start here")


def target_lost(scene: Scene) -> None:
    """The disk of what was restored is lost before the application is started on it."""
    found = in_the_step(scene)
    if found:
        command, fault = found
        http, project = scene.place.ground.http, scene.place.env.project
        listed = http.get(f"/v1/projects/{project}/instances").raise_for_status().json()["items"]
        (lost,) = [one["name"] for one in listed if one["name"].startswith("drill-")]
        http.post("/faults", json={"instance": lost, "loss": "disk"}).raise_for_status()
        scene.faults.remove(fault)
        scene.ended(command)
        http.delete(f"/faults/{lost}")


TEARDOWN = (
    Kind("teardown answered 503", "what the drill made cannot be removed", teardown_refused(503)),
    Kind("teardown answered 403", "what the drill made may not be removed", teardown_refused(403)),
)
NEVER_COMES = Kind("target never comes", "its restore takes longer than drill.longest", target_never_comes)
NEVER_GREEN = Kind("index never green", "no shard is given a node in the isolated cluster", never_green)
DISK_FULL = Kind("disk full", "the isolated cluster has no room for a shard more", disk_full)
SHARDS_FAIL = Kind("shards fail", "the restore is answered 200, and its shards cannot be read", shards_fail)
DOES_NOT_BOOT = Kind("does not boot", "the release does not start on what was restored", does_not_boot)
TARGET_LOST = Kind("target lost", "the disk of the restored instance is lost in mid-drill", target_lost)


def _drill(scene: Scene) -> DrillScene:
    assert isinstance(scene, DrillScene)
    return scene


def _expect(scene: DrillScene, words: str) -> None:
    """It ended as failed, and said that."""
    ended = scene.commands[-1]
    if ended.code != 1 or words not in ended.said:
        scene.violations.append(
            f"muster drill ended with {ended.code}, and did not say {words!r}: {ended.said[-400:]}"
        )


@contextmanager
def _written(scene: DrillScene, **drill: object) -> Iterator[None]:
    """Inside, the environment's file says that of drills."""
    scene.place.rewrite(drill=drill)
    yield
    scene.place.rewrite()


@contextmanager
def _paced(scene: DrillScene, *operations: str) -> Iterator[None]:
    """Inside, such operations of Cloud SQL take that long."""
    http = scene.place.ground.http
    for operation in operations:
        http.post("/faults", json={"operation": operation, "seconds": NEVER}).raise_for_status()
    try:
        yield
    finally:
        for operation in operations:
            http.delete(f"/faults/{operation}").raise_for_status()


@contextmanager
def _set_in_cluster(scene: DrillScene, settings: Mapping[str, str]) -> Iterator[None]:
    """Inside, the isolated cluster has these settings."""
    with httpx.Client(base_url=scene.place.ground.isolated(), timeout=30) as cluster:

        def put(changes: Mapping[str, str | None]) -> None:
            cluster.put("/_cluster/settings", json={"persistent": changes}).raise_for_status()

        put(settings)
        try:
            yield
        finally:
            with suppress(httpx.HTTPError):
                put(dict.fromkeys(settings))

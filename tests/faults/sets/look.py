"""Looking at a place where sets are taken: the catalogue, what carries a set's name, what was written."""

from collections.abc import Iterator

from clients.catalogue import Listed, read_manifest
from domain.manifest import disagreements, manifest_from_text
from domain.refusal import Refused
from tests.faults.ground import TOKEN
from tests.faults.sets.place import SetPlace
from tests.faults.sets.scene import SetScene
from tests.faults.sets.seen import Found
from tests.faults.slack import threads


def found(scene: SetScene) -> Found:
    """What there is now."""
    place, catalogue = scene.place, scene.catalogue()
    wrong = [f"the catalogue has an entry that cannot be read: {each}" for each in catalogue.unread]
    for listed in catalogue.listed:
        if listed.set.manifest_sha256:
            wrong += _wrong(place, listed)
    return Found(
        sets=tuple(catalogue.sets),
        wrong=tuple(wrong),
        backups=place.backups(),
        snapshots=place.snapshots(),
        objects=tuple(place.versions()),
    )


def secrets(place: SetPlace) -> dict[str, str]:
    """What must not be read anywhere."""
    ground = place.ground
    words = {"a variable's secret": ground.planted, "Slack's token": ground.read_secret(TOKEN)}
    if place.word:
        words["the search's password"] = place.word
    passwords = place.server.passwords if place.server else {}
    return words | {f"the password of {user}": word for user, word in passwords.items()}


def texts(scene: SetScene) -> dict[str, str]:
    """Everything that was written, by where it is."""
    place = scene.place
    written = {f"what {one.runbook} said": one.said for one in scene.commands}
    for bucket in place.buckets:
        for name, text in place.objects(bucket).items():
            written[f"gs://{bucket}/{name}"] = text
    written["what is said of sets"] = "\n".join(map(str, scene.catalogue().listed))
    written["Slack"] = "\n".join(thread.everything for thread in threads(place))
    return written


def _wrong(place: SetPlace, listed: Listed) -> Iterator[str]:
    try:
        manifest = manifest_from_text(read_manifest(place.env, listed.set.id), listed.reference)
    except Refused as refusal:
        yield str(refusal)
        return
    for sentence in disagreements(manifest, listed.set):
        yield f"{listed.set.id}: in its summary {sentence}"

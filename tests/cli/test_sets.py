"""`muster verify` and `muster copy`: how they end, and what they say."""

from clients.objects import delete_object
from tests.cli.conftest import Environments, command
from tests.environments import SECOND_VAULT
from tests.recovery import make_set


def test_a_set_is_checked_and_copied(environment: Environments) -> None:
    env = environment("c-sets", second_vault=SECOND_VAULT)
    manifest = make_set(env)
    verified = command("verify", env.name)
    assert verified.code == 0, verified.said
    assert f"checked, and all right: {manifest.id}" in verified.said
    copied = command("copy", env.name, manifest.id)
    assert copied.code == 0, copied.said
    assert f"copied to europe-west1: {manifest.id}" in copied.said
    again = command("copy", env.name)
    assert again.code == 0
    assert "no set owes a copy" in again.said


def test_what_is_wrong_or_owed_is_a_failure(environment: Environments) -> None:
    env = environment("c-wrong-sets", second_vault=SECOND_VAULT)
    manifest = make_set(env)
    gone = next(iter(manifest.digests))
    delete_object(env, env.vault, gone.removeprefix(f"gs://{env.vault}/"))
    owed = command("copy", env.name)
    assert owed.code == 1
    assert f"failed: 1 set still to be copied to europe-west1: {manifest.id}: {gone}: it is gone" in owed.said
    wrong = command("verify", env.name)
    assert wrong.code == 1
    assert f"failed: {manifest.id}: {gone}: it is gone" in wrong.said


def test_bad_input_is_refused(environment: Environments) -> None:
    env = environment("c-no-sets")
    for arguments, says in (
        (("verify", env.name, "none"), "muster sets c-no-sets lists them"),
        (("copy", env.name), "name it as second_vault"),
    ):
        refused = command(*arguments)
        assert refused.code == 2
        assert says in refused.said

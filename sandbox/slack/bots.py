"""Who posts: the app that a token belongs to."""

import hashlib
from dataclasses import dataclass

from sandbox.kernel.errors import SlackError
from sandbox.kernel.state import Document

TEAM = "T0SANDBOX"


def identity(letter: str, name: str) -> str:
    """An id as Slack writes them, the same whenever the name is the same."""
    return letter + hashlib.sha256(name.encode()).hexdigest()[:10].upper()


@dataclass(frozen=True)
class Bot:
    """A bot user. Its name is the token's first word: `xoxb-muster-1` is Muster's."""

    name: str

    @classmethod
    def of(cls, token: str) -> "Bot":
        """SlackError without a token, or with one that is no bot's."""
        if not token:
            raise SlackError("not_authed")
        kind, _, rest = token.partition("-")
        if kind != "xoxb" or not rest:
            raise SlackError("invalid_auth")
        word = rest.partition("-")[0]
        return cls(word.capitalize() if word.isalpha() else "Bot")

    @property
    def user(self) -> str:
        return identity("U", self.name)

    def about(self, url: str) -> Document:
        """What auth.test says."""
        return {
            "url": url,
            "team": "Sandbox",
            "user": self.name.lower(),
            "team_id": TEAM,
            "user_id": self.user,
            "bot_id": identity("B", self.name),
            "is_enterprise_install": False,
        }

    def signature(self) -> Document:
        """What each message carries of its author."""
        bot = identity("B", self.name)
        return {
            "user": self.user,
            "bot_id": bot,
            "team": TEAM,
            "bot_profile": {"id": bot, "name": self.name, "team_id": TEAM, "deleted": False},
        }

"""Create notes."""

from alembic import op

revision = "0001_notes"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, words text)")


def downgrade() -> None:
    op.execute("DROP TABLE notes")

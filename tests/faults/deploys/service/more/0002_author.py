"""Demand an author of every note to come: it locks nothing for long, and breaks the baseline's writes."""

from alembic import op

revision = "0002_author"
down_revision = "0001_notes"


def upgrade() -> None:
    op.execute("ALTER TABLE notes ADD COLUMN author text")
    op.execute("ALTER TABLE notes ADD CONSTRAINT an_author CHECK (author IS NOT NULL) NOT VALID")


def downgrade() -> None:
    op.execute("ALTER TABLE notes DROP COLUMN author")

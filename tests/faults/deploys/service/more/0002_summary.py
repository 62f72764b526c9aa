"""Add a column that the baseline does not know and does not need."""

from alembic import op

revision = "0002_summary"
down_revision = "0001_notes"


def upgrade() -> None:
    op.execute("ALTER TABLE notes ADD COLUMN summary text")


def downgrade() -> None:
    op.execute("ALTER TABLE notes DROP COLUMN summary")

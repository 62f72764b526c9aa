"""Add the summary of a document; those written before have none."""

import sqlalchemy as sa
from alembic import op

revision = "0004_add_summary"
down_revision = "0003_index_created_at"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("documents", sa.Column("summary", sa.Text, nullable=True))


def downgrade() -> None:
    op.drop_column("documents", "summary")

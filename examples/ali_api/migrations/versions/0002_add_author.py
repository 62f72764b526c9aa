"""Add the author of a document, if one is known."""

import sqlalchemy as sa
from alembic import op

revision = "0002_add_author"
down_revision = "0001_create_documents"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("documents", sa.Column("author", sa.Text, nullable=True))


def downgrade() -> None:
    op.drop_column("documents", "author")

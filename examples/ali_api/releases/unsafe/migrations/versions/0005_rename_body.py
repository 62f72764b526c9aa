"""Call the body what it is, the content."""

from alembic import op

revision = "0005_rename_body"
down_revision = "0004_add_summary"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("documents", "body", new_column_name="content")


def downgrade() -> None:
    op.alter_column("documents", "content", new_column_name="body")

"""Require an author of every document to come; those of before are left as they are."""

from alembic import op

revision = "0005_require_author"
down_revision = "0004_add_summary"
branch_labels = None
depends_on = None

CHECK = "documents_have_an_author"


def upgrade() -> None:
    op.create_check_constraint(CHECK, "documents", "author IS NOT NULL", postgresql_not_valid=True)


def downgrade() -> None:
    op.drop_constraint(CHECK, "documents", type_="check")

"""Index documents by age, for the list of the newest.

Concurrently, as writes go on meanwhile. That cannot be part of a transaction, and when it is interrupted
it leaves an invalid index behind, which is why the index is dropped first.
"""

from alembic import op

revision = "0003_index_created_at"
down_revision = "0002_add_author"
branch_labels = None
depends_on = None

INDEX = "documents_created_at"


def drop() -> None:
    op.drop_index(INDEX, "documents", postgresql_concurrently=True, if_exists=True)


def upgrade() -> None:
    with op.get_context().autocommit_block():
        drop()
        op.create_index(INDEX, "documents", ["created_at"], postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        drop()

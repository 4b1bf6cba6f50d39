"""The first tables."""

from alembic import op

from streams.store.tables import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create everything as it stands before the first release; later revisions spell their changes out."""
    metadata.create_all(op.get_bind())

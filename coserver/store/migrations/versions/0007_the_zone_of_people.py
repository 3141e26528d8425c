"""The zone in which people read and type times."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Go from 0006 to 0007."""
    op.add_column("preference", sa.Column("zone", sa.Text(), server_default="", nullable=False))

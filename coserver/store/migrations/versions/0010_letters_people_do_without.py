"""Letters that people do not want."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Go from 0009 to 0010."""
    op.add_column("preference", sa.Column("unwanted", sa.Text(), server_default="", nullable=False))

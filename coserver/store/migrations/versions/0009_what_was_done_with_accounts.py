"""An index of what was done with accounts, for the organisations that run them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_KINDS = (
    "account made", "came under an organisation", "login changed", "transfer asked for", "transfer withdrawn",
    "transfer declined", "suspended", "resumed", "lapsed", "closed", "restored", "plan changed", "password changed",
    "address given", "address removed", "address left behind",
)  # fmt: skip


def upgrade() -> None:
    """Go from 0008 to 0009."""
    kinds = ", ".join(f"'{each}'" for each in _KINDS)
    which = sa.text(f"kind IN ({kinds})")
    op.create_index("ix_act_of_accounts", "act", ["space_id", "at"], sqlite_where=which, postgresql_where=which)

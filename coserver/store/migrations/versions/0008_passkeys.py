"""Keys in the devices of people, that open the portal."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go from 0007 to 0008."""
    op.create_table(
        "passkey",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("account_id", _NUMBER, nullable=False),
        *(sa.Column(name, sa.LargeBinary(), nullable=False) for name in ("device_id", "public")),
        sa.Column("uses", _NUMBER, server_default="0", nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("label", "site")),
        sa.Column("created", _NUMBER, nullable=False),
        *(sa.Column(name, _NUMBER, server_default="0", nullable=False) for name in ("used", "taken")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_passkey_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("device_id", name=op.f("uq_passkey_device_id")),
    )
    op.create_index(op.f("ix_passkey_account_id"), "passkey", ["account_id"])

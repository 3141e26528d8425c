"""Logins of browsers, second factors, and what people set for themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go from 0003 to 0004."""
    op.create_table(
        "cookie",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("account_id", _NUMBER, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        *(sa.Column(name, _NUMBER, nullable=False) for name in ("created", "seen")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("peer", "browser")),
        sa.Column("half", _NUMBER, server_default="0", nullable=False),
        _of_account("cookie"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cookie")),
        sa.UniqueConstraint("hash", name=op.f("uq_cookie_hash")),
    )
    op.create_index(op.f("ix_cookie_account_id"), "cookie", ["account_id"])
    op.create_table(
        "preference",
        sa.Column("account_id", _NUMBER, nullable=False),
        sa.Column("idle_minutes", _NUMBER, nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        _of_account("preference"),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_preference")),
    )
    op.create_table(
        "second_factor",
        sa.Column("account_id", _NUMBER, nullable=False),
        sa.Column("secret", sa.LargeBinary(20), nullable=False),
        sa.Column("since", _NUMBER, nullable=False),
        *(sa.Column(name, _NUMBER, server_default="0", nullable=False) for name in ("step", "wrong", "wrong_at")),
        _of_account("second_factor"),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("account_id", _NUMBER, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        _of_account("recovery_code"),
        sa.PrimaryKeyConstraint("account_id", "hash", name=op.f("pk_recovery_code")),
    )


def _of_account(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_account_id")
    return sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=name, ondelete="CASCADE")

"""Organisations with domains of their own, and the addresses of groups."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go from 0002 to 0003."""
    _organisation()
    _domain_claim()
    _transfer()
    _managed()
    _domains_and_addresses()
    op.add_column("grouping", sa.Column("posting", sa.Text(), server_default="members", nullable=False))
    op.add_column("grouping", sa.Column("held_told", _NUMBER, server_default="0", nullable=False))
    _copying()
    op.add_column("member", sa.Column("copies", _NUMBER, server_default="1", nullable=False))
    op.add_column("collection", sa.Column("author_id", _NUMBER))
    op.add_column("gone", sa.Column("privacy", _NUMBER, server_default="0", nullable=False))
    op.add_column("gone", sa.Column("author_id", _NUMBER))
    op.add_column("gone", sa.Column("busy", _NUMBER, server_default="1", nullable=False))
    _mount()
    for name in ("over_bytes", "over_items"):
        op.add_column("usage", sa.Column(name, _NUMBER, server_default="0", nullable=False))
    op.execute("UPDATE usage SET over_bytes = bytes, over_items = items WHERE over_since <> 0")


def _organisation() -> None:
    op.create_table(
        "organisation",
        *_numbers("id", "owner_id", "created"),
        *_texts("name"),
        _goes_with("organisation", "id", "principal.id"),
        _goes_with("organisation", "owner_id", "account.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("name", name=op.f("uq_organisation_name")),
    )
    op.create_index(op.f("ix_organisation_owner_id"), "organisation", ["owner_id"])


def _domain_claim() -> None:
    op.create_table(
        "domain_claim",
        *_numbers("organisation_id", "created", "asked"),
        *_texts("name", "proof"),
        _goes_with("domain_claim", "organisation_id", "organisation.id"),
        sa.PrimaryKeyConstraint("organisation_id", "name", name=op.f("pk_domain_claim")),
    )


def _transfer() -> None:
    op.create_table(
        "transfer",
        *_numbers("account_id", "organisation_id", "created", "expires"),
        *_texts("kind", "side"),
        *(sa.Column(name, sa.Text(), server_default="", nullable=False) for name in ("login", "answer")),
        sa.Column("token", sa.LargeBinary(32), nullable=False),
        _goes_with("transfer", "account_id", "account.id"),
        _goes_with("transfer", "organisation_id", "organisation.id"),
        sa.PrimaryKeyConstraint("account_id", "organisation_id", name=op.f("pk_transfer")),
        sa.UniqueConstraint("token", name=op.f("uq_transfer_token")),
    )
    op.create_index(op.f("ix_transfer_organisation_id"), "transfer", ["organisation_id"])


def _managed() -> None:
    op.create_table(
        "managed",
        *_numbers("account_id", "organisation_id", "since"),
        sa.Column("held", _NUMBER, server_default="0", nullable=False),
        _goes_with("managed", "account_id", "account.id"),
        _goes_with("managed", "organisation_id", "organisation.id"),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_managed")),
    )
    op.create_index(op.f("ix_managed_organisation_id"), "managed", ["organisation_id"])


def _domains_and_addresses() -> None:
    op.add_column("domain", sa.Column("organisation_id", _NUMBER))
    op.add_column("domain", sa.Column("removed", _NUMBER, server_default="0", nullable=False))
    for name in ("dkim_selector", "dkim_key", "next_selector", "next_key"):
        op.add_column("domain", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.create_index(op.f("ix_domain_organisation_id"), "domain", ["organisation_id"])
    op.add_column("address", sa.Column("until", _NUMBER, server_default="0", nullable=False))


def _copying() -> None:
    op.create_table(
        "copying",
        *_numbers("id", "space_id", "blob_id"),
        sa.Column("after", _NUMBER, server_default="0", nullable=False),
        sa.Column("without", sa.Text(), server_default="", nullable=False),
        *_numbers("created"),
        sa.ForeignKeyConstraint(["blob_id"], ["blob.id"], name=op.f("fk_copying_blob_id")),
        _goes_with("copying", "space_id", "space.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copying")),
    )
    op.create_index(op.f("ix_copying_space_id"), "copying", ["space_id"])


def _mount() -> None:
    op.create_table(
        "mount",
        *_numbers("id", "account_id"),
        sa.Column("collection_id", _NUMBER),
        sa.Column("item_id", _NUMBER),
        *_texts("name"),
        *_numbers("number"),
        *(_goes_with("mount", f"{name}_id", f"{name}.id") for name in ("account", "collection", "item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mount")),
        sa.UniqueConstraint("collection_id", "account_id", name=op.f("uq_mount_collection_id_account_id")),
        sa.UniqueConstraint("item_id", "account_id", name=op.f("uq_mount_item_id_account_id")),
    )
    op.create_index(op.f("ix_mount_account_id"), "mount", ["account_id"])


def _numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, _NUMBER, nullable=False) for name in names]


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _goes_with(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE")

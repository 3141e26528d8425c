"""Shares, private items, what is shown elsewhere, and the life of groups."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go from 0001 to 0002."""
    _add("item", "privacy")
    op.create_index(
        "ix_item_private",
        "item",
        ["collection_id"],
        sqlite_where=sa.text("privacy != 0"),
        postgresql_where=sa.text("privacy != 0"),
    )
    _shown()
    _act()
    _add("account", "hides_private")
    _add("member", "role", "member")
    _add("grouping", "state", "active")
    _add("grouping", "state_since")
    _add("grouping", "kept")
    _add("grouping", "ends")
    _invitation()
    _proposal()
    _share()
    _lives_of_accounts()
    _mail_of_others()
    _plans_and_room()
    _deposit()
    _members_and_one_another()
    _calendars_of_others()


def _act() -> None:
    numbers = {"at": False, "actor_id": True, "whom_id": True}
    texts = {"kind": None, "way": None, "actor": "", "tool": "", "what": "", "detail": "", "peer": ""}
    op.create_table(
        "act",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("space_id", _NUMBER, nullable=False),
        *(sa.Column(name, _NUMBER, nullable=null) for name, null in numbers.items()),
        *(sa.Column(name, sa.Text(), server_default=default, nullable=False) for name, default in texts.items()),
        sa.Column("count", _NUMBER, server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_act_space_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_act")),
    )
    op.create_index(op.f("ix_act_space_id_id"), "act", ["space_id", "id"])
    op.create_index(op.f("ix_act_actor_id"), "act", ["actor_id"])
    op.create_index(
        "ix_act_whom",
        "act",
        ["whom_id"],
        sqlite_where=sa.text("whom_id IS NOT NULL"),
        postgresql_where=sa.text("whom_id IS NOT NULL"),
    )


def _add(table: str, column: str, default: str = "0") -> None:
    kind = _NUMBER if default.isdecimal() else sa.Text()
    op.add_column(table, sa.Column(column, kind, server_default=default, nullable=False))


def _shown() -> None:
    op.create_table(
        "shown",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("collection_id", _NUMBER, nullable=False),
        sa.Column("item_id", _NUMBER, nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("uid", _NUMBER),
        sa.Column("modseq", _NUMBER, nullable=False),
        sa.Column("flags", _NUMBER, server_default="0", nullable=False),
        sa.Column("keywords", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("(name IS NULL) <> (uid IS NULL)", name=op.f("ck_shown_name_or_uid")),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collection.id"], name=op.f("fk_shown_collection_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_shown_item_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shown")),
        sa.UniqueConstraint("collection_id", "item_id", name=op.f("uq_shown_collection_id_item_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_shown_item_id"), "shown", ["item_id"])
    op.create_index(op.f("ix_shown_collection_id_modseq"), "shown", ["collection_id", "modseq"])


def _invitation() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("group_id", _NUMBER, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("token", sa.LargeBinary(32), nullable=False),
        sa.Column("invited_by", _NUMBER),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("expires", _NUMBER, nullable=False),
        sa.Column("sent", _NUMBER, nullable=False),
        sa.Column("letters", _NUMBER, nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["grouping.id"], name=op.f("fk_invitation_group_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token", name=op.f("uq_invitation_token")),
        sa.UniqueConstraint("group_id", "address", name=op.f("uq_invitation_group_id_address")),
    )


def _proposal() -> None:
    op.create_table(
        "proposal",
        sa.Column("group_id", _NUMBER, nullable=False),
        sa.Column("account_id", _NUMBER, nullable=False),
        sa.Column("made_by", _NUMBER),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("expires", _NUMBER, nullable=False),
        sa.Column("declined", _NUMBER, server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["grouping.id"], name=op.f("fk_proposal_group_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_proposal_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("group_id", "account_id", name=op.f("pk_proposal")),
    )
    op.create_index(op.f("ix_proposal_account_id"), "proposal", ["account_id"])


def _share() -> None:
    references = {
        "collection_id": "collection.id",
        "item_id": "item.id",
        "owner_id": "principal.id",
        "group_id": "grouping.id",
        "principal_id": "principal.id",
    }
    op.create_table(
        "share",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        *(sa.Column(name, _NUMBER, nullable=name in ("collection_id", "item_id")) for name in references),
        sa.Column("preset", sa.Text(), nullable=False),
        sa.Column("created_by", _NUMBER),
        sa.Column("created", _NUMBER, nullable=False),
        sa.CheckConstraint("(collection_id IS NULL) <> (item_id IS NULL)", name=op.f("ck_share_one_resource")),
        *(
            sa.ForeignKeyConstraint([name], [target], name=op.f(f"fk_share_{name}"), ondelete="CASCADE")
            for name, target in references.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share")),
        sa.UniqueConstraint(
            "collection_id", "group_id", "principal_id", name=op.f("uq_share_collection_id_group_id_principal_id")
        ),
        sa.UniqueConstraint("item_id", "group_id", "principal_id", name=op.f("uq_share_item_id_group_id_principal_id")),
    )
    for name in ("principal_id", "owner_id", "group_id"):
        op.create_index(op.f(f"ix_share_{name}"), "share", [name])


def _lives_of_accounts() -> None:
    _add("account", "since")
    _add("account", "state_before", "")
    _add("account", "external", "")
    op.create_table(
        "token",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("account_id", _NUMBER, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("expires", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_token_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("hash", name=op.f("uq_token_hash")),
    )
    op.create_index(op.f("ix_token_account_id"), "token", ["account_id"])
    op.create_table(
        "disuse",
        sa.Column("account_id", _NUMBER, nullable=False),
        sa.Column("first", _NUMBER, nullable=False),
        sa.Column("days", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_disuse_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_disuse")),
    )
    op.create_table(
        "former_address",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("until", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_former_address")),
    )


def _mail_of_others() -> None:
    _add("subscribed", "wanted", "1")
    op.create_table(
        "seen_by",
        sa.Column("item_id", _NUMBER, nullable=False),
        sa.Column("account_id", _NUMBER, nullable=False),
        sa.Column("collection_id", _NUMBER, nullable=False),
        sa.Column("seen", _NUMBER, nullable=False),
        sa.Column("modseq", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_seen_by_item_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_seen_by_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("item_id", "account_id", name=op.f("pk_seen_by")),
    )
    op.create_index(
        op.f("ix_seen_by_account_id_collection_id_modseq_seen"),
        "seen_by",
        ["account_id", "collection_id", "modseq", "seen"],
    )


def _plans_and_room() -> None:
    _add("subscription", "overrides", "")
    _add("subscription", "next_plan", "")
    for column in ("over_since", "level", "told"):
        _add("usage", column)
    op.create_table(
        "reservation",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("space_id", _NUMBER, nullable=False),
        sa.Column("tool", sa.Text(), nullable=False),
        sa.Column("bytes", _NUMBER, nullable=False),
        sa.Column("expires", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_reservation_space_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservation")),
    )
    op.create_index(op.f("ix_reservation_space_id_tool"), "reservation", ["space_id", "tool"])


def _deposit() -> None:
    op.create_table(
        "deposit",
        sa.Column("item_id", _NUMBER, nullable=False),
        sa.Column("account_id", _NUMBER, nullable=False),
        *(sa.Column(name, _NUMBER, nullable=False) for name in ("owner_id", "shared", "collection_id")),
        sa.Column("kept", sa.Text(), nullable=False),
        sa.Column("blob_id", _NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        *(sa.Column(name, _NUMBER, nullable=False) for name in ("version", "dropped")),
        sa.Column("told", _NUMBER, server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_deposit_item_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_deposit_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_deposit")),
    )
    op.create_index(op.f("ix_deposit_account_id_owner_id"), "deposit", ["account_id", "owner_id"])
    op.create_index(
        "ix_deposit_untold",
        "deposit",
        ["owner_id"],
        sqlite_where=sa.text("told = 0"),
        postgresql_where=sa.text("told = 0"),
    )


def _members_and_one_another() -> None:
    op.add_column("member", sa.Column("address_id", _NUMBER))
    _add("object_index", "busy", "1")
    op.create_table(
        "profile",
        sa.Column("account_id", _NUMBER, nullable=False),
        *(sa.Column(name, sa.Text(), server_default="", nullable=False) for name in ("first", "last", "organisation")),
        sa.Column("media", sa.Text(), server_default="", nullable=False),
        sa.Column("version", _NUMBER, server_default="0", nullable=False),
        sa.Column("picture", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_profile_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_profile")),
    )
    op.create_table(
        "member_card",
        sa.Column("collection_id", _NUMBER, nullable=False),
        sa.Column("account_id", _NUMBER, nullable=False),
        sa.Column("face", sa.LargeBinary(32), nullable=False),
        *(sa.Column(name, _NUMBER, nullable=False) for name in ("modseq", "stamp")),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collection.id"], name=op.f("fk_member_card_collection_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("collection_id", "account_id", name=op.f("pk_member_card")),
    )
    op.create_table(
        "busy_feed",
        *(sa.Column(name, _NUMBER, nullable=False) for name in ("view_id", "calendar_id", "account_id")),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hides", _NUMBER, nullable=False),
        *(
            sa.ForeignKeyConstraint([name], ["collection.id"], name=op.f(f"fk_busy_feed_{name}"), ondelete="CASCADE")
            for name in ("view_id", "calendar_id")
        ),
        sa.PrimaryKeyConstraint("view_id", "calendar_id", name=op.f("pk_busy_feed")),
    )
    op.create_index(op.f("ix_busy_feed_calendar_id"), "busy_feed", ["calendar_id"])


def _calendars_of_others() -> None:
    _add("object_index", "form")
    op.create_index(op.f("ix_object_index_form"), "object_index", ["form"])
    op.create_table(
        "own_property",
        *(sa.Column(name, _NUMBER, nullable=False) for name in ("account_id", "collection_id")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "value")),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_own_property_{column}"), ondelete="CASCADE")
            for column, target in (("account_id", "account.id"), ("collection_id", "collection.id"))
        ),
        sa.PrimaryKeyConstraint("account_id", "collection_id", "name", name=op.f("pk_own_property")),
    )
    op.create_index(op.f("ix_own_property_collection_id"), "own_property", ["collection_id"])

"""What events and contacts are called and where they lie, beside what queries knew of them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go from 0005 to 0006; the texts come when objects are read again."""
    for name in ("collection_id", "days"):
        op.add_column("object_index", sa.Column(name, _NUMBER, server_default="0", nullable=False))
    for name in ("title", "detail", "status", "sort", "words"):
        op.add_column("object_index", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.execute("UPDATE object_index SET collection_id = (SELECT item.collection_id FROM item WHERE item.id = item_id)")
    for name in ("first", "ical_uid"):
        op.drop_index(op.f(f"ix_object_index_{name}"), "object_index")
    for names in (["ical_uid"], ["last", "first"], ["sort"]):
        columns = ["collection_id", *names]
        op.create_index(op.f(f"ix_object_index_{'_'.join(columns)}"), "object_index", columns)

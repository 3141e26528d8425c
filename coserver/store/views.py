"""What packages may read of each other's tables, so that one query does where two would be needed.

Invariants: for reading only; columns that are not named here are their owner's affair.
"""

from sqlalchemy import func, select

from coserver.store.schema.auth import account
from coserver.store.schema.groups import group
from coserver.store.schema.mail import domain
from coserver.store.schema.store import item, space

owned_space = (  # every space with its owner; its group's name and administrator, and whose plan counts there
    select(
        space.c.id,
        space.c.owner_id,
        group.c.name.label("group_name"),
        group.c.administrator_id,
        func.coalesce(group.c.administrator_id, space.c.owner_id).label("payer_id"),
    )
    .outerjoin(group, group.c.id == space.c.owner_id)
    .subquery("owned_space")
)
login_name = select(account.c.id, account.c.login).subquery("login_name")
standard_domain = select(domain.c.name).where(domain.c.standard == 1).subquery("standard_domain")
item_place = select(item.c.id, item.c.collection_id).subquery("item_place")

"""What packages may read of each other's tables, so that one query does where two would be needed.

Invariants: for reading only; columns that are not named here are their owner's affair.
"""

from sqlalchemy import and_, func, or_, select

from coserver.store.schema.auth import account, managed, profile
from coserver.store.schema.groups import group, member
from coserver.store.schema.mail import address, domain
from coserver.store.schema.store import collection, collection_property, item, shown, space

owned_space = (  # every space with its owner; its group's name and administrator, and whose plan counts there
    select(
        space.c.id,
        space.c.owner_id,
        group.c.name.label("group_name"),
        group.c.administrator_id,
        group.c.state.label("group_state"),
        account.c.login.label("owner_login"),
        account.c.hides_private,
        func.coalesce(group.c.administrator_id, space.c.owner_id).label("payer_id"),
    )
    .outerjoin(group, group.c.id == space.c.owner_id)
    .outerjoin(account, account.c.id == space.c.owner_id)
    .subquery("owned_space")
)
_mine, _other = group.alias("mine").c, group.alias("other").c
groups_ahead = (  # for a row of `owned_space`: how many groups of the same administrator stay writable before it (S1)
    select(func.count())
    .where(_mine.id == owned_space.c.owner_id, _other.administrator_id == _mine.administrator_id)
    .where(_other.state != "deleted")
    .where(or_(_other.kept > _mine.kept, and_(_other.kept == _mine.kept, _other.id < _mine.id)))
    .correlate(owned_space)
    .scalar_subquery()
)
login_name = select(account.c.id, account.c.login, account.c.display_name, account.c.state).subquery("login_name")
standard_domain = select(domain.c.name).where(domain.c.standard == 1).subquery("standard_domain")
managed_space = (  # the spaces of the accounts that an organisation runs
    select(space.c.id, account.c.login, managed.c.organisation_id)
    .join(account, account.c.id == space.c.owner_id)
    .join(managed, managed.c.account_id == account.c.id)
    .subquery("managed_space")
)
_item, _collection = item.c, collection.c
item_place = select(
    _item.id, _item.collection_id, _item.name, _item.uid, _item.privacy, _item.author_id, _item.blob_id
).subquery("item_place")  # fmt: skip
collection_place = select(
    _collection.id, _collection.space_id, _collection.tool, _collection.parent_id, _collection.name, _collection.role
).subquery("collection_place")
_shown = shown.c
appearance = select(_shown.collection_id, _shown.item_id).subquery("appearance")  # what appears where
shown_item = (  # what a view shows, with what it takes from the item
    select(
        _shown.collection_id, _shown.name, _shown.uid, _shown.modseq, _shown.flags, _shown.keywords,
        _item.id, _item.size, _item.stamp, _item.blob_id, _item.privacy, _item.collection_id.label("lies_in"),
    )
    .join(item, _item.id == _shown.item_id)
    .subquery("shown_item")
)  # fmt: skip
membership = select(member.c.group_id, member.c.account_id).subquery("membership")
member_face = (  # what the members of a group see of each other (R52); who is closed or erased is not seen
    select(
        member.c.group_id, member.c.account_id, account.c.login, account.c.display_name, account.c.hides_private,
        profile.c.first, profile.c.last, profile.c.organisation, profile.c.media, profile.c.version, profile.c.picture,
        func.coalesce(address.c.local + "@" + domain.c.name, account.c.login).label("address"),
    )
    .join(account, and_(account.c.id == member.c.account_id, account.c.state.not_in(("closed", "pending"))))
    .outerjoin(profile, profile.c.account_id == member.c.account_id)
    .outerjoin(
        address,  # his, and neither taken away nor left behind
        and_(
            address.c.id == member.c.address_id, address.c.principal_id == member.c.account_id, address.c.until == 0
        ),
    )
    .outerjoin(domain, domain.c.id == address.c.domain_id)
    .subquery("member_face")
)  # fmt: skip
own_address = (  # the addresses that are a principal's own: not what is left behind, nor what catches the rest
    select(address.c.principal_id, (address.c.local + "@" + domain.c.name).label("address"))
    .join(domain, domain.c.id == address.c.domain_id)
    .where(address.c.until == 0, address.c.local != "")
    .subquery("own_address")
)
AVAILABILITY = "C:schedule-calendar-transp"  # opaque: the calendar counts when others look whether one is busy
own_calendar = (  # the calendars of accounts and groups, and whether they count (S18, RFC 6638 9.1); null: not said
    select(_collection.id, _collection.name, space.c.owner_id, collection_property.c.value.label("transparency"))
    .join(space, space.c.id == _collection.space_id)
    .outerjoin(
        collection_property,
        and_(collection_property.c.collection_id == _collection.id, collection_property.c.name == AVAILABILITY),
    )
    .where(_collection.tool == "calendar", _collection.parent_id.is_not(None))
    .subquery("own_calendar")
)

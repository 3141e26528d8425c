"""All tables together, for those who know every one by trade: migrations and the doctor."""

from coserver.store.schema import accounts, auth, documents, groups, mail, pim, quota, store
from coserver.store.schema.columns import metadata

OWNERS = (store, auth, groups, quota, mail, documents, pim, accounts)
TABLES = metadata.tables

__all__ = ["OWNERS", "TABLES", "metadata"]

"""Which table lies where on Citus: with its contact, by a key of its own, or whole on each node.

A table that is not named here stays on the coordinator: tokens, the audit log, jobs, leases. The
numbers of contacts spread by their hash, so nothing depends on which numbers are given out.
"""

from __future__ import annotations

from typing import Final

BY_CONTACT: Final = {
    "contacts": "number",
    "events": "contact",
    "summaries": "contact",
    "contact_tags": "contact",
    "deliveries": "contact",
}
"""The tables of a contact by the column that is its number; they lie together, so that what is
about one contact is one node's matter."""
BY_KEY: Final = {
    "merges": "id",
    "tombstones": "hash",
    "name_counts": "part",
    "event_name_ignored_keys": "slot",
    "identities": "value",
}
"""Tables that are spread by a key of their own."""
EVERYWHERE: Final = (
    *("workspaces", "event_names", "event_name_keys", "tags", "tag_erasures", "data_attributes"),
    *("subscriptions", "subscription_names", "moves", "erasures"),
)
"""Small tables that every node has a copy of, so that any statement may join them."""
COLUMNS: Final = BY_CONTACT | BY_KEY
FIRST: Final = "contacts"
"""The table that the others of a contact lie with."""
LAST: Final = "identities"
"""It is made when all others lie where they should: who finds it there finds all of them."""

WITHOUT_UNIQUE_KEYS: Final = {
    "contacts": (
        "ALTER TABLE contacts DROP CONSTRAINT IF EXISTS contacts_id_key",
        "DROP INDEX IF EXISTS contacts_by_external_id",
        "CREATE INDEX IF NOT EXISTS contacts_by_id ON contacts (id)",
        (
            "CREATE INDEX contacts_by_external_id ON contacts (workspace, external_id) "
            "WHERE external_id IS NOT NULL"
        ),
    ),
    "deliveries": (
        "ALTER TABLE deliveries DROP CONSTRAINT deliveries_pkey",
        "ALTER TABLE deliveries ADD PRIMARY KEY (contact, number)",
        "CREATE INDEX IF NOT EXISTS deliveries_by_number ON deliveries (number)",
    ),
}
"""What changes of a table before it is spread: Citus has no unique keys without the column that a
table is spread by. That nobody else has an identifier is looked up in the same transaction."""
MAKE_IDENTITIES: Final = (
    'CREATE TABLE identities (workspace bigint NOT NULL, kind text COLLATE "C" NOT NULL, '
    'value text COLLATE "C" NOT NULL, contact bigint NOT NULL, '
    "PRIMARY KEY (workspace, kind, value, contact))"
)
"""By which identifiers contacts are found, spread by the identifier: so one node is asked who
that is, and one node for what is known of the contact."""
FILL_IDENTITIES: Final = (
    "INSERT INTO identities SELECT workspace, 'id', id, number FROM contacts",
    (
        "INSERT INTO identities SELECT workspace, 'user_id', external_id, number FROM contacts "
        "WHERE external_id IS NOT NULL"
    ),
    (
        "INSERT INTO identities SELECT workspace, 'email', email_key, number FROM contacts "
        "WHERE email_key IS NOT NULL"
    ),
)

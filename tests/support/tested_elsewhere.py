"""Which modules have no unit test of their own name, and where they are tested instead."""

TESTED_ELSEWHERE = {
    "cli/*.py": "tests/cli",
    "model/*.py": "tests/store",
    "store/base/*.py": "tests/store",
    "store/sqlite/audit.py": "tests/store",
    "store/sqlite/admin.py": "tests/store",
    "store/sqlite/contact_rows.py": "tests/store",
    "store/sqlite/contact_search.py": "tests/store",
    "store/sqlite/contacts.py": "tests/store",
    "store/sqlite/events.py": "tests/store",
    "store/sqlite/groups.py": "tests/store",
    "store/sqlite/identities.py": "tests/store",
    "store/sqlite/names.py": "tests/store",
    "store/sqlite/statements.py": "tests/store",
    "store/sqlite/store.py": "tests/store",
    "service/upkeep.py": "tests/store",
    "web/app.py": "tests/http",
    "web/contacts.py": "tests/http",
    "web/events.py": "tests/http",
    "web/openapi/*.py": "tests/http/test_openapi.py",
    "web/operation.py": "tests/http",
    "web/protocol.py": "tests/http",
    "web/server.py": "tests/http",
    "web/state.py": "tests/http",
    "web/system.py": "tests/http",
}
"""Modules without a unit test of their own name, and which other test runs them."""

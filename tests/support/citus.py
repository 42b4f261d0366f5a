"""A database of the tests' own on a Citus cluster that PASTENSE_TEST_CITUS_URL names.

It is made on the coordinator and on each of its workers and taken away at the end, so that no
test ever touches a database that somebody has there. Without a cluster such tests are skipped.
"""

from __future__ import annotations

import atexit
import functools
import os
import shlex
import subprocess
from contextlib import suppress
from urllib.parse import urlencode

import psycopg
import pytest

from pastense.clock import ManualClock
from pastense.store.opening import open_store
from pastense.store.postgresql.citus.distributing import distribute
from pastense.store.postgresql.citus.layout import FILL_IDENTITIES

URL_SETTING = "PASTENSE_TEST_CITUS_URL"
CONTROL_SETTING = "PASTENSE_TEST_CITUS_CONTROL"
NO_CLUSTER = f"Citus: {URL_SETTING} names no cluster"
NO_CONTROL = f"Citus nodes that are killed: {CONTROL_SETTING} names no command"
KEPT = frozenset(("migrations", "secrets", "scrub", "workspaces"))
Node = tuple[str, int]


def has_cluster() -> bool:
    """Whether there is a cluster to test on."""
    return bool(os.environ.get(URL_SETTING))


def has_control() -> bool:
    """Whether nodes of the cluster may be killed."""
    return has_cluster() and bool(os.environ.get(CONTROL_SETTING))


def control(*words: str) -> str:
    """Run the command that has power over the nodes, as `kill NODE`; what it said."""
    command = [*shlex.split(os.environ[CONTROL_SETTING]), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


class Cluster:
    """The tests' own database on every node; `database` is its name."""

    def __init__(self, database: str) -> None:
        self._url = os.environ[URL_SETTING]
        self.database = database
        self._connection: psycopg.Connection | None = None
        self.coordinator: Node
        self.workers: list[Node]
        self.coordinator, *self.workers = self._nodes()
        self.address = self._address(self.coordinator, database)

    def make(self) -> None:
        """Make the database on every node, and the store in it, laid out by contact."""
        nodes = (self.coordinator, *self.workers)
        for node in nodes:
            self._make_on(node)
        self.execute("SELECT citus_set_coordinator_host('{}', {})".format(*self.coordinator))
        for worker in self.workers:
            self.execute("SELECT citus_add_node('{}', {})".format(*worker))

    def distribute(self) -> None:
        """Make the store, and lay it out by contact."""
        open_store(self.address, ManualClock(0), 5.0)[0].close()
        distribute(self.address, lambda table, done, total: None)

    def grow(self) -> None:
        """Have a node added to the cluster, and make it one of this database too."""
        control("add")
        self.close()  # It may have kept connections to nodes that were killed since.
        for node in self._nodes()[1:]:
            if node not in self.workers:
                self._make_on(node)
                self.execute("SELECT citus_add_node('{}', {})".format(*node))
                self.workers.append(node)

    def rebalance(self) -> None:
        """Move shards until the nodes have about as many, while the store is being used."""
        self.execute("SELECT citus_rebalance_start()")
        self.execute("SELECT citus_rebalance_wait()")

    def placements(self) -> list[tuple[int, int]]:
        """(shard, port of the node that has it)."""
        return self.execute("SELECT shardid, nodeport FROM pg_dist_shard_placement")

    def drop(self) -> None:
        """Take the database away from every node."""
        self.close()
        for node in (*self.workers, self.coordinator):
            with suppress(psycopg.Error):
                self._run(node, f"DROP DATABASE {self.database} WITH (FORCE)")

    def close(self) -> None:
        """End the session of the tests; another is begun when it is needed."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def execute(self, statement: str) -> list[tuple]:
        """Run one statement on the coordinator."""
        cursor = self._session().execute(statement)
        return cursor.fetchall() if cursor.description else []

    def execute_as_store(self, statement: str) -> list[tuple]:
        """The same for a statement that knows of one machine only: where it changes contacts, they
        are found by what they are called then."""
        rows = self.execute(statement)
        words = statement.split()
        if words[0] != "SELECT" and "contacts" in words[:3]:
            for step in ("DELETE FROM identities", *FILL_IDENTITIES):
                self.execute(step)
        return rows

    def empty(self) -> None:
        """Bring the store back to what it was when it was made. Only tables that hold something
        are emptied: a change of any takes a commit on every node."""
        tables, sequences = self._contents()
        looks = [f"SELECT '{t}' WHERE EXISTS (SELECT 1 FROM {t})" for t in tables if t not in KEPT]
        session = self._session()
        filled = [row[0] for look in looks for row in session.execute(look).fetchall()]
        with session.transaction():
            session.execute("SET LOCAL session_replication_role = replica")
            for table in filled:
                session.execute(f"DELETE FROM {table}")
            changed = "SELECT 1 FROM workspaces WHERE number > 1 OR (settings, name) <> ('{}', $1)"
            if session.execute(changed.replace("$1", "'Pastense'")).fetchall():
                session.execute("DELETE FROM workspaces WHERE number > 1")
                session.execute("UPDATE workspaces SET settings = '{}', name = 'Pastense'")
            session.execute("UPDATE scrub SET wanted = 0, next_page = 0, mark = NULL")
            for name in sequences:
                first = name == "workspaces_number_seq"
                session.execute(f"SELECT setval('{name}', 1, {str(first).lower()})")

    @functools.cache  # noqa: B019 (there are few)
    def _contents(self) -> tuple[list[str], list[str]]:
        tables = self.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        sequences = self.execute("SELECT sequencename FROM pg_sequences WHERE schemaname='public'")
        return [name for (name,) in tables], [name for (name,) in sequences]

    def _session(self) -> psycopg.Connection:
        if self._connection is None:
            self._connection = psycopg.connect(self.address, autocommit=True)
            self._connection.execute("SET citus.max_cached_conns_per_worker = 8")
        return self._connection

    def _make_on(self, node: Node) -> None:
        self._run(node, f"CREATE DATABASE {self.database}")
        self._run(node, "CREATE EXTENSION citus", self.database)

    def _nodes(self) -> list[Node]:
        with psycopg.connect(self._url) as connection:
            rows = connection.execute(
                "SELECT nodename, nodeport FROM pg_dist_node WHERE noderole = 'primary' "
                "AND (groupid = 0 OR shouldhaveshards) ORDER BY groupid"
            ).fetchall()
        assert len(rows) >= 3, "a coordinator that knows its own address, and two workers"
        return rows

    def _address(self, node: Node, database: str) -> str:
        given = psycopg.conninfo.conninfo_to_dict(self._url, host=node[0], port=node[1])
        del given["dbname"]
        return f"postgresql:///{database}?{urlencode(given)}"

    def _run(self, node: Node, statement: str, database: str = "postgres") -> None:
        address = self._address(node, database)
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("SET client_min_messages = error")
            connection.execute(statement)


@functools.cache
def shared_cluster() -> Cluster:
    """The cluster of this process of tests, its database dropped with the process. Skips the test
    where there is none."""
    if not has_cluster():
        pytest.skip(NO_CLUSTER)
    cluster = Cluster(f"pastense_tests_{os.getpid()}")
    atexit.register(cluster.drop)
    cluster.make()
    cluster.distribute()
    return cluster

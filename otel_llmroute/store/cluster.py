"""Whether a cluster can hold the tables: every server is asked before anything is made."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from otel_llmroute.store.quoting import quoted
from otel_llmroute.store.remote import OLDEST, ClusterNotReady, Server, version_of

_KNOWN: Final = "SELECT DISTINCT cluster FROM system.clusters ORDER BY cluster"
_SERVERS: Final = "SELECT shard_num, host_name, internal_replication FROM system.clusters WHERE cluster = {cluster}"
_VERSIONS: Final = "SELECT hostName(), tcpPort(), version() FROM clusterAllReplicas({cluster}, system.one)"
_KEEPERS: Final = """
SELECT hostName(), tcpPort(), countIf(name = 'zookeeper_connection')
FROM clusterAllReplicas({cluster}, system.tables) WHERE database = 'system' GROUP BY 1, 2
"""
_MACROS: Final = "SELECT hostName(), tcpPort(), macro, substitution FROM clusterAllReplicas({cluster}, system.macros)"
_HINT: Final = "docs/server.md says what the config of each server needs"

Rows = Sequence[tuple[Any, ...]]


def check_cluster(server: Server, cluster: str) -> None:
    """Raises ``ClusterNotReady`` with what is missing, and where."""

    def rows(question: str) -> Rows:
        return server.rows(question.format(cluster=quoted(cluster)))

    servers = rows(_SERVERS)
    if not servers:
        known = ", ".join(str(row[0]) for row in server.rows(_KNOWN)) or "none"
        raise ClusterNotReady(f"{server.dsn} knows no cluster {cluster!r}; it knows {known}", "--cluster NAME")
    trouble = trouble_of(servers, rows(_VERSIONS), rows(_KEEPERS), rows(_MACROS))
    if trouble:
        raise ClusterNotReady(f"cluster {cluster} cannot hold the tables: {trouble}", _HINT)


def trouble_of(servers: Rows, versions: Rows, keepers: Rows, macros: Rows) -> str:
    """The first thing that is wrong, "" when nothing is. ``servers``: shard, host, internal_replication; ``versions``:
    host, port, version; ``keepers``: host, port, 0 without a Keeper; ``macros``: host, port, name, value."""
    replicas = Counter(shard for shard, _, _ in servers)
    for shard, host, does_replicate in servers:
        if replicas[shard] > 1 and not does_replicate:
            return f"shard {shard} ({host}) has replicas, and not <internal_replication>true</internal_replication>"
    for host, _, version in versions:
        if version_of(str(version)) < OLDEST:
            return f"{host} is ClickHouse {version}, older than {OLDEST[0]}.{OLDEST[1]}"
    for host, _, has_keeper in keepers:
        if not has_keeper:
            return f"{host} has no Keeper (<zookeeper>)"
    return _trouble_of_macros([(host, port) for host, port, _ in versions], macros, replicas.values())


def _trouble_of_macros(hosts: Sequence[tuple[str, int]], macros: Rows, replicas: Iterable[int]) -> str:
    """A table's place in Keeper is made of {shard} and {replica}: two servers with the same pair, or a shard whose
    servers disagree, would mix rows or not share them."""
    values: dict[tuple[str, int], dict[str, str]] = defaultdict(dict)
    for host, port, name, value in macros:
        values[host, port][name] = value
    shards: dict[str, list[str]] = defaultdict(list)
    for place in hosts:
        for name in ("shard", "replica"):
            if not values[place].get(name):
                return f"{place[0]} has no macro {{{name}}}"
        shards[values[place]["shard"]].append(values[place]["replica"])
    for shard, names in shards.items():
        if len(set(names)) != len(names):
            return f"two servers have {{shard}} {shard} and the same {{replica}}"
    if sorted(map(len, shards.values())) != sorted(replicas):
        return "the {shard} macros divide its servers in another way than <remote_servers> does"
    return ""

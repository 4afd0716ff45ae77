#!/bin/sh
# Copies databases to the disk `backups` of the server (backups.xml), while it takes inserts. Prints the name of the copy.
#   BACKUP_OF                                                what, as the statement BACKUP says it
#   CLICKHOUSE_HOST, CLICKHOUSE_USER, CLICKHOUSE_PASSWORD    the server and its administrator
set -eu
name="otel-$(date -u +%Y-%m-%dT%H%M%SZ)"
clickhouse-client --host "$CLICKHOUSE_HOST" --query "BACKUP $BACKUP_OF TO Disk('backups', '$name') FORMAT Null"
echo "$name"

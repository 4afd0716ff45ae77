#!/bin/sh
# Makes roles and users on ClickHouse servers: the SQL of `llmroute users` on the first, users.sql on each.
#   CLICKHOUSE_HOSTS                          names, with blanks between; on a cluster all of its servers
#   CLICKHOUSE_OPTIONS                        more options of clickhouse-client, as --secure
#   CLICKHOUSE_USER, CLICKHOUSE_PASSWORD      who ran `llmroute migrate`; clickhouse-client reads them itself
#   COLLECTOR_PASSWORD, GRAFANA_PASSWORD      of the users that are made
#   ROLES_SQL, USERS_SQL                      the files
set -eu
run() {
  # The options are words.
  # shellcheck disable=SC2086
  clickhouse-client --host "$1" ${CLICKHOUSE_OPTIONS:-} --queries-file "$2" \
    --param_collector_password="$COLLECTOR_PASSWORD" --param_grafana_password="$GRAFANA_PASSWORD"
}
run "${CLICKHOUSE_HOSTS%% *}" "$ROLES_SQL"
for host in $CLICKHOUSE_HOSTS; do
  run "$host" "$USERS_SQL"
done
echo "users and roles are as they should be on: $CLICKHOUSE_HOSTS"

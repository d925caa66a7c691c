#!/usr/bin/env bash
# The commands of docs/OPERATIONS.md for PostgreSQL, tried: a dump is made, restored into another database, and has the same rows.
#   ANTQ_BIN=target/debug/antq tests/with-postgres.sh tests/dump.sh
set -euo pipefail

PATH="$("$(dirname "${BASH_SOURCE[0]}")/cluster.sh" bin):$PATH"
url() { echo "${ANTQ_TEST_DATABASE_URL/\/postgres/\/$1}"; }
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
psql -q "$ANTQ_TEST_DATABASE_URL" -c "DROP DATABASE IF EXISTS antq_dumped" -c "DROP DATABASE IF EXISTS antq_restored" -c "CREATE DATABASE antq_dumped" 2>/dev/null
for command in migrate load demo; do "$ANTQ_BIN" "$command" --database-url "$(url antq_dumped)" 2>/dev/null; done

pg_dump --format=custom --file="$folder/antq.dump" "$(url antq_dumped)"
createdb --maintenance-db="$ANTQ_TEST_DATABASE_URL" antq_restored
pg_restore --exit-on-error --single-transaction --no-owner --dbname="$(url antq_restored)" "$folder/antq.dump"
psql -q "$(url antq_restored)" -c ANALYZE
"$ANTQ_BIN" migrate --database-url "$(url antq_restored)" 2>&1 | grep -q "up to date"

rows() {
  psql -At "$(url "$1")" -c "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1" |
    while read -r table; do psql -At "$(url "$1")" -c "SELECT '$table', COUNT(*), MD5(STRING_AGG(row::text, '' ORDER BY row::text)) FROM $table row"; done
}
diff <(rows antq_dumped) <(rows antq_restored)
# As on a server that has numbered fewer transactions than that of the dump: the feed begins, and goes on.
psql -q "$(url antq_restored)" -c "UPDATE change_log SET xact = xact + 1000000000" -c "UPDATE change_feed SET kept_xact = 1000000000"
psql -q "$(url antq_restored)" -c "UPDATE change_feed SET epoch = md5(random()::text || clock_timestamp()::text), kept_xact = 0, kept_seq = 0" -c "UPDATE change_log SET xact = 0"
# What is written next is numbered on, and logged.
psql -q "$(url antq_restored)" -c "INSERT INTO dataset (slug, title, description, synthetic) VALUES ('new', 'New', '', false)" -c "UPDATE team SET name = name WHERE id = 1"
test "$(psql -At "$(url antq_restored)" -c "SELECT MAX(seq) > (SELECT COUNT(*) FROM team) FROM change_log")" = t
test "$(psql -At "$(url antq_restored)" -c "SELECT COUNT(*) FROM change_log WHERE xact > pg_snapshot_xmin(pg_current_snapshot())::text::bigint")" = 0
psql -q "$ANTQ_TEST_DATABASE_URL" -c "DROP DATABASE antq_dumped" -c "DROP DATABASE antq_restored"
echo "The dump was restored: $(du -h "$folder/antq.dump" | cut -f1), the same rows."

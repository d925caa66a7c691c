#!/usr/bin/env bash
# The commands of docs/OPERATIONS.md for PostgreSQL, tried: a dump is made, restored into another database, and has the same rows.
#   ANTQ_BIN=target/debug/antq tests/with-postgres.sh tests/dump.sh
set -euo pipefail

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
# What is written next is numbered on, and logged.
psql -q "$(url antq_restored)" -c "INSERT INTO dataset (slug, title, description, synthetic) VALUES ('new', 'New', '', false)" -c "UPDATE team SET name = name WHERE id = 1"
test "$(psql -At "$(url antq_restored)" -c "SELECT MAX(seq) > (SELECT COUNT(*) FROM team) FROM change_log")" = t
psql -q "$ANTQ_TEST_DATABASE_URL" -c "DROP DATABASE antq_dumped" -c "DROP DATABASE antq_restored"
echo "The dump was restored: $(du -h "$folder/antq.dump" | cut -f1), the same rows."

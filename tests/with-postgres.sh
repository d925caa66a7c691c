#!/usr/bin/env bash
# Runs a command with ANTQ_TEST_DATABASE_URL set: to the server that it names already, or to a throw-away cluster that
# lives as long as the command.
#   tests/with-postgres.sh COMMAND [ARGUMENT …]
set -euo pipefail

if [ -n "${ANTQ_TEST_DATABASE_URL:-}" ]; then
  exec "$@"
fi

cluster="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/cluster.sh"
folder="$("$cluster" make)"
trap '"$cluster" remove "$folder"' EXIT
# Nothing here outlives a crash, so nothing is synced; and who locks each other out is told at once, not after a second.
"$cluster" start "$folder" -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200 \
  -c deadlock_timeout=10ms
export ANTQ_TEST_DATABASE_URL="postgres://antq@localhost/postgres?host=$folder"
"$@"

#!/usr/bin/env bash
# Runs a command with ANTQ_TEST_DATABASE_URL set: to the server that it names already, or to a throw-away cluster that
# lives as long as the command. Works as root too, which PostgreSQL itself refuses to run as.
#   tests/with-postgres.sh COMMAND [ARGUMENT …]
set -euo pipefail

if [ -n "${ANTQ_TEST_DATABASE_URL:-}" ]; then
  exec "$@"
fi

# The newest PostgreSQL of this machine; Debian keeps its programs outside the PATH.
bin=""
for candidate in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV) "$(dirname "$(command -v initdb || echo /none/initdb)")"; do
  if [ -x "$candidate/initdb" ] && [ -x "$candidate/pg_ctl" ]; then bin="$candidate"; break; fi
done
version="$([ -n "$bin" ] && "$bin/initdb" --version | grep -oE '[0-9]+' | head -1 || echo 0)"
if [ "$version" -lt 15 ]; then
  echo "The tests need PostgreSQL 15 or newer, and this machine has $([ "$version" = 0 ] && echo none || echo "$version")." >&2
  echo "Debian, Ubuntu: sudo apt-get install postgresql. Or set ANTQ_TEST_DATABASE_URL to a server where databases may be created." >&2
  exit 1
fi

folder="$(mktemp -d "${TMPDIR:-/tmp}/antq-postgres.XXXXXX")"
as=()
if [ "$(id -u)" = 0 ]; then
  user=postgres
  id -u "$user" >/dev/null 2>&1 || user=nobody
  chown "$user" "$folder"
  as=(runuser -u "$user" --)
fi
stop() {
  "${as[@]}" "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap stop EXIT

cd "$folder"
"${as[@]}" "$bin/initdb" -D "$folder/data" -U antq -A trust -E UTF8 --no-locale -N >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
# No port: a socket in a folder of its own meets nothing else on the machine. Nothing here outlives a crash, so nothing is synced.
options="-k $folder -c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"
"${as[@]}" "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/server.log" -o "$options" start >"$folder/log" 2>&1 || { cat "$folder/log" "$folder/server.log" >&2; exit 1; }
cd "$OLDPWD"
chmod 755 "$folder"
export ANTQ_TEST_DATABASE_URL="postgres://antq@localhost/postgres?host=$folder"
"$@"

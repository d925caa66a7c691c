#!/usr/bin/env bash
# A throw-away PostgreSQL cluster in a folder of its own, reached by a socket there. Works as root too, which PostgreSQL itself
# refuses to run as.
#   tests/cluster.sh make                      makes one in a new folder, and prints that
#   tests/cluster.sh start FOLDER [OPTION …]   starts it, and waits until it answers; options are those of postgres
#   tests/cluster.sh stop FOLDER               ends every connection, and the server
#   tests/cluster.sh kill FOLDER               kills the server as `kill -9` does
#   tests/cluster.sh remove FOLDER             ends it, if it runs, and removes it
set -euo pipefail

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

user="$(id -un)"
as=()
if [ "$(id -u)" = 0 ]; then
  user=postgres
  id -u "$user" >/dev/null 2>&1 || user=nobody
  as=(runuser -u "$user" --)
fi

command="$1"
folder="${2:-}"
shift; shift || true
[ -z "$folder" ] || cd "$folder"
case "$command" in
  make)
    folder="$(mktemp -d "${TMPDIR:-/tmp}/antq-postgres.XXXXXX")"
    cd "$folder"
    [ "$(id -u)" != 0 ] || chown "$user" "$folder"
    "${as[@]}" "$bin/initdb" -D "$folder/data" -U antq -A trust -E UTF8 --no-locale -N >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
    # For the socket.
    chmod 755 "$folder"
    echo "$folder"
    ;;
  start)
    # No port: a socket in a folder of its own meets nothing else on the machine.
    options="-k $folder -c listen_addresses='' $*"
    # What a killed server has left behind must end first: until then PostgreSQL refuses to start.
    for _ in $(seq 300); do
      if "${as[@]}" "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/server.log" -o "$options" start >"$folder/log" 2>&1 </dev/null; then exit 0; fi
      grep -q "still in use\|lock file" "$folder/server.log" || break
      sleep 0.1
    done
    cat "$folder/log" "$folder/server.log" >&2
    exit 1
    ;;
  stop) "${as[@]}" "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1 ;;
  kill) kill -9 "$(head -1 "$folder/data/postmaster.pid")" ;;
  remove)
    "${as[@]}" "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1 || true
    cd / && rm -rf "$folder"
    ;;
  *) echo "$command is none of make, start, stop, kill, remove" >&2; exit 2 ;;
esac

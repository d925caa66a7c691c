#!/usr/bin/env bash
# The attack and conformance kit against `antq serve`: the HTTP audits, the hostile requests and the
# WebSockets, anonymous and with a key.
#   tests/kit.sh
#   ANTQ_KIT=FOLDER     the kit, by default ../shared/kit; without it nothing is checked, and this says so
#   ANTQ_BIN=FILE       the server, by default the one built for the tests
#   KIT_SECONDS=900     how long each part may take
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

kit="${ANTQ_KIT:-../shared/kit}"
if [ ! -f "$kit/attacks.py" ]; then
  echo "The attack and conformance kit is not at $kit: SKIPPED. Set ANTQ_KIT to its folder to run it."
  exit 0
fi
antq="$(realpath "${ANTQ_BIN:-${CARGO_TARGET_DIR:-target}/debug/antq}")"
[ -x "$antq" ] || { echo "There is no server at $antq: run \`cargo build\`, or set ANTQ_BIN." >&2; exit 1; }

command -v python3 >/dev/null || { echo "Python 3.9 or newer is missing: sudo apt-get install python3" >&2; exit 1; }

folder="$(mktemp -d "${TMPDIR:-/tmp}/antq-kit.XXXXXX")"
server=""
stop() {
  [ -z "$server" ] || { kill "$server" 2>/dev/null && wait "$server"; } || true
  rm -rf "$folder"
}
trap stop EXIT
cp -r "$kit" "$folder/kit"
chmod -R u+w "$folder/kit"
(cd "$folder/kit" && npm ci --no-audit --no-fund --loglevel=error)

# A database that nobody else has; no address but this machine's, on a port that is free.
database="sqlite://$folder/antq.db"
ANTQ_SECRETS="$("$antq" secret)"
export ANTQ_SECRETS
for command in migrate load demo; do "$antq" "$command" --database-url "$database"; done
key="$("$antq" keys create --name kit --scope admin --database-url "$database")"
# Hundreds of questions a minute are no attack here: budgets are off, and so are hundreds of sockets.
ANTQ_BUDGET_ANONYMOUS=0 ANTQ_BUDGET_KEY=0 ANTQ_MAX_STREAMS_PER_ADDRESS=1000 "$antq" serve --listen 127.0.0.1:0 --log error --database-url "$database" 2>"$folder/log" &
server=$!
for _ in $(seq 100); do
  url="$(sed -n 's|.* on \(http://[^/]*\)/graphql,.*|\1|p' "$folder/log")"
  [ -z "$url" ] || break
  kill -0 "$server" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
  sleep 0.1
done
[ -n "${url:-}" ] || { echo "The server does not serve." >&2; exit 1; }

# What docs/CONTRACT.md promises. Queries may be sent by GET, and errors may suggest names.
promises=(
  --max-aliases 50 --max-depth 15 --max-batch 1 --max-body-mb 1 --max-page 200 --max-errors 100
  --get open --suggestions on
  # A query is answered as events to whoever asks for events (graphql-sse); the kit looks for JSON. tests/api/events.rs looks
  # at what is sent.
  --skip '^accept-sse$'
)
failed=()
part() {
  local name="$1" status=0
  shift
  echo "== $name"
  timeout --kill-after=10 "${KIT_SECONDS:-900}" "$@" >"$folder/out" || status=$?
  # What passed is a number; the rest is named.
  grep -E '^(FAIL|SKIP)' "$folder/out" || true
  tail -n 1 "$folder/out"
  [ "$status" = 0 ] || failed+=("$name")
}
round() {
  local who="$1"
  part "HTTP audits, $who" node "$folder/kit/audit.mjs" --url "$url" --timeout 15000
  part "WebSockets, $who" node "$folder/kit/ws.mjs" --url "$url" --ws-path /graphql --check-origin
  part "attacks, $who" python3 "$folder/kit/attacks.py" --url "$url" --pid "$server" --quick "${promises[@]}"
}
unset GQL_API_KEY
round anonymous
GQL_API_KEY="$key" round "with a key"

kill -0 "$server" 2>/dev/null || failed+=("the server, which has ended")
if grep -q 'panicked' "$folder/log"; then
  grep 'panicked' "$folder/log" >&2
  failed+=("the server's log, which has a panic")
fi
[ "${#failed[@]}" = 0 ] || { printf 'Failed: %s\n' "${failed[@]}" >&2; exit 1; }

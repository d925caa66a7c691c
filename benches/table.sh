#!/bin/sh
# What a table of all members takes: seconds, bytes, and the most memory that the server had, each format on a server of its
# own. Needs curl and Linux.
#
#   benches/table.sh target/release/antq sqlite://nation.db
set -eu
antq=$1 database=$2
query='{ members { nodes { id fullName gender joinedOn birthDate phone team { code name } ward { name } } } }'

for format in csv ndjson xlsx; do
  log=$(mktemp)
  "$antq" serve --database-url "$database" --listen 127.0.0.1:0 --budget-anonymous 0 2>"$log" &
  server=$!
  trap 'kill $server' EXIT
  until grep -q 'http://' "$log"; do sleep 0.1; done
  address=$(sed -n 's/.*\(http:[^ ]*\)\/graphql,.*/\1/p' "$log")
  peak() { awk '/VmHWM/ { print int($2 / 1024) }' "/proc/$server/status"; }
  curl -sS "$address/graphql?query=%7Bcities%7Bnodes%7Bname%7D%7D%7D" -o /dev/null
  before=$(peak)
  curl -sS -G "$address/graphql" -d "format=$format" --data-urlencode "query=$query" -o /dev/null \
    -w "$format: %{time_total} s, the first byte after %{time_starttransfer} s, %{size_download} bytes"
  echo "; memory before $before MiB, at most $(peak) MiB"
  kill $server
  wait $server || true
  trap - EXIT
  rm -f "$log"
done

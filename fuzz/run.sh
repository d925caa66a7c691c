#!/usr/bin/env bash
# Runs the programs of fuzz/ one after the other: 10 million executions in all, or RUNS each. What one finds is named and kept
# beside its work, and ends the run.
#   fuzz/run.sh [TARGET …]
#   RUNS=100000      executions of each in place of those below
#   CORPUS=FOLDER    where what they find on the way is kept: by default beside what is built
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

declare -A runs=(
  [cursor]=1500000 [document]=2500000 [filter]=1500000 [id]=1000000 [plan]=1000000 [request]=1000000 [roster]=500000 [text]=1000000
)
targets=("$@")
[ "${#targets[@]}" -gt 0 ] || targets=(cursor document filter id plan request roster text)

command -v c++ >/dev/null || { echo "A C++ compiler is missing: sudo apt-get install build-essential" >&2; exit 1; }

# Counters at each branch, and what is compared, as libFuzzer wants them. The triple keeps build scripts free of them.
triple="$(rustc -vV | sed -n 's/^host: //p')"
export RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
  -Cllvm-args=-sanitizer-coverage-trace-compares"
target="$(realpath "${CARGO_TARGET_DIR:-target}")"
cargo build --release --locked --target "$triple" --target-dir "$target"

work="$target/fuzz"
corpus="${CORPUS:-$work/corpus}"
mkdir -p "$work"
# The names of the schema, and what stands between them.
{
  grep -v '^\s*"' ../schema.graphql | grep -oE '[A-Za-z_][A-Za-z0-9_]*' | sort -u | sed 's/.*/"&"/'
  printf '"%s"\n' '{' '}' '(' ')' '[' ']' ':' ',' '!' '$' '@' '...' '...on ' '\"' '\"\"\"' '#' 'null' 'true' 'e9' '-1' 'P3M' '\xc4\x91' '\xcc\x80'
} >"$work/words"

for name in "${targets[@]}"; do
  count="${RUNS:-${runs[$name]}}"
  echo "== $name: $count executions"
  mkdir -p "$corpus/$name"
  "$target/$triple/release/$name" "$corpus/$name" "../tests/corpus/$name" -runs="$count" -dict="$work/words" -max_len=4096 \
    -timeout=10 -rss_limit_mb=1024 -artifact_prefix="$work/$name-" -verbosity=0 -print_final_stats=1 >"$work/$name.log" 2>&1 ||
    { tail -n 40 "$work/$name.log" >&2; echo "$name found something: $work/$name-…" >&2; exit 1; }
  grep -E '^stat::(number_of_executed_units|average_exec_per_sec|peak_rss_mb)' "$work/$name.log"
done

#!/usr/bin/env bash
# Gives any bytes to each parser for EACH seconds (60), guided by the code they reach; TARGETS names some of them. Input that
# crashes one is left in tests/fuzz/target/found. libFuzzer works on the pinned stable toolchain; sanitizers, which need
# another, would add nothing, as these crates have no unsafe code but for the mapping of a file.
set -euo pipefail
cd "$(dirname "$0")"
all="cifar_records cifar_pickles picture synsets annotations archive cache npy"
host=$(rustc -vV | sed -n 's/^host: //p')
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Ccodegen-units=1"
# With a target named, build scripts are not instrumented.
cargo build --release --target "$host" --target-dir target
bin=target/$host/release
seeds=target/seeds
found=target/found
rm -rf $seeds && mkdir -p $found
for target in $all; do mkdir -p $seeds/$target; done
# Small files to begin with; some targets write more to $SEEDS.
small() { find "../golden/$1" -maxdepth 1 -type f -size -16k -exec cp -t "$seeds/$2" {} +; }
small dataset/jpeg picture
small dataset picture
small dataset cifar_pickles
small dataset synsets
small selector npy
export SEEDS=$PWD/$seeds
for target in ${TARGETS:-$all}; do
    mkdir -p "target/corpus/$target"
    echo "== $target"
    log=target/$target.log
    if ! "$bin/$target" -max_total_time="${EACH:-60}" -max_len=16384 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$found/$target-" "target/corpus/$target" "$seeds/$target" >"$log" 2>&1; then
        grep -E -A3 "panicked|ERROR" "$log" || tail -5 "$log"
        echo "$target: failed; its input is in $PWD/$found" >&2
        exit 1
    fi
    grep -E "^stat::(number_of_executed_units|new_units_added|peak_rss)" "$log"
done

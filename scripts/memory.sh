#!/usr/bin/env bash
# Sparse kernels read and write nothing beside their buffers: their tests under valgrind, which knows AVX2 but not
# AVX-512. libtorch's own kernels are kept narrow: valgrind fails on long stretches of code that oneDNN writes for AVX2.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v valgrind >/dev/null; then
    echo "scripts/memory.sh: valgrind is missing; install it (apt-get install valgrind)" >&2
    exit 1
fi
tests=$(cargo test --release -p swast-trainer --test sparse --test folded --no-run --message-format json |
    python3 -c 'import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message.get("executable") and message["target"]["name"] in ("sparse", "folded"):
        print(message["executable"])')
for test in $tests; do
    OMP_NUM_THREADS=1 SWAST_VECTORS=avx2 ONEDNN_MAX_CPU_ISA=SSE41 valgrind --quiet --error-exitcode=9 "$test" --test-threads 1
done

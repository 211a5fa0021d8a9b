#!/usr/bin/env bash
# Times the epsilon benchmark here and with NumPy and SciPy, one after the other, and prints both and the ratios.
# PYTHON= takes another interpreter than that of the virtual environment in this folder.
set -euo pipefail
cd "$(dirname "$0")"
if [ -z "${PYTHON:-}" ]; then
    [ -x .venv/bin/python ] || python3 -m venv .venv
    .venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
    PYTHON=.venv/bin/python
fi
# One core each: the Rust side has a thread of its own, the other side gets no more.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
cargo bench --quiet -p swast-analysis --bench epsilon >&2
target=$(cargo metadata --no-deps --format-version 1 | "$PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
"$PYTHON" epsilon_scipy.py --criterion "$target/criterion"

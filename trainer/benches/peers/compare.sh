#!/usr/bin/env bash
# Times the selection kernels here and in other libraries on the same inputs, prints both sides and the ratios, then the
# memory of every method. PYTHON= takes another interpreter than that of the virtual environment in this folder.
set -euo pipefail
cd "$(dirname "$0")"
if [ -z "${PYTHON:-}" ]; then
    [ -x .venv/bin/python ] || python3 -m venv .venv
    .venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
    .venv/bin/pip install --quiet --disable-pip-version-check --no-deps cords==0.0.4
    PYTHON=.venv/bin/python
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$PYTHON" selection.py inputs "$folder"
cargo bench --quiet -p swast-selection --bench selection -- time "$folder" >"$folder/ours.csv"
"$PYTHON" selection.py peers "$folder"
"$PYTHON" selection.py compare "$folder"
cargo bench --quiet -p swast-selection --bench selection -- memory

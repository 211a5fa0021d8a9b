#!/usr/bin/env bash
# Times the selection kernels here and in other libraries on the same inputs, prints both sides and the ratios, then the
# memory of every method. PYTHON= takes another interpreter than that of the virtual environment in this folder.
set -euo pipefail
cd "$(dirname "$0")"
. ./python.sh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$PYTHON" selection.py inputs "$folder"
cargo bench --quiet -p swast-selection --bench selection -- time "$folder" >"$folder/ours.csv"
"$PYTHON" selection.py peers "$folder"
"$PYTHON" selection.py compare "$folder"
cargo bench --quiet -p swast-selection --bench selection -- memory

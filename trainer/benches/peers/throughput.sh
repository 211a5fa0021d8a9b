#!/usr/bin/env bash
# Training throughput here and in PyTorch on a CPU, in turns, and the ratios of the best rounds' medians. PYTHON= takes
# another interpreter (with torch) than that of the virtual environment in this folder; THREADS, ROUNDS and MODELS
# may be set.
set -euo pipefail
cd "$(dirname "$0")"
if [ -z "${PYTHON:-}" ]; then
    [ -x .venv/bin/python ] || python3 -m venv .venv
    .venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
    PYTHON=.venv/bin/python
fi
threads=${THREADS:-2}
(cd ../../.. && cargo build --quiet --release -p swast-trainer)
target=$(cargo metadata --no-deps --format-version 1 | "$PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for model in ${MODELS:-resnet8 resnet20 resnet18}; do
    repetitions=30
    [ "$model" = resnet18 ] && repetitions=5
    for round in $(seq "${ROUNDS:-3}"); do
        "$target/release/swast-trainer" bench --model "$model" --device cpu --threads "$threads" \
            --repetitions $repetitions --csv >"$folder/$model.$round.ours"
        "$PYTHON" train_throughput.py --model "$model" --threads "$threads" --repetitions $repetitions \
            --modes "${MODES:-eager,eager-cl,loader,compile}" >"$folder/$model.$round.theirs"
    done
done
"$PYTHON" - "$folder" <<'END'
import csv
import pathlib
import sys

found = {}
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    for row in csv.DictReader(path.open()):
        key = row["model"], row.get("mode", "swast-trainer")
        found[key] = max(found.get(key, 0), float(row["train_samples_s"]))
print("model,mode,train_samples_s,swast_trainer_is_faster_by")
for (model, mode), rate in found.items():
    print(f"{model},{mode},{rate:.0f},{found[model, 'swast-trainer'] / rate:.2f}")
END

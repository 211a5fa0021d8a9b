#!/usr/bin/env bash
# Throughput of training and of evaluation here and in PyTorch on a CPU, in turns, and the medians over the rounds of the
# ratios within each round: what slows a round down slows both. PYTHON= takes
# another interpreter (with torch) than that of the virtual environment in this folder; THREADS, ROUNDS and MODELS
# may be set.
set -euo pipefail
cd "$(dirname "$0")"
. ./python.sh
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
import statistics
import sys

RATES = "train_samples_s", "evaluate_samples_s"
found = {}
for path in pathlib.Path(sys.argv[1]).iterdir():
    model, number, _ = path.name.split(".")
    for row in csv.DictReader(path.open()):
        rounds = found.setdefault((model, row.get("mode", "swast-trainer")), {})
        rounds[int(number)] = [float(row[rate]) if row[rate] else None for rate in RATES]


def median(values):
    return f"{statistics.median(values):.4g}" if all(values) else ""


print("model,mode," + ",".join(f"{rate},{rate}_here_over_it" for rate in RATES))
for (model, mode), rounds in sorted(found.items()):
    cells = []
    for i in range(len(RATES)):
        rates = [rounds[n][i] for n in rounds]
        ours = [found[model, "swast-trainer"][n][i] for n in rounds]
        cells += [median(rates), median([a / b if b else None for a, b in zip(ours, rates)])]
    print(",".join([model, mode, *cells]))
END

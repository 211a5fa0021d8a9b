#!/usr/bin/env bash
# Copies the tables and drawings of a profile to where they are committed, with what made them.
set -euo pipefail
cd "$(dirname "$0")/.."

profile=${1:?usage: scripts/publish.sh PROFILE}
results=data/results/$profile drawings=figures/out/$profile
tables=data/published/$profile pictures=figures/published/$profile
[ -d "$results" ] && [ -d "$drawings" ] || {
    echo "publish: $results or $drawings is missing; run make figures PROFILE=$profile first" >&2
    exit 1
}

fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
mkdir "$fresh/tables" "$fresh/pictures"
cp "$results"/*.csv "$fresh/tables/"
cp "$drawings"/*.svg "$drawings"/*.png "$fresh/pictures/"
if [ -e "$results/runs.csv" ]; then
    # The command that repeats each run, as the run itself recorded it.
    {
        echo "# One line per run of runs.csv: the run, the revision that made it, and the command that repeats it."
        for folder in "$results"/runs/*/; do
            run=$(basename "$folder")
            grep -q "^$run," "$results/runs.csv" || continue
            python3 -c 'import json, sys; o = json.load(open(sys.argv[1])); print(o["run"], o["revision"], o["command"])' \
                "$folder/settings.json"
        done
    } > "$fresh/tables/commands.txt"
fi
for pair in "tables:$tables" "pictures:$pictures"; do
    mkdir -p "$(dirname "${pair#*:}")"
    rm -rf "${pair#*:}"
    cp -r "$fresh/${pair%%:*}" "${pair#*:}"
done
echo "published $tables and $pictures"

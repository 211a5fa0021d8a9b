#!/usr/bin/env bash
# Random crops of 224 pixels here and in torchvision, in one run: images a second and the ratios; how far the centres are
# apart; memory and opening time of caches with 10 thousand and 1.28 million entries. The argument is a tar file or folder
# of JPEG files, a folder for each class. PYTHON= takes an interpreter (with torchvision); IMAGES= is how many are read.
set -euo pipefail
sample=$(realpath "${1:?give a tar file or a folder of images by class}")
cd "$(dirname "$0")"
. ./python.sh
images=${IMAGES:-4000}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/set/train"
if [ -d "$sample" ]; then cp -r "$sample/." "$folder/set/train"; else
    tar -xf "$sample" -C "$folder/set/train" --strip-components=1
fi
cp -r "$folder/set/train" "$folder/set/test"
bench() { (cd ../../.. && cargo bench --quiet -p swast-datasets --bench images -- "$@"); }
bench data import "$folder/set" --cache 1024 --out "$folder/original" >/dev/null
bench data import "$folder/set" --cache 256 --out "$folder/jpeg" >/dev/null
bench data import "$folder/set" --cache 256 --raw --out "$folder/raw" >/dev/null
# No image has a shorter side above 1024: they stay as they are. Caches stay in the page cache, as the files of the other side do.
for round in 1 2 3; do
    "$PYTHON" images.py read "$folder/set/train" "$images" >"$folder/theirs.$round"
    for cache in original jpeg raw; do
        bench read "$folder/$cache" "$images" >"$folder/$cache.$round"
    done
done
"$PYTHON" - "$folder" <<'END'
import csv
import pathlib
import statistics
import sys

folder = pathlib.Path(sys.argv[1])


def rates(name):
    return [max(float(row["images"]) / float(row["seconds"]) for row in csv.DictReader((folder / f"{name}.{i}").open())) for i in (1, 2, 3)]


theirs = rates("theirs")
print(f"torchvision, best number of workers: {statistics.median(theirs):.0f} images/s")
for name in "original", "jpeg", "raw":
    ours = rates(name)
    ratio = statistics.median(own / other for own, other in zip(ours, theirs))
    print(f"{name}: {statistics.median(ours):.0f} images/s, {ratio:.2f}x")
END
bench centre "$folder/original" "$folder/centres"
"$PYTHON" images.py centre "$folder/set/test" "$folder/centres"
for entries in 10000 1281167; do
    bench repeat "$folder/jpeg" "$folder/long" "$entries"
    bench open "$folder/long"
done

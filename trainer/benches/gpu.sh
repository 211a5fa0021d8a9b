#!/usr/bin/env bash
# What only a GPU can show, part by part, for a machine that has one for a short time, and neither Rust nor a network:
#
#   trainer/benches/gpu.sh [PART[:SECONDS]...]
#
#   agree    CUDA against the CPU, 16 bits against 32; steps captured against eager, and selection on the device against
#            the host: the same rows and models
#   speed    training here, eager and captured, beside PyTorch eager, captured, compiled and captured
#   selection   selections on the host and on the device, by the number of samples
#   cell     one run of Table 1: CIFAR-10, ResNet-18, 10 %, GradMatch, cut at 30 %, 300 epochs
#   figure7, figure5, table1    the sweep at the paper's profile, one seed
#
# Without names: all, in this order. Each part ends after SECONDS (those below by default) and leaves what it has found by
# then as a file in OUT; the runs themselves are in WORK, and a part that is started again goes on with them.
#
#   BIN=folder of swast-trainer, and of the test `remote` for part agree, if at hand
#   DATA=archive or folder of CIFAR-10, for all parts but agree, speed and selection
#   CIFAR100=the same of CIFAR-100     PYTHON=an interpreter with torch 2.11.0 [python3]
#   OUT=folder of the findings         WORK=folder of the runs
#   JOBS=runs of a sweep at a time [2] GRAPH=--graph, or empty for eager steps [--graph]
#   DEVICE=cuda, or cpu to try the script: everything is then tiny, and compares the CPU with itself
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
BIN=${BIN:-$root/target/release} PYTHON=${PYTHON:-python3} DEVICE=${DEVICE:-cuda} JOBS=${JOBS:-2} GRAPH=${GRAPH---graph}
DATA=${DATA:-$root/data/raw/cifar-10-binary.tar.gz} CIFAR100=${CIFAR100:-}
OUT=${OUT:-$root/data/results/gpu} WORK=${WORK:-${TMPDIR:-/tmp}/swast-gpu}
mkdir -p "$OUT" "$WORK"
trainer=$BIN/swast-trainer

die() { printf 'gpu.sh: %s\n' "$1" >&2; exit 2; }
[ -x "$trainer" ] || die "no swast-trainer in $BIN; build it elsewhere (cargo build --release -p swast-trainer) and give its folder as BIN="
# The libtorch that the program was built against is not here: that of the Python package torch is the same.
libtorch=$("$PYTHON" -c 'import torch, pathlib; print(pathlib.Path(torch.__file__).parent / "lib")' 2>/dev/null) ||
    { libtorch=; [ "$DEVICE" = cpu ] || die "$PYTHON has no torch; give another interpreter as PYTHON="; }
[ -z "$libtorch" ] || export LD_LIBRARY_PATH="$libtorch${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"

# Seconds, of a part that is named without.
declare -A usual=([agree]=260 [speed]=240 [selection]=120 [cell]=120 [figure7]=400 [figure5]=540 [table1]=540)
threads=()
sizes=(--eval-every 300) repetitions=20 batch=128 few=(--limit-train 6000 --batch-size 128) models="resnet18 resnet101" profile=(--profile paper)
selected="1000 5000 20000 50000"
if [ "$DEVICE" = cpu ]; then
    sizes=(--limit-train 400 --limit-test 100 --epochs 3 --interval 1 --batch-size 16)
    repetitions=1 batch=4 few=(--limit-train 200 --batch-size 16) profile=(--profile smoke) selected=400 models=resnet18
    # Whatever else this machine is busy with.
    threads=(--threads 1)
fi
machine=(--device "$DEVICE" "${threads[@]}" ${GRAPH:+"$GRAPH"})

# Trains a small network for comparison; the first words name the run and its precision.
small() {
    local run=$WORK/agree/$1 precision=$2 selector=(--selector el2n) && shift 2
    [[ $* != *--selector* ]] || selector=()
    rm -rf "$run"
    "$trainer" train --dataset synthetic "${few[@]}" --limit-test 200 --epochs 4 --interval 1 --warmup 2 \
        --fraction 0.5 --learning-rate 0.02 --eval-every 4 --precision "$precision" --deterministic "${threads[@]}" \
        "${selector[@]}" "$@" --out "$run" >/dev/null 2>>"$WORK/agree.log"
}

# Compares two of them and writes the outcome down; goes on where they are not the same.
compare() {
    local what=$1 how=$2 && shift 2
    printf '%s: %s\n' "$what" "$("$PYTHON" "$here/peers/same_runs.py" "$how" "$WORK/agree/$1" "$WORK/agree/$2" "${@:3}" 2>&1 || true)" |
        tee -a "$OUT/agree.txt"
}

agree() {
    : >"$OUT/agree.txt"
    small cpu fp32 --variant cut --device cpu
    small eager fp32 --variant cut --device "$DEVICE"
    compare "CPU and $DEVICE" near cpu eager 1e-3 2
    small again fp32 --variant cut --device "$DEVICE"
    compare "twice" equal eager again
    small bf16 bf16 --variant cut --device "$DEVICE"
    compare "fp32 and bf16" near eager bf16 5e-2 2
    small fp16 fp16 --variant cut --device "$DEVICE"
    compare "fp32 and fp16" near eager fp16 2e-2 2
    local number=0 flags how
    # With --graph features stay on the device for the last five, where there are enough of them. GradMatch solves its weights
    # there, which differ in their last digits; so the others train on samples that EL2N chooses.
    for flags in "fp32 --variant cut" "bf16 --variant cut" "fp16 --variant cut" "fp32 --variant dense" \
        "fp32 --variant coreset-only --selector forgetting" "fp32 --variant cut --pruner set:update-every=3" \
        "fp32 --variant cut --pruner rigl:average-gradients=3,update-every=5 --preserve selective" \
        "fp32 --variant cut --pruner gradual-magnitude:update-every=3" "fp32 --variant cut --pruner snip" \
        "fp32 --variant cut --pruner static-random" "fp32 --variant prune-only --pruner probmask" \
        "fp32 --variant coreset-only --selector moderate" "fp32 --variant coreset-only --selector k-center" \
        "fp32 --variant coreset-only --selector herding" "fp32 --variant cut --selector craig:gradient=full" \
        "fp32 --variant cut --selector gradmatch"; do
        number=$((number + 1)) how=(equal)
        [[ $flags != *gradmatch ]] || how=(near 1e-3 2)
        # The words of a line are flags. Both at once: half of their time is the start of CUDA.
        # shellcheck disable=SC2086
        small "eager-$number" $flags --device "$DEVICE" &
        # shellcheck disable=SC2086
        small "captured-$number" $flags --device "$DEVICE" --graph || true
        wait $! || true
        compare "captured and eager, $flags" "${how[0]}" "eager-$number" "captured-$number" "${how[@]:1}"
    done
    # The same choices here and there from the same numbers, where the test's program is in BIN.
    [ ! -x "$BIN/remote" ] || "$BIN/remote" 2>&1 | tee -a "$OUT/agree.txt"
}

# Appends the rows of stdin to speed.csv under the first words.
found() {
    local model=$1 mode=$2
    "$PYTHON" -c '
import csv, sys
for row in csv.DictReader(sys.stdin):
    wanted = ["device", "train_samples_s", "train_samples_s_best", "evaluate_samples_s", "step_ms", "host_share"]
    print(*sys.argv[1:2], row.get("mode") or sys.argv[2], *(row.get(key, "") for key in wanted), sep=",")
' "$model" "$mode" | tee -a "$OUT/speed.csv"
}

speed() {
    echo "model,mode,device,train_samples_s,train_samples_s_best,evaluate_samples_s,step_ms,host_share" >"$OUT/speed.csv"
    local model mode flag modes="eager-cl captured compile-captured"
    [ "$DEVICE" = cpu ] && modes=eager-cl
    for model in $models; do
        for mode in eager captured; do
            flag=()
            [ "$mode" = eager ] || flag=(--graph)
            "$trainer" bench --model "$model" --batch-size "$batch" --repetitions "$repetitions" --device "$DEVICE" \
                "${threads[@]}" "${flag[@]}" --csv | found "$model" "ours-$mode"
        done
        for mode in $modes; do
            "$PYTHON" "$here/peers/train_throughput.py" --model "$model" --batch-size "$batch" --device "$DEVICE" \
                --repetitions "$repetitions" "${threads[@]}" --modes "$mode" | found "$model" "$mode" || echo "$model,$mode,failed" >>"$OUT/speed.csv"
        done
    done
    # Too slow on a CPU for its time.
    [ "$DEVICE" = cpu ] ||
        "$trainer" bench --model resnet18 --precision fp16 --batch-size "$batch" --repetitions "$repetitions" \
            "${machine[@]}" --csv | found resnet18 "ours-fp16$GRAPH"
    "$trainer" bench --model resnet18 --variant cut --prune-rate 0.9 --batch-size "$batch" --repetitions "$repetitions" \
        "${machine[@]}" --csv | found resnet18 "ours-cut$GRAPH"
}

# How long a selection takes over evaluating the same images, without --graph on the host and with it on the device, where
# trainer/src/train/points.rs finds it worth it.
selection() {
    echo "selector,images,where,select_over_evaluate,evaluate_samples_s" >"$OUT/selection.csv"
    local selector images place flag
    for images in $selected; do
        for selector in gradmatch craig moderate k-center herding; do
            for place in host device; do
                flag=()
                [ "$place" = host ] || flag=(--graph)
                "$trainer" bench --model resnet8 --selector "$selector" --images "$images" --batch-size "$batch" \
                    --repetitions 1 --device "$DEVICE" "${threads[@]}" "${flag[@]}" --csv | "$PYTHON" -c '
import csv, sys
for row in csv.DictReader(sys.stdin):
    print(*sys.argv[1:], row["select_over_evaluate"], row["evaluate_samples_s"], sep=",")
' "$selector" "$images" "$place" | tee -a "$OUT/selection.csv"
            done
        done
    done
}

# What a finished run or sweep took, in its own words.
times() {
    "$PYTHON" -c '
import csv, sys
keys = ["artifact", "variant", "fraction", "prune_rate", "fc_prune_rate", "test_accuracy", "time_s", "time_select_s", "time_eval_s", "device"]
print(*keys, sep=",")
for row in csv.DictReader(open(sys.argv[1])):
    print(*(row[key] for key in keys), sep=",")
' "$1"
}

cell() {
    "$trainer" train --dataset cifar10 --data "$DATA" --model resnet18 --variant cut --selector gradmatch \
        --fraction 0.1 --prune-rate 0.3 "${sizes[@]}" "${machine[@]}" --out "$WORK/cell" | tee "$OUT/cell.txt"
}

# A sweep, and its tables in one archive, whether or not it ends in time.
sweep() {
    local data=(--data "cifar10=$DATA")
    [ -z "$CIFAR100" ] || data+=(--data "cifar100=$CIFAR100")
    "$trainer" sweep "$1" "${profile[@]}" "${data[@]}" --seeds 1 --jobs "$JOBS" "${machine[@]}" --out "$WORK/$1"
}

leave() {
    case $1 in
    cell) [ ! -e "$WORK/cell/runs.csv" ] || times "$WORK/cell/runs.csv" >>"$OUT/cell.txt" ;;
    figure7 | figure5 | table1)
        [ -e "$WORK/$1/runs.csv" ] || return 0
        times "$WORK/$1/runs.csv" >"$OUT/$1.csv"
        tar czf "$OUT/$1.tar.gz" -C "$WORK" --exclude "$1/runs" "$1"
        ;;
    esac
}

# Only for the calls of this script by itself, so that a part can be ended with all that it has started.
if [ "${1:-}" = --part ]; then
    case $2 in
    agree | speed | selection | cell) "$2" ;;
    *) sweep "$2" ;;
    esac
    exit
fi

export BIN PYTHON DEVICE JOBS GRAPH DATA CIFAR100 OUT WORK
parts=("$@")
[ $# -gt 0 ] || parts=(agree speed selection cell figure7 figure5 table1)
failed=0
for part in "${parts[@]}"; do
    name=${part%%:*}
    [ -n "${usual[$name]:-}" ] || die "$name: there are the parts ${!usual[*]}"
    seconds=${part#"$name"} && seconds=${seconds#:}
    begun=$SECONDS status=0
    # A run that is asked to stop keeps a checkpoint first.
    timeout -k 20 "${seconds:-${usual[$name]}}" "$0" --part "$name" || status=$?
    leave "$name"
    [ $status = 0 ] || failed=1
    [ $status = 124 ] && end="not finished in its time" || end="ended with $status"
    echo "gpu.sh: $name: $end after $((SECONDS - begun)) s"
done
exit $failed

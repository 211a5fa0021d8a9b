#!/usr/bin/env bash
# Puts libtorch 2.11.0 where cargo looks for it (.libtorch, see .cargo/config.toml): from the Python package
# `torch`, into .venv. Without an NVIDIA GPU only the packages that libtorch_cpu needs are installed (1.3 GB);
# with one, everything (4.6 GB). If you already have libtorch 2.11.0, set LIBTORCH to it; none of this is needed then.
set -euo pipefail
cd "$(dirname "$0")/.."

torch=2.11.0
crt=nvidia-cuda-crt==13.0.88

die() { printf 'setup: %s\n' "$1" >&2; exit 1; }

command -v cargo >/dev/null || die "cargo is missing; install Rust (https://rustup.rs)"
command -v c++ >/dev/null || command -v g++ >/dev/null || die "no C++ compiler; install one (Debian: apt-get install g++)"
[ -z "${LIBTORCH:-}" ] || { echo "setup: using LIBTORCH=$LIBTORCH"; exit 0; }

if command -v nvidia-smi >/dev/null && nvidia-smi -L 2>/dev/null | grep -q GPU; then kind=cuda; else kind=cpu; fi
stamp=".venv/swast-$torch-$kind"
if [ ! -e "$stamp" ] || [ ! -e .libtorch/lib/libtorch_cpu.so ]; then
    command -v python3 >/dev/null || die "python3 is missing; install Python 3.10 or newer (Debian: apt-get install python3 python3-venv)"
    python3 -c 'import ensurepip, venv' 2>/dev/null || die "Python's venv module is missing; install it (Debian: apt-get install python3-venv)"
    echo "setup: installing libtorch $torch ($kind) into .venv"
    [ -x .venv/bin/python ] || python3 -m venv .venv || die "python3 -m venv .venv failed; remove .venv and try again"
    pip=(.venv/bin/python -m pip install --quiet --disable-pip-version-check)
    if [ "$kind" = cuda ]; then
        "${pip[@]}" "torch==$torch" "$crt"
    else
        "${pip[@]}" --no-deps "torch==$torch" nvidia-cuda-runtime==13.0.96 nvidia-cuda-cupti==13.0.85 "$crt"
    fi || die "pip could not install torch $torch; check the network (or PIP_INDEX_URL) and the free disk, then run make setup again"
    ln -sfn "$(cd .venv && echo lib/python*/site-packages/torch | sed 's|^|.venv/|')" .libtorch
    [ -e .libtorch/lib/libtorch_cpu.so ] || die "no libtorch_cpu.so in .libtorch; remove .venv and run make setup again"
    touch "$stamp"
fi

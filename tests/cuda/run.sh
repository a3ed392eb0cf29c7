#!/usr/bin/env bash
# Runs the tests of the Torch pipeline on this machine's GPU, on the libtorch of a Python install:
#   ./run.sh              the torch that python3 imports
#   ./run.sh FOLDER       a torch package (…/site-packages/torch), an unpacked libtorch, or the folder of its libraries
# Exit status: 0 all tests passed, 1 a test failed, 2 no libtorch to run on, 3 all passed, but none ran on a GPU.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
built_with=2.10
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

fail() {
    echo "ERROR: $*" >&2
    exit 2
}

version=''
if (($# > 0)); then
    torch=$1
    [[ -d $torch ]] || fail "There is no folder '$torch'."
    torch=$(cd "$torch" && pwd)
    [[ -f $torch/libtorch_cpu.so && ${torch##*/} == lib ]] && torch=${torch%/lib}
    if [[ -f $torch/version.py ]]; then
        version=$(sed -nE "s/^__version__ *= *['\"]([^'\"]+)['\"].*/\1/p" "$torch/version.py")
    elif [[ -f $torch/build-version ]]; then
        version=$(< "$torch/build-version")
    fi
else
    python=${PYTHON:-python3}
    command -v "$python" > /dev/null || fail "There is no $python: name the folder of torch, ./run.sh FOLDER."
    found=$("$python" -c 'import os, torch; print(os.path.dirname(torch.__file__)); print(torch.__version__)' 2> "$results/python") ||
        fail "$python can't import torch ($(tail -n 1 "$results/python")): pip install torch==$built_with.*, or name its folder, ./run.sh FOLDER."
    torch=$(head -n 1 <<< "$found")
    version=$(tail -n 1 <<< "$found")
fi

lib=$torch/lib
[[ -f $lib/libtorch_cpu.so ]] || lib=$torch
[[ -f $lib/libtorch_cpu.so ]] || fail "Neither '$torch' nor its folder lib has a libtorch_cpu.so."
echo "torch ${version:-of unknown version} in $lib"
[[ -n $version && $version != "$built_with".* ]] &&
    echo "WARNING: TorchSharp's library was built with libtorch $built_with; with $version it may not load." >&2
[[ -f $lib/libtorch_cuda.so ]] || echo 'WARNING: there is no libtorch_cuda.so, so this torch has no CUDA, and the tests of a GPU are skipped.' >&2

# The libraries of CUDA come as packages of their own beside torch, where libtorch_cuda usually finds them by itself.
for folder in "$(dirname "$torch")"/nvidia/*/lib; do
    [[ -d $folder ]] && LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$folder
done
export LD_LIBRARY_PATH=${LD_LIBRARY_PATH:-}

# All symbols are bound at once: what this libtorch lacks is an error at the start, not the end of the process at some call.
export LD_BIND_NOW=1 EARLYEXITGEN_LIBTORCH=$torch

# Prints each test, and what was wrong or missing. Sets passed, failed and skipped.
run_tests() {
    local name=$1 status
    shift
    echo "== $name"
    "$here/tests/EarlyExitGen.Tests" -noLogo -noColor -result-xml "$results/$name.xml" "$@" 2>&1 |
        grep -vE '^ *(Discovering|Discovered|Starting|Finished):|^=== TEST'
    status=${PIPESTATUS[0]}
    [[ -s $results/$name.xml ]] || fail "The tests did not run (status $status): see above."
    grep -oE '<test [^>]*result="Pass"' "$results/$name.xml" | sed -E 's/.* name="([^"]*)".*/    \1 [PASS]/; s/&quot;/"/g' | sort
    local counts
    counts=$(grep -oE '<assembly [^>]*>' "$results/$name.xml" | head -n 1)
    passed=$(sed -E 's/.* passed="([0-9]+)".*/\1/' <<< "$counts")
    failed=$(sed -E 's/.* failed="([0-9]+)".*/\1/' <<< "$counts")
    skipped=$(sed -E 's/.* skipped="([0-9]+)".*/\1/' <<< "$counts")
    echo "== $name: $passed passed, $failed failed, $skipped skipped"
    ((passed + failed + skipped > 0)) || fail 'No test was found.'
    ((status == 0 || failed > 0)) || fail "The tests ended with status $status: see above."
    all_failed=$((all_failed + failed))
}

all_failed=0

# The self-test compares every function that is bound with TorchSharp's own.
run_tests cpu -class '*.FallbackTests' -class '*OnCpu' -class '*AsOnDevice'
run_tests cuda -trait Device=CUDA
on_gpu=$passed

((all_failed == 0)) || exit 1
if ((on_gpu == 0)); then
    echo 'No test ran on a GPU: see the reasons above.' >&2
    exit 3
fi

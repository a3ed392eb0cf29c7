#!/usr/bin/env bash
# Publishes the tests for a GPU, unpacks them, and runs them on a folder that looks like a Python install of torch, made of the NuGet
# package's CPU libraries: everything must pass on the CPU, and every test of a GPU be skipped. Needs a machine without a GPU, python3, and
# the packages of a build.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
place=$root/artifacts/cuda/check
package=${NUGET_PACKAGES:-$HOME/.nuget/packages}/libtorch-cpu-linux-x64/2.10.0/runtimes/linux-x64/native

rm -rf "$place"
mkdir -p "$place/site/torch/lib"
"$root/tests/cuda/publish.sh" "$place/tests.tar.gz"
tar -C "$place" -xzf "$place/tests.tar.gz"
for library in "$package"/lib{c10,torch,torch_cpu,torch_global_deps}.so "$package"/libgomp*; do
    ln "$library" "$place/site/torch/lib/" 2> /dev/null || cp "$library" "$place/site/torch/lib/"
done
echo "__version__ = '2.10.0+cpu'" > "$place/site/torch/version.py"
echo 'from .version import __version__' > "$place/site/torch/__init__.py"

run=$place/early-exit-cuda-tests/run.sh
status=0
PYTHONPATH=$place/site "$run" || status=$?
((status == 3)) || { echo "ERROR: expected status 3, that no test ran on a GPU, but got $status." >&2; exit 1; }

# What is wrong is one sentence with the folder's name.
echo 'no library' > "$place/site/torch/lib/libtorch_cuda.so"
message=$("$run" "$place/site/torch" 2>&1) && status=0 || status=$?
((status == 2)) && grep -qF "libtorch can't be used from '$place/site/torch': libtorch_cuda.so does not load (" <<< "$message" ||
    { echo "ERROR: a library that does not load gave status $status:" >&2; echo "$message" >&2; exit 1; }
rm "$place/site/torch/lib/libc10.so"
message=$("$run" "$place/site/torch" 2>&1) && status=0 || status=$?
((status == 2)) && grep -qF "has libc10.so." <<< "$message" ||
    { echo "ERROR: a library that is not there gave status $status:" >&2; echo "$message" >&2; exit 1; }
echo 'The archive works without a GPU.'

#!/usr/bin/env bash
# Publishes the tests of the Torch pipeline as one archive for a Linux machine that has a GPU and a Python install of torch, but neither
# .NET nor this repository:
#   tests/cuda/publish.sh [ARCHIVE]     artifacts/cuda/early-exit-cuda-tests.tar.gz unless another is named
# There, unpack it and start ./run.sh. The archive holds .NET and TorchSharp, and no libtorch.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$root/artifacts/cuda
archive=$(realpath -m "${1:-$work/early-exit-cuda-tests.tar.gz}")
largest=$((60 * 1024 * 1024))

fail() {
    echo "ERROR: $*" >&2
    exit 1
}

command -v dotnet > /dev/null || fail 'dotnet is not on the PATH.'
bundle=$work/early-exit-cuda-tests
rm -rf "$bundle"
mkdir -p "$bundle" "$(dirname "$archive")"

# With an output folder of its own, so that the next build of the repository is not this one's.
dotnet publish -c Release "$root/tests/EarlyExitGen.Tests" --runtime linux-x64 --self-contained --artifacts-path "$work/build" \
    --output "$bundle/tests" -p:IncludesLibTorch=false -p:LoadsOnOlderMachines=true ||
    fail 'The tests were not published.'

# Visual Studio's, which nothing here loads.
rm -rf "$bundle/tests/Microsoft.CodeCoverage"

libtorch=$(cd "$bundle" && find . -name 'libtorch*.so*' -o -name 'libc10*.so*')
[[ -z $libtorch ]] || fail "The bundle has a libtorch: $libtorch"
[[ -f $bundle/tests/libLibTorchSharp.so ]] || fail 'The bundle has no libLibTorchSharp.so.'
cp "$root/tests/cuda/run.sh" "$bundle/run.sh"
chmod +x "$bundle/run.sh" "$bundle/tests/EarlyExitGen.Tests"

tar -C "$work" --owner=0 --group=0 --numeric-owner --sort=name -cf - early-exit-cuda-tests | gzip -9 > "$archive"
size=$(stat -c %s "$archive")
((size <= largest)) || fail "$archive has $size bytes, and at most $largest are allowed."
echo "$archive: $((size / 1024 / 1024)) MiB"

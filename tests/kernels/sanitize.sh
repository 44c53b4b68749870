#!/bin/sh
# Builds every kernel under the address and undefined-behavior sanitizers and
# runs them over random shapes, once for each instruction set of this machine.
# Usage: tests/kernels/sanitize.sh [build folder [rounds]]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${1:-"$root/build/sanitize"}
rounds=${2:-1000}
cmake -S "$root/native" -B "$build" -DSHOAL_SANITIZE=ON -DCMAKE_BUILD_TYPE=None >/dev/null
cmake --build "$build" --parallel 2 >/dev/null
# All three side by side; one that fails makes this fail.
running=
for isa in baseline avx2 avx512; do
  SHOAL_KERNELS_ISA=$isa "$build/shoal_sanitize" "$rounds" "$rounds" &
  running="$running $!"
done
for one in $running; do
  wait "$one"
done

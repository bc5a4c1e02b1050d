#!/usr/bin/env bash
# Hands made-up input to everything that reads what others wrote: builds the targets of tools/fuzz
# and runs each in turn, with one line for each.
#
#   tools/fuzz.sh [SECONDS]   so long in all, ten minutes without it. What was found worth keeping
#                             is in target/fuzz/corpus, where the next run goes on.
#   tools/fuzz.sh check       a fixed number of inputs, for `make test`. They are the same every time
#                             but for `module`, since what libFuzzer learns there passes through
#                             hash tables of `wasm-smith` that the system's random numbers seed.
#
# An input that crashes a target is kept in target/fuzz/crashes, and the exit code is then 1. What
# mends the bug comes with an ordinary test, so no inputs are kept in the tree.

set -euo pipefail
cd "$(dirname "$0")/.."

readonly WORK=target/fuzz
readonly SEEDS=16
# For `check`: no more than this for one target, however slow the machine.
readonly CHECK_SECONDS_MAX=60
# Each target with its number of inputs for `check`, which take 25 seconds in all.
readonly TARGETS=(bundle:50000 console:10000 manifest:5000 module:400 net:4000 usb:20000 wasi:4000)

crashes=0

main() {
    build
    local target
    for target in "${TARGETS[@]}"; do
        if [[ ${1:-} == check ]]; then
            check "${target%:*}" "${target#*:}"
        else
            explore "${target%:*}" $((${1:-600} / ${#TARGETS[@]}))
        fi
    done
    ((crashes == 0))
}

build() {
    local sanitizer=none
    if has_address_sanitizer; then sanitizer=address; fi
    cargo fuzz build --fuzz-dir tools/fuzz --target-dir "$WORK/build" --sanitizer "$sanitizer"
}

# Not every host has it; without it a wild access in the interpreter may go unseen.
has_address_sanitizer() {
    compgen -G "$(rustc --print sysroot)/lib/rustlib/$(host)/lib/librustc*_rt.asan.*" >/dev/null
}

host() {
    rustc --print host-tuple
}

# explore TARGET SECONDS: goes on where the last run ended.
explore() {
    mkdir -p "$WORK/corpus/$1"
    run "$1" "-max_total_time=$2" "$WORK/corpus/$1"
}

# check TARGET RUNS: begins from the seeds, with numbers that are always the same, and does not
# look after a second what lies in the folder, which depends on the machine's speed.
check() {
    run "$1" -seed=1 -reload=0 "-runs=$2" "-max_total_time=$CHECK_SECONDS_MAX"
}

# Runs a command at the addresses that it had before, where the system can: libFuzzer learns from
# comparisons by their addresses.
at_fixed_addresses() {
    if setarch "$(uname -m)" -R true 2>/dev/null; then
        setarch "$(uname -m)" -R "$@"
    else
        "$@"
    fi
}

# run TARGET OPTION…
run() {
    local target=$1 program log=$WORK/$1.log
    shift
    program=$WORK/build/$(host)/release/$target
    seed "$target"
    mkdir -p "$WORK/crashes"

    # Every app of the tests' machine keeps it for good, so what leaks says nothing.
    if ASAN_OPTIONS=detect_leaks=0 at_fixed_addresses "$program" -print_final_stats=1 \
        -detect_leaks=0 -len_control=0 -max_len=4096 -timeout=20 -rss_limit_mb=3072 \
        -malloc_limit_mb=256 "-artifact_prefix=$WORK/crashes/$target-" \
        "$@" "$WORK/seeds/$target" >"$log" 2>&1; then
        echo "$target: ok, $(figures "$log")"
        return
    fi
    crashes=$((crashes + 1))
    grep -a -A 2 "panicked at\|ERROR: " "$log" | cut -c 1-1000 || true
    echo "$target: CRASHED, $(figures "$log"), see $log"
    echo "$target: again with: $program $(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)"
}

# figures LOG: how much was tried, and how many places of the code were reached.
figures() {
    local runs covered
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$1" | tail -n 1)
    covered=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$1" | tail -n 1)
    echo "${runs:-no} runs, ${covered:-no} places covered"
}

# What a target begins with: noise, since nothing grows long from nothing, and what is right.
seed() {
    local folder=$WORK/seeds/$1 number
    rm -rf "$folder"
    mkdir -p "$folder"
    for ((number = 1; number <= SEEDS; number++)); do
        noise "$number" >"$folder/noise-$number"
    done
    if [[ $1 == manifest ]]; then cp apps/*.toml "$folder"; fi
}

# noise SEED: some 2 KiB from a small generator of numbers, the same on every machine. Each has its
# own length, since libFuzzer takes files by their lengths, and those alike in any order.
noise() {
    # The text is made of escapes alone.
    # shellcheck disable=SC2059
    printf "$(awk -v x="$1" 'BEGIN {
        n = 2048 - x
        for (i = 0; i < n; i++) {
            x = (x * 75 + 74) % 65537
            printf "\\%03o", int(x / 7) % 256
        }
    }')"
}

main "$@"

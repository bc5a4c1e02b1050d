#!/usr/bin/env bash
# Everything that must hold, and its counts in the last line: format and lints, then the tests on
# the host and in QEMU, which boot the image of `make image`. The argument `check` leaves it at
# format and lints; `stress` runs only the tests that are too long for every day, which are those
# with `#[ignore]`.
#
# A test that cannot run here says so in a line with `SKIPPED:`, and is counted as skipped.

set -uo pipefail
cd "$(dirname "$0")/.."

readonly LOG=target/test.log
passed=0 failed=0 skipped=0

main() {
    mkdir -p target
    case ${1:-} in
        stress) tests -- --ignored ;;
        *) everything "$@" ;;
    esac

    echo "$passed passed, $failed failed, $skipped skipped"
    ((failed == 0))
}

everything() {
    check "format" cargo fmt --all --check
    check "lints" cargo clippy --quiet --all-targets -- -D warnings
    check "lints of the kernel and the apps" cargo bramble lint
    check "format and lints of the fuzz targets" fuzz_lints
    if [[ ${1:-} != check ]]; then
        tests
        check "the apps' own tests" app_tests
        check "all orders in which cores and threads can meet" model
        check "fuzzing, some thousand inputs" tools/fuzz.sh check
        # Deterministic figures alone: instructions and bytes.
        check "budgets" cargo bramble bench --boots 1
    fi
}

# They are a workspace of their own.
fuzz_lints() {
    cargo fmt --manifest-path tools/fuzz/Cargo.toml --check &&
        cargo clippy --quiet --manifest-path tools/fuzz/Cargo.toml --target-dir target \
            --all-targets -- -D warnings
}

# Each app is a workspace of its own.
app_tests() {
    cargo test --quiet --manifest-path apps/guest/Cargo.toml --target-dir target/app-tests \
        --features std,graphics &&
        cargo test --quiet --manifest-path apps/watch/Cargo.toml --target-dir target/app-tests
}

# The models of the scheduler and of threads, with their own locks and atomics: see
# kernel/core/src/sync.rs. No more than three preemptions in a run, since all of them are more than
# can be tried.
model() {
    RUSTFLAGS='--cfg loom' LOOM_MAX_PREEMPTIONS=3 \
        cargo test --quiet --target-dir target/loom --package kernel-core \
        --package service-threads --lib model::
}

# check NAME COMMAND…: quiet unless it fails.
check() {
    local name=$1
    shift
    if "$@" >"$LOG" 2>&1; then
        echo "$name: ok"
        passed=$((passed + 1))
    else
        cat "$LOG"
        echo "$name: FAILED"
        failed=$((failed + 1))
    fi
}

# Adds up what each test program says at its end. One that says nothing did not compile, or
# died, and counts as one failure. Those that `make stress` has are no part of `make test`.
tests() {
    local before=$failed status
    cargo test --no-fail-fast "$@" 2>&1 | tee "$LOG"
    status=$?

    local ok bad
    while read -r ok bad; do
        passed=$((passed + ok)) failed=$((failed + bad))
    done < <(sed -n 's/^test result: .* \([0-9]*\) passed; \([0-9]*\) failed;.*/\1 \2/p' "$LOG")

    local marked
    marked=$(grep -c 'SKIPPED:' "$LOG")
    # The test program counted them as passed.
    passed=$((passed - marked)) skipped=$((skipped + marked))
    if ((status != 0 && failed == before)); then failed=$((failed + 1)); fi
}

main "$@"

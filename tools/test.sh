#!/usr/bin/env bash
# Everything that must hold, and its counts in the last line: format and lints, then (without the
# argument `check`) the tests on the host and in QEMU, which boot the image of `make image`.
#
# A test that cannot run here says so in a line with `SKIPPED:`, and is counted as skipped.

set -uo pipefail
cd "$(dirname "$0")/.."

readonly LOG=target/test.log
passed=0 failed=0 skipped=0

main() {
    mkdir -p target
    check "format" cargo fmt --all --check
    check "lints" cargo clippy --quiet --all-targets -- -D warnings
    check "lints of the kernel and the apps" cargo bramble lint
    if [[ ${1:-} != check ]]; then
        tests
        # Deterministic figures alone: instructions and bytes.
        check "budgets" cargo bramble bench --boots 1
    fi

    echo "$passed passed, $failed failed, $skipped skipped"
    ((failed == 0))
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
# died, and counts as one failure.
tests() {
    local before=$failed status
    cargo test --no-fail-fast 2>&1 | tee "$LOG"
    status=$?

    local ok bad ignored
    while read -r ok bad ignored; do
        passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + ignored))
    done < <(sed -n 's/^test result: .* \([0-9]*\) passed; \([0-9]*\) failed; \([0-9]*\) ignored;.*/\1 \2 \3/p' "$LOG")

    local marked
    marked=$(grep -c 'SKIPPED:' "$LOG")
    # The test program counted them as passed.
    passed=$((passed - marked)) skipped=$((skipped + marked))
    if ((status != 0 && failed == before)); then failed=$((failed + 1)); fi
}

main "$@"

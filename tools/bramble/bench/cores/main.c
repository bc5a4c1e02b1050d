// Says how many instructions two cores took, where each takes a nanosecond and the emulator runs
// one core after the other: time passes for both while one of them runs. No thread here ends its
// turn but by waiting or at its end, so two that both go on are on two cores.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <time.h>

enum { WAKES = 20, PAUSE = 1000, WORK = 4000, STEPS = 200 };

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void start(thrd_t *thread, thrd_start_t function, void *argument) {
    if (thrd_create(thread, function, argument) != thrd_success) exit(1);
}

// When some thread last looked at the clock: since then, the core that looks now has run.
static _Atomic int64_t seen_ns;

// Instructions of the calling core since it or the other looked last.
static int64_t look(void) {
    int64_t now = now_ns(), before = seen_ns;
    while (now > before) {
        if (__c11_atomic_compare_exchange_strong(&seen_ns, &before, now, __ATOMIC_SEQ_CST,
                                                 __ATOMIC_SEQ_CST)) {
            return now - before;
        }
    }
    // The other core had its turn in between.
    return 0;
}

static _Atomic int ready;
static volatile uint32_t result;

static int compute(void *taken_ns) {
    int64_t all_ns = 0;
    // Both are there before either begins.
    for (ready++; ready < 2;) look();
    for (int i = 0; i < WORK; i++) {
        uint32_t x = result;
        for (int n = 0; n < STEPS; n++) x = x * 1664525 + 1013904223 + n % 7;
        result = x;
        all_ns += look();
    }
    *(int64_t *)taken_ns = all_ns;
    return 0;
}

// The instructions of each of two threads that do the same at once.
static void say_work(void) {
    thrd_t threads[2];
    int64_t taken_ns[2];
    for (int i = 0; i < 2; i++) start(&threads[i], compute, &taken_ns[i]);
    for (int i = 0; i < 2; i++) thrd_join(threads[i], NULL);
    printf("%lld\n%lld\n", taken_ns[0], taken_ns[1]);
}

static int bell;
static _Atomic int64_t woken_ns;

static int note_wakes(void *unused) {
    (void)unused;
    for (int i = 0; i < WAKES; i++) {
        __builtin_wasm_memory_atomic_wait32(&bell, 0, -1);
        woken_ns = look();
    }
    return 0;
}

// From the call that notifies to its return, and from when the other core begins to the first
// instruction of the thread that waited. The first goes on to look at the clock, so it is known
// when the other began.
static int64_t wake(void) {
    woken_ns = 0;
    // Until the other waits, and its core sleeps.
    do {
        for (int i = 0; i < PAUSE; i++) look();
    } while (__builtin_wasm_memory_atomic_notify(&bell, 1) == 0);
    int64_t taken_ns = look();
    while (woken_ns == 0) look();
    return taken_ns + woken_ns;
}

// The most of many wakes.
static void say_wake(void) {
    thrd_t thread;
    int64_t most_ns = 0;
    start(&thread, note_wakes, NULL);
    for (int i = 0; i < WAKES; i++) {
        int64_t ns = wake();
        if (ns > most_ns) most_ns = ns;
    }
    thrd_join(thread, NULL);
    printf("%lld\n", most_ns);
}

int main(int count, char **words) {
    // The boot goes on when the first turn ends, and must not be measured.
    thrd_yield();
    if (count < 2) return 1;
    if (strcmp(words[1], "work") == 0) say_work();
    if (strcmp(words[1], "wake") == 0) say_wake();
    return 0;
}

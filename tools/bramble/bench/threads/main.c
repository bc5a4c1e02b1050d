// Exit code: nanoseconds of what the first argument names, on one core.

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <time.h>

enum { ROUNDS = 100, SEATS = 7 };

static _Atomic int turn, stays;

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void wait_while(_Atomic int *word, int value) {
    while (*word == value) __builtin_wasm_memory_atomic_wait32((int *)word, value, -1);
}

static void set(_Atomic int *word, int value) {
    *word = value;
    __builtin_wasm_memory_atomic_notify((int *)word, UINT32_MAX);
}

static int note_and_stay(void *begun_ns) {
    *(int64_t *)begun_ns = now_ns();
    wait_while(&stays, 1);
    return 0;
}

// From the parent's call to the child's first instruction, the parent's return and its wait for
// the child between them.
static int64_t spawn(thrd_t *thread) {
    volatile int64_t begun_ns = 0;
    int64_t from_ns = now_ns();
    if (thrd_create(thread, note_and_stay, (void *)&begun_ns) != thrd_success) exit(1);
    while (begun_ns == 0) thrd_yield();
    return begun_ns - from_ns;
}

// The first thread has translated the code that the others run; these all are in places that no
// thread had before.
static int64_t spawn_first(void) {
    thrd_t threads[SEATS];
    int64_t worst_ns = 0;
    stays = 1;
    for (int i = 0; i < SEATS; i++) {
        int64_t ns = spawn(&threads[i]);
        if (i > 0 && ns > worst_ns) worst_ns = ns;
    }
    set(&stays, 0);
    for (int i = 0; i < SEATS; i++) thrd_join(threads[i], NULL);
    return worst_ns;
}

// In a place that another thread had.
static int64_t spawn_again(void) {
    int64_t all_ns = 0;
    for (int i = -1; i < ROUNDS; i++) {
        thrd_t thread;
        int64_t ns = spawn(&thread);
        thrd_join(thread, NULL);
        if (i >= 0) all_ns += ns;
    }
    return all_ns / ROUNDS;
}

static int64_t notified_ns, woken_ns;

static int note_wakes(void *unused) {
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        wait_while(&turn, 0);
        woken_ns += now_ns();
        set(&turn, 0);
    }
    return 0;
}

// From a notify to the first instruction of the thread that waited, with the wait of the one that
// notified between them.
static int64_t wake(void) {
    thrd_t thread;
    if (thrd_create(&thread, note_wakes, NULL) != thrd_success) exit(1);
    for (int i = 0; i < ROUNDS; i++) {
        // It waits before this goes on.
        thrd_yield();
        thrd_yield();
        notified_ns += now_ns();
        set(&turn, 1);
        wait_while(&turn, 1);
    }
    thrd_join(thread, NULL);
    return (woken_ns - notified_ns) / ROUNDS;
}

int main(int count, char **words) {
    // The boot goes on when the first turn ends, and must not be measured.
    thrd_yield();
    if (count < 2) return 1;
    if (strcmp(words[1], "spawn") == 0) exit(spawn_first());
    if (strcmp(words[1], "spawn-again") == 0) exit(spawn_again());
    if (strcmp(words[1], "wake") == 0) exit(wake());
    return 1;
}

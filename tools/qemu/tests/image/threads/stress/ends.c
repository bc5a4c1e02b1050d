// What must not go well, and how it ends.

#include "stress.h"
#include <stdlib.h>

// Nobody notifies it.
static _Atomic int never, released;

static int wait_for_release(void *unused) {
    (void)unused;
    while (!released) wait_at(&released, 0, -1);
    return 0;
}

static int wait_for_ever(void *unused) {
    (void)unused;
    wait_at(&never, 0, -1);
    return 0;
}

// The thread after the last is an error, and the others go on.
void limit(void) {
    thrd_t threads[THREADS_MAX], one_more;
    for (int i = 0; i < THREADS_MAX; i++) {
        CHECK(thrd_create(&threads[i], wait_for_release, NULL) == thrd_success);
    }
    CHECK(thrd_create(&one_more, wait_for_release, NULL) == thrd_error);
    released = 1;
    notify_at(&released, THREADS_MAX);
    for (int i = 0; i < THREADS_MAX; i++) CHECK(thrd_join(threads[i], NULL) == thrd_success);
    run_threads(1, wait_for_release);
}

static int fall(void *unused) {
    (void)unused;
    __builtin_trap();
}

static int end_all(void *unused) {
    (void)unused;
    exit(42);
}

static int wait_beside_a_word(void *unused) {
    (void)unused;
    return __builtin_wasm_memory_atomic_wait32((int *)((char *)&never + 2), 0, 0);
}

// Starts a thread that waits for ever and one that ends the app, which both wait for here.
static void end_by(thrd_start_t function) {
    thrd_t waiting, ending;
    CHECK(thrd_create(&waiting, wait_for_ever, NULL) == thrd_success);
    CHECK(thrd_create(&ending, function, NULL) == thrd_success);
    thrd_join(waiting, NULL);
}

void trap(void) {
    end_by(fall);
}

void leave_all(void) {
    end_by(end_all);
}

void unaligned(void) {
    end_by(wait_beside_a_word);
}

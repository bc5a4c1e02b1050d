// Waits that race notifies, and threads that leave.

#include "stress.h"

// Each wait ends in one way, and as many were woken as the notifier counted.
enum { WAITS = 2000, WAITERS = 3, WOKEN = 0, TIMED_OUT = 2 };

static _Atomic int word, woken, timed_out, waiters_left = WAITERS, told;

static int wait_often(void *number) {
    uint32_t random = random_of((intptr_t)number);
    for (int i = 0; i < WAITS; i++) {
        int how = wait_at(&word, 0, next_random(&random) % 200000);
        CHECK(how == WOKEN || how == TIMED_OUT);
        *(how == WOKEN ? &woken : &timed_out) += 1;
    }
    waiters_left--;
    return 0;
}

static int notify_often(void *number) {
    uint32_t random = random_of((intptr_t)number);
    while (waiters_left > 0) {
        told += notify_at(&word, next_random(&random) % WAITERS + 1);
        for (uint32_t left = next_random(&random) % 256; left > 0; left--) perturb(&random);
    }
    return 0;
}

static int wait_or_notify(void *number) {
    return (intptr_t)number < WAITERS ? wait_often(number) : notify_often(number);
}

void timeouts(void) {
    run_threads(WAITERS + 1, wait_or_notify);
    CHECK(woken + timed_out == WAITERS * WAITS);
    CHECK(woken == told);
}

// Threads come and go while others wait; these still find out.
enum { GENERATIONS = 100, GUESTS = 3 };

static _Atomic int left_so_far;

static int leave_soon(void *number) {
    uint32_t random = random_of((intptr_t)number);
    for (uint32_t left = next_random(&random) % 64; left > 0; left--) perturb(&random);
    left_so_far++;
    notify_at(&left_so_far, WAITERS);
    return 0;
}

static int wait_for_all(void *unused) {
    (void)unused;
    for (int seen; (seen = left_so_far) < GENERATIONS * GUESTS;) {
        wait_at(&left_so_far, seen, -1);
    }
    return 0;
}

void leave(void) {
    thrd_t waiters[WAITERS];
    for (int i = 0; i < WAITERS; i++) {
        CHECK(thrd_create(&waiters[i], wait_for_all, NULL) == thrd_success);
    }
    for (int i = 0; i < GENERATIONS; i++) run_threads(GUESTS, leave_soon);
    for (int i = 0; i < WAITERS; i++) CHECK(thrd_join(waiters[i], NULL) == thrd_success);
    CHECK(left_so_far == GENERATIONS * GUESTS);
}

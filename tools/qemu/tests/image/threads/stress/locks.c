// What locks promise: nobody is in between, and nothing is lost.

#include "stress.h"

enum { INCREMENTS = 100000 };

static mtx_t lock;
static int sum;

static int increment(void *number) {
    uint32_t random = random_of((intptr_t)number);
    for (int i = 0; i < INCREMENTS; i++) {
        mtx_lock(&lock);
        sum++;
        mtx_unlock(&lock);
        perturb(&random);
    }
    return 0;
}

void mutex(void) {
    mtx_init(&lock, mtx_plain);
    run_threads(4, increment);
    CHECK(sum == 4 * INCREMENTS);
}

// Peterson's lock for two: only sequentially consistent accesses keep both from entering.
enum { ENTRIES = 5000 };

static _Atomic int wants[2], yields;

static int enter(void *number) {
    int me = (intptr_t)number;
    uint32_t random = random_of(me);
    for (int i = 0; i < ENTRIES; i++) {
        wants[me] = 1;
        yields = me;
        while (wants[1 - me] && yields == me) {
            if (next_random(&random) % 64 == 0) thrd_yield();
        }
        sum++;
        wants[me] = 0;
    }
    return 0;
}

void peterson(void) {
    run_threads(2, enter);
    CHECK(sum == 2 * ENTRIES);
}

// A barrier is passed by all or by none.
enum { ROUNDS = 10000, PARTIES = 4 };

static mtx_t gate;
static cnd_t opened;
static int arrived, generation;
static _Atomic int rounds[PARTIES];

static void pass(void) {
    mtx_lock(&gate);
    int mine = generation;
    if (++arrived == PARTIES) {
        arrived = 0;
        generation++;
        cnd_broadcast(&opened);
    }
    while (mine == generation) cnd_wait(&opened, &gate);
    mtx_unlock(&gate);
}

static int go_round(void *number) {
    int me = (intptr_t)number;
    uint32_t random = random_of(me);
    for (int i = 0; i < ROUNDS; i++) {
        rounds[me] = i;
        pass();
        // Each has come to this barrier, and nobody to the one after the next.
        for (int other = 0; other < PARTIES; other++) {
            int round = rounds[other];
            CHECK(round == i || round == i + 1);
        }
        perturb(&random);
    }
    return 0;
}

void barrier(void) {
    mtx_init(&gate, mtx_plain);
    cnd_init(&opened);
    run_threads(PARTIES, go_round);
    CHECK(generation == ROUNDS);
}

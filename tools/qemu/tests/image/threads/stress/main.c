// Stress programs for threads in one app: `stress NAME SEED` runs one and says that it is done.

#include "stress.h"
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    void (*run)(void);
} PROGRAMS[] = {
    {"mutex", mutex},
    {"ring", ring},
    {"barrier", barrier},
    {"sort", sort},
    {"peterson", peterson},
    {"timeouts", timeouts},
    {"leave", leave},
    {"heap", heap},
    {"limit", limit},
    {"trap", trap},
    {"exit", leave_all},
    {"unaligned", unaligned},
};

static uint32_t seed;

uint32_t random_of(uint32_t stream) {
    uint32_t state = (seed ^ (stream * 2654435761u)) | 1;
    for (int i = 0; i < 8; i++) next_random(&state);
    return state;
}

// Marsaglia's xorshift32.
uint32_t next_random(uint32_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    return *state ^= *state << 5;
}

void perturb(uint32_t *state) {
    if (next_random(state) % 512 == 0) sched_yield();
}

void check(int condition, const char *file, int line, const char *text) {
    if (condition) return;
    printf("%s:%d: not so: %s\n", file, line, text);
    exit(1);
}

int wait_at(_Atomic int *word, int expected, int64_t timeout_ns) {
    return __builtin_wasm_memory_atomic_wait32((int *)word, expected, timeout_ns);
}

int notify_at(_Atomic int *word, unsigned count) {
    return __builtin_wasm_memory_atomic_notify((int *)word, count);
}

void run_threads(int count, thrd_start_t function) {
    thrd_t threads[THREADS_MAX];
    for (int i = 0; i < count; i++) {
        CHECK(thrd_create(&threads[i], function, (void *)(intptr_t)i) == thrd_success);
    }
    for (int i = 0; i < count; i++) CHECK(thrd_join(threads[i], NULL) == thrd_success);
}

int main(int count, char **words) {
    if (count > 2) seed = strtoul(words[2], NULL, 10);
    for (size_t i = 0; count > 1 && i < sizeof PROGRAMS / sizeof *PROGRAMS; i++) {
        if (strcmp(words[1], PROGRAMS[i].name) == 0) {
            PROGRAMS[i].run();
            printf("%s is done\n", words[1]);
            return 0;
        }
    }
    printf("there is no such program\n");
    return 2;
}

// Four threads count primes: each takes the next range from a counter that a mutex guards.

#include <stdio.h>
#include <threads.h>

enum { WORKERS = 4, RANGES = 64, RANGE_NUMBERS = 500 };

static mtx_t lock;
static int next_range;
static int primes;

static int is_prime(int number) {
    for (int divisor = 2; divisor * divisor <= number; divisor++) {
        if (number % divisor == 0) return 0;
    }
    return number > 1;
}

// Gives the next range, or RANGES if there is none, and adds what was found in the last one.
static int take_range(int found) {
    mtx_lock(&lock);
    primes += found;
    int range = next_range < RANGES ? next_range++ : RANGES;
    mtx_unlock(&lock);
    return range;
}

static int work(void *argument) {
    (void)argument;
    int range, found = 0;
    while ((range = take_range(found)) < RANGES) {
        found = 0;
        for (int i = 0; i < RANGE_NUMBERS; i++) found += is_prime(range * RANGE_NUMBERS + i);
    }
    return 0;
}

int main(void) {
    thrd_t workers[WORKERS];
    mtx_init(&lock, mtx_plain);
    for (int i = 0; i < WORKERS; i++) {
        if (thrd_create(&workers[i], work, NULL) != thrd_success) return 1;
    }
    for (int i = 0; i < WORKERS; i++) thrd_join(workers[i], NULL);
    printf("%d primes below %d\n", primes, RANGES * RANGE_NUMBERS);
    return 0;
}

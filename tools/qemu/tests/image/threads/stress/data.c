// Data that threads hand to each other.

#include "stress.h"
#include <stdlib.h>
#include <string.h>

// Two producers and two consumers around a buffer of few places.
enum { PLACES = 4, ITEMS = 5000 };

static mtx_t buffer;
static cnd_t has_item, has_room;
static int items[PLACES], first, count;
static uint64_t put_sum, got_sum;
static char seen[2 * ITEMS];

static void put(int item) {
    mtx_lock(&buffer);
    while (count == PLACES) cnd_wait(&has_room, &buffer);
    items[(first + count++) % PLACES] = item;
    put_sum += item;
    cnd_signal(&has_item);
    mtx_unlock(&buffer);
}

static void get(void) {
    mtx_lock(&buffer);
    while (count == 0) cnd_wait(&has_item, &buffer);
    int item = items[first];
    first = (first + 1) % PLACES;
    count--;
    got_sum += item;
    CHECK(!seen[item]);
    seen[item] = 1;
    cnd_signal(&has_room);
    mtx_unlock(&buffer);
}

static int produce_or_consume(void *number) {
    int me = (intptr_t)number;
    uint32_t random = random_of(me);
    for (int i = 0; i < ITEMS; i++) {
        if (me < 2) put(me * ITEMS + i); else get();
        perturb(&random);
    }
    return 0;
}

void ring(void) {
    mtx_init(&buffer, mtx_plain);
    cnd_init(&has_item);
    cnd_init(&has_room);
    run_threads(4, produce_or_consume);
    CHECK(count == 0 && put_sum == got_sum);
    for (int i = 0; i < 2 * ITEMS; i++) CHECK(seen[i]);
}

// Four threads sort a quarter each, then two merge halves, then one the whole.
enum { NUMBERS = 1 << 15, QUARTER = NUMBERS / 4 };

static uint32_t numbers[NUMBERS], merged[NUMBERS];

static int compare(const void *one, const void *other) {
    uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
    return (a > b) - (a < b);
}

static int sort_quarter(void *number) {
    qsort(numbers + (intptr_t)number * QUARTER, QUARTER, sizeof *numbers, compare);
    return 0;
}

static void merge(const uint32_t *from, uint32_t *to, int half) {
    int left = 0, right = half;
    for (int i = 0; i < 2 * half; i++) {
        int takes_left = right == 2 * half || (left < half && from[left] <= from[right]);
        to[i] = takes_left ? from[left++] : from[right++];
    }
}

static int merge_half(void *number) {
    int begin = (intptr_t)number * 2 * QUARTER;
    merge(numbers + begin, merged + begin, QUARTER);
    return 0;
}

void sort(void) {
    uint32_t random = random_of(0), sum = 0;
    for (int i = 0; i < NUMBERS; i++) sum += numbers[i] = next_random(&random);
    run_threads(4, sort_quarter);
    run_threads(2, merge_half);
    merge(merged, numbers, 2 * QUARTER);
    for (int i = 0; i < NUMBERS; i++) {
        CHECK(i == 0 || numbers[i - 1] <= numbers[i]);
        sum -= numbers[i];
    }
    CHECK(sum == 0);
}

// Blocks of the heap belong to who has them.
static int take_and_give_back(void *number) {
    uint32_t random = random_of((intptr_t)number);
    for (int i = 0; i < 2000; i++) {
        size_t bytes = next_random(&random) % 500 + 1;
        unsigned char *block = malloc(bytes), mark = next_random(&random);
        CHECK(block != NULL);
        memset(block, mark, bytes);
        perturb(&random);
        for (size_t at = 0; at < bytes; at++) CHECK(block[at] == mark);
        free(block);
    }
    return 0;
}

void heap(void) {
    run_threads(4, take_and_give_back);
}

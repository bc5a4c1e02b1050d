// What the stress programs share. Each is a function that returns if all was as it should be.

#ifndef STRESS_H
#define STRESS_H

#include <stdint.h>
#include <threads.h>

// Ends the program with a line that says where and what, unless `condition` holds.
#define CHECK(condition) check((condition), __FILE__, __LINE__, #condition)
void check(int condition, const char *file, int line, const char *text);

// Runs `function` in so many threads, each with its number as argument, and waits for all.
#define THREADS_MAX 7
void run_threads(int count, thrd_start_t function);

// Numbers that differ with the seed, the second argument of the program, and with `stream`.
uint32_t random_of(uint32_t stream);
uint32_t next_random(uint32_t *state);

// Gives way now and then, so that threads meet differently with each seed.
void perturb(uint32_t *state);

int wait_at(_Atomic int *word, int expected, int64_t timeout_ns);
int notify_at(_Atomic int *word, unsigned count);

void mutex(void);
void ring(void);
void barrier(void);
void sort(void);
void peterson(void);
void timeouts(void);
void leave(void);
void limit(void);
void trap(void);
void leave_all(void);
void unaligned(void);
void heap(void);

#endif

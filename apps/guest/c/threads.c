// <threads.h> of C11 for WASI: threads that Bramble runs at once, on all its cores.
//
// WASI's C library has the header everywhere, but the functions only where it was built for
// threads, which Debian's was not. `bramble build` adds this file to a program that includes the
// header. Left out are `thrd_exit` (a thread ends when its function returns), `tss_…` (there is
// `thread_local`) and recursive mutexes.
//
// Sources: ISO/IEC 9899:2011 §7.26; wasi-threads, wasi-threads.abi.md; U. Drepper, "Futexes Are
// Tricky", for the mutex.

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>
#include <time.h>

#define STACK_BYTES 65536
// Tries to get a place that a thread had which was joined: it gives it back a moment later.
#define SPAWNS_MAX 1000
#define FOREVER_NS (-1)
#define ALL UINT32_MAX

// What a thread needs to begin; start.s knows the first two.
struct __pthread {
    char *stack_top;
    void *locals;
    thrd_start_t function;
    void *argument;
    char *block;
    int result;
    _Atomic int state;
};

enum { RUNNING, OVER, DETACHED };

__attribute__((import_module("wasi"), import_name("thread-spawn")))
int32_t wasi_thread_spawn(thrd_t thread);

static struct __pthread main_thread;
static _Thread_local thrd_t current;

static int wait(_Atomic int *word, int expected, int64_t timeout_ns) {
    return __builtin_wasm_memory_atomic_wait32((int *)word, expected, timeout_ns);
}

static void notify(_Atomic int *word, uint32_t count) {
    __builtin_wasm_memory_atomic_notify((int *)word, count);
}

// Nanoseconds until `until` by the wall clock; 0 if that is over.
static int64_t ns_until(const struct timespec *until) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t ns = (until->tv_sec - now.tv_sec) * 1000000000LL + (until->tv_nsec - now.tv_nsec);
    return ns > 0 ? ns : 0;
}

// Threads.

// Stack, thread-locals and the thread itself in one block, the stack lowest.
static thrd_t make_thread(void) {
    size_t align = __builtin_wasm_tls_align() > 16 ? __builtin_wasm_tls_align() : 16;
    size_t locals_bytes = (__builtin_wasm_tls_size() + align - 1) / align * align;
    size_t bytes = STACK_BYTES + locals_bytes + sizeof(struct __pthread) + align;
    char *block = malloc(bytes);
    if (!block) return NULL;
    char *stack = (char *)(((uintptr_t)block + align - 1) / align * align);
    thrd_t thread = (thrd_t)(stack + STACK_BYTES + locals_bytes);
    *thread = (struct __pthread){
        .stack_top = stack + STACK_BYTES,
        .locals = stack + STACK_BYTES,
        .block = block,
    };
    return thread;
}

int thrd_create(thrd_t *made, thrd_start_t function, void *argument) {
    thrd_t thread = make_thread();
    if (!thread) return thrd_nomem;
    thread->function = function;
    thread->argument = argument;
    // It may be over before the call returns.
    *made = thread;
    for (int tries = 0; tries < SPAWNS_MAX; tries++) {
        if (wasi_thread_spawn(thread) > 0) return thrd_success;
        thrd_yield();
    }
    free(thread->block);
    return thrd_error;
}

// The first function of a thread, on its own stack.
void bramble_thread_main(thrd_t thread) {
    current = thread;
    thread->result = thread->function(thread->argument);
    // Whoever joins frees the stack, so from here on nothing may stand there. A detached
    // thread's block is never freed: nobody is left who could.
    if (thread->state == RUNNING) {
        thread->state = OVER;
        notify(&thread->state, ALL);
    }
}

int thrd_join(thrd_t thread, int *result) {
    while (thread->state == RUNNING) wait(&thread->state, RUNNING, FOREVER_NS);
    if (result) *result = thread->result;
    free(thread->block);
    return thrd_success;
}

int thrd_detach(thrd_t thread) {
    thread->state = DETACHED;
    return thrd_success;
}

thrd_t thrd_current(void) {
    return current ? current : &main_thread;
}

int (thrd_equal)(thrd_t one, thrd_t other) {
    return one == other;
}

void thrd_yield(void) {
    sched_yield();
}

int thrd_sleep(const struct timespec *duration, struct timespec *left) {
    return nanosleep(duration, left);
}

enum { ONCE_NEW, ONCE_BUSY, ONCE_DONE };

void call_once(once_flag *flag, void (*function)(void)) {
    _Atomic int *state = (_Atomic int *)flag;
    int found = ONCE_NEW;
    if (__c11_atomic_compare_exchange_strong(
            state, &found, ONCE_BUSY, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
        function();
        *state = ONCE_DONE;
        notify(state, ALL);
    }
    while (*state == ONCE_BUSY) wait(state, ONCE_BUSY, FOREVER_NS);
}

// Mutexes. Only an unlock of a CONTENDED one has to wake somebody.

enum { FREE, LOCKED, CONTENDED };

static _Atomic int *word_of(void *object) {
    return object;
}

int mtx_init(mtx_t *mutex, int type) {
    if (type & mtx_recursive) return thrd_error;
    *word_of(mutex) = FREE;
    return thrd_success;
}

void mtx_destroy(mtx_t *mutex) {
    (void)mutex;
}

int mtx_trylock(mtx_t *mutex) {
    int found = FREE;
    bool locked = __c11_atomic_compare_exchange_strong(
        word_of(mutex), &found, LOCKED, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return locked ? thrd_success : thrd_busy;
}

static int lock_until(_Atomic int *word, const struct timespec *until) {
    while (__c11_atomic_exchange(word, CONTENDED, __ATOMIC_SEQ_CST) != FREE) {
        int64_t timeout_ns = until ? ns_until(until) : FOREVER_NS;
        if (timeout_ns == 0) return thrd_timedout;
        wait(word, CONTENDED, timeout_ns);
    }
    return thrd_success;
}

int mtx_lock(mtx_t *mutex) {
    return mtx_trylock(mutex) == thrd_success ? thrd_success : lock_until(word_of(mutex), NULL);
}

int mtx_timedlock(mtx_t *restrict mutex, const struct timespec *restrict until) {
    return mtx_trylock(mutex) == thrd_success ? thrd_success : lock_until(word_of(mutex), until);
}

int mtx_unlock(mtx_t *mutex) {
    _Atomic int *word = word_of(mutex);
    if (__c11_atomic_exchange(word, FREE, __ATOMIC_SEQ_CST) == CONTENDED) notify(word, 1);
    return thrd_success;
}

// Condition variables: a number that each signal changes, so that none is missed between the
// unlock and the wait.

int cnd_init(cnd_t *condition) {
    *word_of(condition) = 0;
    return thrd_success;
}

void cnd_destroy(cnd_t *condition) {
    (void)condition;
}

static int signal(cnd_t *condition, uint32_t count) {
    _Atomic int *word = word_of(condition);
    __c11_atomic_fetch_add((_Atomic unsigned *)word, 1, __ATOMIC_SEQ_CST);
    notify(word, count);
    return thrd_success;
}

int cnd_signal(cnd_t *condition) {
    return signal(condition, 1);
}

int cnd_broadcast(cnd_t *condition) {
    return signal(condition, ALL);
}

static int wait_for_signal(cnd_t *condition, mtx_t *mutex, int64_t timeout_ns) {
    enum { TIMED_OUT = 2 };
    _Atomic int *word = word_of(condition);
    int seen = *word;
    mtx_unlock(mutex);
    int woken = wait(word, seen, timeout_ns);
    mtx_lock(mutex);
    return woken == TIMED_OUT ? thrd_timedout : thrd_success;
}

int cnd_wait(cnd_t *condition, mtx_t *mutex) {
    return wait_for_signal(condition, mutex, FOREVER_NS);
}

int cnd_timedwait(
    cnd_t *restrict condition, mtx_t *restrict mutex, const struct timespec *restrict until) {
    return wait_for_signal(condition, mutex, ns_until(until));
}

// malloc and its kin under a lock, since the C library's own are for one thread. The linker sends
// all calls here (`--wrap`), the library's among them.

#include <stddef.h>
#include <threads.h>

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *old, size_t bytes);
void *__real_aligned_alloc(size_t align, size_t bytes);
void __real_free(void *block);

// All zeroes is a mutex that is free.
static mtx_t heap;

void *__wrap_malloc(size_t bytes) {
    mtx_lock(&heap);
    void *block = __real_malloc(bytes);
    mtx_unlock(&heap);
    return block;
}

void *__wrap_calloc(size_t count, size_t bytes) {
    mtx_lock(&heap);
    void *block = __real_calloc(count, bytes);
    mtx_unlock(&heap);
    return block;
}

void *__wrap_realloc(void *old, size_t bytes) {
    mtx_lock(&heap);
    void *block = __real_realloc(old, bytes);
    mtx_unlock(&heap);
    return block;
}

void *__wrap_aligned_alloc(size_t align, size_t bytes) {
    mtx_lock(&heap);
    void *block = __real_aligned_alloc(align, bytes);
    mtx_unlock(&heap);
    return block;
}

void __wrap_free(void *block) {
    mtx_lock(&heap);
    __real_free(block);
    mtx_unlock(&heap);
}

/* Counts a process's allocations between two SIGUSR1, and tells the count on its standard error.
   Preloaded by benchmarks/run. */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

static volatile int counting;
static unsigned long allocations;

static void note(void) {
    if (counting) __atomic_add_fetch(&allocations, 1, __ATOMIC_RELAXED);
}

void *malloc(size_t size) { note(); return __libc_malloc(size); }
void *calloc(size_t count, size_t size) { note(); return __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { note(); return __libc_realloc(old, size); }
int posix_memalign(void **result, size_t alignment, size_t size) {
    note();
    *result = memalign(alignment, size);
    return *result ? 0 : ENOMEM;
}

static void toggle(int number) {
    (void)number;
    counting = !counting;
    if (counting) {
        allocations = 0;
        return;
    }
    char line[64];
    int length = snprintf(line, sizeof line, "allocations %lu\n", allocations);
    if (write(STDERR_FILENO, line, length) < 0) _exit(1);
}

__attribute__((constructor)) static void start(void) { signal(SIGUSR1, toggle); }

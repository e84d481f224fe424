/* Counts a process's allocations from one SIGUSR1 to the next, and tells the count on its standard error; with
   MALLOC_STACKS in the environment also where they were made. Preloaded by malloc_count.py. */
#include <errno.h>
#include <execinfo.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAMES 24
#define STACKS 4096

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

struct stack {
    unsigned long count;
    int depth;
    void *frames[FRAMES];
};

static volatile int counting;
static unsigned long allocations;
static int wants_stacks;
static struct stack stacks[STACKS];
static char stacks_lock;
/* What backtrace itself allocates does not count. */
static __thread int is_noting;

static void note_stack(void) {
    struct stack now = {.count = 0};
    now.depth = backtrace(now.frames, FRAMES);
    unsigned long place = 0;
    for (int i = 0; i < now.depth; i++) place = place * 31 + (unsigned long)now.frames[i];
    while (__atomic_test_and_set(&stacks_lock, __ATOMIC_ACQUIRE)) {}
    for (int tries = 0; tries < STACKS; tries++) {
        struct stack *known = &stacks[(place + tries) % STACKS];
        if (known->depth == 0) *known = now;
        if (known->depth == now.depth && !memcmp(known->frames, now.frames, sizeof now.frames)) {
            known->count++;
            break;
        }
    }
    __atomic_clear(&stacks_lock, __ATOMIC_RELEASE);
}

static void note(void) {
    if (!counting || is_noting) return;
    is_noting = 1;
    __atomic_add_fetch(&allocations, 1, __ATOMIC_RELAXED);
    if (wants_stacks) note_stack();
    is_noting = 0;
}

void *malloc(size_t size) { note(); return __libc_malloc(size); }
void *calloc(size_t count, size_t size) { note(); return __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { note(); return __libc_realloc(old, size); }
int posix_memalign(void **result, size_t alignment, size_t size) {
    note();
    *result = memalign(alignment, size);
    return *result ? 0 : ENOMEM;
}

static void tell(const char *what, unsigned long number) {
    char line[64];
    int length = snprintf(line, sizeof line, "%s %lu\n", what, number);
    if (write(STDERR_FILENO, line, length) < 0) _exit(1);
}

static void toggle(int number) {
    (void)number;
    if (!counting) {
        allocations = 0;
        memset(stacks, 0, sizeof stacks);
        counting = 1;
        tell("counting", 0);
        return;
    }
    counting = 0;
    for (int i = 0; i < STACKS; i++) {
        if (stacks[i].depth == 0) continue;
        tell("stack", stacks[i].count);
        backtrace_symbols_fd(stacks[i].frames, stacks[i].depth, STDERR_FILENO);
    }
    tell("allocations", allocations);
}

__attribute__((constructor)) static void start(void) {
    wants_stacks = getenv("MALLOC_STACKS") != NULL;
    signal(SIGUSR1, toggle);
}

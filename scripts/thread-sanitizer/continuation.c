// ThreadSanitizer's view of continuations.
//
// What is done before `resume` happens before what follows the `await`: the runtime sees to it by
// an atomic of the continuation's context (swift_continuation_await, resumeTaskAfterContinuation in
// its Task.cpp). The library is not instrumented, so it tells the sanitizer by hand:
// __tsan_release(task) in `resume`, __tsan_acquire(task) where a job of the task starts. A
// continuation that is resumed before its `await` is reached starts no job: the task goes straight
// on, and the acquire is missing. It is added here.
//
// swift_continuation_init is routed through here by the linker (--wrap). It replaces what the task
// resumes with by `resumed`, which acquires, puts things back as they were and goes on to where the
// compiler wanted. Nothing else becomes ordered: a task comes to `resumed` only after the `resume`
// that it waited for, and proof.swift shows that a write after `resume` is still reported.
// Continuations that the library makes itself do not come this way: AsyncStream's, and checked
// ones, which our tests do without for this reason. The file can go when the library acquires on
// this path too.

#include <stdlib.h>

extern void __tsan_acquire(void *address);

#define SWIFT __attribute__((swiftcall))
#define SWIFT_ASYNC __attribute__((swiftasynccall))
#define CONTEXT __attribute__((swift_async_context))

struct context;
typedef SWIFT_ASYNC void resumption(struct context *CONTEXT);

// The head of every async context, which is Swift's ABI.
struct context {
    struct context *parent;
    resumption *resume;
};

SWIFT void *swift_task_getCurrent(void);
SWIFT void *__real_swift_continuation_init(struct context *context, size_t flags);
SWIFT void *__wrap_swift_continuation_init(struct context *context, size_t flags);

// Takes away the head that was put over the compiler's own, which is kept in the parent's place.
static SWIFT_ASYNC void resumed(struct context *CONTEXT context) {
    struct context *kept = context->parent;
    *context = *kept;
    free(kept);
    __tsan_acquire(swift_task_getCurrent());
    __attribute__((musttail)) return context->resume(context);
}

SWIFT void *__wrap_swift_continuation_init(struct context *context, size_t flags) {
    struct context *kept = malloc(sizeof *kept);
    if (!kept) abort();
    *kept = *context;
    *context = (struct context){kept, resumed};
    return __real_swift_continuation_init(context, flags);
}

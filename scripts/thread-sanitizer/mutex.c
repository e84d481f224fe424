// ThreadSanitizer's view of Synchronization.Mutex.
//
// The toolchain's libswiftSynchronization is not instrumented, so the sanitizer misses what a contended
// Mutex orders: its slow paths take and release the lock unseen. The linker routes them through here
// (--wrap), where the ordering is told to the sanitizer. It can go when the library is annotated.

extern void __tsan_acquire(void *address);
extern void __tsan_release(void *address);

#define HANDLE __attribute__((swift_context)) void *handle
#define SWIFT __attribute__((swiftcall))
#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

SWIFT void real_lock_slow(unsigned owner, HANDLE) __asm__("__real_" LOCK_SLOW);
SWIFT void real_unlock_slow(HANDLE) __asm__("__real_" UNLOCK_SLOW);
SWIFT void wrap_lock_slow(unsigned owner, HANDLE) __asm__("__wrap_" LOCK_SLOW);
SWIFT void wrap_unlock_slow(HANDLE) __asm__("__wrap_" UNLOCK_SLOW);

SWIFT void wrap_lock_slow(unsigned owner, HANDLE) {
    real_lock_slow(owner, handle);
    __tsan_acquire(handle);
}

SWIFT void wrap_unlock_slow(HANDLE) {
    __tsan_release(handle);
    real_unlock_slow(handle);
}

#pragma once
#include <pthread.h>
#include <sys/socket.h>
#include <uv.h>

/* Flags that Swift imports with a type of their own. */
static const int signetSendFlags = MSG_NOSIGNAL | MSG_DONTWAIT;

/* GNU extensions, which Swift's Glibc module does not declare. */
int accept4(int, struct sockaddr *, socklen_t *, int);
int pthread_setname_np(pthread_t, const char *);

static inline int signet_accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags) {
    return accept4(descriptor, address, length, flags);
}

static inline int signet_set_thread_name(const char *name) {
    return pthread_setname_np(pthread_self(), name);
}

/* prctl(2) is variadic, which Swift does not import; <sys/prctl.h> says these numbers. */
int prctl(int, ...);

/* No core dump and no debugger of another process of the same user: both would show keys. */
static inline int signet_forbid_dumps(void) {
    return prctl(4 /* PR_SET_DUMPABLE */, 0L, 0L, 0L, 0L);
}

/* Nothing that the process starts may have more rights than it has. */
static inline int signet_forbid_new_privileges(void) {
    return prctl(38 /* PR_SET_NO_NEW_PRIVS */, 1L, 0L, 0L, 0L);
}

/* <sys/eventfd.h> is in no module (eventfd(2)). */
int eventfd(unsigned int, int);

static inline int signet_eventfd_create(void) {
    return eventfd(0, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

/* <sys/timerfd.h> is in no module, and would bring in Glibc's types a second time (timerfd_create(2)). */
int timerfd_create(int, int);
int timerfd_settime(int, int, const void *, void *);

/* A timer of CLOCK_MONOTONIC whose descriptor does not block. */
static inline int signet_timer_create(void) {
    return timerfd_create(1, O_NONBLOCK | O_CLOEXEC);
}

/* Has it expire once, at an absolute time in nanoseconds that is not 0. */
static inline void signet_timer_set(int descriptor, unsigned long long nanoseconds) {
    const long setting[4] = {0, 0, (long)(nanoseconds / 1000000000), (long)(nanoseconds % 1000000000)};
    timerfd_settime(descriptor, 1, setting, 0);
}

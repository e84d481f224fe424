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

/* A thread of the gateway: named for top(1), and deaf to signals, which are the main thread's. */
#ifndef THREAD_H
#define THREAD_H
#include <pthread.h>
#include <stdbool.h>

/* False when the system has no thread left; nothing is logged. */
bool thread_start(pthread_t *, const char *name, void *(*run)(void *), void *context);

#endif

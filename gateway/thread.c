#include "gateway/thread.h"

#include <signal.h>
#include <stdio.h>

bool thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *context)
{
    enum { KERNEL_NAME = 16 };          /* with its NUL */
    char shown[KERNEL_NAME];
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int failed = pthread_create(thread, NULL, run, context);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed != 0) {
        return false;
    }
    snprintf(shown, sizeof shown, "%s", name);
    pthread_setname_np(*thread, shown);
    return true;
}

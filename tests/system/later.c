/* later.so: a process that lives LATER seconds ahead of the wall clock (LD_PRELOAD).
 *
 * The gateway is not started under faketime: its library has a constructor to wait for, and under AddressSanitizer, which
 * reads the clock before any constructor runs, it waits for ever.  This asks the kernel and adds a number.  Deadlines of
 * CLOCK_MONOTONIC, which are all that the gateway sleeps by within a test, stay what they are.
 */
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT int clock_gettime(clockid_t clock, struct timespec *now);
EXPORT int gettimeofday(struct timeval *restrict now, void *restrict zone);
EXPORT time_t time(time_t *now);

static time_t later(void) {
    const char *seconds = getenv("LATER");
    return seconds != NULL ? (time_t)strtol(seconds, NULL, 10) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    long result = syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        now->tv_sec += later();
    }
    return (int)result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec t = { 0 };
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &t);
    *now = (struct timeval){ .tv_sec = t.tv_sec, .tv_usec = t.tv_nsec / 1000 };
    return 0;
}

time_t time(time_t *now) {
    struct timespec t = { 0 };
    clock_gettime(CLOCK_REALTIME, &t);
    if (now != NULL) {
        *now = t.tv_sec;
    }
    return t.tv_sec;
}

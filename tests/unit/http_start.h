/* A server of the http module for the length of one test. */
#ifndef HTTP_START_H
#define HTTP_START_H
#include "http_fixture.h"

#define CMP "application/pkixcmp"
#define PATH "/.well-known/cmp"

/* What to do with the options before the module is opened. */
#define START_WITH(MODE, ...)                                           \
    struct cmpgate_endpoint e;                                          \
    fixture_init(&e, MODE);                                             \
    __VA_ARGS__;                                                        \
    if (!fixture_open(&e)) {                                            \
        TEST_FAIL("the module does not open: %s", e.log);               \
        fixture_close(&e);                                              \
        return;                                                         \
    }
#define START(MODE) START_WITH(MODE, (void)0)
#define END() do { fixture_close(&e); EXPECT_EQ(e.settled_twice, 0); } while (0)

/* A connection whose request has been taken and waits for its answer. */
static inline int wait_with_one(struct cmpgate_endpoint *e)
{
    int fd = dial(e);

    write_post_header(fd, PATH, CMP, 1);
    write_text(fd, "x");
    EXPECT(fixture_wait_delivered(e, 1));
    return fd;
}

#endif

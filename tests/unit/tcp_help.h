/* What the tests of the tcp module's server have in common; after test.h. */
#ifndef TCP_HELP_H
#define TCP_HELP_H
#include "tcp_wire.h"

/* A request there and its answer back. */
static inline void ask(int fd, enum framing framing, const char *text, struct got *g)
{
    struct frame f = request(framing, text);

    put_frame(fd, &f);
    get_frame(fd, FRAME_SERVER, g);
}

/* `error` counts in version 10 only. */
static inline void expect_error(const struct got *g, enum framing framing, uint16_t error, const char *text)
{
    EXPECT(g->whole);
    EXPECT_EQ(g->frame.type, FRAME_ERROR);
    EXPECT_EQ(g->frame.framing, framing);
    EXPECT_EQ(g->frame.error, framing == FRAMING_V10 ? error : 0);
    EXPECT_HAS(g->body, text);
}

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

#endif

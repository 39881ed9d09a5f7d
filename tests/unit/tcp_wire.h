/* A peer that writes and reads TCP messages of either framing, for the tests of both sides. */
#ifndef TCP_WIRE_H
#define TCP_WIRE_H
#include "http_fixture.h"
#include "transports/framing/frame.h"

struct got {
    bool whole;                 /* false: the connection ended first */
    struct frame frame;
    char body[70000];           /* of the frame, with a NUL behind it */
    uint8_t octets[70016];
    size_t len;
};

/* Both within 10 s. */
bool put_frame(int fd, const struct frame *);
void get_frame(int fd, enum frame_side from, struct got *);

/* A request with this text as its message. */
struct frame request(enum framing, const char *text);
struct frame poll_request(enum framing, uint32_t reference);
struct frame response(enum framing, const char *text);

#endif

#include "tcp_wire.h"
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

bool put_frame(int fd, const struct frame *f)
{
    size_t size = frame_size(f);
    uint8_t *octets = malloc(size);

    frame_write(f, octets);
    bool written = write_all(fd, octets, size);
    free(octets);
    return written;
}

static bool get(int fd, struct got *g, size_t want)
{
    while (g->len < want) {
        ssize_t n = recv(fd, g->octets + g->len, want - g->len, 0);
        if (n <= 0) {
            return false;
        }
        g->len += (size_t)n;
    }
    return true;
}

void get_frame(int fd, enum frame_side from, struct got *g)
{
    g->whole = false;
    g->len = 0;
    if (!get(fd, g, 4)) {
        return;
    }
    size_t size = 4 + ((size_t)g->octets[0] << 24 | (size_t)g->octets[1] << 16 | (size_t)g->octets[2] << 8 | g->octets[3]);
    if (size > sizeof g->octets || !get(fd, g, size)) {
        return;
    }
    g->whole = frame_read(&g->frame, (struct cmpgate_bytes){ g->octets, size }, from, sizeof g->octets) == FRAME_FINE;
    if (g->whole && g->frame.body.len > 0) {
        memcpy(g->body, g->frame.body.ptr, g->frame.body.len);
    }
    g->body[g->whole ? g->frame.body.len : 0] = '\0';
}

struct frame request(enum framing framing, const char *text)
{
    return (struct frame){ .framing = framing, .type = FRAME_REQUEST, .body = { (const uint8_t *)text, strlen(text) } };
}

struct frame poll_request(enum framing framing, uint32_t reference)
{
    return (struct frame){ .framing = framing, .type = FRAME_POLL_REQ, .reference = reference };
}

struct frame response(enum framing framing, const char *text)
{
    return (struct frame){ .framing = framing, .type = FRAME_RESPONSE, .body = { (const uint8_t *)text, strlen(text) } };
}

/* Both TCP framings, from either side: whatever the octets and however they are cut, the same messages
 * come out, and written again they are the octets that came.
 *
 * The first octet of the input says from which side (bit 0) and how it is cut (the rest). */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "transports/framing/reader.h"

enum { MOST = 4096, MESSAGES = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a run over the octets has seen. */
struct seen {
    size_t count, octets;
    enum frame_fault fault;
    enum framing framing;
    size_t sizes[MESSAGES];
    enum frame_type types[MESSAGES];
};

static void require(int holds)
{
    if (!holds) {
        abort();
    }
}

/* Bits of the flags that are ignored do not come again. */
static void check_again(const struct frame *f, enum frame_side from, const uint8_t *octets)
{
    size_t size = frame_size(f);
    uint8_t *again = malloc(size);
    struct frame read;

    require(again != NULL && size <= MOST + FRAME_HEAD_MOST);
    frame_write(f, again);
    if (f->framing == FRAMING_V10) {
        require((again[5] & 1) == (octets[5] & 1));
        again[5] = octets[5];
    }
    require(memcmp(again, octets, size) == 0);
    require(frame_read(&read, (struct cmpgate_bytes){ octets, size }, from, MOST) == FRAME_FINE);
    require(read.framing == f->framing && read.close == f->close && read.type == f->type
            && read.reference == f->reference && read.check_back == f->check_back && read.error == f->error
            && read.body.len == f->body.len && read.extra.len == f->extra.len);
    require(size < 5 || octets[0] != 0 || frame_looks_like_one((struct cmpgate_bytes){ octets, size }));
    free(again);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void run(struct seen *seen, enum frame_side from, const uint8_t *data, size_t size, uint32_t cut)
{
    struct frame_budget budget = { .most = MOST };
    struct frame_reader r;
    struct frame f;
    size_t used = 0, began = 0, room;
    uint8_t *at;

    *seen = (struct seen){ .fault = FRAME_FINE };
    reader_init(&r, from, MOST, &budget);
    while (used < size && seen->fault == FRAME_FINE && seen->count < MESSAGES) {
        require(reader_space(&r, &at, &room) && room > 0);
        cut = cut == 0 ? 0 : cut * 1103515245u + 12345u;
        size_t n = least(least(room, size - used), cut == 0 ? SIZE_MAX : 1 + (cut >> 16) % 9);
        memcpy(at, data + used, n);
        used += n;
        enum reader_state state = reader_took(&r, n, &f, &seen->fault);
        require((state == READER_FAULT) == (seen->fault != FRAME_FINE));
        if (state == READER_FAULT) {
            seen->framing = f.framing;
        }
        if (state == READER_WHOLE) {
            check_again(&f, from, data + began);
            require(used - began == frame_size(&f));
            seen->types[seen->count] = f.type;
            seen->sizes[seen->count++] = used - began;
            began = used;
            reader_next(&r);
            require(budget.held == 0 && !reader_begun(&r));
        }
    }
    seen->octets = began;
    reader_next(&r);
    require(budget.held == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct seen whole, cut;
    enum frame_side from;
    uint8_t scrap[512];

    if (size == 0) {
        return 0;
    }
    from = data[0] & 1 ? FRAME_SERVER : FRAME_CLIENT;
    run(&whole, from, data + 1, size - 1, 0);
    run(&cut, from, data + 1, size - 1, 1 + (data[0] >> 1));
    require(memcmp(&whole, &cut, sizeof whole) == 0);
    if (whole.fault != FRAME_FINE) {
        struct frame answer = frame_of_fault(whole.framing, whole.fault), read;
        frame_write(&answer, scrap);
        require(frame_read(&read, (struct cmpgate_bytes){ scrap, frame_size(&answer) }, FRAME_SERVER, MOST) == FRAME_FINE);
    }
    frame_read(&(struct frame){ 0 }, (struct cmpgate_bytes){ data + 1, size - 1 }, from, MOST);
    return 0;
}

#include "reader.h"
#include <stdlib.h>

#define VALUE_START 2048        /* octets; most messages fit */

void reader_init(struct frame_reader *r, enum frame_side from, size_t most, struct frame_budget *budget)
{
    *r = (struct frame_reader){ .from = from, .most = most, .budget = budget };
}

static size_t head_want(const struct frame_reader *r)
{
    return r->head_have < FRAME_HEAD_LEAST ? FRAME_HEAD_LEAST : frame_head_size(r->head[4]);
}

/* At least doubled, so that copying stays linear. */
static bool grow(struct frame_reader *r)
{
    size_t room = r->room > 0 ? 2 * r->room : VALUE_START;

    if (room > r->parsed.length) {
        room = r->parsed.length;
    }
    size_t more = room - r->room;
    if (more > r->budget->most - r->budget->held) {
        return false;
    }
    uint8_t *grown = realloc(r->value, room);
    if (grown == NULL) {
        return false;
    }
    r->budget->held += more;
    r->value = grown;
    r->room = room;
    return true;
}

bool reader_space(struct frame_reader *r, uint8_t **at, size_t *len)
{
    if (!r->head_whole) {
        *at = r->head + r->head_have;
        *len = head_want(r) - r->head_have;
        return true;
    }
    if (r->have == r->room && !grow(r)) {
        return false;
    }
    *at = r->value + r->have;
    *len = r->room - r->have;
    return true;
}

static enum reader_state finish(struct frame_reader *r, struct frame *frame, enum frame_fault *fault)
{
    static const uint8_t none[1];

    if (r->have < r->parsed.length) {
        return READER_MORE;
    }
    *fault = frame_read_value(frame, &r->parsed, r->value != NULL ? r->value : none);
    return *fault == FRAME_FINE ? READER_WHOLE : READER_FAULT;
}

enum reader_state reader_took(struct frame_reader *r, size_t n, struct frame *frame, enum frame_fault *fault)
{
    if (r->head_whole) {
        r->have += n;
        return finish(r, frame, fault);
    }
    r->head_have = (uint8_t)(r->head_have + n);
    if (r->head_have < head_want(r)) {
        return READER_MORE;
    }
    *fault = frame_read_head(&r->parsed, r->head, r->from, r->most);
    if (*fault != FRAME_FINE) {
        *frame = (struct frame){ .framing = r->parsed.framing };
        return READER_FAULT;
    }
    r->head_whole = true;
    return finish(r, frame, fault);
}

void reader_next(struct frame_reader *r)
{
    r->budget->held -= r->room;
    free(r->value);
    r->value = NULL;
    r->have = r->room = 0;
    r->head_have = 0;
    r->head_whole = false;
}

bool reader_begun(const struct frame_reader *r)
{
    return r->head_have > 0;
}

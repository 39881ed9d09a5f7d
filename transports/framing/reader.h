/* Puts messages together from octets that come in any pieces.
 *
 *   space ─► where the next octets belong, never beyond the end of the message  ─┐
 *     ▲                                                                          ▼
 *     └── MORE ◄─────────────────────── took(n) ◄───────── read(2), or a copy ── n octets
 *                                         ├─► WHOLE   the message; then next()
 *                                         └─► FAULT   nothing can follow
 *
 * Because it never asks for octets of the next message, nothing is left over: whoever wants no more
 * messages for now stops asking, and the octets stay in the kernel.  A head is judged before anything is
 * allocated, and room for a value grows with what has come, not with what was announced.
 */
#ifndef FRAMING_READER_H
#define FRAMING_READER_H
#include "frame.h"

/* Octets that all readers of one thread hold together. */
struct frame_budget {
    size_t held, most;
};

struct frame_reader {
    enum frame_side from;           /* who writes what is read */
    size_t most;                    /* octets of a value */
    struct frame_budget *budget;
    uint8_t *value;                 /* malloc'ed; NULL between two messages */
    size_t have, room;              /* octets of the value */
    struct frame_head parsed;
    uint8_t head[FRAME_HEAD_MOST];
    uint8_t head_have;
    bool head_whole;
};

void reader_init(struct frame_reader *, enum frame_side from, size_t most, struct frame_budget *);

/* False: there is no room, or no memory; ask again later. */
bool reader_space(struct frame_reader *, uint8_t **at, size_t *len);

enum reader_state { READER_MORE, READER_WHOLE, READER_FAULT };
/* `n` octets are where reader_space() said.  WHOLE: *frame, valid until reader_next().  FAULT: why is in
 * *fault, and frame->framing is the one to answer in. */
enum reader_state reader_took(struct frame_reader *, size_t n, struct frame *frame, enum frame_fault *fault);

void reader_next(struct frame_reader *);                    /* forgets the message; also frees */
bool reader_begun(const struct frame_reader *);             /* octets of a message have come */

#endif

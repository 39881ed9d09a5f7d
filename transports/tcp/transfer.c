#include "transfer.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "client.h"
#include "tcp.h"

#define DAY (INT64_C(86400) * 1000)

struct transfer *transfer_new(uint64_t ticket, struct cmpgate_bytes message, int64_t deadline)
{
    struct transfer *t = malloc(sizeof *t + message.len);

    if (t == NULL) {
        return NULL;
    }
    int64_t left = (deadline - (int64_t)time(NULL)) * 1000;
    *t = (struct transfer){ .ticket = ticket, .len = message.len, .due = tcp_now() };
    t->until = t->due + (left > 365 * DAY ? 365 * DAY : left);
    memcpy(t->message, message.ptr, message.len);
    return t;
}

static void settle(const struct transfer *t, struct tcp *tcp, enum cmpgate_settled how, const char *why)
{
    tcp->gate->settled(tcp->endpoint, t->ticket, how, why);
}

void transfer_give_up(const struct transfer *t, struct tcp *tcp, const char *why)
{
    settle(t, tcp, CMPGATE_AGAIN, why);
}

/* ---- one exchange ------------------------------------------------------------------- */

static bool write_request(const struct transfer *t, struct link *l, enum framing framing)
{
    struct frame f = { .framing = framing, .type = t->reference != 0 ? FRAME_POLL_REQ : FRAME_REQUEST,
                       .reference = t->reference };

    if (t->reference == 0) {
        f.body = (struct cmpgate_bytes){ t->message, t->len };
    }
    size_t size = frame_size(&f);
    uint8_t *octets = malloc(size);
    if (octets == NULL) {
        snprintf(l->why, sizeof l->why, "out of memory");
        return false;
    }
    frame_write(&f, octets);
    bool written = link_write(l, octets, size, t->until);
    free(octets);
    return written;
}

/* A server may have ended a connection at rest just when it was used again: then no octet comes back, and
 * the message goes over a new one. */
static bool exchange(const struct transfer *t, struct tcp *tcp, struct link *l, enum framing framing, struct frame *answer)
{
    bool heard = false, used;

    do {
        if (!link_open(l, t->until)) {
            return false;
        }
        used = l->used;
        l->used = true;
        if (write_request(t, l, framing) && link_read(l, answer, (size_t)tcp->options->max_answer, &heard, t->until)) {
            return true;
        }
        link_close(l);
    } while (used && !heard && tcp_now() < t->until);
    return false;
}

/* ---- what came back ------------------------------------------------------------------- */

static bool deliver(const struct transfer *t, struct tcp *tcp, const struct link *l, struct cmpgate_bytes message)
{
    struct cmpgate_delivery delivery = {
        .size = sizeof delivery,
        .ticket = client_ticket(tcp),
        .answers = t->ticket,
        .message = message,
        .peer = { .size = sizeof delivery.peer, .text = l->peer },
        .arrived = time(NULL)
    };

    return tcp->gate->deliver(tcp->endpoint, &delivery) == CMPGATE_TAKEN;
}

static bool finish_with(const struct transfer *t, struct tcp *tcp, const struct link *l, struct cmpgate_bytes message)
{
    bool taken = deliver(t, tcp, l, message);

    settle(t, tcp, taken ? CMPGATE_HANDED_OVER : CMPGATE_AGAIN, taken ? NULL : "no room for the response");
    return true;
}

static bool come_back(struct transfer *t, struct tcp *tcp, const struct frame *answer)
{
    uint32_t wait = frame_wait(answer->check_back, time(NULL));
    char why[96];

    t->reference = answer->reference;
    t->due = tcp_now() + (int64_t)wait * 1000;
    if (t->reference != 0 && t->due < t->until) {
        return false;
    }
    snprintf(why, sizeof why, t->reference == 0 ? "pollRep without a polling reference"
             : "not ready before the deadline: asked to come back in %" PRIu32 " s", wait);
    transfer_give_up(t, tcp, why);
    return true;
}

static bool take_part(struct transfer *t, struct tcp *tcp, const struct link *l, const struct frame *answer)
{
    if (!deliver(t, tcp, l, answer->body)) {
        transfer_give_up(t, tcp, "no room for the response");
        return true;
    }
    t->parts = true;
    return come_back(t, tcp, answer);
}

/* Nothing in this layer is authenticated, so an error says no more than that this attempt has failed. */
static void settle_error(const struct transfer *t, struct tcp *tcp, const struct frame *f)
{
    struct cmpgate_bytes text = f->extra.len > 0 ? f->extra : f->body;
    char why[300];

    int n = snprintf(why, sizeof why, "errorMsgRep%s%s: ", f->framing == FRAMING_V10 ? " " : "",
                     f->framing == FRAMING_V10 ? frame_error_name(f->error) : "");
    for (size_t i = 0; i < text.len && i < 200; i++) {
        why[n++] = text.ptr[i] < 0x20 || text.ptr[i] == 0x7f ? '?' : (char)text.ptr[i];
    }
    why[n] = '\0';
    transfer_give_up(t, tcp, why);
}

/* RFC 2510 is older, so a server that does not know version 10 says so in RFC 2510, or says which it has. */
static bool is_older(const struct frame *f, enum framing asked)
{
    return asked == FRAMING_V10 && f->type == FRAME_ERROR
        && (f->framing == FRAMING_RFC2510 || f->error == FRAME_VERSION_NOT_SUPPORTED);
}

static bool take(struct transfer *t, struct tcp *tcp, struct link *l, const struct frame *answer)
{
    switch (answer->type) {
    case FRAME_RESPONSE:
        return finish_with(t, tcp, l, answer->body);
    case FRAME_POLL_REP:
        return come_back(t, tcp, answer);
    case FRAME_PARTIAL:
        return take_part(t, tcp, l, answer);
    case FRAME_NOTHING:
        settle(t, tcp, CMPGATE_HANDED_OVER, t->parts ? NULL : "the server has nothing to say");
        return true;
    case FRAME_ERROR:
        settle_error(t, tcp, answer);
        return true;
    case FRAME_REQUEST:
    case FRAME_POLL_REQ:
        break;
    }
    transfer_give_up(t, tcp, "no answer of a server");
    return true;
}

bool transfer_carry(struct transfer *t, struct tcp *tcp, struct link *l, atomic_int *framing)
{
    enum framing asked = (enum framing)atomic_load(framing);
    struct frame answer;

    if (!exchange(t, tcp, l, asked, &answer)) {
        transfer_give_up(t, tcp, l->why);
        return true;
    }
    bool ends = answer.close;
    if (is_older(&answer, asked)) {
        /* Its connection is of no use: nobody knows where it thinks the next message begins. */
        link_close(l);
        atomic_store(framing, FRAMING_RFC2510);
        return transfer_carry(t, tcp, l, framing);
    }
    bool settled = take(t, tcp, l, &answer);
    if (ends) {
        link_close(l);
    }
    return settled;
}

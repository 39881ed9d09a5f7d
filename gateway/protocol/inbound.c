#include "gateway/protocol/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "gateway/protocol/check.h"

const char *failure_name(enum failure failure)
{
    return PKIFailureInfo_name(1u << failure);
}

/* Octets that a UTF-8 character with this first octet has (RFC 3629); 0: none begins like that. */
static size_t utf8_announced(unsigned char first)
{
    if (first < 0x80) {
        return 1;
    }
    return first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
}

/* Octets of the UTF-8 character at p; 0 when there is none, or one that upsets a terminal. */
static size_t utf8_length(const unsigned char *p)
{
    size_t n = utf8_announced(*p);
    bool overlong = (*p == 0xe0 && p[1] < 0xa0) || (*p == 0xf0 && p[1] < 0x90);
    bool outside = (*p == 0xed && p[1] > 0x9f) || (*p == 0xf4 && p[1] > 0x8f);

    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return overlong || outside || *p < 0x20 || *p == 0x7f || (*p == 0xc2 && p[1] < 0xa0) ? 0 : n;
}

/* A text may quote the message, and goes out as a UTF8String and into the log. */
static void make_presentable(char *text)
{
    unsigned char *p = (unsigned char *)text;

    while (*p != '\0') {
        size_t n = utf8_length(p);
        if (n == 0) {
            *p = '?';
            n = 1;
        }
        p += n;
    }
}

bool refuse(struct refusal *refusal, enum failure failure, const char *format, ...)
{
    va_list args;

    *refusal = (struct refusal){ .failure = failure };
    va_start(args, format);
    vsnprintf(refusal->text, sizeof refusal->text, format, args);
    va_end(args);
    make_presentable(refusal->text);
    return false;
}

const char *presentable(const char *text, char *to, size_t size)
{
    snprintf(to, size, "%s", text);
    make_presentable(to);
    return to;
}

bool quirk_on(const struct inbound *in, enum quirk quirk)
{
    bool known = in->header != NULL && in->endpoint != NULL;
    const struct config_profile *profile = known ? profile_meant(in) : in->profile;
    uint64_t tolerated = profile != NULL ? profile->tolerate : 0;

    /* An outcome may come for an endpoint that a reload has removed. */
    tolerated |= in->endpoint != NULL ? in->endpoint->tolerate : 0;
    return tolerated >> quirk & 1;
}

void inbound_wipe(struct inbound *in)
{
    struct span *secret = &in->sender.secret_value;

    if (secret->ptr != NULL) {
        /* It came from the arena of this message, which keeps its octets after a reset. */
        crypto_wipe((void *)(uintptr_t)secret->ptr, secret->len);
    }
    *secret = (struct span){ NULL, 0 };
}

struct span sender_reference(const struct sender *sender)
{
    return (struct span){ sender->credential.name.octets, sender->credential.name.len };
}

/* ---- transactions without a name ------------------------------------------------------------- */

bool inbound_name_transaction(struct inbound *in, struct span transactionID)
{
    struct PKIHeader *named = arena_alloc(in->arena, sizeof *named);

    if (named == NULL) {
        return false;
    }
    *named = *in->header;
    named->transactionID = transactionID;
    in->header = named;
    return true;
}

/* RFC 9810 5.1.1 has the server make one, RFC 9483 3.1 the client. */
static bool no_transactionID_is_tolerated(const struct inbound *in)
{
    int arm = in->message->body->arm;

    return in->header->transactionID.ptr == NULL && body_opens(arm) && arm != PKIBody_nested &&
           quirk_on(in, QUIRK_NO_TRANSACTION_ID);
}

bool inbound_adopt(struct inbound *in)
{
    enum { MADE = 16 };

    /* The same for the same octets: so a repetition belongs to the transaction that the first copy opened. */
    return !no_transactionID_is_tolerated(in) ||
           inbound_name_transaction(in, arena_copy(in->arena, in->digest, MADE));
}

/* ---- the peer's budget ----------------------------------------------------------------------- */

static int64_t monotonic_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

bool inbound_pay(const struct inbound *in, uint64_t iterations, struct refusal *no)
{
    return budget_spend(in->budget, in->peer, iterations, monotonic_seconds()) ||
           refuse_unavailable(no, "too much work was asked for from this address: try again later");
}

void inbound_refund(const struct inbound *in, uint64_t iterations)
{
    budget_give_back(in->budget, in->peer, iterations, monotonic_seconds());
}

/* The status of certificates under foreign anchors, as their OCSP responders and CRLs at distribution points have it.
 *
 * Workers ask and never wait: what is not known is asked for by a thread of its own (asker.h), and a message whose signer it is
 * about is set aside here until the answer is in, or its patience over.  Then it goes through the queue again, and is judged as
 * if it had just come.  Nothing of this is on disk: after a restart everything is asked anew.
 */
#ifndef INQUIRY_H
#define INQUIRY_H
#include "gateway/event.h"
#include "gateway/crypto/ocsp.h"

/* What a profile allows. */
struct inquiry_rules {
    bool ocsp, crls;                    /* who is asked, in this order */
    struct span responder;              /* URL: asked instead of those in certificates; absent: none */
    const char *const *hosts;           /* that may be asked; empty: all, at public addresses */
    enum ocsp_nonce nonce;
    int64_t timeout, max_age;           /* seconds */
};

struct inquiries;

/* Nothing runs until somebody asks.  NULL without memory. */
struct inquiries *inquiries_new(struct queue *);
void inquiries_hurry(struct inquiries *);       /* for good: nobody waits any more */
void inquiries_free(struct inquiries *);        /* and whoever waits still; NULL is fine */

/* Who asks: one message. */
struct inquirer {
    struct inquiries *all;
    bool patient;                       /* it can be set aside */
    uint8_t awaits[EVENT_AWAITS];       /* what for; set with STATUS_PENDING */
    bool went_without;                  /* some status was not known */
};

/* The status of `certificate`, which `issuer` has signed; the path is verified.  OK, REVOKED, STATUS_UNKNOWN (nobody knows, or
 * nobody may be asked), STATUS_UNAVAILABLE (now), STATUS_PENDING (`awaits` says what is waited for).  Any thread, never blocks. */
enum crypto_status inquiry_status(struct inquirer *, const struct inquiry_rules *, struct span certificate, struct span issuer,
                                  struct arena *, int64_t now);

/* Takes the event over, and puts it back into the queue when the answer is in, or after so many seconds from the first time that
 * it waits.  Meanwhile it lets others of its turn go first.  Any thread. */
void inquiry_wait(struct inquirer *, struct event *, int64_t seconds);
/* Whether it has not waited for all its time; what is left of so many seconds in which it must be answered, at least one. */
bool inquiry_patient(const struct event *);
int64_t inquiry_time_left(const struct event *, int64_t seconds);

#endif

#include "gateway/inquiry.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "gateway/asker.h"
#include "gateway/log.h"

enum { BUCKETS = 1024, ENTRIES_MOST = 4096, CRLS_MOST = 64, WAITING_MOST = 256, WAITING_PEER = 128, RETRY = 5000, COMPLAIN = 1000 /* milliseconds */ };

/* The answer to a question. */
struct entry {
    struct entry *chain;                /* of one bucket */
    struct entry *newer, *older;        /* in the order of their last use */
    uint8_t key[QUESTION_KEY];
    enum question_kind kind;
    bool asked;                         /* a question is open: it is not removed */
    bool known;
    struct ocsp_answer ocsp;
    struct crypto_crl crl;
    struct arena *arena;                /* holds the CRL */
    int64_t at, retry;                  /* monotonic milliseconds: when it came, when it may be asked for again */
};

struct inquiries {
    struct queue *queue;
    struct asker *asker;
    pthread_mutex_t lock;
    struct entry *bucket[BUCKETS], *newest, *oldest;
    size_t count[2];                    /* by kind */
    struct event *waiting;
    size_t waiting_count;
    bool hurried;
    int64_t complained;                 /* that too much is asked */
};

static int64_t milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- entries, under the lock ----------------------------------------------------------------------------------- */

static struct entry **bucket_of(struct inquiries *all, const uint8_t key[QUESTION_KEY])
{
    return &all->bucket[(key[0] | (unsigned)key[1] << 8) % BUCKETS];
}

static struct entry *find(struct inquiries *all, const uint8_t key[QUESTION_KEY])
{
    struct entry *e = *bucket_of(all, key);

    while (e != NULL && memcmp(e->key, key, QUESTION_KEY) != 0) {
        e = e->chain;
    }
    return e;
}

static void link_newest(struct inquiries *all, struct entry *e)
{
    e->newer = NULL;
    e->older = all->newest;
    *(e->older != NULL ? &e->older->newer : &all->oldest) = e;
    all->newest = e;
}

static void unlink_age(struct inquiries *all, struct entry *e)
{
    *(e->newer != NULL ? &e->newer->older : &all->newest) = e->older;
    *(e->older != NULL ? &e->older->newer : &all->oldest) = e->newer;
}

static void drop(struct inquiries *all, struct entry *e)
{
    struct entry **at = bucket_of(all, e->key);

    while (*at != e) {
        at = &(*at)->chain;
    }
    *at = e->chain;
    unlink_age(all, e);
    all->count[e->kind]--;
    arena_free(e->arena);
    free(e);
}

/* The one of this kind that nobody has wanted for longest goes.  False: a question is open for each. */
static bool make_room(struct inquiries *all, enum question_kind kind)
{
    size_t most = kind == QUESTION_CRL ? CRLS_MOST : ENTRIES_MOST;
    struct entry *e = all->oldest;

    if (all->count[kind] < most) {
        return true;
    }
    while (e != NULL && (e->kind != kind || e->asked)) {
        e = e->newer;
    }
    if (e != NULL) {
        drop(all, e);
    }
    return e != NULL;
}

static struct entry *find_or_add(struct inquiries *all, const uint8_t key[QUESTION_KEY], enum question_kind kind)
{
    struct entry *e = find(all, key);

    if (e != NULL) {
        unlink_age(all, e);
        link_newest(all, e);
        return e;
    }
    e = make_room(all, kind) ? calloc(1, sizeof *e) : NULL;
    if (e != NULL) {
        memcpy(e->key, key, QUESTION_KEY);
        e->kind = kind;
        all->count[kind]++;
        e->chain = *bucket_of(all, key);
        *bucket_of(all, key) = e;
        link_newest(all, e);
    }
    return e;
}

static int64_t this_update(const struct entry *e)
{
    return e->kind == QUESTION_OCSP ? e->ocsp.this_update : e->crl.this_update;
}

/* By its own account. */
static bool is_current(const struct entry *e, const struct question_terms *t, int64_t now)
{
    int64_t until = e->kind == QUESTION_CRL ? e->crl.next_update
                  : e->ocsp.next_update != 0 ? e->ocsp.next_update : e->ocsp.this_update + t->max_age;

    return e->known && now <= until;
}

/* The contents of the serial number; the certificate has been decoded. */
static enum crypto_status answer_of(const struct entry *e, const struct Certificate *c)
{
    if (e->kind == QUESTION_OCSP) {
        return e->ocsp.status;
    }
    return crypto_crl_has(&e->crl, c->tbsCertificate->serialNumber) ? CRYPTO_REVOKED : CRYPTO_OK;
}

/* ---- asking ---------------------------------------------------------------------------------------------------- */

static bool put_question(struct inquiries *all, struct entry *e, const struct question_terms *t, int64_t now)
{
    struct question *q = all->hurried ? NULL : question_new(t);

    e->asked = q != NULL && asker_put(all->asker, q);
    if (q != NULL && !e->asked) {
        question_free(q);
        if (all->complained + COMPLAIN <= now) {
            log_line(CMPGATE_WARN, NULL, "too much is asked already of %s", t->host);
            all->complained = now;
        }
    }
    return e->asked;
}

/* A certificate that its responder does not know may have been issued a moment ago. */
static bool is_fresh(const struct entry *e, const struct question_terms *t, int64_t at)
{
    bool unknown = e->kind == QUESTION_OCSP && e->ocsp.status == CRYPTO_STATUS_UNKNOWN;
    int64_t most = t->max_age * 1000;

    return at - e->at <= (unknown && most > RETRY ? RETRY : most);
}

/* What is older than the rules want is asked for anew; as long as that fails, it counts until its own end. */
static enum crypto_status look(struct inquirer *who, const struct question_terms *t, const struct Certificate *c, int64_t now,
                               const uint8_t key[QUESTION_KEY])
{
    struct inquiries *all = who->all;
    struct entry *e = find_or_add(all, key, t->kind);
    int64_t at = milliseconds();

    if (e == NULL) {
        return CRYPTO_STATUS_UNAVAILABLE;
    }
    bool current = is_current(e, t, now);
    if (current && is_fresh(e, t, at)) {
        return answer_of(e, c);
    }
    bool open = e->asked || (at >= e->retry && put_question(all, e, t, at));
    if (open && who->patient && !all->hurried) {
        memcpy(who->awaits, key, QUESTION_KEY);
        return CRYPTO_STATUS_PENDING;
    }
    return current ? answer_of(e, c) : CRYPTO_STATUS_UNAVAILABLE;
}

static enum crypto_status ask_one(struct inquirer *who, const struct question_terms *t, const struct Certificate *c, int64_t now)
{
    uint8_t key[QUESTION_KEY];

    question_key(t, key);
    pthread_mutex_lock(&who->all->lock);
    enum crypto_status status = look(who, t, c, now, key);
    pthread_mutex_unlock(&who->all->lock);
    return status;
}

static bool is_listed(const char *const *hosts, const char *host)
{
    while (*hosts != NULL && strcasecmp(*hosts, host) != 0) {
        hosts++;
    }
    return *hosts != NULL;
}

static bool may_be_asked(const struct inquiry_rules *rules, bool anyway, const char *host)
{
    bool may = anyway || is_listed(rules->hosts, host);

    if (!may) {
        log_line(CMPGATE_INFO, NULL, "%s is not asked about a certificate: it is not in anchors-status-hosts", host);
    }
    return may;
}

/* The places of one kind, one after the other, until one has an answer. */
static enum crypto_status ask_all(struct inquirer *who, const struct inquiry_rules *rules, struct question_terms t,
                                  const struct Certificate *c, const struct span *place, size_t count, int64_t now)
{
    enum crypto_status best = CRYPTO_STATUS_UNKNOWN;
    char host[PLACE_HOST_MAX];

    for (size_t i = 0; i < count && best != CRYPTO_OK && best != CRYPTO_REVOKED && best != CRYPTO_STATUS_PENDING; i++) {
        bool own = place[i].ptr == rules->responder.ptr, any = rules->hosts[0] == NULL;
        if (!place_host(place[i], host) || !may_be_asked(rules, own || any, host)) {
            continue;
        }
        t.url = place[i];
        t.host = host;
        t.anywhere = own || !any;
        enum crypto_status status = ask_one(who, &t, c, now);
        best = status == CRYPTO_STATUS_UNKNOWN ? best : status;
    }
    return best;
}

static size_t responders_of(const struct inquiry_rules *rules, const struct Certificate *c, struct span place[PLACES_MAX])
{
    if (rules->responder.ptr == NULL) {
        return place_responders(c, place);
    }
    place[0] = rules->responder;
    return 1;
}

static enum crypto_status ask(struct inquirer *who, const struct inquiry_rules *rules, struct question_terms *t,
                              const struct Certificate *c, int64_t now)
{
    enum crypto_status status = CRYPTO_STATUS_UNKNOWN;
    struct span place[PLACES_MAX];

    if (rules->ocsp) {
        t->kind = QUESTION_OCSP;
        status = ask_all(who, rules, *t, c, place, responders_of(rules, c, place), now);
    }
    if (rules->crls && (status == CRYPTO_STATUS_UNKNOWN || status == CRYPTO_STATUS_UNAVAILABLE)) {
        t->kind = QUESTION_CRL;
        enum crypto_status listed = ask_all(who, rules, *t, c, place, place_crls(c, place), now);
        status = listed == CRYPTO_STATUS_UNKNOWN ? status : listed;
    }
    return status;
}

enum crypto_status inquiry_status(struct inquirer *who, const struct inquiry_rules *rules, struct span certificate,
                                  struct span issuer, struct arena *arena, int64_t now)
{
    struct question_terms t = { .certificate = certificate, .issuer = issuer, .nonce = rules->nonce, .timeout = rules->timeout,
                                .max_age = rules->max_age };
    struct asn1_error err;
    const struct Certificate *c = Certificate_decode(certificate, arena, &err);
    enum crypto_status status = c != NULL ? ask(who, rules, &t, c, now) : CRYPTO_STATUS_UNKNOWN;

    who->went_without |= status == CRYPTO_STATUS_UNKNOWN || status == CRYPTO_STATUS_UNAVAILABLE;
    return status;
}

/* ---- waiting --------------------------------------------------------------------------------------------------- */

bool inquiry_patient(const struct event *e)
{
    return e->patience == 0 || milliseconds() < e->patience;
}

int64_t inquiry_time_left(const struct event *e, int64_t seconds)
{
    int64_t left = e->patience != 0 ? (e->patience - milliseconds() + 999) / 1000 : seconds;

    return left > 1 ? left : 1;
}

/* Nobody has all places.  Under the lock. */
static bool has_place(const struct inquiries *all, uint64_t peer)
{
    size_t of_peer = 0;

    for (const struct event *e = all->waiting; e != NULL; e = e->next) {
        of_peer += e->peer_number == peer;
    }
    return all->waiting_count < WAITING_MOST && of_peer < WAITING_PEER;
}

/* Under the lock. */
static bool set_aside(struct inquiries *all, const struct inquirer *who, struct event *e)
{
    const struct entry *entry = find(all, who->awaits);

    if (all->hurried || !has_place(all, e->peer_number)) {
        e->patience = 1;                /* over */
        return false;
    }
    if (entry == NULL || !entry->asked) {
        return false;                   /* answered a moment ago */
    }
    memcpy(e->awaits, who->awaits, sizeof e->awaits);
    e->next = all->waiting;
    all->waiting = e;
    all->waiting_count++;
    return true;
}

void inquiry_wait(struct inquirer *who, struct event *e, int64_t seconds)
{
    struct inquiries *all = who->all;

    event_yield(e);
    e->patience = e->patience != 0 ? e->patience : milliseconds() + seconds * 1000;
    pthread_mutex_lock(&all->lock);
    bool waits = set_aside(all, who, e);
    pthread_mutex_unlock(&all->lock);
    if (!waits) {
        queue_put_always(all->queue, e);
    }
}

/* Those that wait for this, or have waited long enough (key NULL); all when hurried.  Under the lock. */
static struct event *take_waiting(struct inquiries *all, const uint8_t *key)
{
    struct event *taken = NULL;
    int64_t now = milliseconds();

    for (struct event **at = &all->waiting; *at != NULL;) {
        struct event *e = *at;
        bool comes = key != NULL ? memcmp(e->awaits, key, QUESTION_KEY) == 0 : all->hurried || e->patience <= now;
        if (!comes) {
            at = &e->next;
            continue;
        }
        *at = e->next;
        e->next = taken;
        taken = e;
        all->waiting_count--;
    }
    return taken;
}

static void put_back(struct inquiries *all, struct event *e)
{
    for (struct event *next; e != NULL; e = next) {
        next = e->next;
        queue_put_always(all->queue, e);
    }
}

static void look_at_waiting(void *context)
{
    struct inquiries *all = context;

    pthread_mutex_lock(&all->lock);
    struct event *impatient = take_waiting(all, NULL);
    pthread_mutex_unlock(&all->lock);
    put_back(all, impatient);
}

/* ---- answers --------------------------------------------------------------------------------------------------- */

/* Under the lock. */
static void take_answer(struct entry *e, struct question *q)
{
    int64_t fresh = e->kind == QUESTION_OCSP ? q->ocsp.this_update : q->crl.this_update;

    if (e->known && fresh < this_update(e)) {
        snprintf(q->why, sizeof q->why, "the answer is older than the one before");
        return;
    }
    arena_free(e->arena);
    e->ocsp = q->ocsp;
    e->crl = q->crl;
    e->arena = q->crl_arena;
    q->crl_arena = NULL;
    e->known = true;
    e->at = milliseconds();
}

static void answered(void *context, struct question *q)
{
    struct inquiries *all = context;

    pthread_mutex_lock(&all->lock);
    struct entry *e = find(all, q->key);
    e->asked = false;
    if (q->why[0] == '\0') {
        take_answer(e, q);
    }
    e->retry = q->why[0] != '\0' ? milliseconds() + RETRY : 0;
    struct event *waiting = take_waiting(all, q->key);
    pthread_mutex_unlock(&all->lock);
    if (q->why[0] != '\0') {
        log_line(CMPGATE_WARN, NULL, "no status from %s: %s", (const char *)q->terms.url.ptr, q->why);
    } else {
        log_line(CMPGATE_DEBUG, NULL, "the status from %s is in", (const char *)q->terms.url.ptr);
    }
    question_free(q);
    put_back(all, waiting);
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

struct inquiries *inquiries_new(struct queue *queue)
{
    struct inquiries *all = calloc(1, sizeof *all);

    if (all == NULL) {
        return NULL;
    }
    all->queue = queue;
    pthread_mutex_init(&all->lock, NULL);
    all->asker = asker_new(&(struct asker_calls){ answered, look_at_waiting, all });
    if (all->asker == NULL) {
        inquiries_free(all);
        return NULL;
    }
    return all;
}

void inquiries_hurry(struct inquiries *all)
{
    pthread_mutex_lock(&all->lock);
    all->hurried = true;
    struct event *waiting = take_waiting(all, NULL);
    pthread_mutex_unlock(&all->lock);
    put_back(all, waiting);
}

void inquiries_free(struct inquiries *all)
{
    if (all == NULL) {
        return;
    }
    asker_free(all->asker);
    while (all->oldest != NULL) {
        drop(all, all->oldest);
    }
    for (struct event *e = all->waiting, *next; e != NULL; e = next) {
        next = e->next;
        event_free(e);
    }
    pthread_mutex_destroy(&all->lock);
    free(all);
}

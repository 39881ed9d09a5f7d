/* Transactions: their steps, and which of them the timer must look at. */
#include "gateway/store/tables.h"

void steps_take(struct query *q, struct step *s)
{
    query_octets(q, &s->transactionID);
    s->number = (uint32_t)query_integer(q);
    s->at = query_integer(q);
    s->endpoint = query_text(q);
    s->profile = query_text(q);
    query_fixed(q, s->digest, sizeof s->digest);
    s->credential.kind = (enum credential_kind)query_integer(q);
    query_octets(q, &s->credential.name);
    s->phase = (enum phase)query_integer(q);
    s->ending = (enum ending)query_integer(q);
    s->operation = (int32_t)query_integer(q);
    s->body = (int32_t)query_integer(q);
    s->pvno = (int32_t)query_integer(q);
    s->certReqId = query_integer(q);
    query_octets(q, &s->our_nonce);
    query_octets(q, &s->first_nonce);
    query_fixed(q, s->order, sizeof s->order);
    query_fixed(q, s->certificate, sizeof s->certificate);
    query_fixed(q, s->updates, sizeof s->updates);
    s->message_time = query_integer(q);
    s->due = query_integer(q);
    s->reply = query_span(q);
    s->reference = (uint32_t)query_integer(q);
    s->signer = query_span(q);
}

static bool append(struct query *q, struct step **steps, size_t *count, size_t *room)
{
    if (*count == *room) {
        size_t more = *room > 0 ? *room * 2 : 4;
        struct step *grown = arena_zalloc(q->arena, more * sizeof *grown);
        if (grown == NULL) {
            q->fault = "the steps of a transaction do not fit into the memory allowed for them";
            return false;
        }
        if (*count > 0) {
            memcpy(grown, *steps, *count * sizeof *grown);
        }
        *steps = grown;
        *room = more;
    }
    steps_take(q, &(*steps)[(*count)++]);
    return true;
}

bool store_steps(struct store *store, struct span transactionID, struct arena *arena, struct step **steps,
                 size_t *count)
{
    struct query q = query_of(store, SLOT_STEPS,
        "SELECT " STEPS_COLUMNS " FROM steps s WHERE transactionID = ? ORDER BY number", arena);
    size_t room = 0;

    *steps = NULL;
    *count = 0;
    query_put_span(&q, transactionID);
    while (query_row(&q) && append(&q, steps, count, &room)) {
    }
    return query_end(&q);
}

/* PHASE_CLOSED is 5. */
bool store_update_is_open(struct store *store, const uint8_t fingerprint[STORE_DIGEST], bool *open)
{
    struct query q = query_of(store, SLOT_UPDATE_OPEN,
        "SELECT 1 FROM steps f JOIN steps l ON l.id = (SELECT id FROM steps n"
        " WHERE n.transactionID = f.transactionID ORDER BY n.number DESC LIMIT 1)"
        " WHERE f.updates = ? AND f.number = 1 AND l.phase <> 5 LIMIT 1", NULL);

    query_put_span(&q, (struct span){ fingerprint, STORE_DIGEST });
    *open = query_row(&q);
    return query_end(&q);
}

bool store_reference(struct store *store, uint32_t reference, struct store_octets *transactionID)
{
    struct query q = query_of(store, SLOT_REFERENCE, "SELECT transactionID FROM steps WHERE reference = ?", NULL);

    transactionID->len = 0;
    query_put_integer(&q, reference);
    if (query_row(&q)) {
        query_octets(&q, transactionID);
    }
    return query_end(&q);
}

/* ---- a new step ------------------------------------------------------------------------------ */

/* What the step before it was due for is over.  False, with *missing, when there is no step before it. */
static bool replace_last(struct store *store, const struct step *step, bool *missing)
{
    struct query q = query_of(store, SLOT_STEP_BEFORE,
        "SELECT due FROM steps WHERE transactionID = ? AND number = ?", NULL);

    query_put_octets(&q, &step->transactionID);
    query_put_integer(&q, (int64_t)step->number - 1);
    *missing = !query_row(&q);
    int64_t due = query_integer(&q);
    if (!query_end(&q) || *missing) {
        return false;
    }
    if (due == 0) {
        return true;
    }
    q = query_of(store, SLOT_AWAIT_OVER, "DELETE FROM awaited WHERE due = ? AND transactionID = ?", NULL);
    query_put_integer(&q, due);
    query_put_octets(&q, &step->transactionID);
    return query_run(&q, NULL);
}

static bool await(struct store *store, const struct step *step)
{
    if (step->due == 0) {
        return true;
    }
    struct query q = query_of(store, SLOT_AWAIT, "INSERT INTO awaited (due, transactionID) VALUES (?, ?)", NULL);
    query_put_integer(&q, step->due);
    query_put_octets(&q, &step->transactionID);
    return query_run(&q, NULL);
}

static bool insert(struct store *store, const struct step *s, int *inserted)
{
    struct query q = query_of(store, SLOT_STEP_INSERT,
        "INSERT INTO steps (transactionID, number, at, endpoint, profile, digest, credential_kind,"
        " credential_name, phase, ending, operation, body, pvno, certReqId, our_nonce, first_nonce, order_id,"
        " certificate, updates, message_time, due, reply, reference, signer)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0), ?)"
        " ON CONFLICT DO NOTHING", NULL);

    query_put_octets(&q, &s->transactionID);
    query_put_integer(&q, s->number);
    query_put_integer(&q, s->at);
    query_put_text(&q, s->endpoint);
    query_put_text(&q, s->profile);
    query_put_fixed(&q, s->digest, sizeof s->digest);
    query_put_integer(&q, s->credential.kind);
    query_put_octets(&q, &s->credential.name);
    query_put_integer(&q, s->phase);
    query_put_integer(&q, s->ending);
    query_put_integer(&q, s->operation);
    query_put_integer(&q, s->body);
    query_put_integer(&q, s->pvno);
    query_put_integer(&q, s->certReqId);
    query_put_octets(&q, &s->our_nonce);
    query_put_octets(&q, &s->first_nonce);
    query_put_fixed(&q, s->order, sizeof s->order);
    query_put_fixed(&q, s->certificate, sizeof s->certificate);
    query_put_fixed(&q, s->updates, sizeof s->updates);
    query_put_integer(&q, s->message_time);
    query_put_integer(&q, s->due);
    query_put_span(&q, s->reply);
    query_put_integer(&q, s->reference);
    query_put_span(&q, s->signer);
    return query_run(&q, inserted);
}

/* The one place where it is certain that there is one kur at a time: readers may look a moment too early. */
static enum commit_result update_begins(struct store *store, const struct step *step)
{
    static const uint8_t none[STORE_DIGEST];
    bool open = false;

    if (step->number != 1 || memcmp(step->updates, none, STORE_DIGEST) == 0) {
        return COMMIT_DONE;
    }
    if (!store_update_is_open(store, step->updates, &open)) {
        return COMMIT_FAILED;
    }
    return open ? COMMIT_LOST : COMMIT_DONE;
}

enum commit_result steps_insert(struct store *store, const struct step *step)
{
    bool missing = false;
    int inserted = 0;
    enum commit_result begins = update_begins(store, step);

    if (begins != COMMIT_DONE) {
        return begins;
    }
    if (!insert(store, step, &inserted)) {
        return COMMIT_FAILED;
    }
    if (inserted == 0) {
        return COMMIT_LOST;
    }
    if (step->number > 1 && !replace_last(store, step, &missing)) {
        return missing ? COMMIT_LOST : COMMIT_FAILED;
    }
    return await(store, step) ? COMMIT_DONE : COMMIT_FAILED;
}

/* Orders: what the backends owe us. */
#include "gateway/store/tables.h"

#define COLUMNS                                                                                          \
    "id, transactionID, certReqId, kind, state, backend, profile, peer, created, due, attempts, "        \
    "submitted, waiting, implicit_confirm, modified, message, requester, requester_certificate, "        \
    "subject, public_key, extensions, controls, certificate, not_before, not_after, reason, token, "     \
    "result, fail_info, text, approval, approval_reason"

static void take(struct query *q, struct order *o)
{
    query_fixed(q, o->id, sizeof o->id);
    query_octets(q, &o->transactionID);
    o->certReqId = query_integer(q);
    o->kind = (int32_t)query_integer(q);
    o->state = (enum order_state)query_integer(q);
    o->backend = query_text(q);
    o->profile = query_text(q);
    o->peer = query_text(q);
    o->created = query_integer(q);
    o->due = query_integer(q);
    o->attempts = (uint32_t)query_integer(q);
    o->submitted = query_integer(q) != 0;
    o->waiting = query_integer(q) != 0;
    o->implicit_confirm = query_integer(q) != 0;
    o->modified = query_integer(q) != 0;
    o->message = query_span(q);
    o->requester = query_span(q);
    o->requester_certificate = query_span(q);
    o->subject = query_span(q);
    o->public_key = query_span(q);
    o->extensions = query_span(q);
    o->controls = query_span(q);
    o->certificate = query_span(q);
    o->not_before = query_integer(q);
    o->not_after = query_integer(q);
    o->reason = (uint32_t)query_integer(q);
    o->token = query_span(q);
    o->result = query_span(q);
    o->fail_info = (uint32_t)query_integer(q);
    o->text = query_text(q);
    o->approval = (enum approval)query_integer(q);
    o->approval_reason = query_text(q);
}

bool store_order(struct store *store, const uint8_t id[STORE_ORDER_ID], struct arena *arena, struct order **found)
{
    struct query q = query_of(store, SLOT_ORDER, "SELECT " COLUMNS " FROM orders WHERE id = ?", arena);
    struct order *o = arena_zalloc(arena, sizeof *o);

    *found = NULL;
    query_put_span(&q, (struct span){ id, STORE_ORDER_ID });
    if (o == NULL) {
        q.fault = "out of memory";
    }
    if (query_row(&q)) {
        take(&q, o);
        *found = o;
    }
    return query_end(&q);
}

_Static_assert(ORDER_OPEN == 0 && ORDER_DONE == 1 && ORDER_REJECTED == 2 && ORDER_UNSURE == 3 && ORDER_DROPPED == 4,
               "as in the SQL below");

/* In the order of COLUMNS. */
static void put_columns(struct query *q, const struct order *o)
{
    query_put_span(q, (struct span){ o->id, sizeof o->id });
    query_put_octets(q, &o->transactionID);
    query_put_integer(q, o->certReqId);
    query_put_integer(q, o->kind);
    query_put_integer(q, o->state);
    query_put_text(q, o->backend);
    query_put_text(q, o->profile);
    query_put_text(q, o->peer);
    query_put_integer(q, o->created);
    query_put_integer(q, o->due);
    query_put_integer(q, o->attempts);
    query_put_integer(q, o->submitted);
    query_put_integer(q, o->waiting);
    query_put_integer(q, o->implicit_confirm);
    query_put_integer(q, o->modified);
    query_put_span(q, o->message);
    query_put_span(q, o->requester);
    query_put_span(q, o->requester_certificate);
    query_put_span(q, o->subject);
    query_put_span(q, o->public_key);
    query_put_span(q, o->extensions);
    query_put_span(q, o->controls);
    query_put_span(q, o->certificate);
    query_put_integer(q, o->not_before);
    query_put_integer(q, o->not_after);
    query_put_integer(q, o->reason);
    query_put_span(q, o->token);
    query_put_span(q, o->result);
    query_put_integer(q, o->fail_info);
    query_put_text(q, o->text);
    query_put_integer(q, o->approval);
    query_put_text(q, o->approval_reason);
}

enum commit_result orders_put(struct store *store, const struct order *o)
{
    struct query q = query_of(store, SLOT_ORDER_PUT,
        "INSERT INTO orders (" COLUMNS ") VALUES"
        " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET (" COLUMNS ") ="
        " (excluded.id, excluded.transactionID, excluded.certReqId, excluded.kind, excluded.state,"
        " excluded.backend, excluded.profile, excluded.peer, excluded.created, excluded.due,"
        " excluded.attempts, excluded.submitted, excluded.waiting, excluded.implicit_confirm, excluded.modified,"
        " excluded.message, excluded.requester,"
        " excluded.requester_certificate, excluded.subject, excluded.public_key, excluded.extensions,"
        " excluded.controls, excluded.certificate, excluded.not_before, excluded.not_after,"
        " excluded.reason, excluded.token, excluded.result, excluded.fail_info, excluded.text,"
        " excluded.approval, excluded.approval_reason)"
        /* An outcome stands, and what is unsure or was dropped is not opened again: the loser has looked at an old row. */
        " WHERE orders.state NOT IN (1, 2) AND (excluded.state IN (1, 2) OR excluded.state >= orders.state)"
        /* Nor is an operator's word undone by whoever has not heard it. */
        " AND NOT (orders.approval IN (2, 3) AND excluded.approval = 1)"
        /* Nor does an attempt begin twice, or the outcome of one undo that the next has begun. */
        " AND orders.attempts + ? <= excluded.attempts", NULL);
    int changed = 0;

    put_columns(&q, o);
    query_put_integer(&q, o->begins);
    if (!query_run(&q, &changed)) {
        return COMMIT_FAILED;
    }
    return changed > 0 ? COMMIT_DONE : COMMIT_LOST;
}

/* ---- an operator's word ---------------------------------------------------------------------- */

_Static_assert(APPROVAL_PENDING == 1 && APPROVAL_GRANTED == 2 && APPROVAL_DENIED == 3, "as in the SQL here");

enum commit_result orders_decide(struct store *store, const struct decision *d)
{
    struct query q = query_of(store, SLOT_ORDER_DECIDE,
        "UPDATE orders SET approval = ?, approval_reason = ?, due = ? WHERE id = ? AND state = 0 AND approval = 1", NULL);
    int changed = 0;

    query_put_integer(&q, d->granted ? APPROVAL_GRANTED : APPROVAL_DENIED);
    query_put_text(&q, d->reason);
    query_put_integer(&q, d->at);
    query_put_span(&q, (struct span){ d->order, sizeof d->order });
    if (!query_run(&q, &changed)) {
        return COMMIT_FAILED;
    }
    return changed > 0 ? COMMIT_DONE : COMMIT_LOST;
}

bool store_each_pending(struct store *store, bool (*row)(void *, const struct order *), void *context)
{
    struct arena *arena = arena_new();
    struct query q = query_of(store, SLOT_EACH_PENDING,
        "SELECT " COLUMNS " FROM orders WHERE approval = 1 AND state = 0 ORDER BY created, row", arena);
    bool more = arena != NULL;

    if (arena == NULL) {
        q.fault = "out of memory";
    }
    while (more && query_row(&q)) {
        struct order o = { .due = 0 };
        take(&q, &o);
        more = q.fault == NULL && row(context, &o);
        arena_reset(arena);
    }
    bool ok = query_end(&q);
    arena_free(arena);
    return ok;
}

bool store_orders_like(struct store *store, const char *hex, struct arena *arena, struct order *found[2])
{
    struct query q = query_of(store, SLOT_ORDERS_LIKE,
        "SELECT " COLUMNS " FROM orders WHERE approval <> 0 AND substr(lower(hex(id)), 1, length(?1)) = ?1 LIMIT 2", arena);

    found[0] = found[1] = NULL;
    query_put_text(&q, hex);
    for (size_t i = 0; i < 2 && query_row(&q); i++) {
        found[i] = arena_zalloc(arena, sizeof *found[i]);
        if (found[i] == NULL) {
            q.fault = "out of memory";
            break;
        }
        take(&q, found[i]);
    }
    return query_end(&q);
}

/* All transactions, newest first, for people.
 *
 * Read in pages, so that a listing that stands in a pager holds no snapshot (the WAL could not begin again
 * while it does), and yet as of one moment: steps are only appended, so what was the last step then can be
 * told later by leaving out the newer ones.
 */
#include "gateway/store/tables.h"

enum { PAGE = 64 };

struct listing {
    struct store *store;
    struct arena *arena, *row;          /* of the page; of one row's certificate */
    int64_t newest, before;             /* ids of steps: the moment, and where the page begins */
    struct step *page;                  /* PAGE of them, in the arena */
    size_t count;
};

static bool newest_step(struct listing *l)
{
    struct query q = query_of(l->store, SLOT_NEWEST_STEP, "SELECT max(id) FROM steps", NULL);

    l->newest = query_row(&q) ? query_integer(&q) : 0;
    l->before = l->newest + 1;
    return query_end(&q);
}

static bool read_page(struct listing *l)
{
    struct query q = query_of(l->store, SLOT_LISTING,
        "SELECT s.id, " STEPS_COLUMNS " FROM steps s WHERE s.id < ?1 AND NOT EXISTS"
        " (SELECT 1 FROM steps n WHERE n.transactionID = s.transactionID AND n.number = s.number + 1 AND n.id <= ?2)"
        " ORDER BY s.id DESC LIMIT ?3", l->arena);

    l->count = 0;
    l->page = arena_zalloc(l->arena, PAGE * sizeof *l->page);
    if (l->page == NULL) {
        q.fault = "out of memory";
    }
    query_put_integer(&q, l->before);
    query_put_integer(&q, l->newest);
    query_put_integer(&q, PAGE);
    while (query_row(&q)) {
        l->before = query_integer(&q);
        steps_take(&q, &l->page[l->count++]);
    }
    return query_end(&q);
}

/* The last step need not name the certificate that an earlier one has issued. */
static bool find_issued(struct listing *l, const struct step *last, struct certificate **issued)
{
    struct query q = query_of(l->store, SLOT_ISSUED,
        "SELECT certificate FROM steps WHERE transactionID = ? AND certificate IS NOT NULL"
        " ORDER BY number DESC LIMIT 1", NULL);
    uint8_t fingerprint[STORE_DIGEST];

    *issued = NULL;
    query_put_octets(&q, &last->transactionID);
    bool any = query_row(&q);
    if (any) {
        query_fixed(&q, fingerprint, sizeof fingerprint);
    }
    if (!query_end(&q)) {
        return false;
    }
    return !any || store_certificate(l->store, fingerprint, l->row, issued);
}

/* *more is cleared when row() wants no more. */
static bool show_page(struct listing *l, store_transaction_row row, void *context, bool *more)
{
    for (size_t i = 0; i < l->count && *more; i++) {
        struct certificate *issued = NULL;
        if (!find_issued(l, &l->page[i], &issued)) {
            return false;
        }
        *more = row(context, &l->page[i], l->page[i].number, issued);
        arena_reset(l->row);
    }
    return true;
}

bool store_each_transaction(struct store *store, store_transaction_row row, void *context)
{
    struct listing l = { .store = store, .arena = arena_new(), .row = arena_new() };
    bool more = true, ok = false;

    if (l.arena == NULL || l.row == NULL) {
        sqlite_refused(store, "out of memory");
        goto out;
    }
    ok = newest_step(&l);
    while (ok && more) {
        ok = read_page(&l) && show_page(&l, row, context, &more);
        more = more && l.count > 0;
        arena_reset(l.arena);
    }
out:
    arena_free(l.arena);
    arena_free(l.row);
    return ok;
}

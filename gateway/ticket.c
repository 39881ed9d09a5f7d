#include "gateway/ticket.h"

#include <stdio.h>
#include <stdlib.h>

/* Open addressing, linear probing, at most half full.  The numbers come from our own module, mostly a
 * counter, so spreading them is enough. */
enum { PEERS = 4096 };

struct tickets {
    uint32_t of_peer[PEERS];
    size_t most, count, mask;
    struct ticket slot[];
};

struct tickets *tickets_new(size_t most)
{
    size_t slots = 4;

    while (slots < 2 * most) {
        slots *= 2;
    }
    struct tickets *t = calloc(1, sizeof *t + slots * sizeof t->slot[0]);
    if (t != NULL) {
        t->most = most;
        t->mask = slots - 1;
    }
    return t;
}

void tickets_free(struct tickets *t)
{
    free(t);
}

static size_t home(const struct tickets *t, uint64_t number)
{
    return (size_t)(number * 0x9e3779b97f4a7c15u >> 20) & t->mask;
}

/* Where the number is, or the free slot where it would be. */
static struct ticket *look(struct tickets *t, uint64_t number)
{
    size_t i = home(t, number);

    while (t->slot[i].state != TICKET_FREE && t->slot[i].number != number) {
        i = (i + 1) & t->mask;
    }
    return &t->slot[i];
}

struct ticket *tickets_find(struct tickets *t, uint64_t number)
{
    struct ticket *slot = look(t, number);

    return slot->state == TICKET_FREE ? NULL : slot;
}

struct ticket *tickets_add(struct tickets *t, uint64_t number, uint64_t peer, const char *id)
{
    struct ticket *slot = look(t, number);

    if (t->count >= t->most || slot->state != TICKET_FREE) {
        return NULL;
    }
    slot->number = number;
    slot->state = TICKET_TAKEN;
    slot->peer = peer;
    t->of_peer[peer % PEERS]++;
    slot->awaited.len = 0;
    snprintf(slot->id, sizeof slot->id, "%s", id);
    t->count++;
    return slot;
}

/* Moves later ones of the same run up, so that no probe ends at a hole too early. */
void tickets_remove(struct tickets *t, struct ticket *ticket)
{
    size_t hole = (size_t)(ticket - t->slot);

    t->of_peer[ticket->peer % PEERS]--;
    for (size_t i = (hole + 1) & t->mask; t->slot[i].state != TICKET_FREE; i = (i + 1) & t->mask) {
        size_t from_home = (i - home(t, t->slot[i].number)) & t->mask;
        size_t from_hole = (i - hole) & t->mask;
        if (from_home >= from_hole) {
            t->slot[hole] = t->slot[i];
            hole = i;
        }
    }
    t->slot[hole].state = TICKET_FREE;
    t->count--;
}

struct ticket *tickets_any(struct tickets *t)
{
    for (size_t i = 0; i <= t->mask; i++) {
        if (t->slot[i].state != TICKET_FREE) {
            return &t->slot[i];
        }
    }
    return NULL;
}

size_t tickets_of(const struct tickets *t, uint64_t peer)
{
    return t->of_peer[peer % PEERS];
}

size_t tickets_count(const struct tickets *t)
{
    return t->count;
}

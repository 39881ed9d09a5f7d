#include "table.h"
#include <stdlib.h>
#include <string.h>

static struct taken **bucket_of_ticket(struct table *t, uint64_t ticket)
{
    return &t->by_ticket[ticket % TABLE_BUCKETS];
}

/* FNV-1a.  Whoever picks names for one bucket slows down what is in flight at most. */
static struct taken **bucket_of_name(struct table *t, const char *name)
{
    uint32_t h = 2166136261u;

    for (; *name != '\0'; name++) {
        h = (h ^ (unsigned char)*name) * 16777619u;
    }
    return &t->by_name[h % TABLE_BUCKETS];
}

void table_init(struct table *t)
{
    memset(t, 0, sizeof *t);
    pthread_mutex_init(&t->lock, NULL);
}

void table_free(struct table *t)
{
    for (size_t i = 0; i < TABLE_BUCKETS; i++) {
        for (struct taken *e = t->by_ticket[i], *next; e != NULL; e = next) {
            next = e->next_ticket;
            free(e);
        }
    }
    pthread_mutex_destroy(&t->lock);
}

bool table_add(struct table *t, uint64_t ticket, enum drop_place place, const char *name)
{
    size_t size = strlen(name) + 1;
    struct taken *e = malloc(sizeof *e + size);

    if (e == NULL) {
        return false;
    }
    e->ticket = ticket;
    e->place = place;
    memcpy(e->name, name, size);
    pthread_mutex_lock(&t->lock);
    struct taken **ticket_at = bucket_of_ticket(t, ticket), **name_at = bucket_of_name(t, name);
    e->next_ticket = *ticket_at;
    e->next_name = *name_at;
    *ticket_at = *name_at = e;
    pthread_mutex_unlock(&t->lock);
    return true;
}

bool table_has(struct table *t, const char *name)
{
    pthread_mutex_lock(&t->lock);
    struct taken *e = *bucket_of_name(t, name);
    while (e != NULL && strcmp(e->name, name) != 0) {
        e = e->next_name;
    }
    pthread_mutex_unlock(&t->lock);
    return e != NULL;
}

struct taken *table_find(struct table *t, uint64_t ticket)
{
    pthread_mutex_lock(&t->lock);
    struct taken *e = *bucket_of_ticket(t, ticket);
    while (e != NULL && e->ticket != ticket) {
        e = e->next_ticket;
    }
    pthread_mutex_unlock(&t->lock);
    return e;
}

void table_remove(struct table *t, uint64_t ticket)
{
    pthread_mutex_lock(&t->lock);
    struct taken **at = bucket_of_ticket(t, ticket);
    while (*at != NULL && (*at)->ticket != ticket) {
        at = &(*at)->next_ticket;
    }
    struct taken *e = *at;
    if (e != NULL) {
        *at = e->next_ticket;
        for (at = bucket_of_name(t, e->name); *at != e; at = &(*at)->next_name) {
        }
        *at = e->next_name;
    }
    pthread_mutex_unlock(&t->lock);
    free(e);
}

#include "received.h"
#include <stdio.h>
#include <string.h>

void received_init(struct received *r)
{
    memset(r, 0, sizeof *r);
    r->next = 1;
    memcpy(r->last, record_zeros, sizeof r->last);
}

/* The range with this number; `ranges`: none. */
static size_t range_of(const struct received *r, uint64_t number)
{
    size_t i = 0;

    while (i < r->ranges && (number < r->given_up[i].first || number > r->given_up[i].last)) {
        i++;
    }
    return i;
}

static enum received_what look_back(const struct received *r, uint64_t number, const char *hash)
{
    if (range_of(r, number) < r->ranges) {
        return RECEIVED_LATE;
    }
    for (size_t i = 0; i < r->recents; i++) {
        if (r->recent[i].number == number) {
            return strcmp(r->recent[i].hash, hash) == 0 ? RECEIVED_AGAIN : RECEIVED_OTHER;
        }
    }
    return RECEIVED_OLD;
}

enum received_what received_look(const struct received *r, const struct record *record, const char hash[RECORD_HEX])
{
    if (record->number < r->next) {
        return look_back(r, record->number, hash);
    }
    if (record->number > r->next) {
        return record->number - r->next > RECEIVED_AHEAD_MAX ? RECEIVED_TOO_FAR : RECEIVED_AHEAD;
    }
    return r->last[0] == '\0' || strcmp(r->last, record->previous) == 0 ? RECEIVED_NEXT : RECEIVED_BROKEN;
}

static void drop_range(struct received *r, size_t i)
{
    r->ranges--;
    memmove(&r->given_up[i], &r->given_up[i + 1], (r->ranges - i) * sizeof r->given_up[0]);
}

/* Where there is no room, the oldest is forgotten: it is too old then, not late. */
static void add_range(struct received *r, uint64_t first, uint64_t last)
{
    if (first > last) {
        return;
    }
    if (r->ranges > 0 && r->given_up[r->ranges - 1].last + 1 == first) {
        r->given_up[r->ranges - 1].last = last;
        return;
    }
    if (r->ranges == RECEIVED_RANGES) {
        drop_range(r, 0);
    }
    r->given_up[r->ranges].first = first;
    r->given_up[r->ranges++].last = last;
}

static void take_late(struct received *r, uint64_t number)
{
    size_t i = range_of(r, number);

    if (i == r->ranges) {
        return;
    }
    uint64_t first = r->given_up[i].first, last = r->given_up[i].last;
    drop_range(r, i);
    if (first < number) {
        add_range(r, first, number - 1);
    }
    add_range(r, number + 1, last);
}

static void remember(struct received *r, uint64_t number, const char *hash)
{
    if (r->recents == RECEIVED_RECENT) {
        r->recents--;
        memmove(&r->recent[0], &r->recent[1], r->recents * sizeof r->recent[0]);
    }
    r->recent[r->recents].number = number;
    memcpy(r->recent[r->recents++].hash, hash, RECORD_HEX);
}

void received_take(struct received *r, uint64_t number, const char hash[RECORD_HEX])
{
    remember(r, number, hash);
    if (number < r->next) {
        take_late(r, number);
        return;
    }
    r->next = number + 1;
    memcpy(r->last, hash, RECORD_HEX);
}

void received_give_up(struct received *r, uint64_t last, const char *hash)
{
    add_range(r, r->next, last);
    r->next = last + 1;
    snprintf(r->last, sizeof r->last, "%s", hash);
}

/* ---- as a text ------------------------------------------------------------------------------------------------- */

size_t received_print(const struct received *r, char out[RECEIVED_TEXT])
{
    int at = snprintf(out, RECEIVED_TEXT, "cmpgate-received 1\nnext %llu\nlast %s\n", (unsigned long long)r->next,
                      r->last[0] != '\0' ? r->last : "unknown");

    for (size_t i = 0; i < r->ranges; i++) {
        at += snprintf(out + at, RECEIVED_TEXT - (size_t)at, "lost %llu %llu\n", (unsigned long long)r->given_up[i].first,
                       (unsigned long long)r->given_up[i].last);
    }
    for (size_t i = 0; i < r->recents; i++) {
        at += snprintf(out + at, RECEIVED_TEXT - (size_t)at, "came %llu %s\n", (unsigned long long)r->recent[i].number,
                       r->recent[i].hash);
    }
    return (size_t)at;
}

static bool parse_line(struct received *r, const char *line)
{
    unsigned long long first, last;
    char hash[RECORD_HEX];

    if (sscanf(line, "lost %llu %llu", &first, &last) == 2 && r->ranges < RECEIVED_RANGES && first <= last) {
        r->given_up[r->ranges].first = first;
        r->given_up[r->ranges++].last = last;
        return true;
    }
    if (sscanf(line, "came %llu %64s", &first, hash) == 2 && r->recents < RECEIVED_RECENT) {
        remember(r, first, hash);
        return true;
    }
    return false;
}

bool received_parse(struct received *r, const char *text)
{
    unsigned long long next;

    received_init(r);
    if (sscanf(text, "cmpgate-received 1\nnext %llu\nlast %64s", &next, r->last) != 2 || next == 0) {
        return false;
    }
    r->next = next;
    if (strcmp(r->last, "unknown") == 0) {
        r->last[0] = '\0';
    }
    for (int i = 0; i < 3 && text != NULL; i++) {
        text = strchr(text, '\n');
        text = text != NULL ? text + 1 : NULL;
    }
    while (text != NULL && *text != '\0') {
        if (!parse_line(r, text)) {
            return false;
        }
        text = strchr(text, '\n');
        text = text != NULL ? text + 1 : NULL;
    }
    return text != NULL;
}

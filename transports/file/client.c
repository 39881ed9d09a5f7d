#include "client.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include "aside.h"
#include "manifest.h"
#include "sequence.h"

#define ANSWERS ((uint64_t)1 << 63)     /* tickets of deliveries; those of sends are the gateway's */

enum {
    TICK = 100,                         /* milliseconds between two looks for the answer */
    UNFIT_TICK = 1000,                  /* the same, when one is there that does not fit its record */
    PROGRESS = 5,                       /* seconds between two words on how it goes */
    ANSWER_MAX = 16 << 20               /* octets */
};

struct client {
    struct file *file;
    int in, out, work;                  /* work: -1 without a sequence */
    struct sequence sequence;
    struct manifest manifest;           /* from: NULL when answers come without records */
    atomic_uint_fast64_t deliveries;
};

bool client_owns(uint64_t ticket)
{
    return (ticket & ANSWERS) != 0;
}

/* ---- opening ----------------------------------------------------------------------------------------- */

/* "file:/path" or "file:///path". */
static const char *path_of(const char *url)
{
    const char *path = strncasecmp(url, "file:", 5) == 0 ? url + 5 : "";

    path += strncmp(path, "///", 3) == 0 ? 2 : 0;
    return path[0] == '/' && path[1] != '/' ? path : NULL;
}

static int open_below(const struct client *c, const char *path, const char *name)
{
    char whole[4096];
    int len = snprintf(whole, sizeof whole, "%s/%s", path, name);
    int fd = len < (int)sizeof whole ? open(whole, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    if (fd < 0) {
        file_log(c->file, CMPGATE_ERROR, 0, "%s/%s: %s", path, name, strerror(errno));
    }
    return fd;
}

/* What is numbered is on disk before it has its number: in work/, which must be ours. */
static bool open_sequence(struct client *c, const char *path)
{
    char work[4096];

    if (snprintf(work, sizeof work, "%s/work", path) < (int)sizeof work) {
        mkdir(work, 0700);
    }
    c->work = open_below(c, path, "work");
    c->sequence = (struct sequence){ .name = c->file->options->sequence, .state = c->work, .from = c->work, .to = c->in,
                                     .rights = { 0644, (gid_t)-1 } };
    return c->work >= 0;
}

struct client *client_open(struct file *file)
{
    const char *path = path_of(file->options->url);
    struct client *c = calloc(1, sizeof *c);

    if (c == NULL) {
        return NULL;
    }
    c->file = file;
    c->in = c->out = c->work = -1;
    if (path == NULL) {
        file_log(file, CMPGATE_ERROR, 0, "url \"%s\": want file:/DIRECTORY", file->options->url);
    } else if ((c->in = open_below(c, path, "in")) >= 0) {
        c->out = open_below(c, path, "out");
    }
    c->manifest = (struct manifest){ .from = file->options->expect, .dir = c->out };
    if (c->out < 0 || (file->options->sequence != NULL && !open_sequence(c, path))) {
        client_close(c);
        return NULL;
    }
    return c;
}

void client_close(struct client *c)
{
    if (c == NULL) {
        return;
    }
    if (c->in >= 0) {
        close(c->in);
    }
    if (c->out >= 0) {
        close(c->out);
    }
    if (c->work >= 0) {
        close(c->work);
    }
    free(c);
}

/* ---- there and back -------------------------------------------------------------------------------------- */

/* 128 random bits: nobody else's request has this name, whoever drops how many in a second, and no answer of
 * another waits under it. */
static bool make_name(char out[NAME_SIZE])
{
    uint64_t random[2];

    if (getrandom(random, sizeof random, 0) != sizeof random) {
        return false;
    }
    snprintf(out, NAME_SIZE, "%016llx%016llx.pki", (unsigned long long)random[0], (unsigned long long)random[1]);
    return true;
}

static bool drop(const struct client *c, const char *name, struct cmpgate_bytes message, char *why, size_t size)
{
    struct aside_rights rights = { 0644, (gid_t)-1 };
    int dir = c->sequence.name != NULL ? c->work : c->in;

    if (!aside_write_new(dir, name, message, rights) || fsync(dir) != 0) {
        snprintf(why, size, "%s: %s", c->sequence.name != NULL ? "work" : "in", strerror(errno));
        return false;
    }
    return c->sequence.name == NULL || sequence_hand(&c->sequence, name, why, size);
}

/* The answer, which the caller frees; NULL: not there yet, or with a reason: of no use. */
static uint8_t *read_answer(const struct client *c, const char *name, size_t *len, const char **why)
{
    struct stat st;
    int fd = openat(c->out, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    uint8_t *answer = NULL;

    if (fd < 0) {
        *why = errno == ENOENT ? NULL : strerror(errno);
        return NULL;
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > ANSWER_MAX) {
        *why = "what is there in place of the answer is no file, or too large";
    } else if ((answer = malloc((size_t)st.st_size + 1)) != NULL) {
        ssize_t n = read(fd, answer, (size_t)st.st_size);
        *len = n < 0 ? 0 : (size_t)n;
    }
    close(fd);
    return answer;
}

/* What is missing before this one, or does not follow it, is said; the answer itself is as its record says. */
static void tell_gap(const struct client *c, uint64_t ticket, const struct record *r)
{
    unsigned long long first = manifest_gap(&c->manifest, r->number), number = r->number;

    if (first + 1 == number) {
        file_log(c->file, CMPGATE_WARN, ticket, "sequence %s: lost or under way: %llu; %llu is here", r->from, first, number);
    } else if (first < number) {
        file_log(c->file, CMPGATE_WARN, ticket, "sequence %s: lost or under way: %llu-%llu; %llu is here", r->from, first,
                 number - 1, number);
    }
    if (!manifest_follows(&c->manifest, r)) {
        file_log(c->file, CMPGATE_WARN, ticket, "sequence %s: broken %llu %s: it does not follow the record before it",
                 r->from, number, r->file);
    }
}

/* Whether the answer may be taken; *unfit: why not yet. */
static bool is_vouched(const struct client *c, uint64_t ticket, const char *name, struct cmpgate_bytes answer,
                       const char **unfit)
{
    struct record record;

    if (c->manifest.from == NULL) {
        return true;
    }
    switch (manifest_look(&c->manifest, name, (const char *)answer.ptr, answer.len, &record)) {
    case MANIFEST_NONE:
        *unfit = "no record has come for the answer";
        return false;
    case MANIFEST_CHANGED:
        *unfit = "the answer is not what its record says";
        return false;
    case MANIFEST_FITS:
        break;
    }
    tell_gap(c, ticket, &record);
    return true;
}

static void tell_progress(const struct client *c, uint64_t ticket, const char *name, int64_t waited)
{
    bool taken = faccessat(c->in, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0;

    file_log(c->file, CMPGATE_INFO, ticket, "%s%s, waiting for out/%s (%lld s)", taken ? "the request has been taken"
             : "nobody has taken in/", taken ? "" : name, name, (long long)waited);
}

/* The deadline is in whole seconds of the clock on the wall, like everybody's. */
static uint8_t *wait_for(const struct client *c, uint64_t ticket, const char *name, int64_t deadline, size_t *len,
                         const char **why)
{
    int64_t began = time(NULL), next = began + PROGRESS;

    tell_progress(c, ticket, name, 0);
    for (;;) {
        const char *unfit = NULL;
        uint8_t *answer = read_answer(c, name, len, why);
        int64_t now = time(NULL);
        if (answer != NULL && !is_vouched(c, ticket, name, (struct cmpgate_bytes){ answer, *len }, &unfit)) {
            free(answer);
            answer = NULL;
        }
        if (now >= deadline && *why == NULL) {
            *why = unfit;
        }
        if (answer != NULL || *why != NULL || now >= deadline) {
            return answer;
        }
        if (now >= next) {
            tell_progress(c, ticket, name, now - began);
            next = now + PROGRESS;
        }
        poll(NULL, 0, unfit != NULL ? UNFIT_TICK : TICK);
    }
}

/* Nobody has taken it: then nobody shall, since its sender has given up.  But what has a number must arrive. */
static bool withdraw(const struct client *c, const char *name)
{
    return c->sequence.name == NULL && unlinkat(c->in, name, 0) == 0;
}

static void settle(struct client *c, uint64_t ticket, enum cmpgate_settled how, const char *why)
{
    c->file->gate->settled(c->file->endpoint, ticket, how, why);
}

/* Out of out/ only when the gateway has it. */
static void hand_in(struct client *c, uint64_t ticket, const char *name, struct cmpgate_bytes answer)
{
    struct cmpgate_delivery d = {
        .size = sizeof d, .ticket = ANSWERS | (atomic_fetch_add(&c->deliveries, 1) + 1), .answers = ticket,
        .message = answer, .peer = { .size = sizeof d.peer, .text = "out" }, .arrived = time(NULL) };

    if (c->file->gate->deliver(c->file->endpoint, &d) != CMPGATE_TAKEN) {
        settle(c, ticket, CMPGATE_AGAIN, "the answer is there, and was not taken");
        return;
    }
    if (!c->file->options->keep) {
        unlinkat(c->out, name, 0);
    }
    settle(c, ticket, CMPGATE_HANDED_OVER, NULL);
}

void client_send(struct client *c, uint64_t ticket, struct cmpgate_bytes message, int64_t deadline)
{
    char name[NAME_SIZE], text[NAME_SIZE + 100];
    const char *why = NULL;
    size_t len = 0;

    if (!make_name(name)) {
        settle(c, ticket, CMPGATE_AGAIN, "no random numbers");
        return;
    }
    if (!drop(c, name, message, text, sizeof text)) {
        settle(c, ticket, CMPGATE_AGAIN, text);
        return;
    }
    uint8_t *answer = wait_for(c, ticket, name, deadline, &len, &why);
    if (answer == NULL) {
        bool taken = why != NULL || !withdraw(c, name);
        snprintf(text, sizeof text, taken ? "%s; it will be out/%s" : "%s; the request was withdrawn",
                 why != NULL ? why : taken ? "no answer in time" : "nobody has taken the request", name);
        settle(c, ticket, CMPGATE_AGAIN, text);
        return;
    }
    hand_in(c, ticket, name, (struct cmpgate_bytes){ answer, len });
    free(answer);
}

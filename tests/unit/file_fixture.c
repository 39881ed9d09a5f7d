#include "file_fixture.h"
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE = 20 /* seconds; the machine may be busy */ };

void nap(unsigned milliseconds)
{
    poll(NULL, 0, (int)milliseconds);
}

/* ---- the host table ------------------------------------------------------------------------------- */

static void keep(struct cmpgate_endpoint *e, const struct cmpgate_delivery *d)
{
    if (e->delivered < KEPT) {
        struct kept *k = &e->kept[e->delivered];
        *k = (struct kept){ .ticket = d->ticket };
        snprintf(k->peer, sizeof k->peer, "%s %s", d->peer.text, d->peer.user != NULL ? d->peer.user : "-");
        snprintf(k->message, sizeof k->message, "%.*s", (int)d->message.len, (const char *)d->message.ptr);
    }
}

static enum cmpgate_taken take_answer(struct cmpgate_endpoint *e, const struct cmpgate_delivery *d)
{
    pthread_mutex_lock(&e->lock);
    e->answer = malloc(d->message.len + 1);
    memcpy(e->answer, d->message.ptr, d->message.len);
    e->answer_len = d->message.len;
    pthread_mutex_unlock(&e->lock);
    return CMPGATE_TAKEN;
}

static enum cmpgate_taken gate_deliver(struct cmpgate_endpoint *e, const struct cmpgate_delivery *d)
{
    int mode = atomic_load(&e->mode);

    if (d->answers != 0) {
        return take_answer(e, d);
    }
    pthread_mutex_lock(&e->lock);
    bool room = mode != GATE_FULL && e->open < atomic_load(&e->room_for);
    if (mode != GATE_REFUSED && room) {
        keep(e, d);
        e->twice += d->ticket <= e->highest;
        e->highest = d->ticket;
        e->open++;
        e->delivered++;
    }
    pthread_cond_broadcast(&e->changed);
    pthread_mutex_unlock(&e->lock);
    if (mode == GATE_INLINE) {
        fixture_reply(e, d->ticket, CMPGATE_ANSWER, "already");
    }
    return mode == GATE_REFUSED ? CMPGATE_REFUSED : room ? CMPGATE_TAKEN : CMPGATE_FULL;
}

static void gate_settled(struct cmpgate_endpoint *e, uint64_t ticket, enum cmpgate_settled how, const char *why)
{
    pthread_mutex_lock(&e->lock);
    e->settled++;
    e->how = how;
    snprintf(e->why, sizeof e->why, "%s", why != NULL ? why : "");
    /* Tickets of sends are the test's. */
    bool room = ticket < 1000000 && e->open-- == atomic_load(&e->room_for);
    pthread_cond_broadcast(&e->changed);
    pthread_mutex_unlock(&e->lock);
    if (room) {
        e->module->room(e->self);
    }
}

__attribute__((format(printf, 4, 5)))
static void gate_log(struct cmpgate_endpoint *e, enum cmpgate_severity severity, uint64_t ticket, const char *format, ...)
{
    char line[600];
    va_list arguments;

    (void)severity;
    (void)ticket;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    pthread_mutex_lock(&e->lock);
    size_t used = strlen(e->log);
    snprintf(e->log + used, sizeof e->log - used, "%s\n", line);
    pthread_mutex_unlock(&e->lock);
}

static const struct cmpgate_gate gate = {
    .size = sizeof gate, .deliver = gate_deliver, .settled = gate_settled, .log = gate_log,
};

/* ---- a gateway that answers ------------------------------------------------------------------------- */

void fixture_reply(struct cmpgate_endpoint *e, uint64_t ticket, enum cmpgate_reply_kind kind, const char *text)
{
    struct cmpgate_reply reply = { .size = sizeof reply, .kind = kind, .check_after = e->check_after };

    if (kind == CMPGATE_ANSWER) {
        reply.message = (struct cmpgate_bytes){ (const uint8_t *)text, strlen(text) };
    } else {
        reply.reason = text;
    }
    e->module->reply(e->self, ticket, &reply);
}

/* Whatever was delivered first; beyond what is kept, by its number, since tickets are numbered. */
static bool next_question(struct cmpgate_endpoint *e, unsigned n, uint64_t *ticket, char text[320])
{
    if (n >= e->delivered) {
        return false;
    }
    *ticket = n < KEPT ? e->kept[n].ticket : e->kept[KEPT - 1].ticket + (n - KEPT + 1);
    snprintf(text, 320, "answer to %s", n < KEPT ? e->kept[n].message : "one of many");
    return true;
}

static void *work(void *context)
{
    struct cmpgate_endpoint *e = context;
    uint64_t ticket;
    char text[320];

    pthread_mutex_lock(&e->lock);
    for (unsigned n = 0; e->working; ) {
        if (atomic_load(&e->mode) == GATE_ECHO && next_question(e, n, &ticket, text)) {
            n++;
            pthread_mutex_unlock(&e->lock);
            fixture_reply(e, ticket, e->kind, text);
            pthread_mutex_lock(&e->lock);
        } else {
            pthread_cond_wait(&e->changed, &e->lock);
        }
    }
    pthread_mutex_unlock(&e->lock);
    return NULL;
}

/* ---- life --------------------------------------------------------------------------------------------- */

static const struct cmpgate_transport *load(void)
{
    static void *handle;

    if (handle == NULL) {
        handle = dlopen(FILE_MODULE, RTLD_NOW | RTLD_LOCAL);
    }
    if (handle == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    return dlsym(handle, "cmpgate_transport");
}

static void init(struct cmpgate_endpoint *e, enum gate_mode mode)
{
    memset(e, 0, sizeof *e);
    pthread_mutex_init(&e->lock, NULL);
    pthread_cond_init(&e->changed, NULL);
    atomic_init(&e->mode, mode);
    atomic_init(&e->room_for, 1000);
    e->check_after = 1;
    e->kind = CMPGATE_ANSWER;
    e->module = load();
    e->options = (struct file_options){
        .directory = e->directory, .instance = "gateway", .whole = "renamed", .mode = "0644", .quiet = 2, .patience = 3600,
        .rescan = 10, .retry_after = 1, .sequence_wait = 600, .max_size = 4096 };
}

void fixture_init(struct cmpgate_endpoint *e, enum gate_mode mode)
{
    init(e, mode);
    strcpy(e->directory, "/tmp/file-drop-XXXXXX");
    if (mkdtemp(e->directory) == NULL) {
        perror(e->directory);
        exit(1);
    }
}

void fixture_init_beside(struct cmpgate_endpoint *e, const struct cmpgate_endpoint *first, enum gate_mode mode)
{
    init(e, mode);
    strcpy(e->directory, first->directory);
}

static void *serve(void *context)
{
    struct cmpgate_endpoint *e = context;

    e->module->serve(e->self);
    return NULL;
}

bool fixture_open(struct cmpgate_endpoint *e)
{
    e->self = e->module->open(&gate, e, &e->options);
    if (e->self == NULL) {
        return false;
    }
    e->working = true;
    pthread_create(&e->worker, NULL, work, e);
    if (e->options.directory != NULL) {
        e->serving = pthread_create(&e->server, NULL, serve, e) == 0;
    }
    return true;
}

void fixture_stop(struct cmpgate_endpoint *e)
{
    if (e->self != NULL) {
        e->module->stop(e->self);
    }
    if (e->serving) {
        pthread_join(e->server, NULL);
        e->serving = false;
    }
}

static void stop_worker(struct cmpgate_endpoint *e)
{
    pthread_mutex_lock(&e->lock);
    bool working = e->working;
    e->working = false;
    pthread_cond_broadcast(&e->changed);
    pthread_mutex_unlock(&e->lock);
    if (working) {
        pthread_join(e->worker, NULL);
    }
}

void fixture_close(struct cmpgate_endpoint *e)
{
    fixture_stop(e);
    stop_worker(e);
    if (e->self != NULL) {
        e->module->close(e->self);
    }
    e->self = NULL;
    free(e->answer);
    e->answer = NULL;
}

void fixture_kill(struct cmpgate_endpoint *e)
{
    stop_worker(e);
    fixture_close(e);
}

void fixture_remove(struct cmpgate_endpoint *e)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf %s", e->directory);
    if (system(command) != 0) {
        perror(command);
    }
}

/* ---- waiting -------------------------------------------------------------------------------------------- */

static bool wait_for(struct cmpgate_endpoint *e, const unsigned *counter, unsigned count)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE;
    pthread_mutex_lock(&e->lock);
    while (*counter < count && pthread_cond_timedwait(&e->changed, &e->lock, &until) == 0) {
    }
    bool reached = *counter >= count;
    pthread_mutex_unlock(&e->lock);
    return reached;
}

bool fixture_wait_delivered(struct cmpgate_endpoint *e, unsigned count)
{
    return wait_for(e, &e->delivered, count);
}

bool fixture_wait_settled(struct cmpgate_endpoint *e, unsigned count)
{
    return wait_for(e, &e->settled, count);
}

static unsigned read_count(struct cmpgate_endpoint *e, const unsigned *count)
{
    pthread_mutex_lock(&e->lock);
    unsigned n = *count;
    pthread_mutex_unlock(&e->lock);
    return n;
}

unsigned fixture_delivered(struct cmpgate_endpoint *e)
{
    return read_count(e, &e->delivered);
}

unsigned fixture_settled(struct cmpgate_endpoint *e)
{
    return read_count(e, &e->settled);
}

uint64_t fixture_ticket(struct cmpgate_endpoint *e, unsigned n)
{
    pthread_mutex_lock(&e->lock);
    uint64_t ticket = e->kept[n].ticket;
    pthread_mutex_unlock(&e->lock);
    return ticket;
}

void fixture_make_room(struct cmpgate_endpoint *e, enum gate_mode mode)
{
    atomic_store(&e->mode, mode);
    e->module->room(e->self);
}

bool fixture_logged(struct cmpgate_endpoint *e, const char *part)
{
    pthread_mutex_lock(&e->lock);
    bool found = strstr(e->log, part) != NULL;
    pthread_mutex_unlock(&e->lock);
    return found;
}

/* ---- files ------------------------------------------------------------------------------------------------ */

const char *path_of(const struct cmpgate_endpoint *e, const char *name)
{
    static __thread char path[512];

    snprintf(path, sizeof path, "%s/%s", e->directory, name);
    return path;
}

void put_slowly(const struct cmpgate_endpoint *e, const char *name, const char *text)
{
    FILE *f = fopen(path_of(e, name), "w");

    if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0) {
        perror(name);
    }
}

bool moved(const struct cmpgate_endpoint *e, const char *from, const char *to)
{
    char old[512];

    snprintf(old, sizeof old, "%s", path_of(e, from));
    return rename(old, path_of(e, to)) == 0;
}

bool linked(const struct cmpgate_endpoint *e, const char *from, const char *to)
{
    char old[512];

    snprintf(old, sizeof old, "%s", path_of(e, from));
    return link(old, path_of(e, to)) == 0;
}

void put(const struct cmpgate_endpoint *e, const char *name, const char *text)
{
    put_slowly(e, "in/.aside", text);
    if (!moved(e, "in/.aside", name)) {
        perror(name);
    }
}

bool is_there(const struct cmpgate_endpoint *e, const char *name)
{
    return faccessat(AT_FDCWD, path_of(e, name), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool becomes(const struct cmpgate_endpoint *e, const char *name, bool there)
{
    for (int i = 0; i < PATIENCE * 200 && is_there(e, name) != there; i++) {
        nap(5);
    }
    return is_there(e, name) == there;
}

bool comes(const struct cmpgate_endpoint *e, const char *name)
{
    return becomes(e, name, true);
}

bool goes(const struct cmpgate_endpoint *e, const char *name)
{
    return becomes(e, name, false);
}

const char *text_of(const struct cmpgate_endpoint *e, const char *name)
{
    static char text[8192];
    FILE *f = fopen(path_of(e, name), "r");
    size_t n = f != NULL ? fread(text, 1, sizeof text - 1, f) : 0;

    text[n] = '\0';
    if (f != NULL) {
        fclose(f);
    }
    return text;
}

unsigned files_in(const struct cmpgate_endpoint *e, const char *name)
{
    DIR *d = opendir(path_of(e, name));
    unsigned count = 0;

    for (struct dirent *entry; d != NULL && (entry = readdir(d)) != NULL; ) {
        count += entry->d_name[0] != '.' && entry->d_type != DT_DIR;
    }
    if (d != NULL) {
        closedir(d);
    }
    return count;
}

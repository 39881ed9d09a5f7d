#include "store_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct place place_new(void)
{
    struct place p;
    const char *base = getenv("TMPDIR");

    snprintf(p.directory, sizeof p.directory, "%s/cmpgate-store-XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(p.directory) == NULL) {
        perror(p.directory);
        exit(1);
    }
    snprintf(p.path, sizeof p.path, "%s/store.db", p.directory);
    return p;
}

void place_remove(const struct place *p)
{
    static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
    char path[320];

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf(path, sizeof path, "%s%s", p->path, ends[i]);
        unlink(path);
    }
    rmdir(p->directory);
}

struct store *place_open(const struct place *p)
{
    char why[600];
    struct store *s = store_open(p->path, why, sizeof why);

    if (s == NULL) {
        fprintf(stderr, "%s\n", why);
        exit(1);
    }
    return s;
}

struct store_octets octets_text(const char *text)
{
    struct store_octets o = { .len = (uint8_t)strlen(text) };

    memcpy(o.octets, text, o.len);
    return o;
}

struct span octets_span(const struct store_octets *o)
{
    return (struct span){ o->octets, o->len };
}

/* ---- rows ------------------------------------------------------------------------------------- */

static void *must(void *p)
{
    if (p == NULL) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
    return p;
}

struct change *change_step(const char *transactionID, uint32_t number)
{
    struct change *c = must(change_new());

    c->step = must(arena_zalloc(c->arena, sizeof *c->step));
    *c->step = (struct step){
        .transactionID = octets_text(transactionID), .number = number, .at = 1700000000 + number,
        .endpoint = "lan", .profile = "default", .digest = { 1, (uint8_t)number },
        .credential = { CREDENTIAL_SECRET, octets_text("device-7") },
        .phase = PHASE_ISSUED, .operation = 0, .body = 1, .pvno = 2, .certReqId = 0,
        .our_nonce = octets_text("0123456789abcdef"), .first_nonce = octets_text("fedcba9876543210"),
        .reply = span_of("the answer as sent"),
    };
    return c;
}

struct certificate *change_certificate(struct change *c, uint8_t mark, const char *issuer, struct span serial)
{
    c->certificate = must(arena_zalloc(c->arena, sizeof *c->certificate));
    *c->certificate = (struct certificate){
        .der = span_of("a certificate"), .issuer = span_str(issuer), .serial = serial, .subject = span_of("CN=x"),
        .profile = "default", .not_before = 1700000000, .not_after = 1800000000, .added = 1700000001,
    };
    memset(c->certificate->fingerprint, mark, STORE_DIGEST);
    memset(c->certificate->key, mark, STORE_DIGEST);
    if (c->step != NULL) {
        c->certificate->transactionID = c->step->transactionID;
        memcpy(c->step->certificate, c->certificate->fingerprint, STORE_DIGEST);
    }
    return c->certificate;
}

struct order *change_order(struct change *c, uint8_t mark)
{
    c->order = must(arena_zalloc(c->arena, sizeof *c->order));
    *c->order = (struct order){
        .transactionID = octets_text("of the order"), .certReqId = -1, .kind = 1, .backend = "demo",
        .profile = "default", .peer = "192.0.2.7:4711", .created = 1700000000, .message = span_of("the request"),
        .subject = span_of("CN=x"), .public_key = span_of("a key"), .not_before = 5, .not_after = 6, .reason = 4,
    };
    memset(c->order->id, mark, STORE_ORDER_ID);
    return c->order;
}

struct secret *change_secret(struct change *c, const char *reference, int64_t uses)
{
    c->secret = must(arena_zalloc(c->arena, sizeof *c->secret));
    *c->secret = (struct secret){
        .reference = octets_text(reference), .sealed = span_of("sealed"), .profile = "default",
        .subject = span_of("CN=bound"), .uses = uses, .created = 1700000000,
    };
    return c->secret;
}

struct crl *change_crl(struct change *c, const char *issuer, uint64_t number)
{
    c->crl = must(arena_zalloc(c->arena, sizeof *c->crl));
    *c->crl = (struct crl){
        .issuer = span_str(issuer), .number = number, .this_update = 1700000000, .next_update = 1700086400,
        .der = span_of("a crl"), .revocations = 3,
    };
    return c->crl;
}

enum commit_result apply_and_free(struct store *s, struct change *c)
{
    enum commit_result result = store_apply(s, c);

    change_free(c);
    return result;
}

int count_steps(struct store *s, const char *transactionID)
{
    struct arena *arena = must(arena_new());
    struct step *steps;
    size_t count;
    bool ok = store_steps(s, span_str(transactionID), arena, &steps, &count);

    arena_free(arena);
    return ok ? (int)count : -1;
}

int in_child(int (*main)(void *), void *context)
{
    int status = 0;

    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        _exit(main(context));
    }
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

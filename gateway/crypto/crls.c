#include "gateway/crypto/crls.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/crypto/crl.h"
#include "gateway/crypto/plumbing.h"

enum { FILES_MAX = 64, CRLS_MAX = 256, FILE_MAX = 24 << 20 /* the codec takes 16 MiB, which are 22 in PEM */, KEYS_KEPT = 4 };

/* Whether a CRL is signed with a key, for the few keys that its issuer has. */
struct verdict {
    uint8_t key[32];                    /* SHA-256 of the SubjectPublicKeyInfo */
    bool known, good;
};

struct one_crl {
    struct crypto_crl crl;
    struct verdict verdicts[KEYS_KEPT];
    size_t next_verdict;
};

/* All that was read at one time.  Whoever looks holds a reference, so that a change can take its place meanwhile. */
struct snapshot {
    atomic_uint refs;
    struct arena *arena;
    struct one_crl *item;
    size_t count;
};

struct crypto_crls {
    char *path;
    uint8_t identity[32];               /* of the files that were read last, readable or not */
    pthread_mutex_t lock;               /* of `now`, and of the verdicts in it */
    struct snapshot *now;
};

/* ---- PEM ------------------------------------------------------------------------------------------------- */

/* The next block, taken from *rest, whatever is around it.  Absent at the end, or when it cannot be decoded: then what
 * is read is no CRL. */
static bool next_block(struct span *rest, struct span *block)
{
    static const char begin[] = "-----BEGIN X509 CRL-----", end[] = "-----END X509 CRL-----";
    const uint8_t *stop = rest->ptr + rest->len;
    const uint8_t *from = memmem(rest->ptr, rest->len, begin, sizeof begin - 1);
    const uint8_t *to = from != NULL ? memmem(from, (size_t)(stop - from), end, sizeof end - 1) : NULL;

    if (from == NULL) {
        return false;
    }
    to = to != NULL ? to + sizeof end - 1 : stop;
    *block = (struct span){ from, (size_t)(to - from) };
    *rest = (struct span){ to, (size_t)(stop - to) };
    return true;
}

static struct span decode_block(struct span block, struct arena *arena)
{
    gnutls_datum_t text = plumbing_datum(block), der = { NULL, 0 };
    struct span out = { NULL, 0 };

    if (gnutls_pem_base64_decode2("X509 CRL", &text, &der) >= 0) {
        out = arena_copy(arena, der.data, der.size);
    }
    gnutls_free(der.data);
    return out;
}

/* ---- files ----------------------------------------------------------------------------------------------- */

struct files {
    char *path[FILES_MAX];
    size_t count;
};

static void files_free(struct files *f)
{
    for (size_t i = 0; i < f->count; i++) {
        free(f->path[i]);
    }
}

static bool has_suffix(const char *name, const char *suffix)
{
    size_t n = strlen(name), s = strlen(suffix);

    return n > s && strcmp(name + n - s, suffix) == 0;
}

/* Names that begin with a dot are somebody's copy on its way. */
static bool list_directory(const char *path, struct files *f)
{
    DIR *dir = opendir(path);
    struct dirent *e;

    while (dir != NULL && f->count < FILES_MAX && (e = readdir(dir)) != NULL) {
        bool crl = has_suffix(e->d_name, ".crl") || has_suffix(e->d_name, ".pem");
        if (crl && e->d_name[0] != '.' && asprintf(&f->path[f->count], "%s/%s", path, e->d_name) > 0) {
            f->count++;
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return dir != NULL;
}

static bool list_files(const char *path, struct files *f)
{
    struct stat st;

    if (stat(path, &st) != 0) {
        return false;
    }
    if (S_ISDIR(st.st_mode)) {
        return list_directory(path, f);
    }
    f->path[0] = strdup(path);
    f->count = f->path[0] != NULL;
    return f->count == 1;
}

/* Changes when any of them is replaced, written to, added or taken away. */
static void identify(const char *path, uint8_t out[32])
{
    struct { int64_t s, ns, size, inode; } id[FILES_MAX + 1];
    struct files f = { .count = 0 };
    struct stat st;

    memset(id, 0, sizeof id);
    list_files(path, &f);
    for (size_t i = 0; i < f.count; i++) {
        if (stat(f.path[i], &st) == 0) {
            id[i].s = st.st_mtim.tv_sec;
            id[i].ns = st.st_mtim.tv_nsec;
            id[i].size = st.st_size;
            id[i].inode = (int64_t)st.st_ino;
        }
    }
    id[FILES_MAX].s = (int64_t)f.count;
    files_free(&f);
    crypto_sha256((struct span){ (const uint8_t *)id, sizeof id }, out);
}

static const char *take_file(struct snapshot *s, struct span bytes)
{
    struct span rest = bytes, block;
    const char *fault;

    if (bytes.len > 0 && bytes.ptr[0] == DER_SEQUENCE) {
        return s->count < CRLS_MAX ? crypto_crl_take(&s->item[s->count++].crl, arena_copy(s->arena, bytes.ptr, bytes.len), s->arena)
                                   : "one CRL too many";
    }
    while (next_block(&rest, &block)) {
        fault = s->count < CRLS_MAX ? crypto_crl_take(&s->item[s->count++].crl, decode_block(block, s->arena), s->arena)
                                    : "one CRL too many";
        if (fault != NULL) {
            return fault;
        }
    }
    return NULL;
}

static void snapshot_drop(struct snapshot *s)
{
    if (s != NULL && atomic_fetch_sub(&s->refs, 1) == 1) {
        arena_free(s->arena);
        free(s);
    }
}

static struct snapshot *snapshot_new(void)
{
    struct snapshot *s = calloc(1, sizeof *s);

    if (s == NULL || (s->arena = arena_new()) == NULL) {
        free(s);
        return NULL;
    }
    atomic_init(&s->refs, 1);
    arena_limit(s->arena, (size_t)1 << 30);
    s->item = arena_zalloc(s->arena, CRLS_MAX * sizeof *s->item);
    if (s->item == NULL) {
        snapshot_drop(s);
        return NULL;
    }
    return s;
}

static struct snapshot *read_all(const char *path, char *why, size_t why_size)
{
    struct snapshot *s = snapshot_new();
    struct files f = { .count = 0 };
    bool good = s != NULL && list_files(path, &f);

    snprintf(why, why_size, "%s", s == NULL ? "no memory" : strerror(errno));
    for (size_t i = 0; good && i < f.count; i++) {
        struct span bytes = plumbing_read(f.path[i], FILE_MAX, 0, why, why_size);
        const char *fault = bytes.ptr != NULL ? take_file(s, bytes) : why;
        plumbing_forget(bytes);
        good = fault == NULL;
        if (fault != NULL && fault != why) {
            snprintf(why, why_size, "%.150s: CRL %zu: %s", f.path[i], s->count, fault);
        }
    }
    files_free(&f);
    if (good && s->count == 0) {
        snprintf(why, why_size, "no CRL in it");
        good = false;
    }
    if (!good) {
        snapshot_drop(s);
    }
    return good ? s : NULL;
}

/* ---- life ------------------------------------------------------------------------------------------------ */

struct crypto_crls *crls_load(const char *path, char *why, size_t why_size)
{
    struct crypto_crls *crls = calloc(1, sizeof *crls);

    if (crls == NULL || (crls->path = strdup(path)) == NULL) {
        snprintf(why, why_size, "no memory");
        free(crls);
        return NULL;
    }
    pthread_mutex_init(&crls->lock, NULL);
    identify(path, crls->identity);
    crls->now = read_all(path, why, why_size);
    if (crls->now == NULL) {
        crls_free(crls);
        return NULL;
    }
    return crls;
}

void crls_free(struct crypto_crls *crls)
{
    if (crls != NULL) {
        snapshot_drop(crls->now);
        pthread_mutex_destroy(&crls->lock);
        free(crls->path);
        free(crls);
    }
}

bool crls_refresh(struct crypto_crls *crls, bool *changed, char *why, size_t why_size)
{
    uint8_t identity[32];

    identify(crls->path, identity);
    *changed = memcmp(identity, crls->identity, sizeof identity) != 0;
    if (!*changed) {
        return true;
    }
    memcpy(crls->identity, identity, sizeof identity);
    struct snapshot *fresh = read_all(crls->path, why, why_size);
    if (fresh == NULL) {
        return false;
    }
    pthread_mutex_lock(&crls->lock);
    struct snapshot *old = crls->now;
    crls->now = fresh;
    pthread_mutex_unlock(&crls->lock);
    snapshot_drop(old);
    return true;
}

/* ---- judging --------------------------------------------------------------------------------------------- */

static bool recall(struct crypto_crls *crls, const struct one_crl *c, const uint8_t key[32], bool *good)
{
    bool known = false;

    pthread_mutex_lock(&crls->lock);
    for (size_t i = 0; i < KEYS_KEPT && !known; i++) {
        known = c->verdicts[i].known && memcmp(c->verdicts[i].key, key, 32) == 0;
        *good = known && c->verdicts[i].good;
    }
    pthread_mutex_unlock(&crls->lock);
    return known;
}

static void remember(struct crypto_crls *crls, struct one_crl *c, const uint8_t key[32], bool good)
{
    pthread_mutex_lock(&crls->lock);
    struct verdict *v = &c->verdicts[c->next_verdict++ % KEYS_KEPT];
    memcpy(v->key, key, 32);
    v->known = true;
    v->good = good;
    pthread_mutex_unlock(&crls->lock);
}

/* A CRL may have megabytes, and each message asks: its signature is verified once for each key. */
static bool is_signed(struct crypto_crls *crls, struct one_crl *c, struct span spki)
{
    uint8_t key[32];
    bool good;

    crypto_sha256(spki, key);
    if (!recall(crls, c, key, &good)) {
        good = crypto_crl_signed_by(&c->crl, spki);
        remember(crls, c, key, good);
    }
    return good;
}

enum crypto_status crls_judge(struct crypto_crls *crls, struct span certificate, struct span issuer, struct span issuer_spki,
                              struct span serial, int64_t now)
{
    enum crypto_status status = CRYPTO_STATUS_UNKNOWN;

    pthread_mutex_lock(&crls->lock);
    struct snapshot *s = crls->now;
    atomic_fetch_add(&s->refs, 1);
    pthread_mutex_unlock(&crls->lock);
    for (size_t i = 0; i < s->count && status != CRYPTO_REVOKED; i++) {
        struct one_crl *c = &s->item[i];
        bool current = c->crl.this_update <= now && now <= c->crl.next_update;
        bool his = span_eq(c->crl.list->tbsCertList->issuer->der, issuer) && crypto_crl_covers(&c->crl, certificate);
        if (current && his && is_signed(crls, c, issuer_spki)) {
            status = crypto_crl_has(&c->crl, serial) ? CRYPTO_REVOKED : CRYPTO_OK;
        }
    }
    snapshot_drop(s);
    return status;
}

/* What decoding and encoding a PKIMessage costs, beside OpenSSL on the same messages in one run.
 *
 *     bench_codec [--json] [--seconds N] [FILE.der|DIRECTORY]...      (default: tests/vectors)
 *
 * The four programs take turns at every message and the best turn of each counts, so that what
 * else the machine does hits all alike.  Decoding includes giving the result back (arena_reset,
 * OSSL_CMP_MSG_free).  "encode" rebuilds every octet from the fields; nothing is copied whole.
 */
#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include <openssl/cmp.h>
#include <openssl/err.h>

#include "codec/cmp.h"

#define TURNS 7

enum { DECODE, ENCODE, OPENSSL_DECODE, OPENSSL_ENCODE, WALK, MEASURES };

struct message {
    char *path;
    uint8_t *octets;
    size_t len;
    bool has_key;
    double ns[MEASURES];                /* best turn */
};

struct bench {
    struct message *messages;
    size_t count;
    struct arena *values, *scratch;
    double turn_ns;                     /* length of one turn at one message */
};

struct group {
    const char *name;
    size_t count;
    double ns[MEASURES];                /* sums, then means */
    double worst_decode, worst_encode;  /* least ratio to OpenSSL of a single message */
};

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* ---- what is measured ------------------------------------------------------------------- */

struct subject {
    const struct message *m;
    struct arena *arena;
    const struct PKIMessage *value;     /* without any der */
    OSSL_CMP_MSG *openssl;
};

static bool do_decode(const struct subject *s)
{
    struct asn1_error err;
    arena_reset(s->arena);
    return PKIMessage_decode((struct span){ s->m->octets, s->m->len }, s->arena, &err) != NULL;
}

static bool do_encode(const struct subject *s)
{
    arena_reset(s->arena);
    return PKIMessage_encode(s->value, s->arena).len == s->m->len;
}

static bool do_openssl_decode(const struct subject *s)
{
    const unsigned char *p = s->m->octets;
    OSSL_CMP_MSG *msg = d2i_OSSL_CMP_MSG(NULL, &p, (long)s->m->len);
    OSSL_CMP_MSG_free(msg);
    return msg != NULL;
}

static bool do_openssl_encode(const struct subject *s)
{
    unsigned char *der = NULL;
    int len = i2d_OSSL_CMP_MSG(s->openssl, &der);
    OPENSSL_free(der);
    return len > 0;
}

/* The floor: every header read and checked once, nothing kept. */
static size_t walk(struct span contents)
{
    struct asn1_reader r = { contents };
    struct asn1_tlv e;
    size_t n = 0;

    while (asn1_next(&r, &e) == NULL) {
        n += 1 + ((e.tag & 0x20) != 0 ? walk(e.contents) : 0);
    }
    return n;
}

static bool do_walk(const struct subject *s)
{
    return walk((struct span){ s->m->octets, s->m->len }) > 0;
}

static bool (*const measures[MEASURES])(const struct subject *) = {
    [DECODE] = do_decode,
    [ENCODE] = do_encode,
    [OPENSSL_DECODE] = do_openssl_decode,
    [OPENSSL_ENCODE] = do_openssl_encode,
    [WALK] = do_walk,
};

/* Mean of as many calls as fit into the turn; negative when a call fails. */
static double take_turn(const struct subject *s, int what, double turn_ns)
{
    double start = now_ns(), spent;
    size_t calls = 0;

    do {
        for (int i = 0; i < 8; i++, calls++) {
            if (!measures[what](s)) {
                return -1;
            }
        }
        spent = now_ns() - start;
    } while (spent < turn_ns);
    return spent / (double)calls;
}

static bool measure(const struct bench *b, struct message *m)
{
    struct asn1_error err;
    const unsigned char *p = m->octets;
    char text[256];

    arena_reset(b->values);
    struct span der = { m->octets, m->len };
    struct PKIMessage *value = PKIMessage_decode(der, b->values, &err);
    if (value == NULL) {
        fprintf(stderr, "%s: %s\n", m->path, asn1_error_text(&err, text, sizeof text));
        return false;
    }
    asn1_strip(&PKIMessage_type, value);
    OSSL_CMP_MSG *openssl = d2i_OSSL_CMP_MSG(NULL, &p, (long)m->len);
    if (openssl == NULL) {
        ERR_clear_error();
        return false;
    }
    struct subject s = { m, b->scratch, value, openssl };
    bool ok = true;
    for (int turn = 0; turn < TURNS && ok; turn++) {
        for (int what = 0; what < MEASURES && ok; what++) {
            double ns = take_turn(&s, what, b->turn_ns);
            ok = ns > 0;
            if (ok && (turn == 0 || ns < m->ns[what])) {
                m->ns[what] = ns;
            }
        }
    }
    OSSL_CMP_MSG_free(openssl);
    return ok;
}

/* ---- messages --------------------------------------------------------------------------- */

/* SEQUENCE { SEQUENCE { OID of a key, ... }, BIT STRING }. */
static bool is_public_key(struct span contents)
{
    struct asn1_reader r = { contents }, inside;
    struct asn1_tlv algorithm, oid, key;

    if (asn1_next(&r, &algorithm) != NULL || algorithm.tag != DER_SEQUENCE ||
        asn1_next(&r, &key) != NULL || key.tag != DER_BIT_STRING || r.rest.len != 0) {
        return false;
    }
    inside.rest = algorithm.contents;
    return asn1_next(&inside, &oid) == NULL && oid.tag == DER_OBJECT_IDENTIFIER &&
           (oid_kind(oid_find(oid.contents)) & OID_PUBLIC_KEY) != 0;
}

static bool has_public_key(struct span contents)
{
    struct asn1_reader r = { contents };
    struct asn1_tlv e;

    while (asn1_next(&r, &e) == NULL) {
        if ((e.tag & 0x20) != 0 && (is_public_key(e.contents) || has_public_key(e.contents))) {
            return true;
        }
    }
    return false;
}

static void load(struct bench *b, const char *path)
{
    FILE *f = fopen(path, "rb");
    struct stat st;

    if (f == NULL || fstat(fileno(f), &st) != 0 || st.st_size == 0) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(2);
    }
    struct message m = { .path = strdup(path), .len = (size_t)st.st_size,
                         .octets = malloc((size_t)st.st_size) };
    b->messages = realloc(b->messages, (b->count + 1) * sizeof *b->messages);
    if (m.path == NULL || m.octets == NULL || b->messages == NULL ||
        fread(m.octets, 1, m.len, f) != m.len) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(2);
    }
    fclose(f);
    m.has_key = has_public_key((struct span){ m.octets, m.len });
    b->messages[b->count++] = m;
}

static int is_der(const struct dirent *e)
{
    size_t n = strlen(e->d_name);
    return n > 4 && strcmp(e->d_name + n - 4, ".der") == 0;
}

static void load_path(struct bench *b, const char *path)
{
    struct dirent **entries;
    struct stat st;
    char file[4096];

    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
        load(b, path);
        return;
    }
    int n = scandir(path, &entries, is_der, alphasort);
    for (int i = 0; i < n; i++) {
        snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
        load(b, file);
        free(entries[i]);
    }
    if (n >= 0) {
        free(entries);
    }
}

/* ---- results ---------------------------------------------------------------------------- */

static void add(struct group *g, const struct message *m)
{
    double decode = m->ns[OPENSSL_DECODE] / m->ns[DECODE];
    double encode = m->ns[OPENSSL_ENCODE] / m->ns[ENCODE];

    for (int i = 0; i < MEASURES; i++) {
        g->ns[i] += m->ns[i];
    }
    g->worst_decode = g->count == 0 || decode < g->worst_decode ? decode : g->worst_decode;
    g->worst_encode = g->count == 0 || encode < g->worst_encode ? encode : g->worst_encode;
    g->count++;
}

static void finish(struct group *g)
{
    for (int i = 0; i < MEASURES && g->count > 0; i++) {
        g->ns[i] /= (double)g->count;
    }
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static void print_row(const char *name, size_t count, const double *ns)
{
    printf("%-40.40s %5zu %8.0f %8.0f %9.0f %9.0f %7.0f %7.1fx %6.2fx\n", name, count, ns[DECODE],
           ns[ENCODE], ns[OPENSSL_DECODE], ns[OPENSSL_ENCODE], ns[WALK],
           ns[OPENSSL_DECODE] / ns[DECODE], ns[OPENSSL_ENCODE] / ns[ENCODE]);
}

static void print_table(const struct bench *b, const struct group *groups, size_t n)
{
    printf("%-40s %5s %8s %8s %9s %9s %7s %8s %7s\n", "ns a message", "", "decode", "encode",
           "d2i", "i2d", "walk", "decode", "encode");
    for (size_t i = 0; i < b->count; i++) {
        if (b->messages[i].ns[DECODE] > 0) {
            print_row(base_name(b->messages[i].path), b->messages[i].len, b->messages[i].ns);
        }
    }
    printf("\nmeans\n");
    for (size_t i = 0; i < n; i++) {
        print_row(groups[i].name, groups[i].count, groups[i].ns);
        printf("%-40s %37s least of one message %7.1fx %6.2fx\n", "", "", groups[i].worst_decode,
               groups[i].worst_encode);
    }
}

static void json_figures(const double *ns)
{
    printf("\"decode_ns\":%.1f,\"encode_ns\":%.1f,\"openssl_decode_ns\":%.1f,"
           "\"openssl_encode_ns\":%.1f,\"walk_ns\":%.1f,\"decode_ratio\":%.2f,"
           "\"encode_ratio\":%.2f", ns[DECODE], ns[ENCODE], ns[OPENSSL_DECODE], ns[OPENSSL_ENCODE],
           ns[WALK], ns[OPENSSL_DECODE] / ns[DECODE], ns[OPENSSL_ENCODE] / ns[ENCODE]);
}

static void print_json(const struct bench *b, const struct group *groups, size_t n)
{
    const char *between = "";

    printf("{\"bench\":\"codec\",\"openssl\":\"%s\",\"groups\":[",
           OpenSSL_version(OPENSSL_VERSION));
    for (size_t i = 0; i < n; i++) {
        printf("%s{\"name\":\"%s\",\"messages\":%zu,", i > 0 ? "," : "", groups[i].name,
               groups[i].count);
        json_figures(groups[i].ns);
        printf(",\"least_decode_ratio\":%.2f,\"least_encode_ratio\":%.2f}", groups[i].worst_decode,
               groups[i].worst_encode);
    }
    printf("],\"messages\":[");
    for (size_t i = 0; i < b->count; i++) {
        const struct message *m = &b->messages[i];
        if (m->ns[DECODE] > 0) {
            printf("%s{\"name\":\"%s\",\"octets\":%zu,\"public_key\":%s,", between,
                   base_name(m->path), m->len, m->has_key ? "true" : "false");
            json_figures(m->ns);
            printf("}");
            between = ",";
        }
    }
    printf("]}\n");
}

int main(int argc, char **argv)
{
    struct bench b = { .values = arena_new(), .scratch = arena_new() };
    struct group groups[] = { { .name = "with a public key" }, { .name = "without" } };
    double seconds = 10;
    bool json = false;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            json = true;
        } else if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc) {
            seconds = atof(argv[++i]);
        } else if (argv[i][0] == '-') {
            fprintf(stderr, "usage: bench_codec [--json] [--seconds N] [FILE.der|DIRECTORY]...\n");
            return 2;
        } else {
            load_path(&b, argv[i]);
        }
    }
    if (b.count == 0) {
        load_path(&b, SOURCE_DIR "/tests/vectors");
    }
    if (b.values == NULL || b.scratch == NULL || b.count == 0) {
        fprintf(stderr, "nothing to measure\n");
        return 2;
    }
    b.turn_ns = seconds * 1e9 / (double)(b.count * TURNS * MEASURES);
    for (size_t i = 0; i < b.count; i++) {
        struct message *m = &b.messages[i];
        if (measure(&b, m)) {
            add(&groups[m->has_key ? 0 : 1], m);
        } else {
            fprintf(stderr, "left out: %s\n", base_name(m->path));
            m->ns[DECODE] = 0;
        }
    }
    finish(&groups[0]);
    finish(&groups[1]);
    (json ? print_json : print_table)(&b, groups, 2);
    for (size_t i = 0; i < b.count; i++) {
        free(b.messages[i].path);
        free(b.messages[i].octets);
    }
    free(b.messages);
    arena_free(b.values);
    arena_free(b.scratch);
    return 0;
}

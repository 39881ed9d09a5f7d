/* What an RA does with the messages of its clients, for tests: puts its signature around them, and takes apart what
 * comes back (RFC 9483 5.2.2).
 *
 *   nest add   KEY CERTIFICATE OUT IN       protection added to one message
 *   nest batch KEY CERTIFICATE OUT IN…      a batch of its own
 *   nest open  IN PREFIX                    each message inside to PREFIX-1.der, PREFIX-2.der, …
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "codec/cmp.h"
#include "gateway/crypto/crypto.h"

static struct arena *arena;

static void must(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "nest: %s\n", what);
        exit(EXIT_FAILURE);
    }
}

static struct span read_file(const char *path)
{
    enum { MOST = 1 << 22 };
    uint8_t *octets = arena_alloc(arena, MOST);
    FILE *f = fopen(path, "rb");

    must(octets != NULL && f != NULL, path);
    size_t len = fread(octets, 1, MOST, f);
    fclose(f);
    return (struct span){ octets, len };
}

static void write_file(const char *path, struct span octets)
{
    FILE *f = fopen(path, "wb");

    must(octets.ptr != NULL && f != NULL && fwrite(octets.ptr, 1, octets.len, f) == octets.len && fclose(f) == 0, path);
}

static struct PKIMessage *read_message(const char *path)
{
    struct asn1_error err;
    struct PKIMessage *m = PKIMessage_decode(read_file(path), arena, &err);

    must(m != NULL, path);
    return m;
}

static struct span fresh(void)
{
    uint8_t *octets = arena_alloc(arena, 16);

    crypto_random(octets, 16);
    return (struct span){ octets, 16 };
}

static struct PKIHeader *make_header(const struct crypto_key *key, const struct Certificate *c)
{
    struct PKIHeader *h = PKIHeader_new(arena);
    struct asn1_error err;
    uint8_t *identifier = arena_alloc(arena, 20);

    h->pvno = asn1_put_int(arena, 2);
    h->sender = GeneralName_new(arena);
    h->sender->arm = GeneralName_directoryName;
    h->sender->directoryName = c->tbsCertificate->subject;
    h->recipient = GeneralName_new(arena);
    h->recipient->arm = GeneralName_directoryName;
    h->recipient->directoryName = c->tbsCertificate->issuer;
    h->messageTime = asn1_put_generalized_time(arena, time(NULL));
    h->protectionAlg = AlgorithmIdentifier_decode(crypto_key_algorithm(key), arena, &err);
    must(crypto_key_identifier(crypto_key_spki(key), identifier), "no key identifier");
    h->senderKID = (struct span){ identifier, 20 };
    h->transactionID = fresh();
    h->senderNonce = fresh();
    return h;
}

static struct span protect(struct PKIMessage *m, const struct crypto_key *key)
{
    uint8_t bits[CRYPTO_SIGNATURE_MAX];
    size_t len = 0;

    must(crypto_sign(key, PKIMessage_protected_part(m, arena), bits, &len) == CRYPTO_OK, "cannot sign");
    m->protection = asn1_put_bits(arena, (struct span){ bits, len });
    return PKIMessage_encode(m, arena);
}

static void wrap(bool add, char **argv, char **in)
{
    char why[256] = "";
    struct span *certificates = NULL;
    size_t count = 0;
    struct asn1_error err;
    struct crypto_key *key = crypto_key_load(argv[0], why, sizeof why);
    must(key != NULL && crypto_pem_certificates(argv[1], arena, &certificates, &count, why, sizeof why), why);

    struct PKIMessage *m = PKIMessage_new(arena);
    struct CMPCertificate *own = CMPCertificate_new(arena);
    own->der = certificates[0];
    m->header = make_header(key, Certificate_decode(certificates[0], arena, &err));
    m->body = PKIBody_new(arena);
    m->body->arm = PKIBody_nested;
    for (; *in != NULL; in++) {
        struct PKIMessage *inner = read_message(*in);
        must(asn1_list_add(arena, &m->body->nested, inner), "out of memory");
        if (add) {
            m->header->transactionID = inner->header->transactionID;
            m->header->senderNonce = inner->header->senderNonce;
        }
    }
    must(asn1_list_add(arena, &m->extraCerts, own), "out of memory");
    write_file(argv[2], protect(m, key));
    crypto_key_free(key);
}

static void take_apart(const char *path, const char *prefix)
{
    const struct PKIMessage *m = read_message(path);
    char name[512];

    must(m->body->arm == PKIBody_nested, "not a nested message");
    for (size_t i = 0; i < m->body->nested.count; i++) {
        const struct PKIMessage *inner = m->body->nested.item[i];
        snprintf(name, sizeof name, "%s-%zu.der", prefix, i + 1);
        write_file(name, inner->der);
    }
}

int main(int argc, char **argv)
{
    arena = arena_new();
    if (argc >= 6 && (strcmp(argv[1], "add") == 0 || strcmp(argv[1], "batch") == 0)) {
        wrap(strcmp(argv[1], "add") == 0, argv + 2, argv + 5);
    } else if (argc == 4 && strcmp(argv[1], "open") == 0) {
        take_apart(argv[2], argv[3]);
    } else {
        must(false, "usage: nest add|batch KEY CERTIFICATE OUT IN…, nest open IN PREFIX");
    }
    arena_free(arena);
    return EXIT_SUCCESS;
}

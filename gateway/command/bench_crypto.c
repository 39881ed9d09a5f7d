#include "gateway/command/bench_crypto.h"

#include <stdio.h>
#include <time.h>

#include "codec/cmp.h"

enum { ROUNDS_MAX = 100000, MESSAGE = 700 /* octets, about those of an ir or ip */ };

/* How often a server does what for one enrolment. */
struct work {
    unsigned macs, verifications, signatures;
};

struct bench {
    const struct crypto_key *key;
    struct AlgorithmIdentifier *mac, *algorithm;
    struct span data, signature;
};

static bool setup(struct bench *b, struct arena *a, uint8_t data[MESSAGE], uint8_t bits[CRYPTO_SIGNATURE_MAX])
{
    static const char pbm[] =           /* id-PasswordBasedMac, SHA-256, 500 iterations, HMAC-SHA-256 */
        "\x30\x3c\x06\x09\x2a\x86\x48\x86\xf6\x7d\x07\x42\x0d\x30\x2f\x04\x10sixteen octets.."
        "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x02\x02\x01\xf4"
        "\x30\x0a\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x09";
    struct asn1_error err;
    size_t len = 0;

    crypto_random(data, MESSAGE);
    b->data = (struct span){ data, MESSAGE };
    b->mac = AlgorithmIdentifier_decode((struct span){ (const uint8_t *)pbm, sizeof pbm - 1 }, a, &err);
    b->algorithm = AlgorithmIdentifier_decode(crypto_key_algorithm(b->key), a, &err);
    if (b->mac == NULL || b->algorithm == NULL || crypto_sign(b->key, b->data, bits, &len) != CRYPTO_OK) {
        return false;
    }
    b->signature = (struct span){ bits, len };
    return true;
}

static bool once(const struct bench *b, const struct work *w)
{
    uint8_t out[CRYPTO_SIGNATURE_MAX];
    bool ok = true;
    size_t len;

    for (unsigned i = 0; ok && i < w->macs; i++) {
        uint64_t cost = 1000;
        ok = crypto_mac(span_of("open sesame"), b->mac, b->data, &cost, out, &len) == CRYPTO_OK;
    }
    for (unsigned i = 0; ok && i < w->verifications; i++) {
        ok = crypto_verify(crypto_key_spki(b->key), b->algorithm, b->data, b->signature, false) == CRYPTO_OK;
    }
    for (unsigned i = 0; ok && i < w->signatures; i++) {
        ok = crypto_sign(b->key, b->data, out, &len) == CRYPTO_OK;
    }
    return ok;
}

static double cpu_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Milliseconds of CPU for one enrolment, over about a second; negative when the library fails. */
static double measure(const struct bench *b, const struct work *w)
{
    double began = cpu_seconds(), took = 0;
    unsigned rounds = 0;

    while (rounds < ROUNDS_MAX && took < 1) {
        if (!once(b, w)) {
            return -1;
        }
        rounds++;
        took = cpu_seconds() - began;
    }
    return took * 1e3 / rounds;
}

bool bench_crypto(const struct crypto_key *key, bool implicit, bool json)
{
    /* By MAC: two of them an exchange, the proof of possession, the certificate.  By signature: each request's and,
     * over its certificate, the path's; the proof of possession; each answer's, and the certificate. */
    const unsigned exchanges = implicit ? 1 : 2;
    const struct work by_mac = { .macs = 2 * exchanges, .verifications = 1, .signatures = 1 };
    const struct work by_signature = { .verifications = 2 * exchanges + 1, .signatures = exchanges + 1 };
    uint8_t data[MESSAGE], bits[CRYPTO_SIGNATURE_MAX];
    struct bench b = { .key = key };
    struct arena *a = arena_new();
    bool ok = a != NULL && setup(&b, a, data, bits);
    double mac = ok ? measure(&b, &by_mac) : -1, signature = ok ? measure(&b, &by_signature) : -1;

    arena_free(a);
    if (mac < 0 || signature < 0) {
        return false;
    }
    if (json) {
        printf("{\"cpu_ms\":{\"mac\":%.4f,\"signature\":%.4f}}\n", mac, signature);
    } else {
        printf("CPU ms for the cryptography of one enrolment: %.4f under a MAC, %.4f by signature\n", mac, signature);
    }
    return true;
}

/* What crypto/ takes from strangers: the first octet says which function, the elements behind it are
 * its arguments.  Beyond not crashing, what is accepted must have been worth it. */
#include <stdlib.h>

#include "gateway/crypto/crl.h"
#include "gateway/crypto/crypto.h"
#include "gateway/crypto/ocsp.h"

enum { COST = 1000, PARTS = 18 };

#define NEVER(condition)                                                                         \
    do {                                                                                         \
        if (condition) {                                                                         \
            abort();                                                                             \
        }                                                                                        \
    } while (0)

static struct span tail(struct span s)
{
    return (struct span){ s.ptr + 1, s.len - 1 };
}

static void fuzz_key(struct span spki)
{
    struct crypto_public key;
    uint8_t id[20];

    if (crypto_public_look(spki, &key) == CRYPTO_OK) {
        NEVER(key.kind == CRYPTO_KEY_OTHER || key.bits == 0);
        NEVER((key.kind == CRYPTO_KEY_EC) != (key.curve != OID_NONE));
        NEVER(!crypto_key_identifier(spki, id));
    }
}

/* part: AlgorithmIdentifier, SubjectPublicKeyInfo, OCTET STRING; `rest` is what was signed. */
static void fuzz_verify(const struct span *part, struct span rest, struct arena *arena)
{
    struct asn1_error err;
    const struct AlgorithmIdentifier *a = AlgorithmIdentifier_decode(part[0], arena, &err);
    struct asn1_reader last = { part[2] };
    struct asn1_tlv tlv;

    if (a == NULL || asn1_next(&last, &tlv) != NULL) {
        return;
    }
    crypto_digest_of_signature(a);
    struct span signature = tlv.contents;
    if (crypto_verify(part[1], a, rest, signature, true) != CRYPTO_OK) {
        return;
    }
    fuzz_key(part[1]);
    NEVER(crypto_verify(part[1], a, rest, tail(signature), true) == CRYPTO_OK);
}

static void fuzz_mac(struct span algorithm, struct span data, struct arena *arena)
{
    struct asn1_error err;
    const struct AlgorithmIdentifier *a = AlgorithmIdentifier_decode(algorithm, arena, &err);
    uint64_t cost = COST, known = 0;
    uint8_t mac[CRYPTO_MAC_MAX];
    size_t len = 0;

    if (a == NULL) {
        return;
    }
    enum crypto_status status = crypto_mac(span_of("secret"), a, data, &cost, mac, &len);
    enum crypto_status before = crypto_mac_cost(a, &known);
    NEVER(known != cost);
    NEVER(status == CRYPTO_OK && (before != CRYPTO_OK || cost > COST || len == 0 || len > sizeof mac));
    NEVER(status == CRYPTO_FAILED);
}

static void fuzz_path(const struct span *part, size_t count)
{
    static struct crypto_anchors *anchors;
    enum { IN_2035 = 2051222400 };
    char why[128];

    if (anchors == NULL) {
        anchors = crypto_anchors_load(ANCHORS, why, sizeof why);
        NEVER(anchors == NULL);
    }
    if (count > 0 && crypto_anchors_verify(anchors, part[0], part + 1, count - 1, IN_2035) == CRYPTO_OK) {
        NEVER(crypto_anchors_verify(anchors, part[0], part + 1, count - 1, 0) != CRYPTO_EXPIRED);
        NEVER(crypto_anchors_verify(anchors, tail(part[0]), part + 1, count - 1, IN_2035) == CRYPTO_OK);
    }
}

/* certificate, issuer, response */
static void fuzz_ocsp(const struct span *part)
{
    enum { MADE = 1795656666 };
    struct ocsp_answer a = { .status = CRYPTO_FAILED };
    struct span nonce = span_of("0123456789abcdef");

    if (ocsp_judge(part[2], part[0], part[1], nonce, false, MADE, &a) == NULL) {
        NEVER(a.status != CRYPTO_OK && a.status != CRYPTO_REVOKED && a.status != CRYPTO_STATUS_UNKNOWN);
        NEVER(a.this_update > MADE + 300 || (a.next_update != 0 && a.next_update < MADE));
        NEVER(ocsp_judge(tail(part[2]), part[0], part[1], nonce, false, MADE, &a) == NULL);
    }
}

static void fuzz_crl(struct span der, struct arena *arena)
{
    struct crypto_crl crl, kept;
    struct arena *keep = arena_new();

    if (keep != NULL && crypto_crl_take(&crl, der, arena) == NULL) {
        crypto_crl_is_of(&crl, span_of("http://a/x.crl"));
        NEVER(!crypto_crl_keep(&kept, &crl, keep) || kept.count != crl.count);
        for (size_t i = 0; i < crl.count; i++) {
            NEVER(!crypto_crl_has(&kept, crl.serials[i]));
        }
    }
    arena_free(keep);
}

static size_t split(struct asn1_reader *r, struct span *part, size_t most)
{
    struct asn1_tlv tlv;
    size_t n = 0;

    while (n < most && asn1_next(r, &tlv) == NULL) {
        part[n++] = tlv.der;
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span part[PARTS] = { { NULL, 0 } };
    struct arena *arena = arena_new();

    if (size == 0 || arena == NULL) {
        arena_free(arena);
        return 0;
    }
    struct asn1_reader r = { { data + 1, size - 1 } };
    switch (data[0]) {
    case 'k':
        fuzz_key(r.rest);
        break;
    case 'v':
        if (split(&r, part, 3) == 3) {
            fuzz_verify(part, r.rest, arena);
        }
        break;
    case 'm':
        if (split(&r, part, 1) == 1) {
            fuzz_mac(part[0], r.rest, arena);
        }
        break;
    case 'p':
        fuzz_path(part, split(&r, part, PARTS));
        break;
    case 'o':
        if (split(&r, part, 3) == 3) {
            fuzz_ocsp(part);
        }
        break;
    case 'c':
        fuzz_crl(r.rest, arena);
        break;
    default:
        break;
    }
    arena_free(arena);
    return 0;
}

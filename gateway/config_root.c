/* Updates of root CAs, told to who asks with rootCaCert: three certificates each (RFC 9810 4.4). */
#include "gateway/config_reader.h"

static bool is_signed_by(const struct Certificate *c, const struct Certificate *issuer)
{
    return span_eq(c->tbsCertificate->issuer->der, issuer->tbsCertificate->subject->der) &&
           crypto_verify(issuer->tbsCertificate->subjectPublicKeyInfo->der, c->signatureAlgorithm,
                         c->tbsCertificate->der, asn1_bits_payload(c->signature), false) == CRYPTO_OK;
}

static bool same_key(const struct Certificate *a, const struct Certificate *b)
{
    return span_eq(a->tbsCertificate->subjectPublicKeyInfo->der, b->tbsCertificate->subjectPublicKeyInfo->der);
}

/* NULL: they fit together. */
static const char *fault(const struct Certificate *new_with_new, const struct Certificate *new_with_old,
                         const struct Certificate *old_with_new)
{
    if (!is_signed_by(new_with_new, new_with_new)) {
        return "the first, newWithNew, is not signed with its own key";
    }
    if (!same_key(new_with_new, new_with_old)) {
        return "the second, newWithOld, is not for the key of the first";
    }
    if (same_key(new_with_new, old_with_new)) {
        return "the third, oldWithNew, is for the new key";
    }
    if (!is_signed_by(old_with_new, new_with_new)) {
        return "the third, oldWithNew, is not signed with the new key";
    }
    return is_signed_by(new_with_old, old_with_new) ? NULL : "the second, newWithOld, is not signed with the old key";
}

static void read_update(struct reader *r, unsigned line, const char *path, const struct span ders[3],
                        struct config_root_update *out)
{
    struct Certificate *c[3];
    struct asn1_error error;

    for (size_t i = 0; i < 3; i++) {
        c[i] = Certificate_decode(ders[i], r->arena, &error);
        if (c[i] == NULL) {
            reader_complain(r, line, "%s: a certificate in it cannot be read", path);
            return;
        }
    }
    const char *wrong = fault(c[0], c[1], c[2]);
    if (wrong != NULL) {
        reader_complain(r, line, "%s: of three certificates %s", path, wrong);
    }
    *out = (struct config_root_update){ .new_with_new = ders[0], .new_with_old = ders[1], .old_with_new = ders[2] };
}

void read_root_updates(struct reader *r, unsigned line, const char *path)
{
    struct config *config = r->config;
    struct span *ders;
    size_t count;
    char why[256];

    if (!crypto_pem_certificates(path, r->arena, &ders, &count, why, sizeof why)) {
        reader_complain(r, line, "%s: %s", path, why);
        return;
    }
    if (count % 3 != 0) {
        reader_complain(r, line, "%s: want three certificates for each root, newWithNew, newWithOld, oldWithNew; have "
                        "%zu", path, count);
        return;
    }
    config->root_updates = arena_zalloc(r->arena, (count / 3) * sizeof *config->root_updates);
    for (size_t i = 0; config->root_updates != NULL && i < count / 3; i++) {
        read_update(r, line, path, ders + 3 * i, &config->root_updates[i]);
        config->root_update_count++;
    }
}

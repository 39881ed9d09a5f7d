/* Whatever decodes comes back the same, copied and rebuilt, and prints.
 *
 * libFuzzer's target: decode, encode, compare, abort.  As each of the types a peer can send us. */
#include <stdlib.h>

#include "codec/cmp.h"

static const struct asn1_type *const types[] = {
    &PKIMessage_type, &PKIMessageShell_type, &Certificate_type, &CertificateList_type,
    &CertificationRequest_type, &ContentInfo_type, &AsymmetricKeyPackage_type, &EncKeyWithID_type,
};

static struct arena *values, *scratch;
static FILE *nowhere;

static void start(void)
{
    values = arena_new();
    scratch = arena_new();
    nowhere = fopen("/dev/null", "w");
    if (values == NULL || scratch == NULL || nowhere == NULL) {
        abort();
    }
}

static void compare(struct span have, struct span want)
{
    if (have.len != want.len || memcmp(have.ptr, want.ptr, want.len) != 0) {
        abort();
    }
}

static void explain(const struct asn1_error *err, size_t size)
{
    char text[256];

    if (err->reason == NULL || err->type == NULL || err->offset > size) {
        abort();
    }
    asn1_error_text(err, text, sizeof text);
}

/* What is taken as it came is copied and printed; it need not be rebuilt. */
static void try_odd(const struct asn1_type *type, struct span in)
{
    struct asn1_error err;
    unsigned odd;

    arena_reset(values);
    void *value = asn1_decode_odd(type, in, values, &odd, &err);
    if (value == NULL) {
        explain(&err, in.len);
        return;
    }
    if (odd == 0) {
        abort();
    }
    compare(asn1_encode(type, value, scratch), in);
    asn1_print(nowhere, type, value, ASN1_PRINT_FULL);
    asn1_print_json(nowhere, type, value);
}

static void try_type(const struct asn1_type *type, struct span in)
{
    struct asn1_error err;

    arena_reset(values);
    arena_reset(scratch);
    void *value = asn1_decode(type, in, values, &err);
    if (value == NULL) {
        explain(&err, in.len);
        try_odd(type, in);
        return;
    }
    compare(asn1_encode(type, value, scratch), in);
    asn1_print(nowhere, type, value, 0);
    asn1_print(nowhere, type, value, ASN1_PRINT_FULL);
    asn1_print_json(nowhere, type, value);
    asn1_strip(type, value);
    compare(asn1_encode(type, value, scratch), in);
    asn1_print(nowhere, type, value, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (values == NULL) {
        start();
    }
    /* A copy of exactly this size, so that a read beyond it is seen. */
    uint8_t *copy = malloc(size > 0 ? size : 1);
    if (copy == NULL) {
        abort();
    }
    if (size > 0) {
        memcpy(copy, data, size);
    }
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        try_type(types[i], (struct span){ copy, size });
    }
    free(copy);
    return 0;
}

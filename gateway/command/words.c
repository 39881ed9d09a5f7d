#include "gateway/command/words.h"

#include <stdio.h>
#include <time.h>

#include "codec/cmp.h"
#include "gateway/command/summary.h"
#include "gateway/crypto/crypto.h"

void words_time(int64_t at, char out[32])
{
    time_t t = (time_t)at;
    struct tm tm;

    snprintf(out, 32, "?");
    if (gmtime_r(&t, &tm) != NULL) {
        strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
    }
}

void words_credential(const struct credential *c, char out[WORDS_CREDENTIAL])
{
    struct span name = { c->name.octets, c->name.len };

    if (c->kind != CREDENTIAL_SECRET) {
        summary_hex(name, STORE_ID_MAX, out);
        return;
    }
    for (size_t i = 0; i < name.len; i++) {
        out[i] = name.ptr[i] >= 0x20 && name.ptr[i] < 0x7f ? (char)name.ptr[i] : '?';
    }
    out[name.len] = '\0';
}

const char *words_credential_kind(const struct credential *c)
{
    return c->kind == CREDENTIAL_SECRET ? "secret" : c->kind == CREDENTIAL_CERTIFICATE ? "certificate" : "none";
}

void words_name(struct span der, char *out, size_t size)
{
    struct asn1_error err;
    struct arena *arena = arena_new();
    struct Name *name = arena != NULL && der.ptr != NULL ? Name_decode(der, arena, &err) : NULL;

    snprintf(out, size, "%s", der.ptr != NULL ? "?" : "");
    if (name != NULL) {
        Name_text(name, out, size);
    }
    arena_free(arena);
}

void words_key(struct span spki, char *out, size_t size)
{
    struct crypto_public key;

    out[0] = '\0';
    if (spki.ptr == NULL) {
        return;
    }
    if (crypto_public_look(spki, &key) != CRYPTO_OK) {
        snprintf(out, size, "?");
    } else if (key.curve != OID_NONE) {
        snprintf(out, size, "%s", oid_name(key.curve));
    } else {
        snprintf(out, size, key.kind == CRYPTO_KEY_RSA ? "rsa %u" : key.bits == 256 ? "ed25519" : "ed448", key.bits);
    }
}

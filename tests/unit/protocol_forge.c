#include "tests/unit/protocol_forge.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

static void must(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "protocol_forge: %s\n", what);
        abort();
    }
}

struct span forge_certificate(struct fixture *f, struct span der, const struct crypto_key *issuer_key,
                              void (*change)(struct fixture *, struct TBSCertificate *))
{
    struct asn1_error err;
    struct Certificate *c = Certificate_decode(der, f->arena, &err);
    uint8_t signature[CRYPTO_SIGNATURE_MAX];
    size_t len = 0;

    must(c != NULL, "the certificate does not decode");
    c->der = c->tbsCertificate->der = (struct span){ NULL, 0 };
    change(f, c->tbsCertificate);
    struct span tbs = TBSCertificate_encode(c->tbsCertificate, f->arena);
    must(tbs.ptr != NULL && crypto_sign(issuer_key, tbs, signature, &len) == CRYPTO_OK, "the certificate cannot be signed");
    c->signature = asn1_put_bits(f->arena, (struct span){ signature, len });
    return Certificate_encode(c, f->arena);
}

void forge_extension(struct fixture *f, struct TBSCertificate *c, enum oid id, struct span der)
{
    for (size_t i = 0; i < c->extensions.count; i++) {
        struct Extension *e = c->extensions.item[i];
        if (oid_find(e->extnID) == id) {
            struct Extension *other = Extension_new(f->arena);
            other->extnID = e->extnID;
            other->critical = e->critical;
            other->extnValue = asn1_open_der(der);
            c->extensions.item[i] = other;
            c->extensions.der = (struct span){ NULL, 0 };
            return;
        }
    }
    must(false, "there is no such extension");
}

struct holder forge_holder(struct fixture *f, const char *common_name, unsigned special,
                           void (*change)(struct fixture *, struct TBSCertificate *))
{
    struct holder h = fixture_holder(f, common_name, "ecdsa-p256", special | HOLDER_STRANGER);

    h.certificate = forge_certificate(f, h.certificate, f->ca.key, change);
    return h;
}

void forge_store(struct fixture *f, const char *sql)
{
    sqlite3 *db = NULL;

    must(sqlite3_open(f->config.store, &db) == SQLITE_OK, "the store cannot be opened");
    int code = sqlite3_exec(db, sql, NULL, NULL, NULL);
    must(code == SQLITE_OK, sqlite3_errmsg(db));
    sqlite3_close(db);
}

static const char *hex_of(struct fixture *f, struct span s)
{
    char *text = arena_alloc(f->arena, 2 * s.len + 1);

    text[0] = '\0';
    for (size_t i = 0; i < s.len; i++) {
        snprintf(text + 2 * i, 3, "%02x", s.ptr[i]);
    }
    return text;
}

void forge_row(struct fixture *f, const struct holder *h, struct span der)
{
    static char sql[16384];

    snprintf(sql, sizeof sql, "UPDATE certificates SET der = x'%s' WHERE fingerprint = x'%s'", hex_of(f, der),
             hex_of(f, (struct span){ h->row->fingerprint, STORE_DIGEST }));
    forge_store(f, sql);
}

void forge_issuer(struct fixture *f, struct holder *h, const char *common_name)
{
    char sql[512];

    h->row->issuer = fixture_name(f, common_name);
    snprintf(sql, sizeof sql, "INSERT INTO issuers (name) VALUES (x'%s');"
             "UPDATE certificates SET issuer = last_insert_rowid() WHERE fingerprint = x'%s'", hex_of(f, h->row->issuer),
             hex_of(f, (struct span){ h->row->fingerprint, STORE_DIGEST }));
    forge_store(f, sql);
}

void forge_signer(struct fixture *f, struct span certificates)
{
    static char sql[16384];

    snprintf(sql, sizeof sql, "UPDATE steps SET signer = x'%s'", hex_of(f, certificates));
    forge_store(f, sql);
}

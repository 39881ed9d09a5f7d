/* Keys and algorithms: the only place in the gateway that calls a cryptographic library.
 *
 * Everything here takes borrowed bytes and returns a status; nothing logs.  All functions are
 * safe on any thread; a `struct crypto_key` and a `struct crypto_anchors` may be shared.
 */
#ifndef CRYPTO_H
#define CRYPTO_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/asn1.h"
#include "codec/oid.h"
#include "codec/x509.h"

enum { CRYPTO_DIGEST_MAX = 64, CRYPTO_MAC_MAX = 64, CRYPTO_SIGNATURE_MAX = 1024, CRYPTO_NONCE = 16 };

/* Why a check failed; each maps to one PKIFailureInfo bit in protocol/. */
enum crypto_status {
    CRYPTO_OK,
    CRYPTO_BAD_ALGORITHM,   /* unknown, unsupported, or parameters that do not fit: badAlg */
    CRYPTO_BAD_KEY,         /* the public key cannot be used or does not fit the algorithm */
    CRYPTO_MISMATCH,        /* well-formed, and wrong: badMessageCheck, badPOP */
    CRYPTO_TOO_COSTLY,      /* iterations or sizes above the limit given */
    CRYPTO_NOT_TRUSTED,     /* no path to an anchor */
    CRYPTO_EXPIRED,         /* a certificate of the path is outside its validity */
    CRYPTO_REVOKED,         /* a certificate of the path is */
    CRYPTO_STATUS_UNAVAILABLE,  /* whoever should say whether a certificate of the path is revoked cannot be heard now */
    CRYPTO_STATUS_UNKNOWN,  /* nobody says it */
    CRYPTO_STATUS_PENDING,  /* it is being asked for: to be looked at again */
    CRYPTO_FAILED           /* library or memory failure on our side */
};
const char *crypto_status_text(enum crypto_status);

/* ---- plumbing ---------------------------------------------------------------- */

void crypto_random(void *out, size_t len);                      /* aborts when the system has none */
bool crypto_equal(struct span a, struct span b);                /* constant time for equal lengths */
void crypto_wipe(void *p, size_t len);
void crypto_sha256(struct span data, uint8_t out[32]);
/* SHA-1, SHA-2, SHA-3, and SHAKE256 with 512 bits of output (RFC 9481, 2).  `out` has room for
 * CRYPTO_DIGEST_MAX octets. */
enum crypto_status crypto_digest(enum oid algorithm, struct span data, uint8_t *out, size_t *len);

/* Whether something here computes or verifies with it: digests, HMACs, id-PasswordBasedMac, id-PBMAC1, signatures. */
bool crypto_offers(enum oid algorithm);

/* The digest with which a certificate's certHash is made: RFC 9810 5.3.18, RFC 9481 (Ed25519:
 * SHA-512, Ed448: SHAKE256/512).  OID_NONE when it cannot be told. */
enum oid crypto_digest_of_signature(const struct AlgorithmIdentifier *signature);

/* ---- public keys ------------------------------------------------------------- */

enum crypto_key_kind {
    CRYPTO_KEY_OTHER, CRYPTO_KEY_RSA, CRYPTO_KEY_EC, CRYPTO_KEY_ED25519, CRYPTO_KEY_ED448
};
struct crypto_public {
    enum crypto_key_kind kind;
    unsigned bits;          /* RSA modulus; EC field size; 256 or 456 for EdDSA */
    enum oid curve;         /* EC: OID_secp256r1 …; otherwise OID_NONE */
};
/* Looks at a DER SubjectPublicKeyInfo; BAD_KEY when it does not hold a usable key (point not on the
 * curve or compressed, even modulus, exponent 1, even or above 64 bits, …), BAD_ALGORITHM when the
 * type or curve is not one of those that crypto_verify() takes.  Sizes are reported, not judged;
 * `out` says what is known also when the key is bad.  Whether the octets of an EdDSA key are a point
 * is seen only by crypto_verify(). */
enum crypto_status crypto_public_look(struct span spki, struct crypto_public *out);

/* Verifies `signature` (contents of the BIT STRING without the unused-bits octet) over `data` with a
 * DER SubjectPublicKeyInfo: RSA PKCS#1 v1.5 and PSS, ECDSA P-256/384/521, Ed25519, Ed448, with SHA-2
 * or SHA-3 (and SHA-1 only where `sha1` says so, and never in PSS, whose parameters must name one digest for
 * message and MGF1).  RSA keys above 8192 bits are BAD_KEY before any work.
 * OK, BAD_ALGORITHM, BAD_KEY, MISMATCH (also for a signature that is not DER or has the wrong length)
 * or FAILED. */
enum crypto_status crypto_verify(struct span spki, const struct AlgorithmIdentifier *, struct span data,
                                 struct span signature, bool sha1);

/* SHA-1 of the subjectPublicKey bits: the usual subjectKeyIdentifier (RFC 5280 4.2.1.2, method 1). */
bool crypto_key_identifier(struct span spki, uint8_t out[20]);

/* ---- private keys ------------------------------------------------------------ */

struct crypto_key;
/* From a PEM or DER file (PKCS#8 or traditional, unencrypted): RSA up to 8192 bits, P-256, P-384,
 * P-521, Ed25519, Ed448.  NULL with a reason in `why`, also when anyone but owner and group may read
 * or change the file: a group is how a daemon is given a key it does not own. */
struct crypto_key *crypto_key_load(const char *path, char *why, size_t why_size);
void crypto_key_free(struct crypto_key *);
/* "ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "rsa-2048", "rsa-3072", "rsa-4096", "ed25519"; NULL for
 * anything else, or when the library fails. */
struct crypto_key *crypto_key_generate(const char *type);
/* PKCS#8 PEM into a new file of mode 0600 (never overwrites), fsynced. */
bool crypto_key_save(const struct crypto_key *, const char *path, char *why, size_t why_size);
/* DER SubjectPublicKeyInfo, owned by the key. */
struct span crypto_key_spki(const struct crypto_key *);
/* DER AlgorithmIdentifier that crypto_sign uses, owned by the key (SHA-256 for RSA and P-256, SHA-384
 * for P-384, SHA-512 for P-521; EdDSA itself; RSA with NULL parameters, RFC 4055). */
struct span crypto_key_algorithm(const struct crypto_key *);
enum crypto_status crypto_sign(const struct crypto_key *, struct span data,
                               uint8_t out[CRYPTO_SIGNATURE_MAX], size_t *len);

/* ---- password-based MACs ------------------------------------------------------- */

/* MAC of `data` under a shared secret for a protectionAlg: id-PasswordBasedMac (RFC 9810 5.1.3.1, RFC
 * 9481 6.1.1), id-PBMAC1 with PBKDF2 (RFC 8018; RFC 9481 6.1.2), or an HMAC with the secret as it is (RFC 9481
 * 6.2.1), which counts as one iteration.  `cost` in: the most hash iterations
 * that may be spent; out: those that the parameters ask for (for PBKDF2 once for each block of the
 * derived key), UINT64_MAX when that many do not fit, 0 on BAD_ALGORITHM; set also on TOO_COSTLY and
 * known before any is spent.  salt and derived key at most 128 octets, secret at most 4096.  HMAC with
 * SHA-1 and SHA-2, both OIDs of HMAC-SHA1; parameters of the inner algorithms NULL or absent.
 * OK, BAD_ALGORITHM (also for an iterationCount below 1), TOO_COSTLY or FAILED. */
enum crypto_status crypto_mac(struct span secret, const struct AlgorithmIdentifier *, struct span data,
                              uint64_t *cost, uint8_t out[CRYPTO_MAC_MAX], size_t *len);
/* Only what crypto_mac would cost, without doing it; its status but for the limit of `cost`. */
enum crypto_status crypto_mac_cost(const struct AlgorithmIdentifier *, uint64_t *iterations);

/* ---- trust ------------------------------------------------------------------- */

struct crypto_anchors;
/* All certificates of a PEM file, at most 1024. */
struct crypto_anchors *crypto_anchors_load(const char *path, char *why, size_t why_size);
void crypto_anchors_free(struct crypto_anchors *);
/* CRLs that count for paths to these anchors: a file or a directory, see crls.h.  Before anybody verifies; false with a reason. */
bool crypto_anchors_crls(struct crypto_anchors *, const char *path, char *why, size_t why_size);
/* Where the status of certificates is looked at, one without is not taken.  Before anybody verifies. */
void crypto_anchors_require_status(struct crypto_anchors *);
/* Reads them again when they have changed; one thread at a time, while others verify.  False with a reason, once for each
 * change: then the ones before stay. */
bool crypto_anchors_refresh(struct crypto_anchors *, bool *changed, char *why, size_t why_size);
/* Path validation (RFC 5280, 6) of `leaf` to an anchor at `now`, with at most 16 `extra` certificates
 * as candidates, in any order; at most 8 certificates before the anchor, 64 KiB each.  No key usage or
 * EKU rules for the leaf: those are the caller's.  A leaf that is an anchor is trusted as it is.  The
 * validity of the anchor counts as well.  Signatures with SHA-1 do not count.  Extra certificates that
 * cannot be read, and those that only look like issuers, are passed over; but at most 8 paths are
 * judged, so at most 8 anchors of one name are of use.
 * OK, NOT_TRUSTED, EXPIRED (there is a path but for its dates, before or after), REVOKED, STATUS_UNKNOWN, TOO_COSTLY. */
enum crypto_status crypto_anchors_verify(const struct crypto_anchors *, struct span leaf,
                                         const struct span *extra, size_t extra_count, int64_t now);
/* Who is asked about a certificate of which no CRL in the files says anything: on the thread of whoever verifies, and only about
 * certificates of a path that leads to an anchor.  OK, REVOKED, or one of the three CRYPTO_STATUS_….  `issuer` has the key
 * that has signed it. */
struct crypto_ask {
    enum crypto_status (*status)(void *context, struct span certificate, struct span issuer);
    void *context;
};
/* The same with somebody to ask, who makes STATUS_PENDING and STATUS_UNAVAILABLE possible; PENDING also when another path is
 * revoked or has expired, since this one may turn out to be good. */
enum crypto_status crypto_anchors_judge(const struct crypto_anchors *, struct span leaf, const struct span *extra,
                                        size_t extra_count, int64_t now, const struct crypto_ask *);
/* All DER certificates of a PEM file (4 MiB, 1024 certificates at most), into the arena; what is not
 * a CERTIFICATE block is passed over.  False, with *count 0 and a reason, when one cannot be read or
 * there is none. */
bool crypto_pem_certificates(const char *path, struct arena *, struct span **out, size_t *count,
                             char *why, size_t why_size);
/* DER as PEM with this label ("CERTIFICATE", "X509 CRL"), in the arena; ptr NULL without memory. */
struct span crypto_pem(const char *label, struct span der, struct arena *);

/* ---- secrets at rest, nonces ---------------------------------------------------- */

/* A symmetric key kept in a file outside the database: 32 octets that only the owner may access,
 * otherwise it is not opened. */
struct crypto_seal;
struct crypto_seal *crypto_seal_open(const char *path, char *why, size_t why_size);
bool crypto_seal_create(const char *path, char *why, size_t why_size);     /* never overwrites */
void crypto_seal_free(struct crypto_seal *);
/* AES-256-GCM with a fresh nonce, `name` authenticated with it: nonce || ciphertext || tag. */
struct span crypto_seal_close(const struct crypto_seal *, struct span name, struct span plain,
                              struct arena *);
/* ptr NULL when it was not sealed under this key and name.  Wipe what comes back. */
struct span crypto_seal_reveal(const struct crypto_seal *, struct span name, struct span sealed,
                               struct arena *);

/* Our senderNonces: 16 octets nobody can predict, which we recognise later without having stored
 * them.  A nonce is AES of (64 random bits, 64 bits of HMAC(transactionID)) under a key derived from
 * the seal, so it is as fresh and unguessable as a random one. */
void crypto_nonce_make(const struct crypto_seal *, struct span transactionID, uint8_t out[CRYPTO_NONCE]);
bool crypto_nonce_ours(const struct crypto_seal *, struct span transactionID, struct span nonce);

#endif

#include <gnutls/crypto.h>
#include <nettle/aes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/crypto/plumbing.h"

enum { SEAL_KEY = 32, SEAL_NONCE = 12, SEAL_TAG = 16, NONCE_TAG = 8 };

/* One key in the file, one derived from it for each use, so that no two uses can meet. */
struct crypto_seal {
    uint8_t sealing[SEAL_KEY];
    uint8_t tagging[SEAL_KEY];          /* HMAC of transactionIDs */
    struct aes256_ctx encrypt, decrypt; /* one block: nonces */
};

/* ---- the key ----------------------------------------------------------------- */

/* HKDF-Expand (RFC 5869, 2.3) to one block; the master key is uniform already. */
static bool derive(struct span master, const char *use, uint8_t out[SEAL_KEY])
{
    uint8_t info[32];
    size_t len = strlen(use);

    memcpy(info, use, len);
    info[len] = 1;
    return gnutls_hmac_fast(GNUTLS_MAC_SHA256, master.ptr, master.len, info, len + 1, out) >= 0;
}

static struct crypto_seal *seal_from(struct span master)
{
    struct crypto_seal *seal = calloc(1, sizeof *seal);
    uint8_t nonce[SEAL_KEY];

    if (seal == NULL || !derive(master, "cmpgate secrets", seal->sealing) ||
        !derive(master, "cmpgate transactions", seal->tagging) ||
        !derive(master, "cmpgate nonces", nonce)) {
        crypto_seal_free(seal);
        return NULL;
    }
    aes256_set_encrypt_key(&seal->encrypt, nonce);
    aes256_set_decrypt_key(&seal->decrypt, nonce);
    crypto_wipe(nonce, sizeof nonce);
    return seal;
}

struct crypto_seal *crypto_seal_open(const char *path, char *why, size_t why_size)
{
    struct span master = plumbing_read(path, SEAL_KEY, S_IRWXG | S_IRWXO, why, why_size);
    struct crypto_seal *seal = NULL;

    if (master.ptr == NULL) {
        return NULL;
    }
    if (master.len != SEAL_KEY) {
        snprintf(why, why_size, "want %d octets, have %zu", SEAL_KEY, master.len);
        goto out;
    }
    seal = seal_from(master);
    if (seal == NULL) {
        snprintf(why, why_size, "no memory");
    }
out:
    plumbing_forget(master);
    return seal;
}

bool crypto_seal_create(const char *path, char *why, size_t why_size)
{
    uint8_t master[SEAL_KEY];

    crypto_random(master, sizeof master);
    bool done = plumbing_create(path, (struct span){ master, sizeof master }, why, why_size);
    crypto_wipe(master, sizeof master);
    return done;
}

void crypto_seal_free(struct crypto_seal *seal)
{
    if (seal != NULL) {
        crypto_wipe(seal, sizeof *seal);
        free(seal);
    }
}

/* ---- secrets at rest --------------------------------------------------------- */

/* A handle a call: the library's are not for several threads at once. */
static bool cipher_open(const struct crypto_seal *seal, gnutls_aead_cipher_hd_t *cipher)
{
    gnutls_datum_t key = plumbing_datum((struct span){ seal->sealing, SEAL_KEY });

    return gnutls_aead_cipher_init(cipher, GNUTLS_CIPHER_AES_256_GCM, &key) >= 0;
}

struct span crypto_seal_close(const struct crypto_seal *seal, struct span name, struct span plain,
                              struct arena *arena)
{
    gnutls_aead_cipher_hd_t cipher;
    size_t room = plain.len + SEAL_TAG;
    uint8_t *out = arena_alloc(arena, SEAL_NONCE + room);

    if (out == NULL || !cipher_open(seal, &cipher)) {
        return (struct span){ NULL, 0 };
    }
    crypto_random(out, SEAL_NONCE);
    int code = gnutls_aead_cipher_encrypt(cipher, out, SEAL_NONCE, name.ptr, name.len, SEAL_TAG, plain.ptr,
                                          plain.len, out + SEAL_NONCE, &room);
    gnutls_aead_cipher_deinit(cipher);
    return code >= 0 ? (struct span){ out, SEAL_NONCE + room } : (struct span){ NULL, 0 };
}

struct span crypto_seal_reveal(const struct crypto_seal *seal, struct span name, struct span sealed,
                               struct arena *arena)
{
    gnutls_aead_cipher_hd_t cipher;

    if (sealed.len < SEAL_NONCE + SEAL_TAG) {
        return (struct span){ NULL, 0 };
    }
    size_t room = sealed.len - SEAL_NONCE - SEAL_TAG;
    uint8_t *out = arena_alloc(arena, room);
    if (out == NULL || !cipher_open(seal, &cipher)) {
        return (struct span){ NULL, 0 };
    }
    int code = gnutls_aead_cipher_decrypt(cipher, sealed.ptr, SEAL_NONCE, name.ptr, name.len, SEAL_TAG,
                                          sealed.ptr + SEAL_NONCE, sealed.len - SEAL_NONCE, out, &room);
    gnutls_aead_cipher_deinit(cipher);
    if (code < 0) {
        crypto_wipe(out, sealed.len - SEAL_NONCE - SEAL_TAG);
        return (struct span){ NULL, 0 };
    }
    return (struct span){ out, room };
}

/* ---- nonces ------------------------------------------------------------------ */

static void transaction_tag(const struct crypto_seal *seal, struct span transactionID, uint8_t out[NONCE_TAG])
{
    uint8_t mac[32];

    if (gnutls_hmac_fast(GNUTLS_MAC_SHA256, seal->tagging, SEAL_KEY, transactionID.ptr,
                         transactionID.len, mac) < 0) {
        abort();        /* a tag of anything else would make every nonce ours */
    }
    memcpy(out, mac, NONCE_TAG);
}

void crypto_nonce_make(const struct crypto_seal *seal, struct span transactionID, uint8_t out[CRYPTO_NONCE])
{
    uint8_t block[CRYPTO_NONCE];

    crypto_random(block, CRYPTO_NONCE - NONCE_TAG);
    transaction_tag(seal, transactionID, block + CRYPTO_NONCE - NONCE_TAG);
    aes256_encrypt(&seal->encrypt, sizeof block, out, block);
}

bool crypto_nonce_ours(const struct crypto_seal *seal, struct span transactionID, struct span nonce)
{
    uint8_t block[CRYPTO_NONCE], tag[NONCE_TAG];

    if (nonce.len != CRYPTO_NONCE) {
        return false;
    }
    aes256_decrypt(&seal->decrypt, sizeof block, block, nonce.ptr);
    transaction_tag(seal, transactionID, tag);
    return gnutls_memcmp(block + CRYPTO_NONCE - NONCE_TAG, tag, NONCE_TAG) == 0;
}

#include "gateway/budget.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/crypto/crypto.h"

enum { SETS = 512, PLACES = 8, NAME = 16 /* 4096 buckets of 32 octets */ };

struct bucket {
    uint8_t name[NAME];                 /* of the peer, hashed; all zero: free */
    uint64_t left;                      /* iterations */
    int64_t at;                         /* when `left` was right */
};

struct budget {
    pthread_mutex_t lock;
    uint64_t per_second, burst;
    uint64_t total;                     /* of all peers, per second; 0: no limit */
    struct bucket all;
    uint8_t key[16];
    struct bucket bucket[SETS][PLACES];
};

struct budget *budget_new(uint64_t per_second, uint64_t burst)
{
    struct budget *b = calloc(1, sizeof *b);

    if (b == NULL) {
        return NULL;
    }
    pthread_mutex_init(&b->lock, NULL);
    b->per_second = per_second;
    b->burst = burst;
    crypto_random(b->key, sizeof b->key);
    return b;
}

void budget_free(struct budget *b)
{
    if (b != NULL) {
        pthread_mutex_destroy(&b->lock);
        free(b);
    }
}

/* Clocks tick in seconds here, so one second's worth would not last for one. */
static uint64_t total_burst(const struct budget *b)
{
    return 2 * b->total;
}

void budget_limit(struct budget *b, uint64_t per_second)
{
    b->total = per_second;
    b->all = (struct bucket){ .left = total_burst(b) };
}

/* ---- names ------------------------------------------------------------------------------------- */

/* The part of "ADDR:PORT" or "[ADDR]:PORT" that is an address; the whole text when it is neither. */
static size_t address_part(const char *peer, char out[INET6_ADDRSTRLEN])
{
    const char *from = peer[0] == '[' ? peer + 1 : peer;
    const char *end = peer[0] == '[' ? strchr(peer, ']') : strchr(peer, ':');
    bool many_colons = peer[0] != '[' && end != NULL && strchr(end + 1, ':') != NULL;
    size_t len = end == NULL || many_colons ? strlen(from) : (size_t)(end - from);

    if (len >= INET6_ADDRSTRLEN) {
        return 0;
    }
    memcpy(out, from, len);
    out[len] = '\0';
    return len;
}

/* An IPv6 site has 2^64 addresses, so it is its /64 that counts. */
static struct span peer_key(const char *peer, uint8_t octets[sizeof(struct in6_addr)])
{
    char text[INET6_ADDRSTRLEN];

    if (address_part(peer, text) > 0 && inet_pton(AF_INET, text, octets) == 1) {
        return (struct span){ octets, 4 };
    }
    if (address_part(peer, text) > 0 && inet_pton(AF_INET6, text, octets) == 1) {
        static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
        bool v4 = memcmp(octets, mapped, sizeof mapped) == 0;
        return v4 ? (struct span){ octets + 12, 4 } : (struct span){ octets, 8 };
    }
    return span_str(peer);
}

/* Keyed, so that nobody can choose peers that meet in one set. */
static void name_peer(const struct budget *b, const char *peer, uint8_t out[32])
{
    uint8_t octets[sizeof(struct in6_addr)], text[sizeof b->key + 1 + 256];
    struct span key = peer_key(peer, octets);
    size_t len = key.len < 256 ? key.len : 256;

    memcpy(text, b->key, sizeof b->key);
    text[sizeof b->key] = key.ptr == octets || key.ptr == octets + 12 ? (uint8_t)key.len : 0;
    memcpy(text + sizeof b->key + 1, key.ptr, len);
    crypto_sha256((struct span){ text, sizeof b->key + 1 + len }, out);
}

uint64_t budget_peer(const struct budget *b, const char *peer)
{
    uint8_t hash[32];
    uint64_t number;

    name_peer(b, peer != NULL ? peer : "", hash);
    memcpy(&number, hash, sizeof number);
    return number;
}

/* ---- buckets ----------------------------------------------------------------------------------- */

static void refill(struct bucket *bucket, uint64_t per_second, uint64_t burst, int64_t now)
{
    uint64_t passed = now > bucket->at ? (uint64_t)(now - bucket->at) : 0;
    uint64_t room = burst - bucket->left;

    if (per_second > 0 && passed > room / per_second) {
        bucket->left = burst;
    } else {
        bucket->left += passed * per_second;
    }
    bucket->at = now > bucket->at ? now : bucket->at;
}

static bool is_free(const struct bucket *bucket)
{
    static const uint8_t none[NAME];

    return memcmp(bucket->name, none, NAME) == 0;
}

/* The peer's own bucket, or the fullest of its set, taken over with what is in it. */
static struct bucket *find(struct budget *b, const uint8_t hash[32], int64_t now)
{
    struct bucket *set = b->bucket[(hash[30] << 8 | hash[31]) % SETS], *fullest = set;

    for (size_t i = 0; i < PLACES; i++) {
        if (is_free(&set[i])) {
            set[i] = (struct bucket){ .left = b->burst, .at = now };
        } else {
            refill(&set[i], b->per_second, b->burst, now);
        }
        if (memcmp(set[i].name, hash, NAME) == 0) {
            return &set[i];
        }
        fullest = set[i].left > fullest->left ? &set[i] : fullest;
    }
    memcpy(fullest->name, hash, NAME);
    return fullest;
}

static bool all_can_spend(struct budget *b, const struct bucket *bucket, uint64_t iterations, int64_t now)
{
    if (b->total == 0) {
        return true;
    }
    refill(&b->all, b->total, total_burst(b), now);
    return b->all.left >= iterations || bucket->left > b->burst / 2;
}

static void put_back(struct bucket *bucket, uint64_t burst, uint64_t iterations)
{
    uint64_t room = burst - bucket->left;

    bucket->left += iterations < room ? iterations : room;
}

/* `add`: puts them back, as far as there is room.  Otherwise takes them; false, and nothing taken, when they are not
 * there. */
static bool move(struct budget *b, const char *peer, uint64_t iterations, bool add, int64_t now)
{
    uint8_t hash[32];

    name_peer(b, peer != NULL ? peer : "", hash);
    pthread_mutex_lock(&b->lock);
    struct bucket *bucket = find(b, hash, now);
    bool enough = add || (bucket->left >= iterations && all_can_spend(b, bucket, iterations, now));
    if (add) {
        put_back(bucket, b->burst, iterations);
        put_back(&b->all, total_burst(b), iterations);
    } else if (enough) {
        bucket->left -= iterations;
        b->all.left -= iterations < b->all.left ? iterations : b->all.left;
    }
    pthread_mutex_unlock(&b->lock);
    return enough;
}

bool budget_spend(struct budget *b, const char *peer, uint64_t iterations, int64_t now)
{
    return move(b, peer, iterations, false, now);
}

void budget_give_back(struct budget *b, const char *peer, uint64_t iterations, int64_t now)
{
    move(b, peer, iterations, true, now);
}

/* A database in a directory of its own, and rows to put into it. */
#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H
#include "gateway/store/commit.h"

/* A fresh directory below BUILD_DIR or TMPDIR; the path of a database in it (not made yet). */
struct place {
    char directory[256], path[300];
};
struct place place_new(void);
void place_remove(const struct place *);
struct store *place_open(const struct place *);

struct store_octets octets_text(const char *);
struct span octets_span(const struct store_octets *);

/* A change with a step of this transaction in it; everything else of the step is filled with something. */
struct change *change_step(const char *transactionID, uint32_t number);
/* Adds a certificate whose fingerprint and key are filled with `mark`. */
struct certificate *change_certificate(struct change *, uint8_t mark, const char *issuer, struct span serial);
struct order *change_order(struct change *, uint8_t mark);
struct secret *change_secret(struct change *, const char *reference, int64_t uses);
struct crl *change_crl(struct change *, const char *issuer, uint64_t number);

/* store_apply(), and the change is freed. */
enum commit_result apply_and_free(struct store *, struct change *);

/* How many steps a transaction has; -1 when the store cannot be read. */
int count_steps(struct store *, const char *transactionID);

/* Runs main() in a child, with its exit status; the child has no other thread. */
int in_child(int (*main)(void *), void *context);

#endif

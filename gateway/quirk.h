/* Quirks of the protocol: what clients do against RFC 9810 and RFC 9483, and some operator must put up with.
 *
 * Each is refused unless `tolerate` of the endpoint or of the profile names it.  What harms nobody (the string types
 * of a DN, an AlgorithmIdentifier with or without NULL) is no quirk: it is taken from everyone.
 *
 * To add one:
 *   1. a line in the enum below, and its row in quirk.c, in the same place;
 *   2. a function of its own beside the check that refuses it: `return ... && quirk_on(in, QUIRK_X);`, said in front
 *      of the check, so that it reads "x_is_tolerated(in) || x_fits(in, no)"; for what does not decode: ODD(x) in the
 *      codec's table, and a row in protocol/odd.c;
 *   3. the test that the row names, in which the same message is refused without the quirk and served with it;
 *   4. a line in the table "Quirks" of docs/configuration.md: a test compares it with the rows.
 * Those of a transport are rows of the module's own table (transport.h), and it asks gate->tolerates().
 */
#ifndef QUIRK_H
#define QUIRK_H
#include <stdio.h>

#include <cmpgate/transport.h>

struct config;

enum quirk {
    QUIRK_SHORT_NONCE,
    QUIRK_MAC_KUR,
    QUIRK_MAC_RR,
    QUIRK_FEW_ITERATIONS,
    QUIRK_SEVERAL_QUESTIONS,
    QUIRK_NO_NONCE,
    QUIRK_NO_RECIP_NONCE,
    QUIRK_EARLY_RECIP_NONCE,
    QUIRK_SHORT_TRANSACTION_ID,
    QUIRK_NO_TRANSACTION_ID,
    QUIRK_NAMELESS_SENDER,
    QUIRK_DN_ORDER,
    QUIRK_KID_IN_SENDER,
    QUIRK_FOREIGN_KID,
    QUIRK_UNUSED_BITS,
    QUIRK_ANY_KEY_USAGE,
    QUIRK_NO_EXTRA_CERTS,
    QUIRK_SEVERAL_PROFILES,
    QUIRK_ANY_CERT_REQ_ID,
    QUIRK_KUR_WITHOUT_SUBJECT,
    QUIRK_NEEDLESS_CERTCONF,
    QUIRK_RR_NAMESAKE,
    QUIRK_REASON_FLAGS,
    QUIRK_ODD_NAME,
    QUIRK_ODD_TIME,
    QUIRK_ODD_TEXT,
    QUIRK_ODD_POPO,
    QUIRKS                              /* how many; at most 64 */
};

enum { QUIRKS_MOST = 32 /* of a transport */ };

extern const struct cmpgate_quirk quirk_table[QUIRKS + 1];      /* by enum quirk; ends like a module's */

const struct cmpgate_quirk *quirk_find(const struct cmpgate_quirk *table, const char *name);   /* NULL: none */
void quirk_print(FILE *, const struct cmpgate_quirk *table);
/* A line for each quirk that is tolerated somewhere and weakens security. */
void quirk_warn(const struct config *);

#endif

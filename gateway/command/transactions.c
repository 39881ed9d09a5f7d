/* cmpgate transactions: what was asked, by whom, and how it went. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/cmp.h"
#include "gateway/command/command.h"
#include "gateway/command/summary.h"
#include "gateway/command/words.h"
#include "gateway/log.h"
#include "gateway/option.h"
#include "gateway/protocol/decide.h"

/* ---- in words ------------------------------------------------------------------------------------------ */

static const char *ending_name(enum ending ending)
{
    static const char *const names[] = {
        "none", "confirmed", "implicit", "refused", "declined", "unconfirmed", "abandoned", "rejected"
    };

    return (size_t)ending < sizeof names / sizeof *names ? names[ending] : "?";
}

static const char *ending_words(const struct step *last)
{
    switch (last->ending) {
    case ENDING_CONFIRMED:   return "confirmed";
    case ENDING_IMPLICIT:    return last->operation == PKIBody_rr ? "done" : "issued, nothing to confirm";
    case ENDING_REFUSED:     return "refused";
    case ENDING_DECLINED:    return "declined by the client";
    case ENDING_UNCONFIRMED: return "not confirmed in time";
    case ENDING_ABANDONED:   return "given up by the client";
    case ENDING_REJECTED:    return "accepted by the client, not by the CA";
    default:                 return "closed";
    }
}

static const char *state_words(const struct step *last)
{
    switch (last->phase) {
    case PHASE_ORDERED: return "in work";
    case PHASE_WAITING: return "the client polls";
    case PHASE_READY:   return "ready for the client";
    case PHASE_ISSUED:  return "awaits confirmation";
    case PHASE_CONFIRMING:
    case PHASE_CONFIRM_WAITING: return "accepted, awaits the CA";
    default:            return ending_words(last);
    }
}

/* ---- rows ------------------------------------------------------------------------------------------------ */

struct listing {
    bool json;
    int64_t limit;                      /* 0: all */
    int64_t rows;
};

static void put_certificate_json(const struct certificate *c)
{
    char subject[512], serial[2 * 24 + 4];

    if (c == NULL) {
        fputs("null", stdout);
        return;
    }
    words_name(c->subject, subject, sizeof subject);
    fputs("{\"subject\":", stdout);
    command_json_string(subject);
    printf(",\"serial\":\"%s\",\"notBefore\":%lld,\"notAfter\":%lld,\"revoked\":%s}",
           summary_hex(c->serial, 24, serial), (long long)c->not_before, (long long)c->not_after,
           c->revoked_at != 0 ? "true" : "false");
}

static void put_json(const struct listing *l, const struct step *last, uint32_t steps, const struct certificate *issued)
{
    char id[2 * STORE_ID_MAX + 4], credential[WORDS_CREDENTIAL];

    words_credential(&last->credential, credential);
    printf("%s{\"transactionID\":\"%s\",\"at\":%lld,\"operation\":\"%s\",\"phase\":\"%s\",\"ending\":\"%s\",\"steps\":%u,",
           l->rows > 0 ? ",\n " : "[",
           summary_hex((struct span){ last->transactionID.octets, last->transactionID.len }, STORE_ID_MAX, id),
           (long long)last->at, PKIBody_name(last->operation), phase_name(last->phase), ending_name(last->ending), steps);
    fputs("\"endpoint\":", stdout);
    command_json_string(last->endpoint != NULL ? last->endpoint : "");
    fputs(",\"profile\":", stdout);
    command_json_string(last->profile != NULL ? last->profile : "");
    printf(",\"credential\":{\"kind\":\"%s\",\"name\":", words_credential_kind(&last->credential));
    command_json_string(credential);
    fputs("},\"certificate\":", stdout);
    put_certificate_json(issued);
    putchar('}');
}

static void put_text(const struct listing *l, const struct step *last, uint32_t steps, const struct certificate *issued)
{
    char id[2 * STORE_ID_MAX + 4], credential[WORDS_CREDENTIAL], subject[256] = "", serial[2 * 24 + 4], at[32];

    if (l->rows == 0) {
        printf("%-32s  %-20s  %-5s  %-26s  %5s  %-12s  %-30s  %s\n", "TRANSACTION", "LAST STEP", "", "STATE", "STEPS",
               "PROFILE", "CREDENTIAL", "CERTIFICATE");
    }
    words_credential(&last->credential, credential);
    words_time(last->at, at);
    printf("%-32s  %-20s  %-5s  %-26s  %5u  %-12s  %-11s %-18.16s  ",
           summary_hex((struct span){ last->transactionID.octets, last->transactionID.len }, STORE_ID_MAX, id), at,
           PKIBody_name(last->operation), state_words(last), steps, last->profile != NULL ? last->profile : "",
           words_credential_kind(&last->credential), credential);
    if (issued != NULL) {
        words_name(issued->subject, subject, sizeof subject);
        printf("%s serial %s%s", subject, summary_hex(issued->serial, 24, serial),
               issued->revoked_at != 0 ? ", revoked" : "");
    }
    putchar('\n');
}

static bool put_row(void *context, const struct step *last, uint32_t steps, const struct certificate *issued)
{
    struct listing *l = context;

    (l->json ? put_json : put_text)(l, last, steps, issued);
    l->rows++;
    return l->limit == 0 || l->rows < l->limit;
}

/* ---- cmpgate transactions ------------------------------------------------------------------------------- */

static int list(const char *file, struct listing *l)
{
    char why[512] = "";
    struct config *config = config_read(file, command_complain, NULL);
    struct store *store = config != NULL ? store_open(config->store, why, sizeof why) : NULL;
    int status = EXIT_SUCCESS;

    if (store == NULL) {
        status = config != NULL ? command_fail("transactions", "%s", why) : EXIT_FAILURE;
    } else if (!store_each_transaction(store, put_row, l)) {
        status = command_fail("transactions", "%s", store_why(store));
    } else if (l->json) {
        puts(l->rows > 0 ? "]" : "[]");
    } else if (l->rows == 0) {
        puts("There are no transactions.");
    }
    store_close(store);
    config_unref(config);
    return status;
}

static const char transactions_help[] =
    "usage: cmpgate transactions -c FILE [--json] [--limit N]\n"
    "\n"
    "Lists the transactions in the store, the newest first.\n"
    "\n"
    "  -c FILE     the configuration\n"
    "  --json      one JSON array; times in seconds since 1970, transactionID and serial in hex\n"
    "  --limit N   the newest N only\n"
    "\n"
    "example: cmpgate transactions -c cmpgate.conf --limit 10\n"
    "exit status: 0 listed, 1 the store cannot be read, 2 wrong usage\n";

static enum command_next read_options(int argc, char **argv, struct listing *l, const char **config)
{
    static const struct option longs[] = {
        { "config", required_argument, NULL, 'c' }, { "json", no_argument, NULL, 'j' },
        { "limit", required_argument, NULL, 'n' }, { "help", no_argument, NULL, 'h' }, { 0 }
    };

    for (int c; (c = getopt_long(argc, argv, ":c:h", longs, NULL)) != -1; ) {
        switch (c) {
        case 'c': *config = optarg; break;
        case 'j': l->json = true; break;
        case 'n':
            if (!option_integer(optarg, &l->limit) || l->limit < 1) {
                return command_wrong("transactions", "--limit %s: want a number from 1", optarg);
            }
            break;
        case 'h': return command_help(transactions_help);
        case ':': return command_wrong("transactions", "%s needs a value", argv[optind - 1]);
        default:  return command_wrong("transactions", "there is no option %s", argv[optind - 1]);
        }
    }
    if (optind < argc) {
        return command_wrong("transactions", "'%s' is one argument too many", argv[optind]);
    }
    return *config != NULL ? COMMAND_GO : command_wrong("transactions", "-c FILE is missing");
}

int command_transactions(int argc, char **argv)
{
    struct listing l = { .json = false };
    const char *config = NULL;

    log_setup(false, CMPGATE_WARN);
    switch (read_options(argc, argv, &l, &config)) {
    case COMMAND_GO:   return list(config, &l);
    case COMMAND_HELP: return EXIT_SUCCESS;
    default:           return COMMAND_USAGE;
    }
}

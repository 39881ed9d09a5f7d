/* cmpgate pending: what waits for an operator's approval. */
#include "gateway/command/pending.h"

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "codec/cmp.h"
#include "gateway/command/command.h"
#include "gateway/command/summary.h"
#include "gateway/command/words.h"
#include "gateway/log.h"
#include "gateway/protocol/inbound.h"

struct pending {
    const char *config_file, *id;       /* id NULL: all */
    bool json;
    struct config *config;
    struct store *store, *steps;        /* steps: a connection of its own, while the other lists */
    struct arena *arena;                /* of one order */
    int64_t now;
    size_t rows;
    char why[PENDING_WHY];
};

/* ---- finding one ------------------------------------------------------------------------------------------- */

enum { ID_LEAST = 4 /* hex digits */ };

struct order *pending_find(struct store *store, const char *id, struct arena *arena, char why[PENDING_WHY])
{
    struct order *found[2];
    char hex[2 * STORE_ORDER_ID + 1] = "";
    size_t len = strlen(id);

    if (len < ID_LEAST || len >= sizeof hex || strspn(id, "0123456789abcdefABCDEF") != len) {
        snprintf(why, PENDING_WHY, "%.100s: want %d to %d hex digits of an id", id, ID_LEAST, 2 * STORE_ORDER_ID);
        return NULL;
    }
    for (size_t i = 0; i < len; i++) {
        hex[i] = (char)tolower((unsigned char)id[i]);
    }
    if (!store_orders_like(store, hex, arena, found)) {
        snprintf(why, PENDING_WHY, "%s", store_why(store));
        return NULL;
    }
    if (found[0] == NULL || found[1] != NULL) {
        snprintf(why, PENDING_WHY, "%s: %s", id, found[0] == NULL ? "there is no such request" : "more than one begins so");
        return NULL;
    }
    return found[0];
}

/* ---- one in words -------------------------------------------------------------------------------------------- */

/* Everything about a pending order that a person decides by. */
struct account {
    char id[PENDING_HEX], transactionID[2 * STORE_ID_MAX + 4], credential[WORDS_CREDENTIAL], subject[512], requester[512];
    char key[64], names[512], target[512], created[32], deadline[32];
    const char *operation, *proof;
};

/* The subjectAltName that is to be granted, separated by blanks. */
static void names_text(const struct order *o, struct arena *arena, char *out, size_t size)
{
    struct asn1_error err;
    struct asn1_list *all = o->extensions.ptr != NULL ? Extensions_decode(o->extensions, arena, &err) : NULL;
    const struct asn1_list *names = all != NULL ? Extensions_value(all, OID_id_ce_subjectAltName) : NULL;
    size_t at = 0;

    out[0] = '\0';
    for (size_t i = 0; names != NULL && i < names->count && at + 1 < size; i++) {
        char text[256];
        GeneralName_text(names->item[i], text, sizeof text);
        at += (size_t)snprintf(out + at, size - at, "%s%s", i > 0 ? " " : "", text);
    }
}

/* rr, kur: the certificate that is to be revoked or updated. */
static void target_text(const struct order *o, struct arena *arena, char *out, size_t size)
{
    struct asn1_error err;
    struct Certificate *c = o->certificate.ptr != NULL ? Certificate_decode(o->certificate, arena, &err) : NULL;
    char name[384], serial[2 * 24 + 4];

    out[0] = '\0';
    if (c != NULL) {
        Name_text(c->tbsCertificate->subject, name, sizeof name);
        snprintf(out, size, "%s serial %s", name, summary_hex(c->tbsCertificate->serialNumber, 24, serial));
    }
}

static bool make_account(struct pending *p, const struct order *o, struct account *a)
{
    struct span transactionID = { o->transactionID.octets, o->transactionID.len };
    struct step *steps = NULL;
    size_t count = 0;

    if (!store_steps(p->steps, transactionID, p->arena, &steps, &count)) {
        snprintf(p->why, sizeof p->why, "%s", store_why(p->steps));
        return false;
    }
    summary_hex((struct span){ o->id, sizeof o->id }, sizeof o->id, a->id);
    summary_hex(transactionID, STORE_ID_MAX, a->transactionID);
    a->operation = count > 0 ? PKIBody_name(steps[0].operation) : "?";
    a->proof = count > 0 ? words_credential_kind(&steps[0].credential) : "?";
    a->credential[0] = '\0';
    if (count > 0) {
        words_credential(&steps[0].credential, a->credential);
    }
    words_name(o->subject, a->subject, sizeof a->subject);
    words_name(o->requester, a->requester, sizeof a->requester);
    words_key(o->public_key, a->key, sizeof a->key);
    names_text(o, p->arena, a->names, sizeof a->names);
    target_text(o, p->arena, a->target, sizeof a->target);
    words_time(o->created, a->created);
    words_time(o->due, a->deadline);
    return true;
}

static const struct PKIMessage *request_of(struct pending *p, const struct order *o)
{
    return o->message.ptr != NULL ? inbound_decode(o->message, p->arena) : NULL;
}

static const char *state_of(const struct order *o)
{
    switch (o->approval) {
    case APPROVAL_GRANTED: return "approved";
    case APPROVAL_DENIED:  return "denied";
    default:               return o->state == ORDER_OPEN ? "pending" : o->state == ORDER_DROPPED ? "given up" : "not approved in time";
    }
}

static void put_member(const char *name, const char *value)
{
    printf(",\"%s\":", name);
    command_json_string(value);
}

static void put_json(struct pending *p, const struct order *o, const struct account *a)
{
    const struct PKIMessage *request = p->id != NULL ? request_of(p, o) : NULL;

    printf("%s{\"id\":\"%s\",\"state\":\"%s\",\"created\":%lld,\"deadline\":%lld", p->rows > 0 ? ",\n " : "[", a->id,
           state_of(o), (long long)o->created, (long long)o->due);
    put_member("operation", a->operation);
    put_member("profile", o->profile != NULL ? o->profile : "");
    put_member("peer", o->peer != NULL ? o->peer : "");
    printf(",\"credential\":{\"kind\":\"%s\",\"name\":", a->proof);
    command_json_string(a->credential);
    putchar('}');
    put_member("requester", a->requester);
    put_member("subject", a->subject);
    put_member("subjectAltName", a->names);
    put_member("key", a->key);
    put_member("certificate", a->target);
    put_member("transactionID", a->transactionID);
    put_member("reason", o->approval_reason != NULL ? o->approval_reason : "");
    if (request != NULL) {
        fputs(",\"request\":", stdout);
        asn1_print_json(stdout, &PKIMessage_type, request);
    }
    putchar('}');
}

/* "12s", "5m", "3h", "2d" */
static void age_text(int64_t seconds, char out[24])
{
    static const struct { int64_t most, unit; char name; } units[] = {
        { 120, 1, 's' }, { 7200, 60, 'm' }, { 172800, 3600, 'h' }, { INT64_MAX, 86400, 'd' }
    };
    size_t i = 0;

    while (seconds >= units[i].most) {
        i++;
    }
    snprintf(out, 24, "%lld%c", (long long)((seconds > 0 ? seconds : 0) / units[i].unit), units[i].name);
}

static void put_row(struct pending *p, const struct order *o, const struct account *a)
{
    char age[24];

    if (p->rows == 0) {
        printf("%-32s  %4s  %-5s  %-12s  %-11s %-18s  %-10s  %s\n", "ID", "AGE", "", "PROFILE", "CREDENTIAL", "", "KEY", "WHAT");
    }
    age_text(p->now - o->created, age);
    printf("%-32s  %4s  %-5s  %-12s  %-11s %-18.16s  %-10s  %s%s%s%s\n", a->id, age, a->operation,
           o->profile != NULL ? o->profile : "", a->proof, a->credential, a->key,
           a->subject[0] != '\0' ? a->subject : a->target, a->names[0] != '\0' ? " (" : "", a->names,
           a->names[0] != '\0' ? ")" : "");
}

static void put_line(const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        printf("%-16s%s\n", name, value);
    }
}

static void put_whole(struct pending *p, const struct order *o, const struct account *a)
{
    const struct PKIMessage *request = request_of(p, o);

    put_line("id", a->id);
    put_line("state", state_of(o));
    put_line("reason", o->approval_reason);
    put_line("operation", a->operation);
    put_line("profile", o->profile);
    put_line("from", o->peer);
    printf("%-16s%s %s\n", "proven by", a->proof, a->credential);
    put_line("requester", a->requester);
    put_line("subject", a->subject);
    put_line("subjectAltName", a->names);
    put_line("key", a->key);
    put_line("certificate", a->target);
    put_line("asked", a->created);
    put_line("deadline", o->due != 0 && o->approval == APPROVAL_PENDING ? a->deadline : NULL);
    put_line("transactionID", a->transactionID);
    putchar('\n');
    if (request != NULL) {
        asn1_print(stdout, &PKIMessage_type, request, 0);
    }
}

static bool put_order(void *context, const struct order *o)
{
    struct pending *p = context;
    struct account a;

    bool ok = make_account(p, o, &a);
    if (ok) {
        (p->json ? put_json : p->id != NULL ? put_whole : put_row)(p, o, &a);
        p->rows++;
    }
    if (p->id == NULL) {
        arena_reset(p->arena);
    }
    return ok;
}

/* ---- cmpgate pending -------------------------------------------------------------------------------------------- */

static bool list(struct pending *p)
{
    if (p->id != NULL) {
        const struct order *o = pending_find(p->store, p->id, p->arena, p->why);
        return o != NULL && put_order(p, o);
    }
    if (!store_each_pending(p->store, put_order, p)) {
        snprintf(p->why, sizeof p->why, "%s", store_why(p->store));
    }
    return p->why[0] == '\0';
}

static int run(struct pending *p)
{
    p->now = time(NULL);
    p->config = config_read(p->config_file, command_complain, NULL);
    p->arena = arena_new();
    p->store = p->config != NULL ? store_open(p->config->store, p->why, sizeof p->why) : NULL;
    p->steps = p->store != NULL ? store_open(p->config->store, p->why, sizeof p->why) : NULL;
    bool ok = p->steps != NULL && p->arena != NULL && list(p);
    if (ok && p->json) {
        puts(p->rows > 0 ? "]" : "[]");
    } else if (ok && p->rows == 0) {
        puts("Nothing waits for approval.");
    } else if (!ok && p->config != NULL) {
        fflush(stdout);
        command_fail("pending", "%s", p->why);
    }
    store_close(p->steps);
    store_close(p->store);
    arena_free(p->arena);
    config_unref(p->config);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

static const char pending_help[] =
    "usage: cmpgate pending -c FILE [--json] [ID]\n"
    "\n"
    "Lists the requests that wait for an operator (profiles with 'approval = manual'), the oldest first.\n"
    "With an ID, or the beginning of one: all about that request, and the request itself, decoded.\n"
    "\n"
    "  -c FILE   the configuration\n"
    "  --json    one JSON array; times in seconds since 1970\n"
    "\n"
    "example: cmpgate pending -c cmpgate.conf\n"
    "exit status: 0 listed, 1 the store cannot be read or there is no such request, 2 wrong usage\n";

static enum command_next read_options(int argc, char **argv, struct pending *p)
{
    static const struct option longs[] = {
        { "config", required_argument, NULL, 'c' }, { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' }, { 0 }
    };

    for (int c; (c = getopt_long(argc, argv, ":c:h", longs, NULL)) != -1; ) {
        switch (c) {
        case 'c': p->config_file = optarg; break;
        case 'j': p->json = true; break;
        case 'h': return command_help(pending_help);
        case ':': return command_wrong("pending", "%s needs a value", argv[optind - 1]);
        default:  return command_wrong("pending", "there is no option %s", argv[optind - 1]);
        }
    }
    p->id = optind < argc ? argv[optind++] : NULL;
    if (optind < argc) {
        return command_wrong("pending", "'%s' is one argument too many", argv[optind]);
    }
    return p->config_file != NULL ? COMMAND_GO : command_wrong("pending", "-c FILE is missing");
}

int command_pending(int argc, char **argv)
{
    struct pending p = { .json = false };

    log_setup(false, CMPGATE_WARN);
    switch (read_options(argc, argv, &p)) {
    case COMMAND_GO:   return run(&p);
    case COMMAND_HELP: return EXIT_SUCCESS;
    default:           return COMMAND_USAGE;
    }
}

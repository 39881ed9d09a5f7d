/* cmpgate approve, cmpgate deny: an operator's word on a request that waits for it. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/command/command.h"
#include "gateway/command/pending.h"
#include "gateway/command/summary.h"
#include "gateway/log.h"

enum { REASON_MOST = 200 };             /* octets; it goes into the client's statusString */

struct approve {
    const char *name;                   /* "approve" or "deny" */
    bool grants;
    const char *config_file, *id, *reason;
    struct store *store;
    struct arena *arena;
    char why[PENDING_WHY];
};

/* ---- deciding -------------------------------------------------------------------------------------------------- */

static const char *objection(const struct order *o)
{
    if (o->approval == APPROVAL_GRANTED) {
        return "it has been approved already";
    }
    if (o->approval == APPROVAL_DENIED) {
        return "it has been denied already";
    }
    if (o->state == ORDER_DROPPED) {
        return "its client has given up";
    }
    return o->state != ORDER_OPEN ? "its time is over" : NULL;
}

static bool write_decision(struct approve *a, const struct order *o)
{
    struct change *change = change_new();
    struct decision decision = { .granted = a->grants, .reason = a->reason, .at = time(NULL) };

    if (change == NULL) {
        snprintf(a->why, sizeof a->why, "out of memory");
        return false;
    }
    memcpy(decision.order, o->id, sizeof decision.order);
    change->decision = &decision;
    enum commit_result result = store_apply(a->store, change);
    if (result != COMMIT_DONE) {
        snprintf(a->why, sizeof a->why, "%s", result == COMMIT_LOST ? "somebody else was faster" : store_why(a->store));
    }
    change_free(change);
    return result == COMMIT_DONE;
}

static bool decide_order(struct approve *a)
{
    const struct order *o = pending_find(a->store, a->id, a->arena, a->why);
    const char *no = o != NULL ? objection(o) : NULL;
    char hex[PENDING_HEX];

    if (o == NULL) {
        return false;
    }
    if (no != NULL) {
        snprintf(a->why, sizeof a->why, "%s: %s", a->id, no);
        return false;
    }
    if (!write_decision(a, o)) {
        return false;
    }
    printf("%s: %s\n", summary_hex((struct span){ o->id, sizeof o->id }, sizeof o->id, hex),
           a->grants ? "approved" : "denied");
    return true;
}

static int run(struct approve *a)
{
    struct config *config = config_read(a->config_file, command_complain, NULL);

    a->store = config != NULL ? store_open(config->store, a->why, sizeof a->why) : NULL;
    a->arena = arena_new();
    bool ok = a->store != NULL && a->arena != NULL && decide_order(a);
    if (!ok && config != NULL) {
        command_fail(a->name, "%s", a->why);
    }
    arena_free(a->arena);
    store_close(a->store);
    config_unref(config);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- the command line ------------------------------------------------------------------------------------------ */

static const char approve_help[] =
    "usage: cmpgate approve -c FILE [--reason TEXT] ID\n"
    "\n"
    "Approves a request that 'cmpgate pending' lists: it is given to its backend now.  A running gateway sees it\n"
    "within about a second; one that does not run, when it starts.\n"
    "\n"
    "  -c FILE         the configuration\n"
    "  --reason TEXT   kept with the request\n"
    "  ID              the id that is listed, or the beginning of it\n"
    "\n"
    "example: cmpgate approve -c cmpgate.conf 7f3a09c2\n"
    "exit status: 0 approved, 1 not (also when it has been approved or denied before), 2 wrong usage\n";

static const char deny_help[] =
    "usage: cmpgate deny -c FILE --reason TEXT ID\n"
    "\n"
    "Denies a request that 'cmpgate pending' lists: its client hears so, with the reason, at its next poll.\n"
    "\n"
    "  -c FILE         the configuration\n"
    "  --reason TEXT   for the client and the log\n"
    "  ID              the id that is listed, or the beginning of it\n"
    "\n"
    "example: cmpgate deny -c cmpgate.conf --reason 'unknown device' 7f3a09c2\n"
    "exit status: 0 denied, 1 not (also when it has been approved or denied before), 2 wrong usage\n";

static enum command_next checked(const struct approve *a)
{
    if (a->config_file == NULL) {
        return command_wrong(a->name, "-c FILE is missing");
    }
    if (a->id == NULL) {
        return command_wrong(a->name, "ID is missing");
    }
    if (!a->grants && a->reason == NULL) {
        return command_wrong(a->name, "--reason TEXT is missing");
    }
    if (a->reason != NULL && (a->reason[0] == '\0' || strlen(a->reason) > REASON_MOST)) {
        return command_wrong(a->name, "--reason: want 1 to %d octets", REASON_MOST);
    }
    return COMMAND_GO;
}

static enum command_next read_options(int argc, char **argv, struct approve *a)
{
    static const struct option longs[] = {
        { "config", required_argument, NULL, 'c' }, { "reason", required_argument, NULL, 'r' },
        { "help", no_argument, NULL, 'h' }, { 0 }
    };

    for (int c; (c = getopt_long(argc, argv, ":c:h", longs, NULL)) != -1; ) {
        switch (c) {
        case 'c': a->config_file = optarg; break;
        case 'r': a->reason = optarg; break;
        case 'h': return command_help(a->grants ? approve_help : deny_help);
        case ':': return command_wrong(a->name, "%s needs a value", argv[optind - 1]);
        default:  return command_wrong(a->name, "there is no option %s", argv[optind - 1]);
        }
    }
    a->id = optind < argc ? argv[optind++] : NULL;
    if (optind < argc) {
        return command_wrong(a->name, "'%s' is one argument too many", argv[optind]);
    }
    return checked(a);
}

static int go(int argc, char **argv, struct approve *a)
{
    log_setup(false, CMPGATE_WARN);
    switch (read_options(argc, argv, a)) {
    case COMMAND_GO:   return run(a);
    case COMMAND_HELP: return EXIT_SUCCESS;
    default:           return COMMAND_USAGE;
    }
}

int command_approve(int argc, char **argv)
{
    return go(argc, argv, &(struct approve){ .name = "approve", .grants = true });
}

int command_deny(int argc, char **argv)
{
    return go(argc, argv, &(struct approve){ .name = "deny" });
}

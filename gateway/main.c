/* cmpgate: one binary, one subcommand each.  `serve` is here: its parts, and the order in which they
 * start and stop.
 */
#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "gateway/command/command.h"
#include "gateway/gateway.h"
#include "gateway/log.h"
#include "gateway/quirk.h"
#include "gateway/worker.h"

/* ---- starting: each part needs those above it -------------------------------------------------------- */

static bool start_writer(struct gateway *g, const struct config *config, char *why, size_t size)
{
    g->store = strdup(config->store);
    g->commit = g->store != NULL ? commit_start(g->store, why, size) : NULL;
    return g->commit != NULL;
}

static bool start_queue(struct gateway *g, const struct config *config, char *why, size_t size)
{
    g->queue = queue_new(config->queue);
    g->holds = holds_new();
    g->inquiries = inquiries_new(g->queue);
    g->handovers = handovers_new(g->started);
    g->batches = batches_new(g->queue);
    g->budget = budget_new(config->iterations_rate, config->iterations_burst);
    if (g->budget != NULL) {
        budget_limit(g->budget, config->iterations_total);
    }
    g->listeners = listeners_new();
    snprintf(why, size, "out of memory");
    return g->queue != NULL && g->holds != NULL && g->inquiries != NULL && g->handovers != NULL && g->batches != NULL && g->budget != NULL &&
           g->listeners != NULL;
}

static bool start_timer(struct gateway *g, char *why, size_t size)
{
    g->timer = timer_start(g->store, g->queue, g->handovers, why, size);
    return g->timer != NULL;
}

static bool serve_document(void *context, const char *name,
                           void (*give)(void *, struct cmpgate_bytes, const char *), void *give_context)
{
    struct generation *now = gateway_enter(context);
    bool found = publisher_document(now->publisher, name, give, give_context);

    gateway_leave(now);
    return found;
}

/* Backends, the publisher of CRLs, endpoints: opened, not yet serving. */
static bool open_generation(struct gateway *g, struct config *config, char *why, size_t size)
{
    const struct generation_host host = { g->queue, g->commit, &g->host };

    g->host = (struct endpoint_host){
        .queue = g->queue, .batches = g->batches, .listeners = g->listeners, .message_max = config->message_max,
        .document = serve_document, .context = g, .budget = g->budget,
        .handovers = g->handovers, .timer = g->timer,
    };
    g->current = generation_open(config_ref(config), NULL, &host, why, size);
    return g->current != NULL;
}

static bool start_workers(struct gateway *g, unsigned count, char *why, size_t size)
{
    g->workers = calloc(count + 1, sizeof *g->workers);
    while (g->workers != NULL && g->worker_count < count) {
        g->workers[g->worker_count] = worker_start(g, why, size);
        if (g->workers[g->worker_count] == NULL) {
            return false;
        }
        g->worker_count++;
    }
    return g->workers != NULL;
}

static bool start_sweeper(struct gateway *g, char *why, size_t size)
{
    g->sweeper = sweeper_start(g, why, size);
    return g->sweeper != NULL;
}

static bool start_endpoints(struct gateway *g, char *why, size_t size)
{
    snprintf(why, size, "an endpoint does not serve");
    return generation_serve(g->current, NULL);
}

static bool gateway_start(struct gateway *g, struct config *config, char *why, size_t size)
{
    g->started = time(NULL);
    pthread_mutex_init(&g->lock, NULL);
    return start_writer(g, config, why, size) && start_queue(g, config, why, size) && start_timer(g, why, size) &&
           open_generation(g, config, why, size) && start_workers(g, config->workers, why, size) &&
           start_sweeper(g, why, size) && start_endpoints(g, why, size);
}

/* ---- stopping: in the reverse, and politely --------------------------------------------------------------- */

/* Whoever waits for an outcome is told so now: the same event as when its hold time is over. */
static void answer_holds(struct gateway *g)
{
    for (struct held *h = holds_take_all(g->holds), *next; h != NULL; h = next) {
        next = h->next;
        struct event *e = event_hold(h->endpoint, h->ticket, &h->transactionID);
        if (e != NULL && holds_add(g->holds, &h->transactionID, h->endpoint, h->ticket, h->framed, h->id, h->digest)) {
            queue_put_always(g->queue, e);
        } else {
            event_free(e);
        }
        free(h);
    }
}

static void drain(struct gateway *g)
{
    const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };

    generation_stop(g->current, NULL);
    leaving_stop(g->leaving);
    answer_holds(g);
    inquiries_hurry(g->inquiries);
    for (int64_t left = g->current->config->drain * 50;
         left > 0 && !(generation_idle(g->current) && leaving_idle(g->leaving)); left--) {
        nanosleep(&pause, NULL);
    }
}

static void gateway_stop(struct gateway *g)
{
    if (g->current != NULL) {
        drain(g);
    }
    if (g->queue != NULL) {
        queue_close(g->queue);
    }
    for (unsigned i = 0; i < g->worker_count; i++) {
        worker_join(g->workers[i]);
    }
    if (g->current != NULL) {
        publisher_stop(g->current->publisher);
        g->current->publisher = NULL;
    }
    inquiries_free(g->inquiries);
    sweeper_stop(g->sweeper);
    if (g->commit != NULL) {
        commit_stop(g->commit);
    }
    if (g->current != NULL) {
        generation_close(g->current, NULL);
    }
    leaving_close(&g->leaving);
    timer_stop(g->timer);
    listeners_free(g->listeners);
    holds_free(g->holds);
    handovers_free(g->handovers);
    batches_free(g->batches);
    budget_free(g->budget);
    queue_free(g->queue);
    pthread_mutex_destroy(&g->lock);
    free(g->workers);
    free((void *)(uintptr_t)g->store);
}

/* ---- cmpgate serve ------------------------------------------------------------------------------------------ */

/* Signals are the main thread's alone: blocked before the first thread starts, waited for in wait_for_stop(). */
static void block_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* Connections are descriptors, and the usual soft limit is for programs that call select(2). */
static void allow_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void say_serving(const struct config *config)
{
    for (size_t i = 0; i < config->endpoint_count; i++) {
        const struct config_endpoint *e = &config->endpoints[i];
        log_line(CMPGATE_INFO, &(struct log_subject){ .endpoint = e->name }, "serving %s", e->transport->name);
    }
    quirk_warn(config);
    log_line(CMPGATE_INFO, NULL, "ready: %zu endpoint%s, %u worker%s, store %s", config->endpoint_count,
             config->endpoint_count == 1 ? "" : "s", config->workers, config->workers == 1 ? "" : "s", config->store);
}

/* The next signal; meanwhile, what a reload has left behind is seen to. */
static int wait_for_signal(struct gateway *g, const sigset_t *signals)
{
    const struct timespec look = { .tv_nsec = 100 * 1000 * 1000 }, tidy = { .tv_sec = 10 };

    for (;;) {
        bool looks = g->leaving != NULL;
        int got = sigtimedwait(signals, NULL, looks ? &look : &tidy);
        if (got > 0) {
            return got;
        }
        leaving_look(&g->leaving);
        if (!looks) {
            malloc_trim(0);     /* what a crowd has taken goes back to the system */
        }
    }
}

static void wait_for_stop(struct gateway *g, const sigset_t *signals, const char *path)
{
    int got;

    while ((got = wait_for_signal(g, signals)) == SIGHUP) {
        gateway_reload(g, path);
    }
    log_line(CMPGATE_INFO, NULL, "stopping: %s", strsignal(got));
}

static int serve(const char *path)
{
    struct gateway g = { .store = NULL };
    struct config *config = config_read(path, command_complain, NULL);
    char why[512] = "";
    sigset_t signals;
    int status = EXIT_FAILURE;

    if (config == NULL) {
        return EXIT_FAILURE;
    }
    log_setup(config->log_json, config->log_level);
    allow_descriptors();
    block_signals(&signals);
    if (gateway_start(&g, config, why, sizeof why)) {
        say_serving(config);
        wait_for_stop(&g, &signals, path);
        status = EXIT_SUCCESS;
    } else {
        log_line(CMPGATE_ERROR, NULL, "not started: %s", why);
    }
    gateway_stop(&g);
    log_line(CMPGATE_INFO, NULL, "stopped");
    config_unref(config);
    return status;
}

static const char serve_help[] =
    "usage: cmpgate serve -c FILE\n"
    "\n"
    "Runs the gateway in the foreground until SIGTERM or SIGINT; then takes no more messages, answers\n"
    "those it has, and ends.  SIGHUP: reads the configuration again; with errors in it the old one stays.\n"
    "Logs go to standard error.\n"
    "\n"
    "  -c FILE   the configuration\n"
    "\n"
    "example: cmpgate serve -c /etc/cmpgate/cmpgate.conf\n"
    "exit status: 0 stopped by a signal, 1 not started, 2 wrong usage\n";

static int command_serve(int argc, char **argv)
{
    const char *path = NULL;

    switch (command_config_option(argc, argv, serve_help, &path)) {
    case COMMAND_GO:   return serve(path);
    case COMMAND_HELP: return EXIT_SUCCESS;
    default:           return COMMAND_USAGE;
    }
}

/* ---- the subcommands -------------------------------------------------------------------------------------------- */

static const struct command commands[] = {
    { "init",         "make a ready gateway in a new directory",          command_init },
    { "serve",        "run the gateway",                                  command_serve },
    { "check",        "check a configuration",                            command_check },
    { "show",         "print CMP messages readably",                      command_show },
    { "send",         "send one CMP message and keep the answer",         command_send },
    { "pipe",         "join standard input and output to an endpoint",    command_pipe },
    { "secret",       "add, list and disable shared secrets",             command_secret },
    { "transactions", "list what was enrolled and how it went",           command_transactions },
    { "pending",      "list the requests that wait for approval",         command_pending },
    { "approve",      "approve a request that waits for it",              command_approve },
    { "deny",         "deny one",                                         command_deny },
    { "revoke",       "revoke a certificate",                             command_revoke },
    { "ca",           "the next key of a root CA",                      command_ca },
    { "crl",          "sign and write a CRL now",                         command_crl },
    { "bench",        "enrol many certificates and measure it",           command_bench },
};

int main(int argc, char **argv)
{
    return command_main(argc, argv, commands, sizeof commands / sizeof *commands);
}

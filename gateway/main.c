/* cmpgate: one binary, one subcommand each.  `serve` is here: its parts, and the order in which they
 * start and stop.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gateway/command/command.h"
#include "gateway/gateway.h"
#include "gateway/log.h"
#include "gateway/worker.h"

/* ---- starting: each part needs those above it -------------------------------------------------------- */

static bool start_writer(struct gateway *g, char *why, size_t size)
{
    g->commit = commit_start(g->config->store, why, size);
    return g->commit != NULL;
}

static bool start_queue(struct gateway *g, char *why, size_t size)
{
    g->queue = queue_new(g->config->queue);
    g->holds = holds_new();
    g->budget = budget_new(g->config->iterations_rate, g->config->iterations_burst);
    g->listeners = listeners_new();
    snprintf(why, size, "out of memory");
    return g->queue != NULL && g->holds != NULL && g->budget != NULL && g->listeners != NULL;
}

static bool start_timer(struct gateway *g, char *why, size_t size)
{
    g->timer = timer_start(g->config->store, g->queue, why, size);
    return g->timer != NULL;
}

static bool start_backends(struct gateway *g, char *why, size_t size)
{
    g->backends = calloc(g->config->backend_count + 1, sizeof *g->backends);
    for (size_t i = 0; g->backends != NULL && i < g->config->backend_count; i++) {
        g->backends[i] = backend_open(g->config, &g->config->backends[i], g->queue);
        if (g->backends[i] == NULL) {
            snprintf(why, size, "backend %s does not open", g->config->backends[i].name);
            return false;
        }
    }
    return g->backends != NULL;
}

static bool start_publisher(struct gateway *g, char *why, size_t size)
{
    g->publisher = publisher_start(g->config, g->backends, g->commit, why, size);
    return g->publisher != NULL;
}

static bool start_workers(struct gateway *g, char *why, size_t size)
{
    g->workers = calloc(g->config->workers + 1, sizeof *g->workers);
    for (size_t i = 0; g->workers != NULL && i < g->config->workers; i++) {
        g->workers[i] = worker_start(g, why, size);
        if (g->workers[i] == NULL) {
            return false;
        }
    }
    return g->workers != NULL;
}

static bool serve_document(void *context, const char *name,
                           void (*give)(void *, struct cmpgate_bytes, const char *), void *give_context)
{
    struct gateway *g = context;

    return publisher_document(g->publisher, name, give, give_context);
}

/* All are opened before the first serves: a port that is taken stops the start, not half of the gateway. */
static bool start_endpoints(struct gateway *g, char *why, size_t size)
{
    g->host = (struct endpoint_host){
        .queue = g->queue, .listeners = g->listeners, .message_max = g->config->message_max,
        .document = serve_document, .context = g,
    };
    g->endpoints = calloc(g->config->endpoint_count + 1, sizeof *g->endpoints);
    for (size_t i = 0; g->endpoints != NULL && i < g->config->endpoint_count; i++) {
        g->endpoints[i] = endpoint_open(&g->config->endpoints[i], &g->host);
        if (g->endpoints[i] == NULL) {
            snprintf(why, size, "endpoint %s does not open", g->config->endpoints[i].name);
            return false;
        }
    }
    for (size_t i = 0; g->endpoints != NULL && i < g->config->endpoint_count; i++) {
        if (!endpoint_serve(g->endpoints[i])) {
            snprintf(why, size, "endpoint %s does not serve", g->config->endpoints[i].name);
            return false;
        }
    }
    return g->endpoints != NULL;
}

static bool gateway_start(struct gateway *g, char *why, size_t size)
{
    return start_writer(g, why, size) && start_queue(g, why, size) && start_timer(g, why, size) &&
           start_backends(g, why, size) && start_publisher(g, why, size) && start_workers(g, why, size) &&
           start_endpoints(g, why, size);
}

/* ---- stopping: in the reverse, and politely --------------------------------------------------------------- */

/* Whoever waits for an outcome is told so now: the same event as when its hold time is over. */
static void answer_holds(struct gateway *g)
{
    for (struct held *h = holds_take_all(g->holds), *next; h != NULL; h = next) {
        next = h->next;
        struct event *e = event_hold(h->endpoint, h->ticket, &h->transactionID);
        if (e != NULL && holds_add(g->holds, &h->transactionID, h->endpoint, h->ticket, h->id)) {
            queue_put_always(g->queue, e);
        } else {
            event_free(e);
        }
        free(h);
    }
}

static bool endpoints_idle(const struct gateway *g)
{
    for (size_t i = 0; i < g->config->endpoint_count; i++) {
        if (g->endpoints[i] != NULL && !endpoint_idle(g->endpoints[i])) {
            return false;
        }
    }
    return true;
}

static void drain(struct gateway *g)
{
    const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };

    for (int64_t left = g->config->drain * 50; left > 0 && !endpoints_idle(g); left--) {
        nanosleep(&pause, NULL);
    }
}

static void gateway_stop(struct gateway *g)
{
    if (g->endpoints != NULL) {
        for (size_t i = 0; i < g->config->endpoint_count; i++) {
            if (g->endpoints[i] != NULL) {
                endpoint_stop(g->endpoints[i]);
            }
        }
        answer_holds(g);
        drain(g);
    }
    if (g->queue != NULL) {
        queue_close(g->queue);
    }
    for (size_t i = 0; g->workers != NULL && i < g->config->workers; i++) {
        worker_join(g->workers[i]);
    }
    publisher_stop(g->publisher);
    if (g->commit != NULL) {
        commit_stop(g->commit);
    }
    timer_stop(g->timer);
    for (size_t i = 0; g->endpoints != NULL && i < g->config->endpoint_count; i++) {
        endpoint_close(g->endpoints[i]);
    }
    for (size_t i = 0; g->backends != NULL && i < g->config->backend_count; i++) {
        backend_close(g->backends[i]);
    }
    listeners_free(g->listeners);
    holds_free(g->holds);
    budget_free(g->budget);
    queue_free(g->queue);
    free(g->workers);
    free(g->endpoints);
    free(g->backends);
}

/* ---- cmpgate serve ------------------------------------------------------------------------------------------ */

/* Signals are the main thread's alone: blocked before the first thread starts, waited for here. */
static void block_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    pthread_sigmask(SIG_BLOCK, set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void say_serving(const struct config *config)
{
    for (size_t i = 0; i < config->endpoint_count; i++) {
        const struct config_endpoint *e = &config->endpoints[i];
        log_line(CMPGATE_INFO, &(struct log_subject){ .endpoint = e->name }, "serving %s", e->transport->name);
    }
    log_line(CMPGATE_INFO, NULL, "ready: %zu endpoint%s, %u worker%s, store %s", config->endpoint_count,
             config->endpoint_count == 1 ? "" : "s", config->workers, config->workers == 1 ? "" : "s", config->store);
}

static int serve(const char *path)
{
    struct gateway g = { .config = config_read(path, command_complain, NULL) };
    char why[512] = "";
    sigset_t signals;
    int got = 0, status = EXIT_FAILURE;

    if (g.config == NULL) {
        return EXIT_FAILURE;
    }
    log_setup(g.config->log_json, g.config->log_level);
    block_signals(&signals);
    if (gateway_start(&g, why, sizeof why)) {
        say_serving(g.config);
        sigwait(&signals, &got);
        log_line(CMPGATE_INFO, NULL, "stopping: %s", strsignal(got));
        status = EXIT_SUCCESS;
    } else {
        log_line(CMPGATE_ERROR, NULL, "not started: %s", why);
    }
    gateway_stop(&g);
    log_line(CMPGATE_INFO, NULL, "stopped");
    config_unref(g.config);
    return status;
}

static const char serve_help[] =
    "usage: cmpgate serve -c FILE\n"
    "\n"
    "Runs the gateway in the foreground until SIGTERM or SIGINT; then takes no more messages, answers\n"
    "those it has, and ends.  Logs go to standard error.\n"
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
    { "secret",       "add, list and disable shared secrets",             command_secret },
    { "transactions", "list what was enrolled and how it went",           command_transactions },
    { "revoke",       "revoke a certificate",                             command_revoke },
    { "crl",          "sign and write a CRL now",                         command_crl },
};

int main(int argc, char **argv)
{
    return command_main(argc, argv, commands, sizeof commands / sizeof *commands);
}

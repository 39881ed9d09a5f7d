/* cmpgate send: one CMP message to a URL, and the answer into a file. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/command/command.h"
#include "gateway/command/courier.h"
#include "gateway/command/document.h"
#include "gateway/command/summary.h"
#include "gateway/file.h"
#include "gateway/log.h"
#include "gateway/option.h"

/* Exit status: the answer was written, and it is an error or a rejection. */
enum { SEND_REFUSED = 3 };

enum { OPTIONS_MOST = 16 };

struct send {
    const char *config, *url, *request, *response;
    int64_t timeout;
    struct courier_option options[OPTIONS_MOST];
    size_t option_count;
};

/* ---- the transport ----------------------------------------------------------------------------------- */

static bool read_scheme(const char *url, char scheme[16])
{
    size_t len = strcspn(url, ":/");

    if (url[len] != ':' || url[len + 1] != '/' || len == 0 || len > 15) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        scheme[i] = (char)(url[i] >= 'A' && url[i] <= 'Z' ? url[i] - 'A' + 'a' : url[i]);
    }
    scheme[len] = '\0';
    return true;
}

/* Without a configuration: the transport that this scheme usually has. */
static const struct module *usual_module(const char *scheme, char why[MODULE_WHY])
{
    static const struct { const char *scheme, *module; } usual[] = {
        { "http", "http" }, { "https", "http" }, { "file", "file" },
        { "tcp", "tcp" }, { "tcp+rfc2510", "tcp" }, { "tcps", "tcp" }, { "tcps+rfc2510", "tcp" }
    };

    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        if (strcmp(usual[i].scheme, scheme) == 0 && module_load(usual[i].module, ".", NULL, why) == NULL) {
            return NULL;
        }
    }
    snprintf(why, MODULE_WHY, "no transport sends to %s URLs", scheme);
    return module_for_scheme(scheme);
}

static const struct module *find_module(const struct send *s, char why[MODULE_WHY])
{
    char scheme[16];

    if (!read_scheme(s->url, scheme)) {
        snprintf(why, MODULE_WHY, "want a URL like http://HOST[:PORT]/PATH or file:/DIRECTORY");
        return NULL;
    }
    if (s->config == NULL) {
        return usual_module(scheme, why);
    }
    /* Reading it loads the modules that it names; they stay when it goes. */
    struct config *config = config_read(s->config, command_complain, NULL);
    const struct module *m = config != NULL ? module_for_scheme(scheme) : NULL;
    if (config == NULL) {
        snprintf(why, MODULE_WHY, "%.200s cannot be used", s->config);
    } else {
        snprintf(why, MODULE_WHY, "no transport in %.200s sends to %s URLs", s->config, scheme);
    }
    config_unref(config);
    return m;
}

/* ---- the answer ------------------------------------------------------------------------------------------ */

static int conclude(const struct send *s, struct span answer, struct arena *arena)
{
    struct document document;
    char why[DOCUMENT_WHY], text[SUMMARY_TEXT];

    if (!document_decode(answer, "PKIMESSAGE", &document, arena, why)) {
        return command_fail("send", "what came back is no CMP message (%zu octets, written to %s): %s", answer.len,
                            s->response, why);
    }
    fprintf(stderr, "%s\n", summary_text(document.value, text));
    return summary_tone(document.value) == SUMMARY_REFUSED ? SEND_REFUSED : EXIT_SUCCESS;
}

static int carry(const struct send *s, const struct module *m, struct arena *arena)
{
    char why[COURIER_WHY] = "";
    struct span request = document_bytes(s->request, arena, why);

    if (request.ptr == NULL) {
        return command_fail("send", "%s: %s", s->request, why);
    }
    struct span answer = courier_carry(m, s->url, s->options, s->option_count, request, s->timeout, arena, why);
    if (answer.ptr == NULL) {
        return command_fail("send", "%s: no answer: %s", s->url, why);
    }
    if (!file_replace(s->response, answer, 0644, why, sizeof why)) {
        return command_fail("send", "%s: %s", s->response, why);
    }
    return conclude(s, answer, arena);
}

static int send_it(const struct send *s)
{
    char why[MODULE_WHY];
    struct arena *arena = arena_new();
    const struct module *m = find_module(s, why);
    int status = EXIT_FAILURE;

    if (arena == NULL) {
        status = command_fail("send", "out of memory");
    } else if (m == NULL) {
        status = command_fail("send", "%s: %s", s->url, why);
    } else {
        status = carry(s, m, arena);
    }
    arena_free(arena);
    return status;
}

/* ---- the command line -------------------------------------------------------------------------------------- */

static const char send_help[] =
    "usage: cmpgate send [-c FILE] [--timeout TIME] [-O NAME=VALUE]... URL REQUEST -o RESPONSE\n"
    "\n"
    "Sends one CMP message, as it is in the file REQUEST (DER or PEM; \"-\": standard input), and writes the\n"
    "answer to RESPONSE (\"-\": standard output).  One attempt; nothing is verified.  What the answer says\n"
    "goes to standard error in one line.\n"
    "\n"
    "  -c FILE           use the transports of this configuration; without it, those for http, tcp and file\n"
    "  -o RESPONSE       where the answer goes; a file of that name is replaced\n"
    "  --timeout TIME    most time to wait: 30s (default), 5m\n"
    "  -O NAME=VALUE     an option of the transport, as in its section of a configuration: -O ca=ca.pem\n"
    "\n"
    "example: cmpgate send http://127.0.0.1:8080/.well-known/cmp req.der -o rsp.der\n"
    "         cmpgate send tcp://127.0.0.1:829 req.der -o rsp.der\n"
    "         cmpgate send --timeout 1h file:/srv/drop req.der -o rsp.der\n"
    "exit status: 0 the answer was written, 1 there was none, or what came was no CMP message, 2 wrong usage,\n"
    "             3 the answer was written, and is an error or a rejection\n";

static enum command_next read_arguments(int argc, char **argv, struct send *s)
{
    if (argc - optind < 2) {
        return command_wrong("send", "%s is missing", argc - optind < 1 ? "URL" : "REQUEST");
    }
    if (argc - optind > 2) {
        return command_wrong("send", "'%s' is one argument too many", argv[optind + 2]);
    }
    s->url = argv[optind];
    s->request = argv[optind + 1];
    return s->response != NULL ? COMMAND_GO : command_wrong("send", "-o RESPONSE is missing");
}

/* Cuts the argument in two where it stands. */
static bool add_option(struct send *s, char *text)
{
    char *equals = strchr(text, '=');

    if (equals == NULL || equals == text || s->option_count == OPTIONS_MOST) {
        return false;
    }
    *equals = '\0';
    s->options[s->option_count++] = (struct courier_option){ text, equals + 1 };
    return true;
}

static enum command_next read_options(int argc, char **argv, struct send *s)
{
    static const struct option longs[] = {
        { "config", required_argument, NULL, 'c' }, { "out", required_argument, NULL, 'o' },
        { "timeout", required_argument, NULL, 't' }, { "option", required_argument, NULL, 'O' },
        { "help", no_argument, NULL, 'h' }, { 0 }
    };

    for (int c; (c = getopt_long(argc, argv, ":c:o:O:h", longs, NULL)) != -1; ) {
        switch (c) {
        case 'c': s->config = optarg; break;
        case 'o': s->response = optarg; break;
        case 't':
            if (!option_seconds(optarg, &s->timeout) || s->timeout < 1 || s->timeout > 86400) {
                return command_wrong("send", "--timeout %s: want a time from 1s to 1d", optarg);
            }
            break;
        case 'O':
            if (!add_option(s, optarg)) {
                return command_wrong("send", "-O %s: want NAME=VALUE, at most %d of them", optarg, (int)OPTIONS_MOST);
            }
            break;
        case 'h': return command_help(send_help);
        case ':': return command_wrong("send", "%s needs a value", argv[optind - 1]);
        default:  return command_wrong("send", "there is no option %s", argv[optind - 1]);
        }
    }
    return read_arguments(argc, argv, s);
}

int command_send(int argc, char **argv)
{
    struct send s = { .timeout = 30 };

    log_setup(false, CMPGATE_WARN);
    switch (read_options(argc, argv, &s)) {
    case COMMAND_GO:   return send_it(&s);
    case COMMAND_HELP: return EXIT_SUCCESS;
    default:           return COMMAND_USAGE;
    }
}

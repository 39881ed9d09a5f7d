/* cmpgate show: CMP messages, certificates, CRLs and requests, readably. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/cmp.h"
#include "gateway/command/command.h"
#include "gateway/command/document.h"
#include "gateway/command/summary.h"

struct show {
    bool json, full, brief, heading;
    const char *file;
    struct arena *arena;                /* of the file */
    size_t shown;
};

static void show_json(struct show *s, const struct document *d)
{
    fputs(s->shown > 0 ? ",\n " : "[", stdout);
    fputs("{\"file\":", stdout);
    command_json_string(s->file);
    printf(",\"type\":\"%s\",\"value\":", asn1_type_name(d->type));
    asn1_print_json(stdout, d->type, d->value);
    putchar('}');
}

static void show_brief(const struct show *s, const struct document *d)
{
    char text[SUMMARY_TEXT];

    if (s->heading) {
        printf("%s: ", s->file);
    }
    puts(d->type == &PKIMessage_type ? summary_text(d->value, text) : asn1_type_name(d->type));
}

static void show_document(void *context, const struct document *d)
{
    struct show *s = context;

    if (s->json) {
        show_json(s, d);
    } else if (s->brief) {
        show_brief(s, d);
    } else {
        if (s->heading) {
            printf("%s==> %s <==\n", s->shown > 0 ? "\n" : "", s->file);
        }
        asn1_print(stdout, d->type, d->value, s->full ? ASN1_PRINT_FULL : 0);
    }
    s->shown++;
}

/* What its sender has got wrong is told, and the rest is worth a look. */
static void show_odd(struct show *s)
{
    struct document document;

    if (s->arena != NULL && strcmp(s->file, "-") != 0 && document_odd(s->file, s->arena, &document)) {
        show_document(s, &document);
    }
}

static bool show_file(struct show *s, const char *file)
{
    char why[DOCUMENT_WHY] = "out of memory";
    size_t before = s->shown;

    s->file = file;
    s->arena = arena_new();
    bool ok = s->arena != NULL && document_each(file, s->arena, show_document, s, why);
    if (!ok) {
        show_odd(s);
        /* What was printed so far belongs before the complaint, also in a pipe. */
        fflush(stdout);
        command_fail("show", "%s: %s", strcmp(file, "-") == 0 ? "standard input" : file, why);
    } else if (s->shown == before) {
        ok = command_fail("show", "%s: nothing in it", file) == EXIT_SUCCESS;
    }
    arena_free(s->arena);
    return ok;
}

static int show_files(struct show *s, char **files, int count)
{
    int status = EXIT_SUCCESS;

    s->heading = count > 1;
    for (int i = 0; i < count; i++) {
        if (!show_file(s, files[i])) {
            status = EXIT_FAILURE;
        }
    }
    if (s->json) {
        puts(s->shown > 0 ? "]" : "[]");
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        return command_fail("show", "standard output cannot be written");
    }
    return status;
}

static const char show_help[] =
    "usage: cmpgate show [--brief | --full | --json] FILE…\n"
    "\n"
    "Prints CMP messages readably; also certificates, CRLs and PKCS #10 requests.  Files may be DER or PEM,\n"
    "with one or several blocks; \"-\" is standard input.  Nothing is verified.  A message with what the odd- quirks\n"
    "let through is shown, and what is wrong with it told.\n"
    "\n"
    "  --brief   one line a message\n"
    "  --full    long octet strings and certificates in full\n"
    "  --json    one JSON array of {\"file\", \"type\", \"value\"}; octets in hex\n"
    "\n"
    "example: openssl cmp … -reqout req.der -rspout rsp.der && cmpgate show req.der rsp.der\n"
    "exit status: 0 all shown, 1 a file could not be read or decoded, 2 wrong usage\n";

static enum command_next read_options(int argc, char **argv, struct show *s)
{
    static const struct option longs[] = {
        { "json", no_argument, NULL, 'j' }, { "full", no_argument, NULL, 'f' }, { "brief", no_argument, NULL, 'b' },
        { "help", no_argument, NULL, 'h' }, { 0 }
    };

    for (int c; (c = getopt_long(argc, argv, ":h", longs, NULL)) != -1; ) {
        switch (c) {
        case 'j': s->json = true; break;
        case 'f': s->full = true; break;
        case 'b': s->brief = true; break;
        case 'h': return command_help(show_help);
        default:  return command_wrong("show", "there is no option %s", argv[optind - 1]);
        }
    }
    if (s->json + s->full + s->brief > 1) {
        return command_wrong("show", "--brief, --full and --json do not go together");
    }
    return optind < argc ? COMMAND_GO : command_wrong("show", "FILE is missing");
}

int command_show(int argc, char **argv)
{
    struct show s = { .json = false };

    switch (read_options(argc, argv, &s)) {
    case COMMAND_GO:   return show_files(&s, argv + optind, argc - optind);
    case COMMAND_HELP: return EXIT_SUCCESS;
    default:           return COMMAND_USAGE;
    }
}

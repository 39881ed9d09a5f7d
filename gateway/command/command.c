#include "gateway/command/command.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/option.h"

/* ---- dispatch --------------------------------------------------------------------------------------- */

static void print_summary(FILE *out, const struct command *commands, size_t count)
{
    fputs("usage: cmpgate COMMAND [OPTION…]\n\n"
          "A gateway for CMP, the Certificate Management Protocol, in front of any CA.\n\n", out);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "  %-14s%s\n", commands[i].name, commands[i].summary);
    }
    fputs("\ncmpgate COMMAND --help tells more.\n", out);
}

static int unknown_command(const char *name, const struct command *commands, size_t count)
{
    enum { MOST = 32 };
    const char *names[MOST] = { NULL };

    for (size_t i = 0; i < count && i < MOST; i++) {
        names[i] = commands[i].name;
    }
    const char *nearest = option_nearest(name, names, count < MOST ? count : MOST);
    fprintf(stderr, "cmpgate: there is no command '%s'", name);
    if (nearest != NULL) {
        fprintf(stderr, ": did you mean '%s'?", nearest);
    }
    fputs("\nTry 'cmpgate --help'.\n", stderr);
    return COMMAND_USAGE;
}

int command_main(int argc, char **argv, const struct command *commands, size_t count)
{
    if (argc < 2) {
        print_summary(stderr, commands, count);
        return COMMAND_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_summary(stdout, commands, count);
        return EXIT_SUCCESS;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("cmpgate " CMPGATE_VERSION);
        return EXIT_SUCCESS;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(commands[i].name, argv[1]) == 0) {
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    return unknown_command(argv[1], commands, count);
}

/* ---- options and complaints ------------------------------------------------------------------------------ */

enum command_next command_help(const char *help)
{
    fputs(help, stdout);
    return COMMAND_HELP;
}

enum command_next command_wrong(const char *name, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "cmpgate %s: ", name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\nTry 'cmpgate %s --help'.\n", name);
    return COMMAND_WRONG;
}

enum command_next command_config_option(int argc, char **argv, const char *help, const char **config)
{
    static const struct option longs[] = {
        { "config", required_argument, NULL, 'c' }, { "help", no_argument, NULL, 'h' }, { 0 }
    };

    for (int c; (c = getopt_long(argc, argv, ":c:h", longs, NULL)) != -1; ) {
        switch (c) {
        case 'c': *config = optarg; break;
        case 'h': return command_help(help);
        case ':': return command_wrong(argv[0], "%s needs a value", argv[optind - 1]);
        default:  return command_wrong(argv[0], "there is no option %s", argv[optind - 1]);
        }
    }
    if (optind < argc) {
        return command_wrong(argv[0], "'%s' is one argument too many", argv[optind]);
    }
    return *config != NULL ? COMMAND_GO : command_wrong(argv[0], "-c FILE is missing");
}

void command_complain(void *context, const char *line)
{
    (void)context;
    fprintf(stderr, "%s\n", line);
}

int command_fail(const char *name, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "cmpgate %s: ", name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return EXIT_FAILURE;
}

/* ---- output ------------------------------------------------------------------------------------------------ */

void command_json_string(const char *text)
{
    putchar('"');
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\') {
            printf("\\%c", *p);
        } else if (*p < 0x20 || *p == 0x7f) {
            printf("\\u%04x", *p);
        } else {
            putchar(*p);
        }
    }
    putchar('"');
}

/* Subcommands of the cmpgate binary: one file each, named for the subcommand. */
#ifndef COMMAND_H
#define COMMAND_H
#include <stdbool.h>
#include <stddef.h>

#include "gateway/config.h"
#include "gateway/store/store.h"

struct command {
    const char *name, *summary;
    int (*run)(int argc, char **argv);  /* argv[0] is the subcommand's name; returns the exit status */
};

enum { COMMAND_USAGE = 2 };             /* exit status of wrong usage */

/* Finds argv[1] among the commands and runs it; --help, --version; suggests a name for a misspelt one. */
int command_main(int argc, char **argv, const struct command *, size_t count);

/* What reading options came to. */
enum command_next { COMMAND_GO, COMMAND_HELP /* printed */, COMMAND_WRONG /* complained */ };

/* For commands whose only option is -c FILE (and --help); no further arguments. */
enum command_next command_config_option(int argc, char **argv, const char *help, const char **config);
/* Prints `help` to standard output. */
enum command_next command_help(const char *help);
/* "cmpgate NAME: text" and a pointer to --help, to standard error. */
enum command_next command_wrong(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* config_read's complain: to standard error. */
void command_complain(void *context, const char *line);
/* "cmpgate NAME: text" to standard error; returns EXIT_FAILURE. */
int command_fail(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* One string as a JSON string, quotes included, to standard output. */
void command_json_string(const char *text);

int command_init(int argc, char **argv);
int command_check(int argc, char **argv);
int command_show(int argc, char **argv);
int command_send(int argc, char **argv);
int command_pipe(int argc, char **argv);
int command_secret(int argc, char **argv);
int command_transactions(int argc, char **argv);
int command_pending(int argc, char **argv);
int command_approve(int argc, char **argv);
int command_deny(int argc, char **argv);
int command_revoke(int argc, char **argv);
int command_crl(int argc, char **argv);
int command_ca(int argc, char **argv);
int command_bench(int argc, char **argv);

#endif

/* Options: a table says what may stand in a section; this reads, checks, fills in and explains.
 *
 * The gateway's own sections have tables like those of the modules, so all of them are read,
 * checked and documented by the same code.
 */
#ifndef OPTION_H
#define OPTION_H
#include <stdio.h>

#include <cmpgate/module.h>

#include "codec/asn1.h"

enum { OPTION_WHY = 256 };              /* octets for a reason */

/* Values as the user writes them.  False when `text` is not one. */
bool option_bool(const char *text, bool *out);          /* yes no true false on off */
bool option_integer(const char *text, int64_t *out);
bool option_seconds(const char *text, int64_t *out);    /* 90 90s 15m 2h 7d */
bool option_octets(const char *text, int64_t *out);     /* 4096 64k 1m 1g */
/* "ADDR:PORT", "[ADDR]:PORT", "*:PORT", "unix:PATH", "systemd:NAME". */
bool option_address(const char *text);

const char *option_type_name(enum cmpgate_option_type);
const struct cmpgate_option *option_find(const struct cmpgate_option *, const char *name);     /* NULL: none */

/* Whether a table can be used at all: names, types, offsets, ranges, fallbacks.  False with a reason. */
bool option_table_sane(const struct cmpgate_option *, size_t options_size, char why[OPTION_WHY]);

/* Reads `count` words (more than one: a LIST only) into the member of `options` that the row names.
 * Strings live in the arena; relative paths are taken from `directory`.  False with a reason. */
bool option_set(const struct cmpgate_option *, const char *const *words, size_t count, const char *directory,
                struct arena *, void *options, char why[OPTION_WHY]);
/* The fallback, or for a LIST without one the empty list; nothing for an option that has none. */
bool option_set_fallback(const struct cmpgate_option *, const char *directory, struct arena *, void *options,
                         char why[OPTION_WHY]);

/* "seconds, 1s to 1d": what the row admits, for messages and for --options. */
void option_describe(const struct cmpgate_option *, char *out, size_t size);
void option_print(FILE *, const struct cmpgate_option *table);

/* The path, absolute or below `directory`; NULL when memory is out. */
const char *option_path(const char *directory, const char *path, struct arena *);

/* The candidate that `word` was probably meant to be, for "did you mean"; NULL: none is near. */
const char *option_nearest(const char *word, const char *const *candidates, size_t count);

#endif

/* The outline of a configuration file: which sections and options it has, and on which lines.
 *
 * libconfuse reads the values, but it does not say where an option stood, takes the last of two
 * silently, takes the end of the file for a closing brace, expands ${ENVIRONMENT}, skips characters
 * it does not know, is left in a bad state by an open string, and stumbles over comments inside
 * values.  So the text is gone through first, strictly, and only what passes is given to
 * libconfuse, with the comments blanked out:
 *
 *   file    = { option | section }
 *   section = WORD [ WORD | STRING ] "{" { option } "}"
 *   option  = WORD "=" ( value | "{" [ value { "," value } [ "," ] ] "}" )
 *   value   = WORD | STRING
 *
 * A WORD is of letters, digits and .-_:/@%[]~ without "//"; a STRING is in double quotes, on one line,
 * with \" and \\ for these two; a comment begins with # and ends with its line.
 */
#ifndef CONFIG_OUTLINE_H
#define CONFIG_OUTLINE_H
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "codec/asn1.h"

enum { OUTLINE_SECTIONS = 1024, OUTLINE_OPTIONS = 128 /* of one section */ };

struct outline_option {
    const char *name;
    unsigned line;
    bool list;                          /* written with braces */
};

struct outline_section {
    const char *keyword, *title;        /* title NULL: none */
    unsigned line;
    struct outline_option *options;
    size_t option_count;
    size_t nth;                         /* of the sections with this keyword, from 0 */
};

/* sections[0] is the file itself, with the options outside of any section. */
struct outline {
    struct outline_section *sections;
    size_t section_count;
};

typedef void (*outline_complain)(void *context, unsigned line, const char *format, va_list);

/* Comments in `text` are overwritten with spaces.  NULL after a complaint.  Everything lives in the arena. */
struct outline *outline_read(char *text, struct arena *, outline_complain, void *context);

/* NULL: the section has none of this name. */
const struct outline_option *outline_find(const struct outline_section *, const char *name);

#endif

/* Names of files: which of them are requests, and what their answers and complaints are called.
 *
 * A name comes from whoever can write into in/, so it may be any octets but '/' and NUL.  Nothing is ever
 * named after the content of a message.
 */
#ifndef FILE_NAME_H
#define FILE_NAME_H
#include <stdbool.h>
#include <stddef.h>

enum {
    NAME_SIZE = 256,                    /* octets of a name (NAME_MAX) and its NUL */
    NAME_NUMBERS = 99                   /* answers of one name that are numbered one by one; see name_number() */
};

/* Requests end in ".pki", in any case of letters (RFC 2510 registered ".PKI", RFC 9483 says ".pki"); what
 * begins with a dot is still being written or none of our business. */
bool name_is_request(const char *name);

/* "x.pki.done" says that "x.pki" is whole.  name_of_marker() gives "x.pki", or false: this is no marker; a
 * name too long to have a marker has none. */
bool name_marker(const char *name, char out[NAME_SIZE]);
bool name_of_marker(const char *marker, char out[NAME_SIZE]);

/* What the answer to `name` is called: letters, digits and "._-" as they are, anything else as '_', ending in
 * `suffix` instead of the request's; numbered from 2 on: "x.pki", "x-2.pki".  Shortened where it would not
 * fit. */
void name_answer(const char *name, unsigned number, const char *suffix, char out[NAME_SIZE]);

/* The n-th number to try, from 1 on: 1 to NAME_NUMBERS in order, then any.  So a name under which nobody fetches
 * answers costs no more than that, however many wait. */
unsigned name_number(unsigned attempt);

#endif

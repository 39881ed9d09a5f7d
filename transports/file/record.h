/* A record: what stands beside a file on one-way media, so that whoever gets the file knows whether it is whole, and
 * whether one before it is missing.  All records of a sender together are its manifest.
 *
 *      cmpgate-sequence 1
 *      from NAME
 *      number 17
 *      file x.pki
 *      size 1234
 *      sha256 HEX              of the file
 *      previous HEX            SHA-256 of the record of number 16; of number 1: zeros
 *
 * in a file NAME-0000000017.seq.  Nothing here reads files; the text comes from strangers.
 */
#ifndef FILE_RECORD_H
#define FILE_RECORD_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "name.h"

enum {
    RECORD_SENDER = 33,                 /* octets of a sender's name and its NUL */
    RECORD_MAX = 1024,                  /* octets of a record and its NUL; what is longer is none */
    RECORD_HEX = 65                     /* octets of a SHA-256 in hexadecimal and its NUL */
};

#define RECORD_LAST UINT64_C(9999999999)        /* highest number */

struct record {
    char from[RECORD_SENDER];
    uint64_t number;                    /* from 1 on */
    char file[NAME_SIZE];               /* a request's or answer's name, made of safe characters only */
    uint64_t size;                      /* octets */
    char sha256[RECORD_HEX], previous[RECORD_HEX];
};

extern const char record_zeros[RECORD_HEX];

/* Letters, digits, '_' and '-', the last not in front; at most 32. */
bool record_is_sender(const char *name);
/* False: not exactly what record_print() writes. */
bool record_parse(struct record *, const char *text, size_t len);
size_t record_print(const struct record *, char out[RECORD_MAX]);
/* "NAME-0000000017.seq", and back: false when it is not of this sender. */
void record_name(const char *sender, uint64_t number, char out[NAME_SIZE]);
bool record_number(const char *sender, const char *name, uint64_t *number);

#endif

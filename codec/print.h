/* The printer, and the hooks that tables name.  Inside the library. */
#ifndef CODEC_PRINT_H
#define CODEC_PRINT_H

#include "codec/asn1_table.h"
#include "codec/text.h"

#pragma GCC visibility push(hidden)

/* A value is printed behind a label that stands on the line already, and ends its line: either
 * print_lead(), text and print_end(), or print_end() and indented lines below. */
struct printer {
    struct sink sink;
    int indent;
    unsigned flags;
    bool dash;                          /* the next line begins an item */
    const char *lead;                   /* between the label and a value on the same line */
};

typedef void print_hook(struct printer *p, const struct asn1_type *t, const void *value);

print_hook print_name, print_string_choice, print_time_choice, print_general_name;
print_hook print_hex_integer, print_algorithm, print_public_key, print_extension;
print_hook print_certificate, print_cmp_certificate, print_crl, print_typed_value;

/* Begins a line with this label; empty for an item without one. */
void print_label(struct printer *p, const char *label);
void print_lead(struct printer *p);
void print_end(struct printer *p);
/* Any value, as its table says; `value` is what asn1_decode() returns. */
void print_value(struct printer *p, const struct asn1_type *t, const void *value);
/* The members of a SEQUENCE, or the items of a list, one level deeper. */
void print_inside(struct printer *p, const struct asn1_type *t, const void *value);
/* The label and the value of one member, when it is there. */
void print_member(struct printer *p, const char *label, const struct asn1_type *t,
                  const void *value);
void print_open(struct printer *p, const struct asn1_open *open);
/* Hex, cut in the middle of nowhere but with its length, unless ASN1_PRINT_FULL. */
void print_octets(struct printer *p, struct span octets);

/* What a slot of the C struct points to, or NULL when it is absent. */
const void *slot_value(const struct asn1_type *t, const void *slot);

#pragma GCC visibility pop

#endif

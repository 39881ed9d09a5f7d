/* Text for people, from octets nobody vouches for: everything that a terminal would obey is
 * escaped.  Inside the library. */
#ifndef CODEC_TEXT_H
#define CODEC_TEXT_H

#include "codec/asn1_table.h"
#include "codec/x509.h"

#pragma GCC visibility push(hidden)

struct sink {                           /* a stream, or a buffer that cuts what does not fit */
    FILE *out;
    char *buf;
    size_t size, at;
};

void sink_octets(struct sink *s, const char *p, size_t n);
void sink_str(struct sink *s, const char *text);
void sink_format(struct sink *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Hex digits of all octets. */
void sink_hex(struct sink *s, struct span octets);
/* One Unicode character; controls and what reverses text as \u{n}, those in `also` with a
 * backslash. */
void sink_char(struct sink *s, uint32_t c, const char *also);
/* A string of this ASN.1 type; octets that are no character of it as \xNN. */
void sink_string(struct sink *s, const struct asn1_type *t, struct span contents,
                 const char *also);
/* "2026-11-23T19:45:14Z", or the octets escaped when it is no time. */
void sink_time(struct sink *s, struct span time);
/* Name or dots. */
void sink_oid(struct sink *s, struct span contents);
void sink_name(struct sink *s, const struct asn1_list *rdn_sequence);
void sink_rdn(struct sink *s, const struct asn1_list *rdn);
void sink_general_name(struct sink *s, const struct GeneralName *name);

/* Calls for each character of a string of this type; c is UINT32_MAX for an octet that is none. */
void string_chars(const struct asn1_type *t, struct span contents,
                  void (*take)(void *ctx, uint32_t c, uint8_t octet), void *ctx);

/* The leaf type and contents of a CHOICE of strings or times. */
struct span choice_leaf(const struct asn1_type *t, const void *value,
                        const struct asn1_type **leaf);

#pragma GCC visibility pop

#endif

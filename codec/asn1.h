/* Strict DER from tables: one table per ASN.1 type drives decoding, encoding and printing.
 *
 * A decoded message is a set of windows on the buffer it came from.  Nothing is copied, so
 * that buffer must outlive the structs; the structs come from an arena and go with it.
 * Decoded structs are read-only.  To change a message build a fresh one: its `der` is unset,
 * so that the encoder uses the members (and any decoded parts it points to, verbatim).
 *
 * How ASN.1 looks in C (the structs are in x509.h, crmf.h, pkcs10.h, cms.h, cmp.h):
 *
 *   a leaf            struct span, the contents octets; a BIT STRING with its unused-bits octet
 *   ANY               struct span, the whole element, header included
 *   SEQUENCE, SET     pointer to a struct whose first member is `struct span der`
 *   CHOICE            pointer to a struct { struct span der; int arm; union {...}; }
 *   SEQUENCE/SET OF   struct asn1_list
 *   DEFINED BY        struct asn1_open
 *
 * Absent members are NULL, or a span whose ptr is NULL, or a list with neither der nor item.
 * Members have the names of the RFC; a hyphen is written `_`, and a name that C has taken
 * gets a `_` at its end (Rand.int_).
 *
 * `der` is the element exactly as received, header included, with the tag it came under: the
 * subjectPublicKeyInfo of a CertTemplate begins with [6].  The encoder puts a part that has
 * `der` under the tag that its new place wants, so parts can be moved between structs freely.
 *
 * Thread: nothing here has state; an arena and what came from it belong to one thread at a time.
 */
#ifndef CODEC_ASN1_H
#define CODEC_ASN1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "codec/limits.h"

/* ---- bytes and memory ------------------------------------------------------------------ */

struct span {                           /* borrowed bytes; ptr == NULL means absent */
    const uint8_t *ptr;
    size_t len;
};

/* The span of a string literal, without its NUL. */
#define span_of(literal) ((struct span){ (const uint8_t *)("" literal), sizeof(literal) - 1 })

/* The octets of a C string, without its NUL; absent for NULL. */
static inline struct span span_str(const char *s)
{
    return (struct span){ (const uint8_t *)s, s ? strlen(s) : 0 };
}

/* Whether both hold the same octets; two absent spans are equal.  Not for secrets. */
static inline bool span_eq(struct span a, struct span b)
{
    return a.len == b.len && (a.ptr == NULL) == (b.ptr == NULL) &&
           (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

struct arena;                           /* bump allocator, freed or reset as a whole */

struct arena *arena_new(void);          /* NULL when there is no memory */
void arena_free(struct arena *a);
/* Forgets everything allocated; keeps up to ARENA_KEEP octets for the next message.  What it
 * keeps is not wiped: do not put secrets into an arena that outlives them. */
void arena_reset(struct arena *a);
/* Octets the arena may hold in all; further allocations return NULL. */
void arena_limit(struct arena *a, size_t octets);
size_t arena_used(const struct arena *a);

/* Aligned for any type; NULL over the limit or without memory.  The second is zeroed. */
void *arena_alloc(struct arena *a, size_t size);
void *arena_zalloc(struct arena *a, size_t size);
/* A copy of the octets, ptr == NULL on failure.  An empty copy is present, not absent. */
struct span arena_copy(struct arena *a, const void *ptr, size_t len);

/* ---- what the kinds look like ---------------------------------------------------------- */

struct asn1_type;

struct asn1_node {                      /* begins every SEQUENCE and SET */
    struct span der;
};

struct asn1_choice {                    /* begins every CHOICE */
    struct span der;
    int arm;                            /* PKIBody_ir, ...; the index of the table's row */
};

/* An alternative that the table does not know, in a CHOICE that its module calls extensible
 * (CMPCertificate), with a context-specific tag as any addition would have: only `der` is set.  Also
 * what asn1_decode_odd() has taken as it came. */
#define ASN1_ARM_UNKNOWN (-1)

/* SEQUENCE OF, SET OF.  item[i] points to the struct of a SEQUENCE or CHOICE, to a struct
 * span for leaves and ANY, to a struct asn1_list for lists, to a struct asn1_open for
 * attribute values.  A list with count 0 and item or der set is present and empty. */
struct asn1_list {
    struct span der;
    void **item;
    size_t count;
    size_t room;                        /* asn1_list_add()'s; 0 after decoding */
};

/* ANY DEFINED BY an OID beside it.  `der` is the value, header included; for the extnValue of
 * an Extension it is what the OCTET STRING contains.  `value` points to what asn1_decode()
 * would return for `type`.
 *
 * type == NULL: the OID is not in the table; only der is there.
 * malformed: the OID is known and the octets do not decode as its type: type is set, value is
 *   NULL.  Only extension values and attribute values of names are kept like this, so that one
 *   odd certificate in extraCerts does not make a message unreadable.  Whoever *acts* on such a
 *   value must refuse it. */
struct asn1_open {
    struct span der;
    const struct asn1_type *type;
    void *value;
    bool malformed;
};

struct asn1_error {                     /* "PKIHeader.senderNonce at 77: truncated" */
    const char *type, *field;           /* innermost; field may be NULL */
    const char *reason;
    size_t offset;                      /* of the offending octet, from the start of `in` */
};

/* ---- decode, encode, print ------------------------------------------------------------- */

/* Decodes the one element that fills `in`.  Returns the struct (for a leaf type a struct span *,
 * for a list type a struct asn1_list *) in the arena, or NULL with *err filled in.  The result
 * points into in.ptr and the arena.  Static strings in *err. */
void *asn1_decode(const struct asn1_type *type, struct span in, struct arena *a,
                  struct asn1_error *err);

/* What peers are known to get wrong, in members whose rows say ODD. */
enum asn1_odd {
    ASN1_ODD_NAME = 1 << 0,             /* sender, recipient: a GeneralName */
    ASN1_ODD_TIME = 1 << 1,             /* messageTime: a GeneralizedTime */
    ASN1_ODD_TEXT = 1 << 2,             /* freeText, statusString, errorDetails: UTF-8 */
    ASN1_ODD_POPO = 1 << 3,             /* popo: a ProofOfPossession */
    ASN1_ODD_REASON = 1 << 4,           /* revocationReason: named bits */
};

/* The same, but such a member is taken as it came: a leaf with contents that break its rules, a CHOICE with
 * ASN1_ARM_UNKNOWN and its der (which may also be under the tag of an alternative in the other form, primitive or
 * constructed, or an OCTET STRING).
 * *odd, when it succeeds, has the kinds that were met: whoever did not expect one must refuse the value. */
void *asn1_decode_odd(const struct asn1_type *type, struct span in, struct arena *a, unsigned *odd,
                      struct asn1_error *err);

/* DER of a value, in the arena.  Subtrees whose der is set are copied verbatim; others are
 * built from their members: members that equal their DEFAULT are left out, SET OF is put in
 * order.  ptr == NULL when a mandatory member is absent, a CHOICE has no such arm, a leaf
 * breaks a rule the decoder would refuse it for, or memory is out; then *why, when given, names
 * the member (err->offset is 0). */
struct span asn1_encode(const struct asn1_type *type, const void *value, struct arena *a);
struct span asn1_encode_why(const struct asn1_type *type, const void *value, struct arena *a,
                            struct asn1_error *why);

/* "PKIHeader.senderNonce at 77: truncated", always NUL-terminated; returns buf. */
char *asn1_error_text(const struct asn1_error *err, char *buf, size_t size);

/* For a reader: one indented tree with the RFC's names.  No octet of the value reaches the
 * output unescaped. */
enum asn1_print_flags {
    ASN1_PRINT_FULL = 1,                /* long octet strings in full, certificates as trees */
};
void asn1_print(FILE *out, const struct asn1_type *type, const void *value, unsigned flags);
/* Complete, for programs: one JSON value, octets in hex. */
void asn1_print_json(FILE *out, const struct asn1_type *type, const void *value);

const char *asn1_type_name(const struct asn1_type *type);

/* A zeroed struct of a SEQUENCE, SET or CHOICE, ready to be filled; NULL without memory. */
void *asn1_new(const struct asn1_type *type, struct arena *a);

/* Clears der in the whole tree, except where nothing else holds the content (unknown open
 * values, unknown arms).  Makes asn1_encode() rebuild everything: for tests. */
void asn1_strip(const struct asn1_type *type, void *value);

/* ---- values of leaves ------------------------------------------------------------------ */

/* INTEGER or ENUMERATED contents; false when absent or out of range. */
bool asn1_int64(struct span integer, int64_t *out);
bool asn1_uint(struct span integer, uint64_t *out);
struct span asn1_put_int(struct arena *a, int64_t value);
/* A positive INTEGER from big-endian octets: leading zeros dropped, sign octet added. */
struct span asn1_put_unsigned(struct arena *a, struct span big_endian);

bool asn1_true(struct span boolean);                    /* false when absent or FALSE */
struct span asn1_put_bool(bool value);                  /* static */
struct span asn1_null(void);                            /* contents of a present NULL; static */

/* The octets of a BIT STRING without unused bits; absent when there are any. */
struct span asn1_bits_payload(struct span bits);
struct span asn1_put_bits(struct arena *a, struct span payload);
/* Named bits: bit n of the RFC is 1u << n.  Bits from 32 on are ignored. */
uint32_t asn1_named_bits(struct span bits);
struct span asn1_put_named_bits(struct arena *a, uint32_t bits);

/* Seconds since 1970 of the contents of a UTCTime (two-digit year: 50-99 is 19xx) or a
 * GeneralizedTime; told apart by their length.  Fractions are dropped. */
bool asn1_time(struct span time, int64_t *unix_seconds);
/* Contents, "YYYYMMDDHHMMSSZ"; years 0 to 9999. */
struct span asn1_put_generalized_time(struct arena *a, int64_t unix_seconds);
/* Contents, "YYMMDDHHMMSSZ"; 1950 to 2049 only (absent outside). */
struct span asn1_put_utc_time(struct arena *a, int64_t unix_seconds);

/* ---- building -------------------------------------------------------------------------- */

/* Appends; false when memory is out or item is NULL.  To add to a decoded list, copy the struct
 * and clear the copy's der: its items then move to an array of the copy's own. */
bool asn1_list_add(struct arena *a, struct asn1_list *list, void *item);
/* Appends a leaf, copied into a struct span of its own (not its octets). */
bool asn1_list_add_span(struct arena *a, struct asn1_list *list, struct span item);
/* Makes the list present and empty. */
bool asn1_list_init(struct arena *a, struct asn1_list *list);

/* An open member from a value of a known type, or from DER. */
static inline struct asn1_open asn1_open_value(const struct asn1_type *type, void *value)
{
    return (struct asn1_open){ .type = type, .value = value };
}
static inline struct asn1_open asn1_open_der(struct span der)
{
    return (struct asn1_open){ .der = der };
}

/* ---- below the tables ------------------------------------------------------------------ */

enum asn1_tag {                         /* identifier octets */
    DER_BOOLEAN = 0x01, DER_INTEGER = 0x02, DER_BIT_STRING = 0x03, DER_OCTET_STRING = 0x04,
    DER_NULL = 0x05, DER_OBJECT_IDENTIFIER = 0x06, DER_ENUMERATED = 0x0a,
    DER_UTF8String = 0x0c, DER_NumericString = 0x12, DER_PrintableString = 0x13,
    DER_TeletexString = 0x14, DER_IA5String = 0x16, DER_UTCTime = 0x17,
    DER_GeneralizedTime = 0x18, DER_VisibleString = 0x1a, DER_UniversalString = 0x1c,
    DER_BMPString = 0x1e, DER_SEQUENCE = 0x30, DER_SET = 0x31,
    DER_CONTEXT = 0x80,                 /* | number */
    DER_CONTEXT_CONSTRUCTED = 0xa0,     /* | number */
};

struct asn1_reader {                    /* over the contents of one constructed element */
    struct span rest;
};

struct asn1_tlv {
    uint8_t tag;
    struct span contents, der;
};

/* Takes the next element; NULL, or why not (the reader then stays where it is).  At the end of
 * the input: "end of input".  DER only: definite minimal lengths, one-octet tags. */
const char *asn1_next(struct asn1_reader *r, struct asn1_tlv *out);

/* One element from its contents; ptr == NULL when memory is out. */
struct span asn1_tlv(struct arena *a, uint8_t tag, struct span contents);
/* A SEQUENCE of elements that are DER already: ProtectedPart and its like. */
struct span asn1_sequence_of_parts(struct arena *a, const struct span *parts, size_t n);
/* The same element under another tag of the same form, copied: what POPOSigningKey signs is
 * poposkInput as a SEQUENCE, not as [0].  (RFC 4211, 4.1) */
struct span asn1_retag(struct arena *a, struct span der, uint8_t tag);
/* Writes a header into out and returns its length (at most 6): for hashing without a copy.
 * contents_len is below 2^32. */
size_t asn1_header(uint8_t out[6], uint8_t tag, size_t contents_len);

/* ---- declaring types ------------------------------------------------------------------- */

/* Each type T has an object T_type.  For SEQUENCE, SET and CHOICE there are also
 *   struct T *T_decode(struct span in, struct arena *a, struct asn1_error *err)
 *   struct span T_encode(const struct T *value, struct arena *a)
 *   struct T *T_new(struct arena *a)            zeroed, NULL when memory is out
 * and for lists the first two, with struct asn1_list.  C_T is what a member looks like and
 * TAG_T the identifier octet (0 for CHOICE and ANY); the tables check both. */
#define ASN1_DECLARE(T, tag) \
    extern const struct asn1_type T##_type; \
    enum { TAG_##T = (tag) };

#define ASN1_DECLARE_STRUCT(T, tag) \
    ASN1_DECLARE(T, tag) \
    struct T; \
    typedef struct T *C_##T; \
    static inline struct T *T##_decode(struct span in, struct arena *a, struct asn1_error *err) \
    { \
        return (struct T *)asn1_decode(&T##_type, in, a, err); \
    } \
    static inline struct span T##_encode(const struct T *value, struct arena *a) \
    { \
        return asn1_encode(&T##_type, value, a); \
    } \
    static inline struct T *T##_new(struct arena *a) \
    { \
        return (struct T *)asn1_new(&T##_type, a); \
    }
#define ASN1_DECLARE_SEQUENCE(T) ASN1_DECLARE_STRUCT(T, DER_SEQUENCE)
#define ASN1_DECLARE_SET(T) ASN1_DECLARE_STRUCT(T, DER_SET)
#define ASN1_DECLARE_CHOICE(T) ASN1_DECLARE_STRUCT(T, 0)

#define ASN1_DECLARE_LIST(T, tag) \
    ASN1_DECLARE(T, tag) \
    typedef struct asn1_list C_##T; \
    static inline struct asn1_list *T##_decode(struct span in, struct arena *a, \
                                               struct asn1_error *err) \
    { \
        return (struct asn1_list *)asn1_decode(&T##_type, in, a, err); \
    } \
    static inline struct span T##_encode(const struct asn1_list *value, struct arena *a) \
    { \
        return asn1_encode(&T##_type, value, a); \
    }
#define ASN1_DECLARE_SEQUENCE_OF(T) ASN1_DECLARE_LIST(T, DER_SEQUENCE)
#define ASN1_DECLARE_SET_OF(T) ASN1_DECLARE_LIST(T, DER_SET)

/* A leaf, or a leaf under a name of its own (PKIStatus): `base` is the tag's name. */
#define ASN1_DECLARE_LEAF(T, tag) \
    ASN1_DECLARE(T, tag) \
    typedef struct span C_##T;

ASN1_DECLARE_LEAF(BOOLEAN, DER_BOOLEAN)
ASN1_DECLARE_LEAF(INTEGER, DER_INTEGER)
ASN1_DECLARE_LEAF(INTEGER_0_MAX, DER_INTEGER)          /* INTEGER (0..MAX) */
ASN1_DECLARE_LEAF(INTEGER_1_MAX, DER_INTEGER)          /* INTEGER (1..MAX) */
ASN1_DECLARE_LEAF(ENUMERATED, DER_ENUMERATED)
ASN1_DECLARE_LEAF(BIT_STRING, DER_BIT_STRING)
ASN1_DECLARE_LEAF(OCTET_STRING, DER_OCTET_STRING)
ASN1_DECLARE_LEAF(NULL_, DER_NULL)
ASN1_DECLARE_LEAF(OBJECT_IDENTIFIER, DER_OBJECT_IDENTIFIER)
ASN1_DECLARE_LEAF(UTF8String, DER_UTF8String)
ASN1_DECLARE_LEAF(NumericString, DER_NumericString)
ASN1_DECLARE_LEAF(PrintableString, DER_PrintableString)
ASN1_DECLARE_LEAF(TeletexString, DER_TeletexString)
ASN1_DECLARE_LEAF(IA5String, DER_IA5String)
ASN1_DECLARE_LEAF(VisibleString, DER_VisibleString)
ASN1_DECLARE_LEAF(UniversalString, DER_UniversalString)
ASN1_DECLARE_LEAF(BMPString, DER_BMPString)
ASN1_DECLARE_LEAF(UTCTime, DER_UTCTime)
ASN1_DECLARE_LEAF(GeneralizedTime, DER_GeneralizedTime)
ASN1_DECLARE_LEAF(ANY, 0)

ASN1_DECLARE_SEQUENCE_OF(SEQUENCE_OF_INTEGER)
ASN1_DECLARE_SEQUENCE_OF(SEQUENCE_OF_UTF8String)
ASN1_DECLARE_SEQUENCE_OF(SEQUENCE_OF_OBJECT_IDENTIFIER)
ASN1_DECLARE_SET_OF(SET_OF_ANY)

#endif

/* Writing tables: the macros that make a type object look like its ASN.1.
 *
 *     SEQUENCE(CertStatus,
 *         FIELD(certHash,   OCTET_STRING),
 *         FIELD(certReqId,  INTEGER),
 *         FIELD(statusInfo, PKIStatusInfo,       OPTIONAL),
 *         FIELD(hashAlg,    AlgorithmIdentifier, EXPLICIT(0), OPTIONAL))
 *
 * The struct of the same name must have these members; one whose C type disagrees with its
 * ASN.1 type does not compile.  The row of an alternative stands where its constant (PKIBody_ir)
 * says.  Up to 32 rows.  Inside the library.
 */
#ifndef CODEC_ASN1_TABLE_H
#define CODEC_ASN1_TABLE_H

#include "codec/asn1.h"
#include "codec/oid.h"

enum asn1_kind {
    ASN1_KIND_LEAF,
    ASN1_KIND_ANY,
    ASN1_KIND_SEQUENCE,                 /* also SET: our modules have them in tag order */
    ASN1_KIND_CHOICE,
    ASN1_KIND_LIST,
    ASN1_KIND_OPEN,                     /* ANY DEFINED BY */
    ASN1_KIND_OPEN_OCTETS,              /* OCTET STRING containing what an OID defines */
};

struct asn1_name {                      /* a named number or bit; a NULL name ends a list */
    int value;
    const char *name;
};

struct printer;                         /* print.h */

struct asn1_type {
    const char *name;
    const struct asn1_field *fields;    /* members, or alternatives by arm */
    const struct asn1_type *of;         /* of a list */
    const char *(*check)(struct span contents);         /* of a leaf: why not, or NULL */
    const char *(*rule)(const void *value);             /* of a SEQUENCE: why not, or NULL */
    const struct asn1_name *names;      /* of a leaf: numbers, or bits of a BIT STRING */
    void (*print)(struct printer *, const struct asn1_type *, const void *value);
    uint16_t size;                      /* of the C struct */
    uint8_t nfields;
    uint8_t kind;
    uint8_t tag;                        /* identifier octet; 0 for CHOICE and ANY */
    uint8_t min;                        /* SIZE (min..MAX) of a list */
    uint8_t flags;
};

enum asn1_type_flags {
    ASN1_EXTENSIBLE = 1,                /* CHOICE with an extension marker */
    ASN1_NESTING = 2,                   /* counts against ASN1_MAX_NESTED */
    ASN1_ONE_LINE = 4,                  /* print hook writes one line, not a block */
};

struct asn1_field {
    const char *name;
    const struct asn1_type *type;
    const struct asn1_type *const *set; /* DEFINED BY: type by enum oid */
    uint16_t offset;                    /* in the C struct */
    uint16_t by;                        /* DEFINED BY: offset of the OID */
    uint32_t spec;                      /* number, and the bits below */
    uint8_t tag;                        /* identifier octet to expect; 0: any the type has */
};

/* What stands behind the type in a row; they are or-ed into `spec`. */
#define EXPLICIT(n) (ASN1_SPEC_EXPLICIT | (uint32_t)(n))
#define IMPLICIT(n) (ASN1_SPEC_IMPLICIT | (uint32_t)(n))
#define OPTIONAL ASN1_SPEC_OPTIONAL
/* A BOOLEAN or INTEGER of one octet, or one of enum asn1_default. */
#define DEFAULT(v) (ASN1_SPEC_OPTIONAL | ASN1_SPEC_DEFAULT | (uint32_t)(v) << 16)
#define NOT_EMPTY ASN1_SPEC_NOT_EMPTY   /* SIZE (1..MAX) of a string */
#define LENIENT ASN1_SPEC_LENIENT       /* DEFINED BY: see struct asn1_open.malformed */
#define ODD(kind) (ASN1_SPEC_ODD | (uint32_t)ASN1_ODD_##kind << 16)    /* see enum asn1_odd */
enum {
    ASN1_SPEC_NUMBER = 0x1f,
    ASN1_SPEC_EXPLICIT = 0x100,
    ASN1_SPEC_IMPLICIT = 0x200,
    ASN1_SPEC_OPTIONAL = 0x400,
    ASN1_SPEC_DEFAULT = 0x800,
    ASN1_SPEC_NOT_EMPTY = 0x1000,
    ASN1_SPEC_LENIENT = 0x2000,
    ASN1_SPEC_REST = 0x4000,            /* what follows the known members, as it comes */
    ASN1_SPEC_ODD = 0x8000,
};
enum asn1_default { ASN1_FALSE = 0, ASN1_DEFAULT_DER = 128, sha1Identifier = ASN1_DEFAULT_DER,
                    mgf1SHA1, pSpecifiedEmpty, algid_hmacWithSHA1 };
/* DER of the defaults that are not one octet, from ASN1_DEFAULT_DER on; in x509.c. */
extern const struct span asn1_defaults[];

/* ---- rows ------------------------------------------------------------------------------- */

#define FIELD(...) (ASN1_ROW_FIELD, __VA_ARGS__, 0, 0, 0, 0, ~)
/* DEFINED_BY(value, type, Set, ...): ANY DEFINED BY `type`, which comes before it. */
#define DEFINED_BY(...) (ASN1_ROW_DEFINED, OPEN, __VA_ARGS__, 0, 0, 0, 0, ~)
#define CONTAINING(...) (ASN1_ROW_DEFINED, OPEN_OCTETS, __VA_ARGS__, 0, 0, 0, 0, ~)
/* SET OF ANY DEFINED BY, at least one. */
#define VALUES(...) (ASN1_ROW_DEFINED, SET_OF_OPEN, __VA_ARGS__, 0, 0, 0, 0, ~)
/* `...` of an extensible SEQUENCE; the last row. */
#define EXTENSION_MARKER(m) (ASN1_ROW_FIELD, m, ANY, ASN1_SPEC_REST | OPTIONAL, 0, 0, 0, 0, ~)

#define ASN1_ROW_FIELD(T, m, type_, a, b, c, d, ...) { \
    .name = #m, .type = &type_##_type, .offset = ASN1_MEMBER(T, m, C_##type_), \
    .spec = (a) | (b) | (c) | (d), .tag = ASN1_TAG_OF((a) | (b) | (c) | (d), TAG_##type_) }
#define ASN1_ROW_DEFINED(T, type_, m, by_, set_, a, b, c, d, ...) { \
    .name = #m, .type = &type_##_type, .offset = ASN1_MEMBER(T, m, C_##type_), \
    .set = set_##_set, .by = ASN1_MEMBER(T, by_, C_OBJECT_IDENTIFIER), \
    .spec = (a) | (b) | (c) | (d), .tag = ASN1_TAG_OF((a) | (b) | (c) | (d), TAG_##type_) }

#define ASN1_MEMBER(T, m, C) _Generic(&((struct T *)0)->m, C *: offsetof(struct T, m))
/* IMPLICIT of a type without a tag of its own is a mistake of the table: divides by zero. */
#define ASN1_TAG_OF(spec, own) \
    ((spec) & ASN1_SPEC_EXPLICIT ? 0xa0 | ((spec) & ASN1_SPEC_NUMBER) : \
     (spec) & ASN1_SPEC_IMPLICIT ? (0x80 | ((own) & 0x20) | ((spec) & ASN1_SPEC_NUMBER)) / \
                                   !!((own) || !((spec) & ASN1_SPEC_IMPLICIT)) : \
     (own))

/* ---- types ------------------------------------------------------------------------------ */

#define SEQUENCE(T, ...) SEQUENCE_WITH(T, ASN1_OPTIONS(), __VA_ARGS__)
#define CHOICE(T, ...) CHOICE_WITH(T, ASN1_OPTIONS(), __VA_ARGS__)
/* Further initialisers of the type object, in parentheses behind ASN1_OPTIONS. */
#define ASN1_OPTIONS(...) (__VA_ARGS__)

#define SEQUENCE_WITH(T, options, ...) \
    static const struct asn1_field T##_fields[] = { ASN1_MAP(ASN1_MEMBER_ROW, T, __VA_ARGS__) }; \
    const struct asn1_type T##_type = { .name = #T, .kind = ASN1_KIND_SEQUENCE, \
        .tag = TAG_##T, .size = sizeof(struct T), .fields = T##_fields, \
        .nfields = sizeof T##_fields / sizeof *T##_fields, ASN1_UNWRAP options };
#define CHOICE_WITH(T, options, ...) \
    static const struct asn1_field T##_fields[] = { ASN1_MAP(ASN1_ARM_ROW, T, __VA_ARGS__) }; \
    const struct asn1_type T##_type = { .name = #T, .kind = ASN1_KIND_CHOICE, \
        .size = sizeof(struct T), .fields = T##_fields, \
        .nfields = sizeof T##_fields / sizeof *T##_fields, ASN1_UNWRAP options };

#define LIST_OF(T, E, ...) \
    const struct asn1_type T##_type = { .name = #T, .kind = ASN1_KIND_LIST, .tag = TAG_##T, \
        .size = sizeof(struct asn1_list), .of = &E##_type, __VA_ARGS__ };
#define SIZE_1_MAX .min = 1
#define SIZE_0_MAX .min = 0

#define LEAF(T, ...) \
    const struct asn1_type T##_type = { .name = #T, .kind = ASN1_KIND_LEAF, .tag = TAG_##T, \
        .size = sizeof(struct span), __VA_ARGS__ };
#define CHECK(function) .check = (function)
#define NAMES(list) .names = (list)
#define RULE(function) .rule = (function)
#define EXTENSIBLE .flags = ASN1_EXTENSIBLE
#define NESTING .flags = ASN1_NESTING
#define PRINTS(hook) .print = (hook)
#define PRINTS_LINE(hook) .print = (hook), .flags = ASN1_ONE_LINE

/* Which type an OID stands for: DEFINES(Set, SYNTAX(oid, Type), ...). */
#define DEFINES(S, ...) \
    static const struct asn1_type *const S##_set[OID_COUNT] = { __VA_ARGS__ };
#define SYNTAX(id, T) [OID_##id] = &T##_type

/* Types of open members; the tables do not name them. */
ASN1_DECLARE(OPEN, 0)
ASN1_DECLARE(OPEN_OCTETS, DER_OCTET_STRING)
ASN1_DECLARE(SET_OF_OPEN, DER_SET)
typedef struct asn1_open C_OPEN;
typedef struct asn1_open C_OPEN_OCTETS;
typedef struct asn1_list C_SET_OF_OPEN;

#pragma GCC visibility push(hidden)
/* Checks of leaves: the reason why the contents are refused, or NULL. */
const char *check_boolean(struct span contents);
const char *check_integer(struct span contents);
const char *check_integer_0_max(struct span contents);
const char *check_integer_1_max(struct span contents);
const char *check_bit_string(struct span contents);
const char *check_named_bits(struct span contents);
const char *check_null(struct span contents);
const char *check_oid(struct span contents);
const char *check_utf8(struct span contents);
const char *check_printable(struct span contents);
const char *check_numeric(struct span contents);
const char *check_ia5(struct span contents);
const char *check_visible(struct span contents);
const char *check_bmp(struct span contents);
const char *check_universal(struct span contents);
const char *check_utc_time(struct span contents);
const char *check_generalized_time(struct span contents);
const char *check_generalized_seconds(struct span contents);
#pragma GCC visibility pop

/* ---- one operation on every row --------------------------------------------------------- */

#define ASN1_MEMBER_ROW(T, r) ASN1_ROW(T, ASN1_UNWRAP r)
#define ASN1_ARM_ROW(T, r) [ASN1_ARM(T, ASN1_UNWRAP r)] = ASN1_ROW(T, ASN1_UNWRAP r)
#define ASN1_ROW(...) ASN1_ROW_(__VA_ARGS__)
#define ASN1_ROW_(T, row, ...) row(T, __VA_ARGS__)
#define ASN1_ARM(...) ASN1_ARM_(__VA_ARGS__)
#define ASN1_ARM_(T, row, m, ...) T##_##m
#define ASN1_UNWRAP(...) __VA_ARGS__

#define ASN1_MAP(op, T, ...) \
    ASN1_MAP_(ASN1_COUNT(__VA_ARGS__, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, \
                         17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, ~), \
              op, T, __VA_ARGS__)
#define ASN1_COUNT(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, \
                   a18, a19, a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, a32, \
                   n, ...) n
#define ASN1_MAP_(n, op, T, ...) ASN1_MAP__(n, op, T, __VA_ARGS__)
#define ASN1_MAP__(n, op, T, ...) ASN1_MAP_##n(op, T, __VA_ARGS__)
#define ASN1_MAP_1(op, T, r) op(T, r)
#define ASN1_MAP_2(op, T, r, ...) op(T, r), ASN1_MAP_1(op, T, __VA_ARGS__)
#define ASN1_MAP_3(op, T, r, ...) op(T, r), ASN1_MAP_2(op, T, __VA_ARGS__)
#define ASN1_MAP_4(op, T, r, ...) op(T, r), ASN1_MAP_3(op, T, __VA_ARGS__)
#define ASN1_MAP_5(op, T, r, ...) op(T, r), ASN1_MAP_4(op, T, __VA_ARGS__)
#define ASN1_MAP_6(op, T, r, ...) op(T, r), ASN1_MAP_5(op, T, __VA_ARGS__)
#define ASN1_MAP_7(op, T, r, ...) op(T, r), ASN1_MAP_6(op, T, __VA_ARGS__)
#define ASN1_MAP_8(op, T, r, ...) op(T, r), ASN1_MAP_7(op, T, __VA_ARGS__)
#define ASN1_MAP_9(op, T, r, ...) op(T, r), ASN1_MAP_8(op, T, __VA_ARGS__)
#define ASN1_MAP_10(op, T, r, ...) op(T, r), ASN1_MAP_9(op, T, __VA_ARGS__)
#define ASN1_MAP_11(op, T, r, ...) op(T, r), ASN1_MAP_10(op, T, __VA_ARGS__)
#define ASN1_MAP_12(op, T, r, ...) op(T, r), ASN1_MAP_11(op, T, __VA_ARGS__)
#define ASN1_MAP_13(op, T, r, ...) op(T, r), ASN1_MAP_12(op, T, __VA_ARGS__)
#define ASN1_MAP_14(op, T, r, ...) op(T, r), ASN1_MAP_13(op, T, __VA_ARGS__)
#define ASN1_MAP_15(op, T, r, ...) op(T, r), ASN1_MAP_14(op, T, __VA_ARGS__)
#define ASN1_MAP_16(op, T, r, ...) op(T, r), ASN1_MAP_15(op, T, __VA_ARGS__)
#define ASN1_MAP_17(op, T, r, ...) op(T, r), ASN1_MAP_16(op, T, __VA_ARGS__)
#define ASN1_MAP_18(op, T, r, ...) op(T, r), ASN1_MAP_17(op, T, __VA_ARGS__)
#define ASN1_MAP_19(op, T, r, ...) op(T, r), ASN1_MAP_18(op, T, __VA_ARGS__)
#define ASN1_MAP_20(op, T, r, ...) op(T, r), ASN1_MAP_19(op, T, __VA_ARGS__)
#define ASN1_MAP_21(op, T, r, ...) op(T, r), ASN1_MAP_20(op, T, __VA_ARGS__)
#define ASN1_MAP_22(op, T, r, ...) op(T, r), ASN1_MAP_21(op, T, __VA_ARGS__)
#define ASN1_MAP_23(op, T, r, ...) op(T, r), ASN1_MAP_22(op, T, __VA_ARGS__)
#define ASN1_MAP_24(op, T, r, ...) op(T, r), ASN1_MAP_23(op, T, __VA_ARGS__)
#define ASN1_MAP_25(op, T, r, ...) op(T, r), ASN1_MAP_24(op, T, __VA_ARGS__)
#define ASN1_MAP_26(op, T, r, ...) op(T, r), ASN1_MAP_25(op, T, __VA_ARGS__)
#define ASN1_MAP_27(op, T, r, ...) op(T, r), ASN1_MAP_26(op, T, __VA_ARGS__)
#define ASN1_MAP_28(op, T, r, ...) op(T, r), ASN1_MAP_27(op, T, __VA_ARGS__)
#define ASN1_MAP_29(op, T, r, ...) op(T, r), ASN1_MAP_28(op, T, __VA_ARGS__)
#define ASN1_MAP_30(op, T, r, ...) op(T, r), ASN1_MAP_29(op, T, __VA_ARGS__)
#define ASN1_MAP_31(op, T, r, ...) op(T, r), ASN1_MAP_30(op, T, __VA_ARGS__)
#define ASN1_MAP_32(op, T, r, ...) op(T, r), ASN1_MAP_31(op, T, __VA_ARGS__)

#endif

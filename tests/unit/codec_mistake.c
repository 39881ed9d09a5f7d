/* Compiled by ctest with one mistake at a time: tables must not compile with any of them. */
#include "codec/asn1_table.h"
#include "codec/cmp.h"

ASN1_DECLARE_SEQUENCE(Sample)
struct Sample {
    struct span der;
    struct span number;
    struct PKIHeader *header;
    struct Name *name;
};

#ifdef LEAF_FOR_LIST
#define NUMBER PKIFreeText
#else
#define NUMBER INTEGER
#endif

#ifdef WRONG_STRUCT
#define HEADER PKIBody
#else
#define HEADER PKIHeader
#endif

#ifdef IMPLICIT_CHOICE
#define TAGGED IMPLICIT
#else
#define TAGGED EXPLICIT
#endif

#ifdef NO_SUCH_MEMBER
#define NAME nome
#else
#define NAME name
#endif

SEQUENCE(Sample,
    FIELD(number, NUMBER),
    FIELD(header, HEADER),
    FIELD(NAME,   Name,      TAGGED(0), OPTIONAL))

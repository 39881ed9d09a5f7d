/* What the codec does at most with bytes it has no reason to trust.
 *
 * A message that exceeds one of these is refused with an error that names the limit.
 * They bound work and memory before either is spent; transports have their own, smaller,
 * configurable limit on the size of a message.
 */
#ifndef CODEC_LIMITS_H
#define CODEC_LIMITS_H

/* Octets of one encoding.  Post-quantum chains and CRLs fit; nothing sane is larger. */
#define ASN1_MAX_SIZE ((size_t)16 << 20)

/* Constructed elements inside one another.  A certificate in an answer is 16 deep at its
 * GeneralNames; each nested PKIMessage adds 5 or so (see ASN1_MAX_NESTED). */
#define ASN1_MAX_DEPTH 128

/* PKIMessages inside one another, the outermost not counted: nested, origPKIMessage. */
#define ASN1_MAX_NESTED 15

/* Elements (TLVs) of one encoding; a CRL of 60,000 entries has about 240,000. */
#define ASN1_MAX_ELEMENTS 262144

/* Members of one SEQUENCE OF or SET OF. */
#define ASN1_MAX_LIST 65536

/* Octets of one OBJECT IDENTIFIER's contents and of one arc. */
#define ASN1_MAX_OID 128
#define ASN1_MAX_ARC_OCTETS 19

/* Octets of an INTEGER: an RSA modulus of 16384 bits with its sign octet fits. */
#define ASN1_MAX_INTEGER 2112

/* Memory of one arena unless arena_limit() says otherwise, and what arena_reset() keeps. */
#define ARENA_LIMIT ((size_t)64 << 20)
#define ARENA_KEEP ((size_t)256 << 10)

#endif

/* Bounded work: depth, nesting, counts, sizes, memory. */
#include "codec_help.h"

/* `n` times around: SEQUENCE of tags, inside out. */
static struct span wrap(struct span inner, const uint8_t *tags, size_t ntags, size_t n)
{
    struct arena *a = test_arena();

    for (size_t i = 0; i < n; i++) {
        for (size_t t = ntags; t-- > 0; ) {
            inner = asn1_tlv(a, tags[t], inner);
        }
    }
    return inner;
}

/* AlgorithmIdentifier of an MGF takes an AlgorithmIdentifier, which may be that of an MGF, ... */
static struct span mgf_inside_mgf(size_t depth)
{
    struct arena *a = test_arena();
    struct span mgf = hex("0609 2a864886f70d010108");
    struct span inner = hex("3007 0605 2b0e03021a");

    for (size_t i = 0; i < depth; i++) {
        inner = asn1_sequence_of_parts(a, (struct span[]){ mgf, inner }, 2);
    }
    return inner;
}

TEST(elements_are_only_so_deep)
{
    EXPECT_ACCEPTED(AlgorithmIdentifier, mgf_inside_mgf(ASN1_MAX_DEPTH - 1));
    EXPECT_REFUSED(AlgorithmIdentifier, mgf_inside_mgf(ASN1_MAX_DEPTH), "too deep");
    EXPECT_REFUSED(AlgorithmIdentifier, mgf_inside_mgf(1000), "too deep");
}

static struct span nested(size_t n)
{
    struct arena *a = test_arena();
    struct span header = hex("300a 020102 a402 3000 8101 61");
    struct span body = hex("b302 0500");
    struct span message = asn1_sequence_of_parts(a, (struct span[]){ header, body }, 2);
    static const uint8_t around[] = { 0xb4, DER_SEQUENCE };

    for (size_t i = 0; i < n; i++) {
        body = wrap(message, around, 2, 1);
        message = asn1_sequence_of_parts(a, (struct span[]){ header, body }, 2);
    }
    return message;
}

TEST(messages_are_in_one_another_only_so_often)
{
    EXPECT_ACCEPTED(PKIMessage, nested(0));
    EXPECT_ACCEPTED(PKIMessage, nested(ASN1_MAX_NESTED));
    EXPECT_REFUSED(PKIMessage, nested(ASN1_MAX_NESTED + 1), "too many messages in one another");
}

TEST(batches_side_by_side_do_not_count_as_nesting)
{
    struct asn1_list many = { .count = 0 };
    struct asn1_error err;
    struct PKIMessage *one = PKIMessage_decode(nested(ASN1_MAX_NESTED - 1), test_arena(), &err);

    REQUIRE(one != NULL);
    for (int i = 0; i < 40; i++) {
        EXPECT(asn1_list_add(test_arena(), &many, one));
    }
    EXPECT_ACCEPTED(PKIMessages, PKIMessages_encode(&many, test_arena()));
}

/* SEQUENCE OF n INTEGERs. */
static struct span integers(size_t n)
{
    uint8_t *octets = malloc(3 * n);
    for (size_t i = 0; i < n; i++) {
        memcpy(octets + 3 * i, "\x02\x01\x05", 3);
    }
    struct span list = asn1_tlv(test_arena(), DER_SEQUENCE, (struct span){ octets, 3 * n });
    free(octets);
    return list;
}

TEST(a_list_has_only_so_many_items)
{
    EXPECT_ACCEPTED(SEQUENCE_OF_INTEGER, integers(ASN1_MAX_LIST));
    EXPECT_REFUSED(SEQUENCE_OF_INTEGER, integers(ASN1_MAX_LIST + 1), "too many in a list");
}

TEST(an_encoding_has_only_so_many_elements)
{
    struct arena *a = test_arena();
    struct span full = integers(ASN1_MAX_LIST);
    struct span info[5];

    /* id-pe-tlsfeature: a SEQUENCE OF INTEGER in an extension. */
    for (int i = 0; i < 5; i++) {
        struct span octets = asn1_tlv(a, DER_OCTET_STRING, full);
        info[i] = asn1_sequence_of_parts(a, (struct span[]){ hex("0608 2b06010505070118"),
                                                              octets }, 2);
    }
    EXPECT_ACCEPTED(Extensions, asn1_sequence_of_parts(a, info, 3));
    EXPECT_REFUSED(Extensions, asn1_sequence_of_parts(a, info, 5), "too many elements");
}

TEST(a_limit_is_not_excused_as_a_malformed_value)
{
    struct span octets = asn1_tlv(test_arena(), DER_OCTET_STRING, integers(ASN1_MAX_LIST + 1));
    struct span extension = asn1_sequence_of_parts(test_arena(),
        (struct span[]){ hex("0608 2b06010505070118"), octets }, 2);
    EXPECT_REFUSED(Extension, extension, "too many in a list");
}

TEST(an_encoding_is_only_so_large)
{
    uint8_t *octets = calloc(1, ASN1_MAX_SIZE + 1);
    struct span large = { octets, ASN1_MAX_SIZE + 1 };

    EXPECT_REFUSED(OCTET_STRING, large, "too large");
    free(octets);
}

TEST(memory_is_bounded_by_the_arena)
{
    struct arena *small = arena_new();
    struct asn1_error err;
    struct span der = integers(ASN1_MAX_LIST);

    arena_limit(small, 1 << 20);
    EXPECT(SEQUENCE_OF_INTEGER_decode(der, small, &err) == NULL);
    EXPECT_STR(err.reason, "memory limit");
    EXPECT(arena_used(small) <= 1 << 20);
    arena_reset(small);
    EXPECT(SEQUENCE_OF_INTEGER_decode(integers(100), small, &err) != NULL);
    arena_free(small);
}

/* ---- the arena -------------------------------------------------------------------------- */

TEST(an_arena_is_used_again_after_reset)
{
    struct arena *a = arena_new();
    void *first = arena_alloc(a, 100);

    EXPECT(first != NULL);
    arena_reset(a);
    EXPECT_EQ(arena_used(a), 0);
    EXPECT(arena_alloc(a, 100) == first);
    arena_free(a);
    arena_free(NULL);
}

TEST(an_arena_gives_aligned_and_zeroed_memory)
{
    struct arena *a = arena_new();

    memset(arena_alloc(a, 1000), 0xff, 1000);
    arena_reset(a);
    for (size_t size = 1; size < 900; size += 13) {
        uint8_t *p = arena_zalloc(a, size);
        REQUIRE(p != NULL);
        EXPECT_EQ((uintptr_t)p % 16, 0);
        for (size_t i = 0; i < size; i++) {
            EXPECT_EQ(p[i], 0);
        }
    }
    arena_free(a);
}

TEST(an_arena_says_no_over_its_limit)
{
    struct arena *a = arena_new();

    arena_limit(a, 50000);
    EXPECT(arena_alloc(a, 40000) != NULL);
    EXPECT(arena_alloc(a, 40000) == NULL);
    EXPECT(arena_alloc(a, SIZE_MAX) == NULL);
    EXPECT(arena_alloc(a, SIZE_MAX - 15) == NULL);
    EXPECT(arena_alloc(a, 5000) != NULL);
    arena_free(a);
}

TEST(an_empty_copy_is_present)
{
    struct arena *a = arena_new();
    struct span s = arena_copy(a, NULL, 0);

    EXPECT(s.ptr != NULL && s.len == 0);
    arena_free(a);
}

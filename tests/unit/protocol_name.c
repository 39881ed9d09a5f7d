/* When two names are one (RFC 5280 7.1, and stricter). */
#include "tests/unit/test.h"

#include "gateway/protocol/name.h"
#include "tests/unit/protocol_help.h"

struct part {
    enum oid type;
    int string;                         /* DirectoryString arm */
    const char *text;
};

enum { UTF8 = DirectoryString_utf8String, PRINTABLE = DirectoryString_printableString };

static void add(struct arena *a, struct asn1_list *rdn, const struct part *p)
{
    struct AttributeTypeAndValue *v = AttributeTypeAndValue_new(a);
    struct DirectoryString *text = DirectoryString_new(a);

    text->arm = p->string;
    text->utf8String = span_str(p->text);
    v->type = oid_contents(p->type);
    v->value = asn1_open_value(&DirectoryString_type, text);
    asn1_list_add(a, rdn, v);
}

/* One RelativeDistinguishedName of all parts, or one for each. */
static struct Name *name(struct arena *a, const struct part *parts, size_t n, bool together)
{
    struct Name *out = Name_new(a);
    struct asn1_list *rdn = NULL;
    struct asn1_error err;

    for (size_t i = 0; i < n; i++) {
        if (rdn == NULL || !together) {
            rdn = arena_zalloc(a, sizeof *rdn);
            asn1_list_add(a, &out->rdnSequence, rdn);
        }
        add(a, rdn, &parts[i]);
    }
    if (n == 0) {
        asn1_list_init(a, &out->rdnSequence);
    }
    return Name_decode(Name_encode(out, a), a, &err);
}

#define NAME(a, together, ...) \
    name(a, (const struct part[]){ __VA_ARGS__ }, sizeof (struct part[]){ __VA_ARGS__ } / sizeof (struct part), together)

static void expect(bool equal, struct Name *x, struct Name *y, struct arena *a)
{
    REQUIRE(x != NULL && y != NULL);
    EXPECT_EQ(name_equal(x, y, a), equal);
    EXPECT_EQ(name_equal(y, x, a), equal);
    EXPECT_EQ(name_equal_der(x, y->der, a), equal);
    arena_free(a);
}

TEST(a_string_type_makes_no_difference)
{
    struct arena *a = arena_new();
    expect(true, NAME(a, false, { OID_id_at_commonName, UTF8, "pump" }),
           NAME(a, false, { OID_id_at_commonName, PRINTABLE, "pump" }), a);
}

TEST(case_makes_a_difference)
{
    struct arena *a = arena_new();
    expect(false, NAME(a, false, { OID_id_at_commonName, UTF8, "pump" }),
           NAME(a, false, { OID_id_at_commonName, PRINTABLE, "Pump" }), a);
}

TEST(a_type_makes_a_difference)
{
    struct arena *a = arena_new();
    expect(false, NAME(a, false, { OID_id_at_commonName, UTF8, "pump" }),
           NAME(a, false, { OID_id_at_organizationName, UTF8, "pump" }), a);
}

TEST(the_order_of_RDNs_makes_a_difference)
{
    struct arena *a = arena_new();
    expect(false, NAME(a, false, { OID_id_at_commonName, UTF8, "x" }, { OID_id_at_organizationName, UTF8, "y" }),
           NAME(a, false, { OID_id_at_organizationName, UTF8, "y" }, { OID_id_at_commonName, UTF8, "x" }), a);
}

/* The string types turn the order of the SET round. */
TEST(the_order_inside_an_RDN_makes_no_difference)
{
    struct arena *a = arena_new();
    expect(true, NAME(a, true, { OID_id_at_commonName, UTF8, "x" }, { OID_id_at_commonName, PRINTABLE, "y" }),
           NAME(a, true, { OID_id_at_commonName, PRINTABLE, "x" }, { OID_id_at_commonName, UTF8, "y" }), a);
}

TEST(two_attributes_are_not_one_RDN_each)
{
    struct arena *a = arena_new();
    expect(false, NAME(a, true, { OID_id_at_commonName, UTF8, "x" }, { OID_id_at_organizationName, UTF8, "y" }),
           NAME(a, false, { OID_id_at_commonName, UTF8, "x" }, { OID_id_at_organizationName, UTF8, "y" }), a);
}

TEST(one_attribute_more_makes_a_difference)
{
    struct arena *a = arena_new();
    expect(false, NAME(a, true, { OID_id_at_commonName, UTF8, "x" }, { OID_id_at_organizationName, UTF8, "y" }),
           NAME(a, true, { OID_id_at_commonName, UTF8, "x" }), a);
}

TEST(one_RDN_more_makes_a_difference)
{
    struct arena *a = arena_new();
    expect(false, NAME(a, false, { OID_id_at_commonName, UTF8, "x" }, { OID_id_at_organizationName, UTF8, "y" }),
           NAME(a, false, { OID_id_at_commonName, UTF8, "x" }), a);
}

/* What stands twice in one RDN does not stand in for something else. */
TEST(a_repeated_attribute_hides_nothing)
{
    struct arena *a = arena_new();
    expect(false, NAME(a, true, { OID_id_at_commonName, UTF8, "x" }, { OID_id_at_commonName, PRINTABLE, "x" }),
           NAME(a, true, { OID_id_at_commonName, UTF8, "x" }, { OID_id_at_commonName, UTF8, "y" }), a);
}

TEST(the_empty_name_is_the_NULL_DN)
{
    struct arena *a = arena_new();
    struct Name *empty = name(a, NULL, 0, false), *other = NAME(a, false, { OID_id_at_commonName, UTF8, "x" });
    REQUIRE(empty != NULL && other != NULL);
    EXPECT(name_is_null(empty) && !name_is_null(other));
    EXPECT(!name_equal(empty, other, a));
    EXPECT(!name_equal_der(empty, (struct span){ NULL, 0 }, a));
    EXPECT(!name_equal_der(empty, span_of("\x30\x01"), a));
    arena_free(a);
}

/* ---- in any order, where that is tolerated ------------------------------------------------------ */

static bool in_any_order(struct Name *x, struct Name *y, struct arena *a)
{
    bool equal = name_equal_in_any_order(x, y, a);

    EXPECT_EQ(name_equal_in_any_order(y, x, a), equal);
    arena_free(a);
    return equal;
}

#define X { OID_id_at_commonName, UTF8, "x" }
#define Y { OID_id_at_commonName, UTF8, "y" }
#define O { OID_id_at_organizationName, UTF8, "x" }

TEST(the_order_of_RDNs_need_not_matter)
{
    struct arena *a = arena_new();
    EXPECT(in_any_order(NAME(a, false, X, Y, O), NAME(a, false, O, X, Y), a));
}

TEST(in_any_order_each_must_be_there_as_often)
{
    struct arena *a = arena_new();
    EXPECT(!in_any_order(NAME(a, false, X, X, Y), NAME(a, false, X, Y, Y), a));
    a = arena_new();
    EXPECT(!in_any_order(NAME(a, false, X, Y), NAME(a, false, X, Y, O), a));
    a = arena_new();
    EXPECT(!in_any_order(NAME(a, false, X, Y), NAME(a, false, Y, O), a));
}

TEST(in_any_order_no_RDN_has_two_attributes)
{
    struct arena *a = arena_new();
    EXPECT(!in_any_order(NAME(a, true, X, Y), NAME(a, true, X, Y), a));
}

TEST(in_any_order_is_for_names_of_16_at_most)
{
    struct arena *a = arena_new();
    EXPECT(in_any_order(NAME(a, false, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, Y),
                        NAME(a, false, Y, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X), a));
    a = arena_new();
    EXPECT(!in_any_order(NAME(a, false, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, Y),
                         NAME(a, false, Y, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X), a));
}

TEST(the_last_commonName_is_the_one)
{
    struct arena *a = arena_new();
    EXPECT(span_eq(name_common(NAME(a, false, X, Y, O), a), span_of("y")));
    EXPECT(name_common(NAME(a, false, O), a).ptr == NULL);
    arena_free(a);
}

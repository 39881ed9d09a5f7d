/* Certificates one after the other, as the store has them. */
#include "tests/unit/test.h"

#include "gateway/protocol/certlist.h"

TEST(what_is_joined_can_be_split)
{
    struct arena *a = arena_new();
    const struct span ders[] = { span_of("\x30\x00"), { NULL, 0 }, span_of("\x04\x01\x07"), span_of("\x05\x00") };
    struct span out[4], all = certlist_join(a, ders, 4);

    REQUIRE(all.ptr != NULL);
    EXPECT_EQ(all.len, 7);
    REQUIRE(certlist_split(all, out, 4) == 3);
    EXPECT(span_eq(out[0], ders[0]) && span_eq(out[1], ders[2]) && span_eq(out[2], ders[3]));
    EXPECT_EQ(certlist_split(all, out, 2), 2);
    EXPECT_EQ(certlist_split(all, out, 0), 0);
    all.len--;                          /* what is broken off is not there */
    EXPECT_EQ(certlist_split(all, out, 4), 2);
    EXPECT_EQ(certlist_split((struct span){ NULL, 0 }, out, 4), 0);
    EXPECT(certlist_join(a, ders, 0).ptr == NULL && certlist_join(a, ders + 1, 1).ptr == NULL);
    arena_free(a);
}

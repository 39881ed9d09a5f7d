#include "test.h"
#include "transports/http/media.h"
#include "transports/http/path.h"

static const char *const no_roots[] = { NULL };
static const struct path_map plain = { .roots = no_roots, .documents = "/pki/" };

static struct path parse(const char *target)
{
    struct path p;

    path_parse(&p, target, &plain);
    return p;
}

#define IS_CMP(TARGET, PROFILE, OPERATION)                                          \
    do {                                                                            \
        struct path p_ = parse(TARGET);                                             \
        EXPECT_EQ(p_.kind, PATH_CMP);                                               \
        EXPECT_STR(p_.profile, PROFILE);                                            \
        EXPECT_STR(p_.operation != NULL ? p_.operation : "", OPERATION);            \
    } while (0)

#define IS_UNKNOWN(TARGET) EXPECT_EQ(parse(TARGET).kind, PATH_UNKNOWN)

TEST(the_well_known_path_is_served_with_and_without_a_trailing_slash)
{
    IS_CMP("/.well-known/cmp", "", "");
    IS_CMP("/.well-known/cmp/", "", "");
}

TEST(profile_and_operation_come_from_the_path)
{
    IS_CMP("/.well-known/cmp/p/router", "router", "");
    IS_CMP("/.well-known/cmp/p/router/", "router", "");
    IS_CMP("/.well-known/cmp/initialization", "", "initialization");
    IS_CMP("/.well-known/cmp/p/router/keyupdate/", "router", "keyupdate");
}

TEST(every_label_of_rfc_9483_table_1_is_known)
{
    static const char *const labels[] = { "initialization", "certification", "keyupdate", "pkcs10",
        "revocation", "getcacerts", "getrootupdate", "getcertreqtemplate", "getcrls", "nested" };

    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        char target[80];
        snprintf(target, sizeof target, "/.well-known/cmp/%s", labels[i]);
        IS_CMP(target, "", labels[i]);
    }
}

TEST(other_labels_and_shapes_are_unknown)
{
    IS_UNKNOWN("/.well-known/cmp/enrol");
    IS_UNKNOWN("/.well-known/cmp/Initialization");
    IS_UNKNOWN("/.well-known/cmp/initialization/more");
    IS_UNKNOWN("/.well-known/cmp/p");
    IS_UNKNOWN("/.well-known/cmp/p/");
    IS_UNKNOWN("/.well-known/cmp/p//initialization");
    IS_UNKNOWN("/.well-known/cmp//");
    IS_UNKNOWN("/.well-known/cmpx");
    IS_UNKNOWN("/.well-known");
    IS_UNKNOWN("/");
    IS_UNKNOWN("");
    IS_UNKNOWN("*");
}

TEST(percent_encoding_is_decoded_within_a_segment_and_never_makes_a_new_one)
{
    IS_CMP("/.well-known/cmp/p/r%6Futer", "router", "");
    IS_CMP("/.well-known/cmp/p/a%2db/%69nitialization", "a-b", "initialization");
    IS_UNKNOWN("/.well-known/cmp/p/a%2Fb");
    IS_UNKNOWN("/.well-known/cmp/p/a%00b");
    IS_UNKNOWN("/.well-known/cmp/p/a%0ab");
    IS_UNKNOWN("/.well-known/cmp/p/a%2");
    IS_UNKNOWN("/.well-known/cmp/p/a%zz");
    IS_UNKNOWN("/.well-known/cmp/p/%2e%2e");
    IS_UNKNOWN("/.well-known/cmp/p/..");
    IS_UNKNOWN("/.well-known/cmp/p/a b");
    IS_UNKNOWN("/.well-known/cmp/p/\xc3\xa9");
}

TEST(a_profile_name_has_at_most_64_octets)
{
    char target[120];

    snprintf(target, sizeof target, "/.well-known/cmp/p/%064d", 0);
    EXPECT_EQ(parse(target).kind, PATH_CMP);
    snprintf(target, sizeof target, "/.well-known/cmp/p/%065d", 0);
    IS_UNKNOWN(target);
}

TEST(query_and_absolute_form_do_not_matter)
{
    IS_CMP("/.well-known/cmp/p/a?x=/../y", "a", "");
    IS_CMP("http://ca.example:8080/.well-known/cmp/nested", "", "nested");
    IS_CMP("HTTPS://ca.example/.well-known/cmp", "", "");
    IS_UNKNOWN("http://ca.example");
    IS_UNKNOWN("ftp://ca.example/.well-known/cmp");
}

TEST(configured_roots_are_served_beside_the_well_known_one)
{
    static const char *const roots[] = { "/", "/pkix/", "/ejbca/publicweb/cmp", NULL };
    const struct path_map map = { .roots = roots, .documents = "/pki/" };
    static const struct { const char *target, *profile, *operation; } served[] = {
        { "/", "", "" }, { "/p/x", "x", "" }, { "/pkcs10", "", "pkcs10" },
        { "/pkix/", "", "" }, { "/pkix", "", "" }, { "/pkix/p/x/nested", "x", "nested" },
        { "/ejbca/publicweb/cmp/p/alias", "alias", "" }, { "/.well-known/cmp/p/x", "x", "" },
        { "http://h", "", "" },
    };

    for (size_t i = 0; i < sizeof served / sizeof *served; i++) {
        struct path p;
        path_parse(&p, served[i].target, &map);
        EXPECT_EQ(p.kind, PATH_CMP);
        EXPECT_STR(p.profile, served[i].profile);
        EXPECT_STR(p.operation != NULL ? p.operation : "", served[i].operation);
    }
    struct path p;
    path_parse(&p, "/pkixx", &map);
    EXPECT_EQ(p.kind, PATH_UNKNOWN);
    path_parse(&p, "/.well-known/cmp/p", &map);
    EXPECT_EQ(p.kind, PATH_UNKNOWN);
}

TEST(documents_are_one_clean_name_below_their_prefix)
{
    EXPECT_EQ(parse("/pki/crl").kind, PATH_DOCUMENT);
    EXPECT_STR(parse("/pki/ca.pem?x").document, "ca.pem");
    IS_UNKNOWN("/pki/");
    IS_UNKNOWN("/pki/a/b");
    IS_UNKNOWN("/pki/..");
    IS_UNKNOWN("/pki/a%2fb");
    const struct path_map none = { .roots = no_roots, .documents = "" };
    struct path p;
    path_parse(&p, "/pki/crl", &none);
    EXPECT_EQ(p.kind, PATH_UNKNOWN);
}

TEST(roots_that_could_not_match_are_refused)
{
    EXPECT(path_root_valid("/"));
    EXPECT(path_root_valid("/pkix/"));
    EXPECT(path_root_valid("/.well-known/cmp"));
    EXPECT(!path_root_valid("pkix"));
    EXPECT(!path_root_valid(""));
    EXPECT(!path_root_valid("/a//b"));
    EXPECT(!path_root_valid("/a/../b"));
    EXPECT(!path_root_valid("/a?b"));
    EXPECT(path_documents_valid(""));
    EXPECT(path_documents_valid("/pki/"));
    EXPECT(!path_documents_valid("/"));
    EXPECT(!path_documents_valid("/pki"));
}

static enum media media(const char *value)
{
    return media_parse(value, strlen(value));
}

TEST(media_types_match_in_any_case_and_with_parameters)
{
    EXPECT_EQ(media("application/pkixcmp"), MEDIA_PKIXCMP);
    EXPECT_EQ(media("Application/PKIXCMP; charset=UTF-8"), MEDIA_PKIXCMP);
    EXPECT_EQ(media(" application/x-pkixcmp\t;"), MEDIA_X_PKIXCMP);
    EXPECT_EQ(media(""), MEDIA_OTHER);
    EXPECT_EQ(media(";application/pkixcmp"), MEDIA_OTHER);
    EXPECT_EQ(media("application/pkixcmp-poll"), MEDIA_POLL);
    EXPECT_EQ(media("application/x-pkixcmp-poll; a=b"), MEDIA_X_POLL);
    EXPECT_EQ(media("application/pkixcmp-polls"), MEDIA_OTHER);
    EXPECT_EQ(media("application/pkixcm"), MEDIA_OTHER);
    EXPECT_EQ(media("text/html, application/pkixcmp"), MEDIA_OTHER);
    EXPECT_EQ(media_parse("application/pkixcmp\0x", 21), MEDIA_OTHER);
    EXPECT_STR(media_name(MEDIA_X_PKIXCMP), "application/x-pkixcmp");
    EXPECT_STR(media_name(MEDIA_OTHER), "application/pkixcmp");
}

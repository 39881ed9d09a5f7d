#include "test.h"

#include <stdlib.h>
#include <unistd.h>

#include "gateway/module.h"
#include "gateway/option.h"

static char why[MODULE_WHY];

static const struct module *load(const char *name)
{
    why[0] = '\0';
    return module_load(name, "/", TEST_MODULES, why);
}

/* ---- good ones ------------------------------------------------------------------------------------------ */

TEST(a_transport_is_found_by_name_in_the_given_directory)
{
    const struct module *m = load("door");

    REQUIRE(m != NULL);
    EXPECT_STR(m->name, "door");
    EXPECT(m->transport != NULL && m->backend == NULL);
    EXPECT(option_find(m->options, "listen") != NULL);
    EXPECT_STR(m->path, TEST_MODULES "/door.so");
}

TEST(a_backend_without_options_has_an_empty_table)
{
    const struct module *m = load("office");

    REQUIRE(m != NULL);
    EXPECT(m->backend != NULL && m->transport == NULL);
    REQUIRE(m->options != NULL);
    EXPECT(m->options[0].name == NULL);
}

TEST(a_module_is_loaded_once_whatever_it_is_called)
{
    const struct module *m = load("door");

    EXPECT(load("door") == m);
    EXPECT(load(TEST_MODULES "/../modules/door.so") == m);
    EXPECT(module_load("./door.so", TEST_MODULES, NULL, why) == m);
}

TEST(a_transport_is_found_by_the_schemes_it_sends_to)
{
    const struct module *m = load("door");

    EXPECT(module_for_scheme("door") == m);
    EXPECT(module_for_scheme("doors") == m);
    EXPECT(module_for_scheme("doo") == NULL);
    EXPECT(module_for_scheme("") == NULL);
}

/* ---- bad ones --------------------------------------------------------------------------------------------- */

static const char *refusal(const char *name)
{
    return load(name) == NULL ? why : "it was loaded";
}

TEST(a_module_of_another_abi_is_refused)
{
    EXPECT_STR(refusal("wrong-abi"), "it was built for abi 2, and this program has abi 1");
}

TEST(a_module_without_a_verb_it_promises_is_refused)
{
    EXPECT_STR(refusal("no-verb"), "it SERVES, and lacks serve, reply or stop");
}

TEST(a_module_with_a_bad_option_table_is_refused)
{
    EXPECT_STR(refusal("bad-table"), "option 'number': its offset is not aligned");
}

TEST(a_shared_object_that_is_no_module_is_refused)
{
    EXPECT_STR(refusal("nothing"), "it exports neither cmpgate_transport nor cmpgate_backend");
    EXPECT_STR(refusal("both"), "it exports both cmpgate_transport and cmpgate_backend");
}

TEST(a_module_cannot_take_a_word_of_the_configuration_as_its_name)
{
    EXPECT_STR(refusal("reserved"), "its name 'gateway' is a word of the configuration itself");
}

TEST(two_modules_cannot_have_one_name)
{
    EXPECT(load("door") != NULL);
    EXPECT_STR(refusal("same-name"), "its name 'door' is that of " TEST_MODULES "/door.so, which is loaded already");
}

TEST(a_module_that_needs_what_nobody_has_is_refused_when_it_is_loaded)
{
    EXPECT_HAS(refusal("unresolved"), "undefined symbol: nobody_has_this");
}

TEST(a_module_that_is_not_there_says_where_it_was_looked_for)
{
    EXPECT_HAS(refusal("absent"), "no absent.so in " TEST_MODULES " or /");
    EXPECT_STR(refusal("/absent.so"), "No such file or directory");
}

TEST(a_file_that_is_no_shared_object_is_refused)
{
    char path[] = "/tmp/cmpgate-test-XXXXXX";
    int fd = mkstemp(path);

    REQUIRE(fd >= 0 && write(fd, "text", 4) == 4);
    EXPECT_HAS(refusal(path), "file too short");
    close(fd);
    unlink(path);
}

/* ---- what the structs must fulfil, one thing wrong each ------------------------------------------------------ */

static struct cmpgate_transport transport(void)
{
    return *load("door")->transport;
}

static struct cmpgate_backend backend(void)
{
    return *load("office")->backend;
}

#define REFUSED(kind, change, reason)                                          \
    do {                                                                       \
        struct cmpgate_##kind it = kind();                                     \
        EXPECT(module_##kind##_sane(&it, why));                                \
        change;                                                                \
        EXPECT(!module_##kind##_sane(&it, why));                               \
        EXPECT_HAS(why, reason);                                               \
    } while (0)

TEST(each_thing_a_transport_must_have_is_asked_for)
{
    REFUSED(transport, it.abi = 0, "abi 0");
    REFUSED(transport, it.size = 8, "its struct has 8 octets");
    REFUSED(transport, it.name = NULL, "its name must be");
    REFUSED(transport, it.name = "Door", "its name must be");
    REFUSED(transport, it.name = "a door", "its name must be");
    REFUSED(transport, it.name = "", "its name must be");
    REFUSED(transport, it.name = "profile", "word of the configuration");
    REFUSED(transport, it.can = CMPGATE_STORES, "neither SERVES nor SENDS");
    REFUSED(transport, it.open = NULL, "lacks open or close");
    REFUSED(transport, it.close = NULL, "lacks open or close");
    REFUSED(transport, it.serve = NULL, "it SERVES");
    REFUSED(transport, it.reply = NULL, "it SERVES");
    REFUSED(transport, it.stop = NULL, "it SERVES");
    REFUSED(transport, it.send = NULL, "it SENDS");
    REFUSED(transport, it.schemes = NULL, "it SENDS");
}

TEST(a_transport_from_before_there_were_quirks_is_good)
{
    struct cmpgate_transport old = transport();

    old.size = offsetof(struct cmpgate_transport, quirks);
    EXPECT(module_transport_sane(&old, why));
    EXPECT(module_quirks(&old)->name == NULL);
    old.size--;
    EXPECT(!module_transport_sane(&old, why));
    EXPECT_HAS(why, "and must have at least");
}

TEST(quirks_have_names_of_their_own_and_a_help)
{
    static const struct cmpgate_quirk bad[] = { { "no spaces", false, "", NULL }, { .name = NULL } };
    static const struct cmpgate_quirk dumb[] = { { "dumb", false, NULL, NULL }, { .name = NULL } };
    static const struct cmpgate_quirk ours[] = { { "short-nonce", false, "", NULL }, { .name = NULL } };
    static const struct cmpgate_quirk twice[] = { { "a", false, "", NULL }, { "a", false, "", NULL }, { .name = NULL } };
    static char names[33][4];
    static struct cmpgate_quirk many[34];

    for (int i = 0; i < 33; i++) {
        snprintf(names[i], sizeof names[i], "q%d", i);
        many[i] = (struct cmpgate_quirk){ names[i], false, "", NULL };
    }
    REFUSED(transport, it.quirks = bad, "a quirk of it has no help, or a name");
    REFUSED(transport, it.quirks = dumb, "a quirk of it has no help, or a name");
    REFUSED(transport, it.quirks = ours, "its quirk 'short-nonce' has a name that is taken");
    REFUSED(transport, it.quirks = twice, "its quirk 'a' has a name that is taken");
    REFUSED(transport, it.quirks = many, "more quirks than 32");
}

TEST(each_thing_a_backend_must_have_is_asked_for)
{
    REFUSED(backend, it.abi = 7, "abi 7");
    REFUSED(backend, it.size = 0, "its struct has 0 octets");
    REFUSED(backend, it.open = NULL, "lacks open, submit or close");
    REFUSED(backend, it.submit = NULL, "lacks open, submit or close");
    REFUSED(backend, it.close = NULL, "lacks open, submit or close");
    REFUSED(backend, it.can |= CMPGATE_CHECKS, "it CHECKS");
    REFUSED(backend, it.kinds = 0, "no kind of order");
}

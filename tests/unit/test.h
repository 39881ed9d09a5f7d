/* A test reads like a sentence: TEST(header_without_recipient_is_refused) { EXPECT(…); }
 *
 * One executable per area.  Tests register themselves before main; without arguments all
 * run, otherwise those named.  EXPECT goes on after a failure, REQUIRE leaves the test.
 */
#ifndef TEST_H
#define TEST_H
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct test {
    const char *name;
    void (*run)(void);
    struct test *next;
};

static struct test *test_list;
static unsigned test_failures;

static inline void test_register(struct test *t)
{
    struct test **at = &test_list;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = t;
}

#define TEST(NAME)                                                             \
    static void test_##NAME(void);                                             \
    static struct test entry_##NAME = { #NAME, test_##NAME, NULL };            \
    __attribute__((constructor)) static void register_##NAME(void)             \
    {                                                                          \
        test_register(&entry_##NAME);                                          \
    }                                                                          \
    static void test_##NAME(void)

#define TEST_FAIL(...)                                                         \
    (test_failures++, fprintf(stderr, "%s:%d: ", __FILE__, __LINE__),          \
     fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), (void)0)

#define EXPECT(condition)                                                      \
    do {                                                                       \
        if (!(condition)) {                                                    \
            TEST_FAIL("expected %s", #condition);                              \
        }                                                                      \
    } while (0)

#define REQUIRE(condition)                                                     \
    do {                                                                       \
        if (!(condition)) {                                                    \
            TEST_FAIL("required %s", #condition);                              \
            return;                                                            \
        }                                                                      \
    } while (0)

#define EXPECT_EQ(have, want)                                                  \
    do {                                                                       \
        intmax_t have_ = (intmax_t)(have), want_ = (intmax_t)(want);           \
        if (have_ != want_) {                                                  \
            TEST_FAIL("%s is %jd, expected %jd", #have, have_, want_);         \
        }                                                                      \
    } while (0)

#define EXPECT_STR(have, want)                                                 \
    do {                                                                       \
        const char *have_ = (have), *want_ = (want);                           \
        if (have_ == NULL || strcmp(have_, want_) != 0) {                      \
            TEST_FAIL("%s is \"%s\", expected \"%s\"", #have,                  \
                      have_ != NULL ? have_ : "(null)", want_);                \
        }                                                                      \
    } while (0)

#define EXPECT_HAS(have, part)                                                 \
    do {                                                                       \
        const char *have_ = (have), *part_ = (part);                           \
        if (have_ == NULL || strstr(have_, part_) == NULL) {                   \
            TEST_FAIL("%s is \"%s\", expected it to contain \"%s\"", #have,    \
                      have_ != NULL ? have_ : "(null)", part_);                \
        }                                                                      \
    } while (0)

static bool test_chosen(const struct test *t, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], t->name) == 0) {
            return true;
        }
    }
    return argc < 2;
}

int main(int argc, char **argv)
{
    unsigned ran = 0, red = 0;

    for (struct test *t = test_list; t != NULL; t = t->next) {
        if (!test_chosen(t, argc, argv)) {
            continue;
        }
        unsigned before = test_failures;
        t->run();
        ran++;
        if (test_failures != before) {
            red++;
            fprintf(stderr, "FAILED %s\n", t->name);
        }
    }
    printf("%u tests, %u failed\n", ran, red);
    return ran == 0 || red != 0;
}

#endif

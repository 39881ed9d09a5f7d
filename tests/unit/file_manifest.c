/* What records say to whoever fetches an answer of one-way media. */
#include "test.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "transports/file/digest.h"
#include "transports/file/manifest.h"

struct desk {
    char path[64];
    struct manifest manifest;
    char previous[RECORD_HEX];
};

static void desk_open(struct desk *d)
{
    snprintf(d->path, sizeof d->path, "/tmp/cmpgate-manifest-XXXXXX");
    EXPECT(mkdtemp(d->path) != NULL);
    d->manifest = (struct manifest){ .from = "gate", .dir = open(d->path, O_RDONLY | O_DIRECTORY) };
    EXPECT(d->manifest.dir >= 0);
    memcpy(d->previous, record_zeros, sizeof d->previous);
}

static void desk_close(struct desk *d)
{
    for (uint64_t number = 0; number < 40; number++) {
        char name[NAME_SIZE];
        record_name("gate", number, name);
        unlinkat(d->manifest.dir, name, 0);
        record_name("plant", number, name);
        unlinkat(d->manifest.dir, name, 0);
    }
    close(d->manifest.dir);
    EXPECT_EQ(rmdir(d->path), 0);
}

static void put_text(const struct desk *d, const char *name, const char *text, size_t len)
{
    int fd = openat(d->manifest.dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    EXPECT(fd >= 0 && write(fd, text, len) == (ssize_t)len);
    close(fd);
}

/* The record of `number` for a file with this text, which follows the last; `arrives`: it comes into the directory. */
static struct record issue(struct desk *d, uint64_t number, const char *file, const char *text, bool arrives)
{
    struct record r = { .number = number, .size = strlen(text), .from = "gate" };
    char name[NAME_SIZE], out[RECORD_MAX];

    snprintf(r.file, sizeof r.file, "%s", file);
    EXPECT(digest_text(text, strlen(text), r.sha256));
    memcpy(r.previous, d->previous, sizeof r.previous);
    size_t len = record_print(&r, out);
    EXPECT(digest_text(out, len, d->previous));
    record_name("gate", number, name);
    if (arrives) {
        put_text(d, name, out, len);
    }
    return r;
}

static enum manifest_word look(const struct desk *d, const char *name, const char *text)
{
    struct record r;

    return manifest_look(&d->manifest, name, text, strlen(text), &r);
}

TEST(a_file_fits_the_record_that_names_it)
{
    struct desk d;
    struct record r;

    desk_open(&d);
    issue(&d, 1, "a.pki", "one", true);
    issue(&d, 2, "b.pki", "two", true);
    EXPECT_EQ(manifest_look(&d.manifest, "b.pki", "two", 3, &r), MANIFEST_FITS);
    EXPECT_EQ(r.number, 2);
    EXPECT_EQ(look(&d, "a.pki", "one"), MANIFEST_FITS);
    EXPECT_EQ(look(&d, "c.pki", "one"), MANIFEST_NONE);
    desk_close(&d);
}

TEST(another_size_or_other_octets_do_not_fit)
{
    struct desk d;

    desk_open(&d);
    issue(&d, 1, "a.pki", "one", true);
    EXPECT_EQ(look(&d, "a.pki", "on"), MANIFEST_CHANGED);
    EXPECT_EQ(look(&d, "a.pki", "onE"), MANIFEST_CHANGED);
    EXPECT_EQ(look(&d, "a.pki", "one "), MANIFEST_CHANGED);
    desk_close(&d);
}

TEST(records_of_others_links_and_what_is_none_do_not_count)
{
    struct desk d;
    struct record r;
    char text[RECORD_MAX], name[NAME_SIZE];

    desk_open(&d);
    r = issue(&d, 1, "a.pki", "one", false);
    /* Another sender's, under its own name and under ours. */
    snprintf(r.from, sizeof r.from, "plant");
    size_t len = record_print(&r, text);
    record_name("plant", 1, name);
    put_text(&d, name, text, len);
    record_name("gate", 1, name);
    put_text(&d, name, text, len);
    EXPECT_EQ(look(&d, "a.pki", "one"), MANIFEST_NONE);
    /* Ours, under another number; cut short; behind a link. */
    snprintf(r.from, sizeof r.from, "gate");
    len = record_print(&r, text);
    record_name("gate", 2, name);
    put_text(&d, name, text, len);
    EXPECT_EQ(look(&d, "a.pki", "one"), MANIFEST_NONE);
    record_name("gate", 1, name);
    put_text(&d, name, text, len - 1);
    EXPECT_EQ(look(&d, "a.pki", "one"), MANIFEST_NONE);
    unlinkat(d.manifest.dir, name, 0);
    put_text(&d, "aside", text, len);
    EXPECT_EQ(symlinkat("aside", d.manifest.dir, name), 0);
    EXPECT_EQ(look(&d, "a.pki", "one"), MANIFEST_NONE);
    unlinkat(d.manifest.dir, name, 0);
    EXPECT_EQ(renameat(d.manifest.dir, "aside", d.manifest.dir, name), 0);
    EXPECT_EQ(look(&d, "a.pki", "one"), MANIFEST_FITS);
    desk_close(&d);
}

TEST(a_gap_is_what_is_missing_since_the_last_number_that_is_here)
{
    struct desk d;

    desk_open(&d);
    EXPECT_EQ(manifest_gap(&d.manifest, 7), 7);
    issue(&d, 1, "a.pki", "one", true);
    issue(&d, 2, "b.pki", "two", false);
    issue(&d, 3, "c.pki", "three", false);
    issue(&d, 4, "d.pki", "four", true);
    issue(&d, 5, "e.pki", "five", true);
    EXPECT_EQ(manifest_gap(&d.manifest, 1), 1);
    EXPECT_EQ(manifest_gap(&d.manifest, 4), 2);
    EXPECT_EQ(manifest_gap(&d.manifest, 5), 5);
    desk_close(&d);
}

TEST(a_record_follows_the_one_before_it)
{
    struct desk d;
    struct record first, second, third;

    desk_open(&d);
    first = issue(&d, 1, "a.pki", "one", true);
    second = issue(&d, 2, "b.pki", "two", true);
    issue(&d, 3, "c.pki", "three", false);
    third = issue(&d, 4, "d.pki", "four", true);
    EXPECT(manifest_follows(&d.manifest, &first));
    EXPECT(manifest_follows(&d.manifest, &second));
    /* The one before is not here: nobody can tell. */
    EXPECT(manifest_follows(&d.manifest, &third));
    second.previous[0] = second.previous[0] == '0' ? '1' : '0';
    EXPECT(!manifest_follows(&d.manifest, &second));
    first.previous[0] = '1';
    EXPECT(!manifest_follows(&d.manifest, &first));
    desk_close(&d);
}

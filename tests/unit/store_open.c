#include "test.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store_fixture.h"

static char why[600];

static mode_t mode_of(const struct place *p, const char *end)
{
    char path[320];
    struct stat st = { .st_mode = 0 };

    snprintf(path, sizeof path, "%s%s", p->path, end);
    return stat(path, &st) == 0 ? st.st_mode & 07777 : 0;
}

static void sql(const struct place *p, const char *text)
{
    sqlite3 *db = NULL;
    char *message = NULL;

    EXPECT_EQ(sqlite3_open(p->path, &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, text, NULL, NULL, &message), SQLITE_OK);
    sqlite3_free(message);
    sqlite3_close(db);
}

static int64_t number(const struct place *p, const char *text)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    int64_t value = -1;

    EXPECT_EQ(sqlite3_open(p->path, &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_prepare_v2(db, text, -1, &statement, NULL), SQLITE_OK);
    if (sqlite3_step(statement) == SQLITE_ROW) {
        value = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return value;
}

static void write_file(const struct place *p, const char *text)
{
    FILE *f = fopen(p->path, "w");

    EXPECT(f != NULL && fputs(text, f) >= 0);
    EXPECT(f != NULL && fclose(f) == 0);
}

TEST(a_new_database_is_for_its_owner_only)
{
    struct place p = place_new();
    mode_t before = umask(0);
    struct store *s = place_open(&p);

    EXPECT_EQ(apply_and_free(s, change_step("t", 1)), COMMIT_DONE);
    EXPECT_EQ(mode_of(&p, ""), 0600);
    EXPECT_EQ(mode_of(&p, "-wal"), 0600);
    EXPECT_EQ(mode_of(&p, "-shm"), 0600);
    umask(before);
    store_close(s);
    place_remove(&p);
}

TEST(a_database_is_marked_as_ours_and_in_wal_mode)
{
    struct place p = place_new();

    store_close(place_open(&p));
    EXPECT_EQ(number(&p, "PRAGMA application_id"), 0x434d5047);
    EXPECT_EQ(number(&p, "PRAGMA user_version"), 6);
    EXPECT_EQ(number(&p, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1);
    place_remove(&p);
}

TEST(an_empty_file_is_made_a_database)
{
    struct place p = place_new();

    write_file(&p, "");
    struct store *s = place_open(&p);
    EXPECT_EQ(apply_and_free(s, change_step("t", 1)), COMMIT_DONE);
    store_close(s);
    place_remove(&p);
}

TEST(what_was_written_is_there_when_it_is_opened_again)
{
    struct place p = place_new();
    struct store *s = place_open(&p);

    EXPECT_EQ(apply_and_free(s, change_step("t", 1)), COMMIT_DONE);
    store_close(s);
    s = place_open(&p);
    EXPECT_EQ(count_steps(s, "t"), 1);
    EXPECT_EQ(count_steps(s, "u"), 0);
    store_close(s);
    place_remove(&p);
}

TEST(a_database_of_the_first_schema_is_migrated_with_what_is_in_it)
{
    struct place p = place_new();
    struct store *s = place_open(&p);

    EXPECT_EQ(apply_and_free(s, change_step("t", 1)), COMMIT_DONE);
    store_close(s);
    sql(&p, "DROP INDEX steps_updates; ALTER TABLE steps DROP COLUMN updates;"
            "DROP INDEX steps_reference; ALTER TABLE steps DROP COLUMN reference;"
            "ALTER TABLE steps DROP COLUMN message_time; DROP TABLE tombstones;"
            "DROP INDEX orders_approval; ALTER TABLE orders DROP COLUMN approval_reason;"
            "ALTER TABLE orders DROP COLUMN approval; ALTER TABLE steps DROP COLUMN signer; PRAGMA user_version = 1");
    s = place_open(&p);
    EXPECT_EQ(count_steps(s, "t"), 1);
    struct change *c = change_step("t", 2);
    c->step->reference = 7;
    EXPECT_EQ(apply_and_free(s, c), COMMIT_DONE);
    store_close(s);
    EXPECT_EQ(number(&p, "PRAGMA user_version"), 6);
    place_remove(&p);
}

TEST(a_newer_schema_is_refused_and_left_alone)
{
    struct place p = place_new();

    store_close(place_open(&p));
    sql(&p, "PRAGMA user_version = 99");
    EXPECT(store_open(p.path, why, sizeof why) == NULL);
    EXPECT_HAS(why, "schema 99");
    EXPECT_HAS(why, "newer cmpgate");
    EXPECT_HAS(why, p.path);
    EXPECT_EQ(number(&p, "PRAGMA user_version"), 99);
    place_remove(&p);
}

TEST(a_database_of_another_program_is_refused_and_left_alone)
{
    struct place p = place_new();

    sql(&p, "CREATE TABLE theirs (x); PRAGMA user_version = 1");
    EXPECT(store_open(p.path, why, sizeof why) == NULL);
    EXPECT_HAS(why, "another program");
    EXPECT_EQ(number(&p, "SELECT journal_mode = 'delete' FROM pragma_journal_mode"), 1);
    EXPECT_EQ(number(&p, "SELECT count(*) FROM sqlite_schema"), 1);
    place_remove(&p);
}

TEST(another_application_id_is_refused)
{
    struct place p = place_new();

    store_close(place_open(&p));
    sql(&p, "PRAGMA application_id = 77");
    EXPECT(store_open(p.path, why, sizeof why) == NULL);
    EXPECT_HAS(why, "application_id 77");
    place_remove(&p);
}

TEST(a_file_that_is_no_database_is_refused)
{
    struct place p = place_new();

    write_file(&p, "This is a text of more than a hundred octets, which SQLite needs to see before it takes a "
                   "file for anything at all, and then some more of it.\n");
    EXPECT(store_open(p.path, why, sizeof why) == NULL);
    EXPECT_HAS(why, "not a database");
    place_remove(&p);
}

TEST(a_damaged_row_is_a_failure_with_a_reason_and_not_a_value)
{
    struct place p = place_new();
    struct store *s = place_open(&p);

    EXPECT_EQ(apply_and_free(s, change_step("t", 1)), COMMIT_DONE);
    store_close(s);
    sql(&p, "UPDATE steps SET digest = x'0102'");
    s = place_open(&p);
    EXPECT_EQ(count_steps(s, "t"), -1);
    EXPECT_HAS(store_why(s), "damaged");
    store_close(s);
    sql(&p, "UPDATE steps SET digest = NULL, our_nonce = zeroblob(65)");
    s = place_open(&p);
    EXPECT_EQ(count_steps(s, "t"), -1);
    EXPECT_HAS(store_why(s), "too long");
    store_close(s);
    place_remove(&p);
}

TEST(a_directory_that_is_missing_is_named)
{
    EXPECT(store_open("/nonexistent/store.db", why, sizeof why) == NULL);
    EXPECT_STR(why, "/nonexistent/store.db: cannot be made: No such file or directory");
}

TEST(a_directory_is_no_database)
{
    struct place p = place_new();

    EXPECT(store_open(p.directory, why, sizeof why) == NULL);
    EXPECT_HAS(why, p.directory);
    EXPECT_HAS(why, "unable to open");
    place_remove(&p);
}

/* Root may write anywhere, so these are tried by nobody. */
static bool become_nobody(void)
{
    return geteuid() != 0 || setresuid(65534, 65534, 65534) == 0;
}

struct unwritable {
    struct place place;
    const char *reason;
};

static int open_unwritable(void *context)
{
    const struct unwritable *u = context;
    unsigned before = test_failures;

    EXPECT(become_nobody());
    EXPECT(store_open(u->place.path, why, sizeof why) == NULL);
    EXPECT_HAS(why, u->place.path);
    EXPECT_HAS(why, u->reason);
    return test_failures != before;
}

TEST(a_directory_that_cannot_be_written_is_told)
{
    struct unwritable u = { place_new(), "cannot be made: Permission denied" };

    EXPECT_EQ(chmod(u.place.directory, 0555), 0);
    EXPECT_EQ(in_child(open_unwritable, &u), 0);
    EXPECT_EQ(chmod(u.place.directory, 0755), 0);
    place_remove(&u.place);
}

TEST(a_database_in_a_directory_that_cannot_be_written_is_told)
{
    struct unwritable u = { place_new(), "its directory must be writable" };

    store_close(place_open(&u.place));
    EXPECT_EQ(chmod(u.place.path, 0666), 0);
    EXPECT_EQ(chmod(u.place.directory, 0555), 0);
    EXPECT_EQ(in_child(open_unwritable, &u), 0);
    EXPECT_EQ(chmod(u.place.directory, 0755), 0);
    place_remove(&u.place);
}

TEST(a_database_that_cannot_be_written_is_told)
{
    struct unwritable u = { place_new(), "may be read, but not written" };

    store_close(place_open(&u.place));
    EXPECT_EQ(chmod(u.place.path, 0444), 0);
    EXPECT_EQ(chmod(u.place.directory, 0777), 0);
    EXPECT_EQ(in_child(open_unwritable, &u), 0);
    place_remove(&u.place);
}

TEST(a_path_that_looks_like_something_else_is_a_path)
{
    struct place p = place_new();
    char before[512];

    REQUIRE(getcwd(before, sizeof before) != NULL && chdir(p.directory) == 0);
    static const char *const odd[] = { "file:store.db", ":memory:", "store db?mode=ro#x" };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        struct store *s = store_open(odd[i], why, sizeof why);
        EXPECT(s != NULL);
        store_close(s);
        EXPECT_EQ(access(odd[i], F_OK), 0);
        unlink(odd[i]);
    }
    EXPECT_EQ(chdir(before), 0);
    place_remove(&p);
}

TEST(closing_nothing_is_fine)
{
    store_close(NULL);
    change_free(NULL);
    commit_stop(NULL);
    EXPECT(true);
}

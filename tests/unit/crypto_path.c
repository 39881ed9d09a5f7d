/* Paths of certificates that openssl made, and PEM files. */
#include "crypto_fixture.h"
#include "test.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { DAY = 24 * 3600 };

static int64_t now;

/* Certificates for CN=NAME in NAME.pem and NAME.der.  `issuer` "" is itself.  All keys are P-256, in
 * NAME.key, made when there is none; so a second certificate of a name has the same key. */
struct plan {
    const char *name, *issuer, *extensions;
    int days;
    const char *subject;        /* NULL: name */
    const char *options;
};

static bool made(struct plan p)
{
    const char *subject = p.subject != NULL ? p.subject : p.name;
    char signer[256] = "";

    if (p.issuer[0] != '\0') {
        snprintf(signer, sizeof signer, "-CA %s.pem -CAkey %s.key", p.issuer, p.issuer);
    } else {
        snprintf(signer, sizeof signer, "-signkey %s.key", p.name);
    }
    return run("printf '%s' > ext && { test -f %s.key || "
               "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out %s.key; } && "
               "openssl req -new -subj /CN=%s -key %s.key -out csr && "
               "openssl x509 -req -in csr %s -set_serial 0x$(openssl rand -hex 8) -days %d -extfile ext %s "
               "-out %s.pem && "
               "openssl x509 -in %s.pem -outform DER -out %s.der",
               p.extensions, p.name, p.name, subject, p.name, signer, p.days,
               p.options != NULL ? p.options : "", p.name, p.name, p.name);
}

#define CA "basicConstraints=critical,CA:TRUE\\nkeyUsage=critical,keyCertSign\\n"
#define LEAF "basicConstraints=critical,CA:FALSE\\nkeyUsage=critical,digitalSignature\\n"

static struct span der(const char *name)
{
    char file[64];

    snprintf(file, sizeof file, "%s.der", name);
    return scratch_read(file);
}

/* root -> int -> leaf, made once. */
static void usual_chain(void)
{
    static bool done;

    if (!done) {
        done = made((struct plan){ "root", "", CA, 1000, NULL, NULL }) &&
               made((struct plan){ "int", "root", CA, 500, NULL, NULL }) &&
               made((struct plan){ "leaf", "int", LEAF, 100, NULL, NULL }) &&
               made((struct plan){ "stranger", "", CA, 1000, NULL, NULL });
        now = time(NULL) + 3600;        /* later than the first second of all that will be made */
    }
    if (!done) {
        fprintf(stderr, "openssl does not make certificates\n");
        exit(1);
    }
}

static struct crypto_anchors *anchors_of(const char *names)
{
    char why[200] = "";

    if (!run("for n in %s; do cat $n.pem; done > anchors.pem", names)) {
        return NULL;
    }
    struct crypto_anchors *anchors = crypto_anchors_load(scratch("anchors.pem"), why, sizeof why);
    if (anchors == NULL) {
        fprintf(stderr, "%s: %s\n", names, why);
    }
    return anchors;
}

/* Names are separated by blanks. */
static enum crypto_status verdict_at(int64_t when, const char *names, const char *leaf, const char *extras)
{
    struct crypto_anchors *anchors = anchors_of(names);
    struct span extra[32];
    size_t n = 0;
    char copy[512];

    snprintf(copy, sizeof copy, "%s", extras);
    for (char *name = strtok(copy, " "); name != NULL; name = strtok(NULL, " ")) {
        extra[n++] = der(name);
    }
    if (anchors == NULL) {
        return CRYPTO_FAILED;
    }
    enum crypto_status status = crypto_anchors_verify(anchors, der(leaf), extra, n, when);
    crypto_anchors_free(anchors);
    return status;
}

static enum crypto_status verdict(const char *names, const char *leaf, const char *extras)
{
    return verdict_at(now, names, leaf, extras);
}

/* ---- good ones ---------------------------------------------------------------------- */

TEST(a_path_is_found_whatever_the_order_of_the_extra_certificates)
{
    usual_chain();
    EXPECT_EQ(verdict("root", "leaf", "int"), CRYPTO_OK);
    EXPECT_EQ(verdict("root", "leaf", "int root"), CRYPTO_OK);
    EXPECT_EQ(verdict("root", "leaf", "root stranger leaf int int"), CRYPTO_OK);
    EXPECT_EQ(verdict("stranger root", "leaf", "int"), CRYPTO_OK);
    EXPECT_EQ(verdict("root", "int", ""), CRYPTO_OK);
}

TEST(an_anchor_need_not_be_a_root)
{
    usual_chain();
    EXPECT_EQ(verdict("int", "leaf", ""), CRYPTO_OK);
    EXPECT_EQ(verdict("int", "leaf", "int root"), CRYPTO_OK);
}

TEST(a_leaf_that_is_an_anchor_is_trusted)
{
    usual_chain();
    EXPECT_EQ(verdict("leaf", "leaf", ""), CRYPTO_OK);
    EXPECT_EQ(verdict("root", "root", ""), CRYPTO_OK);
    EXPECT_EQ(verdict_at(now + 200 * DAY, "leaf", "leaf", ""), CRYPTO_EXPIRED);
}

TEST(two_anchors_of_one_name_are_both_tried)
{
    usual_chain();
    REQUIRE(made((struct plan){ "root2", "", CA, 1000, "root", NULL }));
    EXPECT_EQ(verdict("root2 root", "leaf", "int"), CRYPTO_OK);
    EXPECT_EQ(verdict("root root2", "leaf", "int"), CRYPTO_OK);
    EXPECT_EQ(verdict("root2", "leaf", "int"), CRYPTO_NOT_TRUSTED);
}

/* An intermediate of the right name and the wrong key must not hide the right one. */
TEST(an_impostor_among_the_extra_certificates_does_not_matter)
{
    usual_chain();
    REQUIRE(made((struct plan){ "impostor", "stranger", CA, 500, "int", NULL }));
    REQUIRE(made((struct plan){ "impostor2", "", CA, 500, "int", NULL }));
    EXPECT_EQ(verdict("root", "leaf", "impostor impostor2 int"), CRYPTO_OK);
    EXPECT_EQ(verdict("root", "leaf", "impostor impostor2"), CRYPTO_NOT_TRUSTED);
    EXPECT_EQ(verdict("root stranger", "leaf", "impostor"), CRYPTO_NOT_TRUSTED);
}

/* ---- not trusted --------------------------------------------------------------------- */

TEST(without_a_path_nothing_is_trusted)
{
    usual_chain();
    EXPECT_EQ(verdict("root", "leaf", ""), CRYPTO_NOT_TRUSTED);
    EXPECT_EQ(verdict("root", "leaf", "root"), CRYPTO_NOT_TRUSTED);
    EXPECT_EQ(verdict("stranger", "leaf", "int root"), CRYPTO_NOT_TRUSTED);
    EXPECT_EQ(verdict("root", "stranger", ""), CRYPTO_NOT_TRUSTED);
    EXPECT_EQ(verdict("leaf", "int", "root"), CRYPTO_NOT_TRUSTED);
}

TEST(a_changed_certificate_is_not_trusted)
{
    usual_chain();
    struct crypto_anchors *anchors = anchors_of("root");
    struct span leaf = der("leaf"), intermediate = der("int"), changed = flipped(intermediate, -1);
    REQUIRE(anchors != NULL);

    EXPECT_EQ(crypto_anchors_verify(anchors, leaf, &intermediate, 1, now), CRYPTO_OK);
    EXPECT_EQ(crypto_anchors_verify(anchors, flipped(leaf, -1), &intermediate, 1, now), CRYPTO_NOT_TRUSTED);
    EXPECT_EQ(crypto_anchors_verify(anchors, leaf, &changed, 1, now), CRYPTO_NOT_TRUSTED);
    EXPECT_EQ(crypto_anchors_verify(anchors, (struct span){ leaf.ptr, leaf.len - 1 }, &intermediate, 1, now),
              CRYPTO_NOT_TRUSTED);
    EXPECT_EQ(crypto_anchors_verify(anchors, span_of(""), &intermediate, 1, now), CRYPTO_NOT_TRUSTED);
    EXPECT_EQ(crypto_anchors_verify(anchors, (struct span){ NULL, 0 }, NULL, 0, now), CRYPTO_NOT_TRUSTED);
    crypto_anchors_free(anchors);
}

TEST(an_issuer_that_is_no_ca_is_not_followed)
{
    usual_chain();
    REQUIRE(made((struct plan){ "notca", "root", LEAF, 500, NULL, NULL }));
    REQUIRE(made((struct plan){ "under-notca", "notca", LEAF, 100, NULL, NULL }));
    EXPECT_EQ(verdict("root", "notca", ""), CRYPTO_OK);
    EXPECT_EQ(verdict("root", "under-notca", "notca"), CRYPTO_NOT_TRUSTED);
    REQUIRE(made((struct plan){ "bare", "root", "subjectKeyIdentifier=hash\\n", 500, NULL, NULL }));
    REQUIRE(made((struct plan){ "under-bare", "bare", LEAF, 100, NULL, NULL }));
    EXPECT_EQ(verdict("root", "bare", ""), CRYPTO_OK);
    EXPECT_EQ(verdict("root", "under-bare", "bare"), CRYPTO_NOT_TRUSTED);
    REQUIRE(made((struct plan){ "nosign", "root", "basicConstraints=critical,CA:TRUE\\nkeyUsage=critical,cRLSign\\n",
                                500, NULL, NULL }));
    REQUIRE(made((struct plan){ "under-nosign", "nosign", LEAF, 100, NULL, NULL }));
    EXPECT_EQ(verdict("root", "under-nosign", "nosign"), CRYPTO_NOT_TRUSTED);
    EXPECT_EQ(verdict("notca", "under-notca", ""), CRYPTO_NOT_TRUSTED);
}

TEST(pathLenConstraint_and_name_constraints_count)
{
    usual_chain();
    REQUIRE(made((struct plan){ "short", "root", "basicConstraints=critical,CA:TRUE,pathlen:0\\n", 500,
                                NULL, NULL }));
    REQUIRE(made((struct plan){ "under-short", "short", CA, 400, NULL, NULL }));
    REQUIRE(made((struct plan){ "too-deep", "under-short", LEAF, 100, NULL, NULL }));
    EXPECT_EQ(verdict("root", "under-short", "short"), CRYPTO_OK);
    EXPECT_EQ(verdict("root", "too-deep", "under-short short"), CRYPTO_NOT_TRUSTED);
    REQUIRE(made((struct plan){ "named", "root", CA "nameConstraints=critical,permitted;DNS:example.org\\n", 500,
                                NULL, NULL }));
    REQUIRE(made((struct plan){ "within", "named", LEAF "subjectAltName=DNS:a.example.org\\n", 100, NULL, NULL }));
    REQUIRE(made((struct plan){ "without", "named", LEAF "subjectAltName=DNS:a.example.com\\n", 100, NULL, NULL }));
    EXPECT_EQ(verdict("root", "within", "named"), CRYPTO_OK);
    EXPECT_EQ(verdict("root", "without", "named"), CRYPTO_NOT_TRUSTED);
}

TEST(an_unknown_critical_extension_of_an_issuer_is_not_passed_over)
{
    usual_chain();
    REQUIRE(made((struct plan){ "strange", "root", CA "1.2.3.4=critical,ASN1:NULL\\n", 500, NULL, NULL }));
    REQUIRE(made((struct plan){ "under-strange", "strange", LEAF, 100, NULL, NULL }));
    EXPECT_EQ(verdict("root", "under-strange", "strange"), CRYPTO_NOT_TRUSTED);
}

TEST(signatures_with_sha1_do_not_count)
{
    usual_chain();
    REQUIRE(made((struct plan){ "sha1", "root", LEAF, 100, NULL, "-sha1" }));
    EXPECT_EQ(verdict("root", "sha1", ""), CRYPTO_NOT_TRUSTED);
}

/* ---- time ---------------------------------------------------------------------------- */

TEST(expired_and_not_yet_valid_are_told_from_not_trusted)
{
    usual_chain();
    EXPECT_EQ(verdict_at(now + 99 * DAY, "root", "leaf", "int"), CRYPTO_OK);
    EXPECT_EQ(verdict_at(now + 101 * DAY, "root", "leaf", "int"), CRYPTO_EXPIRED);
    EXPECT_EQ(verdict_at(now - DAY, "root", "leaf", "int"), CRYPTO_EXPIRED);
    EXPECT_EQ(verdict_at(0, "root", "leaf", "int"), CRYPTO_EXPIRED);
    EXPECT_EQ(verdict_at(INT64_MAX, "root", "leaf", "int"), CRYPTO_EXPIRED);
    EXPECT_EQ(verdict_at(now + 101 * DAY, "stranger", "leaf", "int"), CRYPTO_NOT_TRUSTED);
    EXPECT_EQ(verdict_at(now + 101 * DAY, "root", "leaf", ""), CRYPTO_NOT_TRUSTED);
}

TEST(every_certificate_of_the_path_must_be_in_time)
{
    usual_chain();
    REQUIRE(made((struct plan){ "brief", "root", CA, 10, NULL, NULL }));
    REQUIRE(made((struct plan){ "outlives", "brief", LEAF, 100, NULL, NULL }));
    EXPECT_EQ(verdict("root", "outlives", "brief"), CRYPTO_OK);
    EXPECT_EQ(verdict_at(now + 20 * DAY, "root", "outlives", "brief"), CRYPTO_EXPIRED);
    EXPECT_EQ(verdict_at(now + 20 * DAY, "brief", "outlives", ""), CRYPTO_EXPIRED);
}

TEST(the_newer_certificate_of_a_ca_makes_the_path)
{
    usual_chain();
    REQUIRE(made((struct plan){ "brief", "root", CA, 10, NULL, NULL }));
    REQUIRE(run("cp brief.key renewed.key"));
    REQUIRE(made((struct plan){ "renewed", "root", CA, 200, "brief", NULL }));
    REQUIRE(made((struct plan){ "outlives", "brief", LEAF, 100, NULL, NULL }));
    EXPECT_EQ(verdict_at(now + 20 * DAY, "root", "outlives", "brief renewed"), CRYPTO_OK);
    EXPECT_EQ(verdict_at(now + 20 * DAY, "root", "outlives", "renewed brief"), CRYPTO_OK);
}

/* NAME, with the key of the leaf, from `from` to `to` (YYYYMMDDHHMMSSZ); `signer` for `openssl ca`. */
static bool made_between(const char *name, const char *extensions, const char *from, const char *to,
                         const char *signer)
{
    return run("printf '%s' > ext && openssl req -new -subj /CN=%s -key leaf.key -out csr && "
               "rm -f index.txt* && touch index.txt && "
               "printf '[ca]\\ndefault_ca=a\\n[a]\\ndatabase=index.txt\\nnew_certs_dir=.\\nrand_serial=yes\\n"
               "default_md=sha256\\npolicy=p\\n[p]\\ncommonName=supplied\\n' > ca.cnf && "
               "openssl ca -batch -config ca.cnf %s -in csr -extfile ext -notext -startdate %s -enddate %s "
               "-out %s.pem && openssl x509 -in %s.pem -outform DER -out %s.der",
               extensions, name, signer, from, to, name, name, name);
}

TEST(a_certificate_may_be_valid_for_ever)
{
    usual_chain();
    REQUIRE(made_between("ever", LEAF, "20200101000000Z", "99991231235959Z", "-cert int.pem -keyfile int.key"));
    EXPECT_EQ(verdict("root", "ever", "int"), CRYPTO_OK);
    EXPECT_EQ(verdict_at(now + 499 * DAY, "root", "ever", "int"), CRYPTO_OK);
    EXPECT_EQ(verdict_at(now + 501 * DAY, "root", "ever", "int"), CRYPTO_EXPIRED);
}

/* A message that lay on a stick is judged by the time that the caller says, not by the clock. */
TEST(the_clock_of_the_machine_does_not_matter)
{
    enum { IN_2010 = 1275350400, IN_2012 = 1338508800 };

    usual_chain();
    REQUIRE(made_between("old-root", CA, "20100101000000Z", "20110101000000Z", "-selfsign -keyfile leaf.key"));
    REQUIRE(made_between("old-leaf", LEAF, "20100101000000Z", "20110101000000Z",
                         "-cert old-root.pem -keyfile leaf.key"));
    EXPECT_EQ(verdict_at(IN_2010, "old-root", "old-leaf", ""), CRYPTO_OK);
    EXPECT_EQ(verdict_at(IN_2012, "old-root", "old-leaf", ""), CRYPTO_EXPIRED);
}

/* ---- bounds --------------------------------------------------------------------------- */

TEST(eight_certificates_make_a_path_and_nine_do_not)
{
    char name[16], issuer[16] = "root", extras[200] = "";

    usual_chain();
    for (int i = 1; i <= 9; i++) {
        snprintf(name, sizeof name, "ca%d", i);
        REQUIRE(made((struct plan){ name, issuer, CA, 300, NULL, NULL }));
        EXPECT_EQ(verdict("root", name, extras), i <= 8 ? CRYPTO_OK : CRYPTO_NOT_TRUSTED);
        strcat(extras, " ");
        strcat(extras, name);
        strcpy(issuer, name);
    }
}

TEST(eight_paths_are_judged_and_no_more)
{
    char anchors[200] = "", name[16];

    usual_chain();
    for (int i = 1; i <= 8; i++) {
        snprintf(name, sizeof name, "false%d", i);
        REQUIRE(made((struct plan){ name, "", CA, 300, "root", NULL }));
        EXPECT_EQ(snprintf(anchors + strlen(anchors), 16, "%s ", name), (int)strlen(name) + 1);
        char all[210];
        snprintf(all, sizeof all, "%sroot", anchors);
        EXPECT_EQ(verdict(all, "leaf", "int"), i <= 7 ? CRYPTO_OK : CRYPTO_NOT_TRUSTED);
    }
}

TEST(more_than_16_candidates_or_64_kilobytes_are_too_much)
{
    static uint8_t large[(64 << 10) + 1] = { 0x30, 0x83, 0x00, 0xff, 0xfc };
    struct span extra[17];

    usual_chain();
    struct crypto_anchors *anchors = anchors_of("root");
    REQUIRE(anchors != NULL);
    for (size_t i = 0; i < 17; i++) {
        extra[i] = i == 15 ? der("int") : der("stranger");
    }
    EXPECT_EQ(crypto_anchors_verify(anchors, der("leaf"), extra, 16, now), CRYPTO_OK);
    EXPECT_EQ(crypto_anchors_verify(anchors, der("leaf"), extra, 17, now), CRYPTO_TOO_COSTLY);
    EXPECT_EQ(crypto_anchors_verify(anchors, (struct span){ large, sizeof large }, NULL, 0, now), CRYPTO_TOO_COSTLY);
    crypto_anchors_free(anchors);
}

TEST(extra_certificates_that_cannot_be_read_are_passed_over)
{
    usual_chain();
    struct crypto_anchors *anchors = anchors_of("root");
    struct span intermediate = der("int");
    struct span extra[] = {
        span_of("rubbish"), { NULL, 0 }, { intermediate.ptr, intermediate.len - 1 }, hex("3003020100"), intermediate,
    };
    REQUIRE(anchors != NULL);
    EXPECT_EQ(crypto_anchors_verify(anchors, der("leaf"), extra, 5, now), CRYPTO_OK);
    EXPECT_EQ(crypto_anchors_verify(anchors, der("leaf"), extra, 4, now), CRYPTO_NOT_TRUSTED);
    crypto_anchors_free(anchors);
}

/* 16 certificates that all issue one another have 16!/8! paths of length 8 through them. */
TEST(certificates_that_certify_each_other_do_not_keep_us_busy)
{
    struct span extra[16];

    usual_chain();
    REQUIRE(run("cp leaf.key knot.key"));
    for (size_t i = 0; i < 16; i++) {
        REQUIRE(made((struct plan){ "knot", "", CA, 100, NULL, NULL }));
        extra[i] = der("knot");
    }
    REQUIRE(made((struct plan){ "end", "knot", LEAF, 100, NULL, NULL }));
    REQUIRE(made((struct plan){ "false-anchor", "", CA, 100, "knot", NULL }));
    struct crypto_anchors *far = anchors_of("root"), *near = anchors_of("false-anchor root");
    REQUIRE(far != NULL && near != NULL);
    double before = cpu_seconds();
    EXPECT_EQ(crypto_anchors_verify(far, der("end"), extra, 16, now), CRYPTO_NOT_TRUSTED);
    EXPECT_EQ(crypto_anchors_verify(near, der("end"), extra, 16, now), CRYPTO_NOT_TRUSTED);
    EXPECT(cpu_seconds() - before < 0.5);
    crypto_anchors_free(far);
    crypto_anchors_free(near);
}

/* ---- threads --------------------------------------------------------------------------- */

struct shared {
    const struct crypto_anchors *anchors;
    struct span leaf, intermediate;
    bool good;
};

static void *verify_often(void *arg)
{
    struct shared *s = arg;

    s->good = true;
    for (int i = 0; i < 50; i++) {
        s->good = s->good && crypto_anchors_verify(s->anchors, s->leaf, &s->intermediate, 1, now) == CRYPTO_OK;
    }
    return NULL;
}

TEST(anchors_serve_several_threads)
{
    usual_chain();
    struct crypto_anchors *anchors = anchors_of("root stranger");
    struct shared shared[4];
    pthread_t threads[4];

    REQUIRE(anchors != NULL);
    for (size_t i = 0; i < 4; i++) {
        shared[i] = (struct shared){ anchors, der("leaf"), der("int"), false };
        pthread_create(&threads[i], NULL, verify_often, &shared[i]);
    }
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        EXPECT(shared[i].good);
    }
    crypto_anchors_free(anchors);
}

/* ---- PEM ------------------------------------------------------------------------------- */

static bool refused(const char *reason)
{
    struct span *out;
    size_t count = 9;
    char why[200] = "";
    bool done = crypto_pem_certificates(scratch("test.pem"), arena(), &out, &count, why, sizeof why);
    struct crypto_anchors *anchors = crypto_anchors_load(scratch("test.pem"), why, sizeof why);

    if (done || count != 0 || anchors != NULL || strstr(why, reason) == NULL) {
        fprintf(stderr, "%s\n", done ? "accepted" : why);
        crypto_anchors_free(anchors);
        return false;
    }
    return true;
}

TEST(all_certificates_of_a_pem_file_are_read_and_nothing_else)
{
    struct span *out;
    size_t count;
    char why[200] = "";

    usual_chain();
    REQUIRE(run("{ echo a comment; cat root.pem leaf.key; openssl x509 -in int.pem -text; cat leaf.pem; } | "
                "sed 's/$/\\r/' > test.pem"));
    REQUIRE(crypto_pem_certificates(scratch("test.pem"), arena(), &out, &count, why, sizeof why));
    REQUIRE(count == 3);
    EXPECT(span_eq(out[0], der("root")));
    EXPECT(span_eq(out[1], der("int")));
    EXPECT(span_eq(out[2], der("leaf")));
}

TEST(pem_files_without_good_certificates_are_refused_with_the_reason)
{
    usual_chain();
    REQUIRE(run("rm -f test.pem"));
    EXPECT(refused("No such file"));
    REQUIRE(run(": > test.pem"));
    EXPECT(refused("no certificate"));
    REQUIRE(run("cp leaf.key test.pem"));
    EXPECT(refused("no certificate"));
    REQUIRE(run("{ cat root.pem; sed '$d' leaf.pem; } > test.pem"));
    EXPECT(refused("certificate 2: no end"));
    REQUIRE(run("{ cat root.pem; sed 's/^M/*/' leaf.pem; } > test.pem"));
    EXPECT(refused("certificate 2: bad base64"));
    REQUIRE(run("{ echo -----BEGIN CERTIFICATE-----; echo AAAA; echo -----END CERTIFICATE-----; } > test.pem"));
    EXPECT(refused("certificate 1: not a certificate"));
    REQUIRE(run("head -c 5000000 /dev/zero > test.pem"));
    EXPECT(refused("more than 4194304"));
}

TEST(a_certificate_written_as_pem_is_read_by_openssl)
{
    usual_chain();
    scratch_write("written.pem", crypto_pem("CERTIFICATE", der("leaf"), arena()));
    EXPECT(run("openssl x509 -in written.pem -outform DER -out written.der && cmp written.der leaf.der"));
    EXPECT(run("cmp written.pem leaf.pem"));
}

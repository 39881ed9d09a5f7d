/* Configurations that are good, and what they come to. */
#include "test.h"

#include <ctype.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture.h"
#include "config_fixture.h"
#include "gateway/config_reader.h"
#include "gateway/quirk.h"

TEST(a_short_configuration_has_good_defaults)
{
    struct config *c = fixture_read(HEAD TAIL);

    EXPECT_STR(fixture_complaints, "");
    REQUIRE(c != NULL);
    EXPECT_STR(c->store, fixture_path("cmpgate.db"));
    EXPECT(c->seal != NULL);
    EXPECT(c->workers >= 1);
    EXPECT_EQ(c->workers, sysconf(_SC_NPROCESSORS_ONLN));
    EXPECT_EQ(c->queue, 4096);
    EXPECT_EQ(c->message_max, 1 << 20);
    EXPECT_EQ(c->drain, 10);
    EXPECT_EQ(c->iterations_max, 1000000);
    EXPECT_EQ(c->iterations_rate, 1000000);
    EXPECT_EQ(c->iterations_burst, 10000000);
    EXPECT_EQ(c->check_after, 30);
    EXPECT(!c->log_json);
    EXPECT_EQ(c->log_level, CMPGATE_INFO);
    EXPECT(c->crl_directory == NULL);
    config_unref(c);
}

TEST(a_profile_admits_what_is_usual_unless_it_says_otherwise)
{
    struct config *c = fixture_read(HEAD TAIL);

    REQUIRE(c != NULL && c->profile_count == 1);
    const struct config_profile *p = &c->profiles[0];
    EXPECT_STR(p->name, "default");
    EXPECT(p->backend == &c->backends[0]);
    EXPECT_EQ(p->operations, OPERATION_IR | OPERATION_CR | OPERATION_P10CR | OPERATION_KUR | OPERATION_RR |
              OPERATION_GENM);
    EXPECT_EQ(p->credentials, BY_SECRET | BY_CERTIFICATE);
    EXPECT(p->anchors == NULL);
    EXPECT_EQ(p->subject, SUBJECT_REQUESTED);
    EXPECT_EQ(p->san, SAN_REQUESTED);
    REQUIRE(p->key_type_count == 6);
    EXPECT_EQ(p->key_types[0].kind, CRYPTO_KEY_RSA);
    EXPECT_EQ(p->key_types[0].minimum_bits, 2048);
    EXPECT_EQ(p->key_types[0].maximum_bits, 8192);
    EXPECT_EQ(p->key_types[2].kind, CRYPTO_KEY_EC);
    EXPECT_EQ(p->key_types[2].curve, OID_secp384r1);
    EXPECT_EQ(p->validity, 365 * 86400);
    EXPECT_EQ(p->key_usage, KeyUsage_digitalSignature);
    EXPECT_EQ(p->extended_key_usage_count, 0);
    EXPECT(p->implicit_confirm && p->ca_pubs && !p->sender_is_reference);
    EXPECT_EQ(p->confirm_wait, 300);
    config_unref(c);
}

static bool admits(const struct config_oids *list, enum oid id)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->oid[i] == id) {
            return true;
        }
    }
    return false;
}

/* openssl cmp 3.0 takes HMAC-SHA1 unless told otherwise. */
TEST(a_profile_admits_what_RFC_9481_recommends_and_SHA_1_only_where_openssl_needs_it)
{
    struct config *c = fixture_read(HEAD TAIL);

    REQUIRE(c != NULL && c->profile_count == 1);
    const struct config_profile *p = &c->profiles[0];
    EXPECT(admits(&p->signatures, OID_sha256WithRSAEncryption) && admits(&p->signatures, OID_id_Ed25519));
    EXPECT(!admits(&p->signatures, OID_sha1WithRSAEncryption) && !admits(&p->signatures, OID_ecdsa_with_SHA1));
    EXPECT(admits(&p->macs, OID_id_PBMAC1) && admits(&p->macs, OID_id_PasswordBasedMac) && p->macs.count == 2);
    EXPECT(admits(&p->mac_hmacs, OID_id_hmacWithSHA1) && admits(&p->mac_hmacs, OID_id_hmacWithSHA256));
    EXPECT(admits(&p->mac_digests, OID_sha256) && !admits(&p->mac_digests, OID_sha1));
    EXPECT(admits(&p->mac_prfs, OID_id_hmacWithSHA256) && !admits(&p->mac_prfs, OID_id_hmacWithSHA1));
    EXPECT(admits(&p->hashes, OID_sha256) && !admits(&p->hashes, OID_sha3_256));
    config_unref(c);
}

TEST(algorithms_are_chosen_by_name)
{
    struct config *c = fixture_read(HEAD "office a { }\nprofile default {\n"
        "  signatures = {ecdsa-with-SHA256} macs = {id-PBMAC1, id-hmacWithSHA256} mac-hmacs = {hMAC-SHA1}\n"
        "  mac-digests = {sha1, sha3-512} mac-prfs = {id-hmacWithSHA512} hashes = {2.16.840.1.101.3.4.2.8}\n"
        "}\ndoor lan { listen = 127.0.0.1:1 }\n");

    EXPECT_STR(fixture_complaints, "");
    REQUIRE(c != NULL);
    const struct config_profile *p = &c->profiles[0];
    EXPECT(p->signatures.count == 1 && admits(&p->signatures, OID_ecdsa_with_SHA256));
    EXPECT(p->macs.count == 2 && admits(&p->macs, OID_id_hmacWithSHA256));
    EXPECT(p->mac_hmacs.count == 1 && admits(&p->mac_hmacs, OID_id_hmacWithSHA1));
    EXPECT(admits(&p->mac_digests, OID_sha3_512) && admits(&p->hashes, OID_sha3_256));
    config_unref(c);
}

TEST(an_algorithm_that_nobody_computes_is_complained_about)
{
    fixture_read(HEAD "office a { }\nprofile default {\n"
        "  signatures = {id-ml-dsa-44, sha256} macs = {id-DHBasedMac} mac-hmacs = {id-PBMAC1} mac-digests = {md5}\n"
        "}\ndoor lan { listen = 127.0.0.1:1 }\n");
    EXPECT_HAS(fixture_complaints, "'signatures' does not know \"id-ml-dsa-44\"");
    EXPECT_HAS(fixture_complaints, "'signatures' does not know \"sha256\"");
    EXPECT_HAS(fixture_complaints, "'macs' does not know \"id-DHBasedMac\"");
    EXPECT_HAS(fixture_complaints, "'mac-hmacs' does not know \"id-PBMAC1\"");
    EXPECT_HAS(fixture_complaints, "'mac-digests' does not know \"md5\"");
}

TEST(an_endpoint_has_the_only_profile_and_modest_limits)
{
    struct config *c = fixture_read(HEAD TAIL);

    REQUIRE(c != NULL && c->endpoint_count == 1);
    const struct config_endpoint *e = &c->endpoints[0];
    EXPECT_STR(e->name, "lan");
    EXPECT_STR(e->transport->name, "door");
    EXPECT(e->profile == &c->profiles[0]);
    EXPECT(!e->profile_fixed);
    EXPECT_EQ(e->in_flight, 1000);
    EXPECT_EQ(e->lanes, 4);
    EXPECT_EQ(e->hold, 10);
    EXPECT_EQ(e->message_time, -1);     /* the door STORES */
    EXPECT_EQ(e->tolerate, 0);
    EXPECT_EQ(e->tolerate_own, 0);
    EXPECT_EQ(e->line, 7);
    config_unref(c);
}

TEST(quirks_are_tolerated_by_name)
{
    struct config *c = fixture_read(HEAD "office demo { }\nprofile default { tolerate = {short-nonce} }\n"
                                    "door lan { listen = 127.0.0.1:8080 tolerate = {knocks, short-nonce} }\n"
                                    "door wan { listen = 127.0.0.1:8081 tolerate = {slams} }\n");

    EXPECT_STR(fixture_complaints, "");
    REQUIRE(c != NULL);
    EXPECT_EQ(c->profiles[0].tolerate, UINT64_C(1) << QUIRK_SHORT_NONCE);
    EXPECT_EQ(c->endpoints[0].tolerate, UINT64_C(1) << QUIRK_SHORT_NONCE);
    EXPECT_EQ(c->endpoints[0].tolerate_own, 2);
    EXPECT_EQ(c->endpoints[1].tolerate, 0);
    EXPECT_EQ(c->endpoints[1].tolerate_own, 1);
    config_unref(c);
}

TEST(each_quirk_that_weakens_security_is_warned_of)
{
    struct config *c = fixture_read(HEAD "office demo { }\nprofile default { tolerate = {short-nonce} }\n"
                                    "door lan { listen = 127.0.0.1:8080 tolerate = {knocks, slams} }\n");

    REQUIRE(c != NULL);
    capture_begin(false, CMPGATE_INFO);
    quirk_warn(c);
    const char *text = capture_end();
    EXPECT_HAS(text, "level=warn");
    EXPECT_HAS(text, "profile \\\"default\\\" tolerates short-nonce, which weakens security");
    EXPECT_HAS(text, "door \\\"lan\\\" tolerates slams, which weakens security: shuts the door");
    EXPECT(strstr(text, "knocks") == NULL);
    config_unref(c);
}

/* The first members of struct door_options in modules/door.c. */
struct door_options {
    const char *listen, *root, *banner, *key;
    const char *const *hosts;
    bool polite;
    int64_t depth, idle, body;
};

TEST(a_module_gets_its_options_as_its_table_says)
{
    struct config *c = fixture_read(HEAD "office demo { }\nprofile default { }\n"
        "door lan {\n"
        "  listen = \"unix:door.sock\"  # a comment\n"
        "  banner = \"say \\\"hello\\\", \\\\ and # go\"\n"
        "  tls-key = signer\n"
        "  hosts = {\"one host\", # of them\n two,\n three # the last\n ,}\n"
        "  polite = off\n"
        "  max-body = 2k\n"
        "  in-flight = 7\n"
        "  message-time = 5m\n"
        "}\n");

    EXPECT_STR(fixture_complaints, "");
    REQUIRE(c != NULL);
    const struct door_options *o = c->endpoints[0].options;
    char want[256];
    snprintf(want, sizeof want, "unix:%s", fixture_path("door.sock"));
    EXPECT_STR(o->listen, want);
    EXPECT_STR(o->root, fixture_path("www"));
    EXPECT_STR(o->banner, "say \"hello\", \\ and # go");
    EXPECT_STR(o->key, "signer");
    EXPECT_STR(o->hosts[0], "one host");
    EXPECT_STR(o->hosts[2], "three");
    EXPECT(o->hosts[3] == NULL);
    EXPECT(!o->polite);
    EXPECT_EQ(o->depth, 5);
    EXPECT_EQ(o->idle, 120);
    EXPECT_EQ(o->body, 2048);
    EXPECT_EQ(c->endpoints[0].in_flight, 7);
    EXPECT_EQ(c->endpoints[0].message_time, 300);
    config_unref(c);
}

TEST(a_key_knows_its_certificate)
{
    struct config *c = fixture_read(HEAD TAIL);

    REQUIRE(c != NULL && c->key_count == 2);
    const struct config_key *k = config_key_named(c, "signer");
    REQUIRE(k != NULL);
    EXPECT(c->signer == k);
    EXPECT(k->key != NULL);
    EXPECT_STR(k->file, fixture_path("signer.key"));
    EXPECT(k->certificate.len > 100 && k->certificate.ptr[0] == 0x30);
    EXPECT_EQ(k->chain_count, 0);
    EXPECT_EQ(k->key_identifier.len, 20);
    EXPECT(k->name_der.len > 10 && k->name_der.ptr[0] == 0x30);
    EXPECT(config_key_named(c, "none") == NULL);
    EXPECT(c->anchors != NULL);
    EXPECT_EQ(c->ca_certificate_count, 1);
    EXPECT(span_eq(c->ca_certificates[0], config_key_named(c, "ca")->certificate));
    config_unref(c);
}

TEST(a_certificate_file_may_hold_the_chain)
{
    char command[512];

    snprintf(command, sizeof command, "cd $(dirname %s) && cat signer.pem ca.pem > chain.pem", fixture_path("x"));
    REQUIRE(system(command) == 0);
    struct config *c = fixture_read("modules = {door, office}\n"
        "gateway { signer = signer trust = ca.pem module-directory = \"" TEST_MODULES "\" }\n"
        "key signer { file = signer.key certificate = chain.pem }\n" TAIL);
    EXPECT_STR(fixture_complaints, "");
    REQUIRE(c != NULL);
    EXPECT_EQ(c->signer->chain_count, 1);
    EXPECT(span_eq(c->signer->chain[0], c->ca_certificates[0]));
    config_unref(c);
}

TEST(names_are_granted_as_asked_or_not_or_as_far_as_they_are_proven)
{
    static const struct { const char *word; enum san_rule rule; } rows[] = {
        { "yes", SAN_REQUESTED }, { "on", SAN_REQUESTED }, { "true", SAN_REQUESTED }, { "no", SAN_NONE }, { "off", SAN_NONE },
        { "false", SAN_NONE }, { "bound", SAN_BOUND },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[512];
        snprintf(text, sizeof text, HEAD "office a { }\nprofile p { san = %s }\ndoor lan { listen = 127.0.0.1:1 }\n", rows[i].word);
        struct config *c = fixture_read(text);
        EXPECT_STR(fixture_complaints, "");
        REQUIRE(c != NULL);
        EXPECT_EQ(c->profiles[0].san, rows[i].rule);
        config_unref(c);
    }
    EXPECT(fixture_read(HEAD "office a { }\nprofile p { san = all }\ndoor lan { listen = 127.0.0.1:1 }\n") == NULL);
    EXPECT_HAS(fixture_complaints, "'san' does not know \"all\"");
}

TEST(all_of_a_profile_can_be_said)
{
    struct config *c = fixture_read(HEAD "office a { }\noffice b { }\n"
        "profile vendor {\n"
        "  backend = b operations = {ir, kur} credentials = {anchor, certificate} anchors = ca.pem\n"
        "  subject = bound san = no key-types = {rsa:3072, rsa:2048-4096, ecdsa-p521, ed25519}\n"
        "  validity = 30d key-usage = {digitalSignature, keyAgreement}\n"
        "  extended-key-usage = {clientAuth, id-kp-serverAuth, 1.3.6.1.5.5.7.3.4}\n"
        "  anchors-status = {crl-points, ocsp} anchors-status-hosts = {ocsp.example, 192.0.2.1} anchors-status-max-age = 2h\n"
        "  anchors-status-timeout = 3s anchors-ocsp-responder = \"http://ocsp.example/\" anchors-ocsp-nonce = require\n"
        "  implicit-confirm = no ca-pubs = no sender-is-reference = yes confirm-wait = 1h\n"
        "}\n"
        "profile default { backend = a }\n"
        "door lan { listen = 127.0.0.1:1 }\n"
        "door wan { listen = 127.0.0.1:2 profile = vendor profile-fixed = yes }\n");

    EXPECT_STR(fixture_complaints, "");
    REQUIRE(c != NULL);
    const struct config_profile *p = config_profile_named(c, "vendor");
    REQUIRE(p != NULL);
    EXPECT_STR(p->backend->name, "b");
    EXPECT_EQ(p->operations, OPERATION_IR | OPERATION_KUR);
    EXPECT_EQ(p->credentials, BY_ANCHOR | BY_CERTIFICATE);
    EXPECT(p->anchors != NULL);
    REQUIRE(p->inquiry != NULL);
    EXPECT(p->inquiry->ocsp && p->inquiry->crls);
    EXPECT_STR(p->inquiry->hosts[1], "192.0.2.1");
    EXPECT_EQ(p->inquiry->max_age, 7200);
    EXPECT_EQ(p->inquiry->timeout, 3);
    EXPECT_EQ(p->inquiry->responder.len, 20);
    EXPECT_EQ(p->inquiry->nonce, OCSP_NONCE_REQUIRE);
    EXPECT_EQ(p->subject, SUBJECT_BOUND);
    EXPECT_EQ(p->san, SAN_NONE);
    REQUIRE(p->key_type_count == 4);
    EXPECT_EQ(p->key_types[0].minimum_bits, 3072);
    EXPECT_EQ(p->key_types[0].maximum_bits, 3072);
    EXPECT_EQ(p->key_types[1].maximum_bits, 4096);
    EXPECT_EQ(p->key_types[3].kind, CRYPTO_KEY_ED25519);
    EXPECT_EQ(p->validity, 30 * 86400);
    EXPECT_EQ(p->key_usage, KeyUsage_digitalSignature | KeyUsage_keyAgreement);
    REQUIRE(p->extended_key_usage_count == 3);
    EXPECT_EQ(p->extended_key_usages[0], OID_id_kp_clientAuth);
    EXPECT_EQ(p->extended_key_usages[1], OID_id_kp_serverAuth);
    EXPECT_EQ(p->extended_key_usages[2], OID_id_kp_emailProtection);
    EXPECT(!p->implicit_confirm && !p->ca_pubs && p->sender_is_reference);
    EXPECT_EQ(p->confirm_wait, 3600);
    EXPECT(c->endpoints[0].profile == config_profile_named(c, "default"));
    EXPECT(c->endpoints[1].profile == p);
    EXPECT(c->endpoints[1].profile_fixed);
    config_unref(c);
}

TEST(a_configuration_lives_as_long_as_someone_holds_it)
{
    struct config *c = fixture_read(HEAD TAIL);

    REQUIRE(c != NULL);
    EXPECT(config_ref(c) == c);
    config_unref(c);
    EXPECT_STR(c->endpoints[0].name, "lan");
    config_unref(c);
    config_unref(NULL);
}

TEST(windows_line_ends_do_no_harm)
{
    struct config *c = fixture_read("modules = {door, office}\r\n"
        "gateway { signer = signer\r\n trust = ca.pem\r\n module-directory = \"" TEST_MODULES "\"\r\n }\r\n"
        "key signer { file = signer.key certificate = signer.pem }\r\n" TAIL);

    EXPECT_STR(fixture_complaints, "");
    config_unref(c);
}

TEST(one_bad_reading_does_not_spoil_the_next)
{
    EXPECT_HAS(fixture_fault(HEAD TAIL "gateway { store = \"open"), "a string that does not end");
    EXPECT_HAS(fixture_fault(HEAD "door lan { listen = {a} }"), "takes one value");
    struct config *c = fixture_read(HEAD TAIL);
    EXPECT_STR(fixture_complaints, "");
    config_unref(c);
}

/* docs/configuration.md, as one string. */
static const char *reference(void)
{
    static char text[1 << 16];
    FILE *in = fopen(SOURCE_DIR "/docs/configuration.md", "r");

    text[in != NULL ? fread(text, 1, sizeof text - 1, in) : 0] = '\0';
    if (in != NULL) {
        fclose(in);
    }
    return text;
}

static void expect_documented(const struct cmpgate_option *table)
{
    for (const struct cmpgate_option *o = table; o->name != NULL; o++) {
        char row[64];
        snprintf(row, sizeof row, "\n| `%s` | ", o->name);
        const char *found = strstr(reference(), row);
        const char *end = found != NULL ? strchr(found + 1, '\n') : NULL;
        const char *fallback = o->fallback != NULL && end != NULL ? strstr(found, o->fallback) : NULL;
        if (found == NULL) {
            TEST_FAIL("'%s' is not in docs/configuration.md", o->name);
        } else if (o->required && strncmp(found + strlen(row), "required", 8) != 0) {
            TEST_FAIL("'%s' is required, and docs/configuration.md does not say so", o->name);
        } else if (o->fallback != NULL && o->type != CMPGATE_LIST && (fallback == NULL || fallback > end)) {
            TEST_FAIL("'%s' is %s unless set, and docs/configuration.md does not say so", o->name, o->fallback);
        }
    }
}

TEST(every_option_of_the_gateway_is_in_the_reference_with_its_default)
{
    expect_documented(gateway_options);
    expect_documented(key_options);
    expect_documented(profile_options);
    expect_documented(endpoint_options);
}

/* The table under "## Quirks" of docs/configuration.md. */
static const char *quirk_reference(void)
{
    const char *start = strstr(reference(), "\n## Quirks\n"), *table = start != NULL ? strstr(start, "\n|---") : NULL;

    return table != NULL ? strchr(table + 1, '\n') : "";
}

TEST(the_quirks_of_the_protocol_are_in_the_reference_and_no_others)
{
    const char *at = quirk_reference();
    size_t rows = 0;

    for (; strncmp(at, "\n| `", 4) == 0; at = strchr(at + 1, '\n')) {
        rows++;
    }
    EXPECT_EQ(rows, QUIRKS);
    for (const struct cmpgate_quirk *q = quirk_table; q->name != NULL; q++) {
        char row[256];
        snprintf(row, sizeof row, "\n| `%s` | %s | ", q->name, q->weakens ? "yes" : "no");
        if (strstr(quirk_reference(), row) == NULL) {
            TEST_FAIL("want in docs/configuration.md:%s", row);
        }
    }
}

/* "short-nonce": QUIRK_SHORT_NONCE. */
static void constant_of(const struct cmpgate_quirk *q, char *out, size_t size)
{
    snprintf(out, size, "QUIRK_%s", q->name);
    for (char *p = out; *p != '\0'; p++) {
        *p = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
    }
}

/* Whether there is a test of this name that shows a message refused, and served when this quirk is switched on. */
static bool shows_both_sides(const char *test, const char *quirk)
{
    char command[1024];

    snprintf(command, sizeof command,
             "awk '/^CASE\\(%s\\)$/ { on = 1 } /^}/ { on = 0 } "
             "on && /REFUSED|PKIBody_error\\)/ { refused = 1 } "
             "on && refused && /tolerate.*[ (]%s[,);]/ { switched = 1 } "
             "on && ((switched && /ACCEPTED|PKIBody_pkiconf\\)/) || /EXPECT_QUIRK.*[ (]%s,/) { both = 1 } "
             "END { exit !both }' " SOURCE_DIR "/tests/unit/" "*.c", test, quirk, quirk);
    return system(command) == 0;
}

TEST(each_quirk_of_the_protocol_is_shown_off_and_on_by_the_test_that_it_names)
{
    for (const struct cmpgate_quirk *q = quirk_table; q < quirk_table + QUIRKS; q++) {
        char quirk[64];
        REQUIRE(q->name != NULL && q->test != NULL);
        constant_of(q, quirk, sizeof quirk);
        if (!shows_both_sides(q->test, quirk)) {
            TEST_FAIL("%s: there is no test %s that shows %s off and on", q->name, q->test, quirk);
        }
    }
    EXPECT(!shows_both_sides("a_short_senderNonce_is_not_a_missing_one", "QUIRK_NO_NONCE"));
    EXPECT(!shows_both_sides("no_senderNonce_is_a_quirk", "QUIRK_NO_RECIP_NONCE"));
}

TEST(the_options_print_with_those_of_the_loaded_modules)
{
    char *text = NULL;
    size_t size = 0;

    config_unref(fixture_read(HEAD TAIL));
    FILE *out = open_memstream(&text, &size);
    config_print_options(out);
    fclose(out);
    EXPECT_HAS(text, "gateway { ... }\n  store                    path, default cmpgate.db\n");
    EXPECT_HAS(text, "  confirm-wait             seconds, 1s to 366d, default 5m\n");
    EXPECT_HAS(text, "door \"NAME\" { ... }   (an endpoint, " TEST_MODULES "/door.so)\n  listen ");
    EXPECT_HAS(text, "office \"NAME\" { ... }   (a backend, ");
    EXPECT_HAS(text, "a profile\n  short-nonce              weakens security: a senderNonce of ");
    EXPECT_HAS(text, "  quirks, for 'tolerate':\n  slams                    weakens security: shuts the door\n"
               "  knocks                   asks twice\n");
    free(text);
}

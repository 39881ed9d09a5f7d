/* Configurations with one thing wrong each, and what is said of it, where. */
#include "test.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config_fixture.h"

#define AT(line) "cmpgate.conf:" #line ": "
#define ENDS "office demo { }\nprofile default { }\n"     /* lines 5 and 6; line 7 follows */

/* ---- syntax ------------------------------------------------------------------------------------------------ */

TEST(a_section_that_is_not_closed_is_named_with_its_line)
{
    EXPECT_STR(fixture_fault(HEAD ENDS "door lan {\n listen = 127.0.0.1:1\n"),
               AT(7) "the section door \"lan\" that begins here is not closed\n");
    EXPECT_STR(fixture_fault(HEAD "office demo {\nprofile default { }\n"),
               AT(6) "'profile' is not followed by '='; is the '}' of office \"demo\" (line 5) missing?\n");
    EXPECT_STR(fixture_fault("modules = {door,\n"), AT(1) "the list of 'modules' that begins here is not closed\n");
}

TEST(what_does_not_belong_is_named)
{
    EXPECT_STR(fixture_fault("modules = {door}\n}\n"), AT(2) "a section or an option expected, not '}'\n");
    EXPECT_STR(fixture_fault("modules =\n= a"), AT(2) "a value expected, not '='\n");
    EXPECT_STR(fixture_fault("modules"), AT(1) "'{' expected, not the end of the file\n");
    EXPECT_STR(fixture_fault("gateway {\n store }"), AT(2) "'=' expected after 'store', not '}'\n");
    EXPECT_STR(fixture_fault("gateway {\n store = a b = c d }"),
               AT(2) "'=' expected after 'd', not '}'\n");
    EXPECT_STR(fixture_fault("modules = {a b}"), AT(1) "',' or '}' expected, not 'b'\n");
    EXPECT_STR(fixture_fault("modules = {,}"), AT(1) "a value expected, not ','\n");
    EXPECT_STR(fixture_fault("\"gateway\" { }"), AT(1) "a section or an option expected, not 'gateway'\n");
}

TEST(strings_are_on_one_line_in_double_quotes)
{
    EXPECT_STR(fixture_fault("gateway {\n store = \"a\n\" }"), AT(2) "a string that does not end on its line\n");
    EXPECT_STR(fixture_fault("gateway { store = \"a"), AT(1) "a string that does not end on its line\n");
    EXPECT_STR(fixture_fault("gateway { store = \"a\\"), AT(1) "in double quotes only \\\" and \\\\ may follow a "
               "backslash\n");
    EXPECT_STR(fixture_fault("gateway { store = 'a' }"), AT(1) "strings are in double quotes\n");
    EXPECT_STR(fixture_fault("gateway { store = \"a\\n\" }"),
               AT(1) "in double quotes only \\\" and \\\\ may follow a backslash\n");
    EXPECT_STR(fixture_fault("gateway { store = \"\x01\" }"), AT(1) "a control character in a string\n");
}

TEST(nothing_is_expanded_or_included)
{
    EXPECT_STR(fixture_fault("gateway { store = \"${HOME}/x\" }"),
               AT(1) "'${' is not expanded here: write the value itself\n");
    EXPECT_STR(fixture_fault("gateway { store = ${HOME} }"),
               AT(1) "'$' is not expected here; a value with it needs double quotes\n");
    EXPECT_STR(fixture_fault("include(\"other.conf\")"),
               AT(1) "'(' is not expected here; a value with it needs double quotes\n");
    EXPECT_HAS(fixture_fault("include = \"other.conf\"\n" HEAD TAIL),
               AT(1) "files cannot be included: a configuration is one file\n");
}

TEST(other_ways_to_comment_and_to_add_are_explained)
{
    EXPECT_STR(fixture_fault("// hello"), AT(1) "comments begin with '#'\n");
    EXPECT_STR(fixture_fault("\n/* hello */"), AT(2) "comments begin with '#'\n");
    EXPECT_STR(fixture_fault("modules += {a}"), AT(1) "'+=' is not used here: write the whole list with '='\n");
    EXPECT_STR(fixture_fault("gateway { store = http://x }"), AT(1) "a word with '//' in it needs double quotes\n");
    EXPECT_STR(fixture_fault("gateway { store = *:80 }"), AT(1) "comments begin with '#'\n");
}

TEST(odd_octets_are_named)
{
    static const char nul[] = "modules = {door}\0gateway { }";

    EXPECT_STR(fixture_fault("gateway { store = \x80 }"), AT(1) "an unexpected octet, 0x80\n");
    EXPECT(fixture_read_octets(nul, sizeof nul - 1) == NULL);
    EXPECT_STR(fixture_complaints, AT(1) "the file contains an octet 0x00: it is not text\n");
}

TEST(there_is_an_end_to_everything)
{
    size_t size = 2 << 20;
    char *text = malloc(size);

    memset(text, '#', size);
    EXPECT(fixture_read_octets(text, size) == NULL);
    EXPECT_STR(fixture_complaints, AT(1) "the file is larger than 1048576 octets\n");
    memset(text, 'a', size);
    memcpy(text, "gateway { store = ", 18);
    EXPECT(fixture_read_octets(text, 5000) == NULL);
    EXPECT_STR(fixture_complaints, AT(1) "a word longer than 1023 characters\n");
    text[18] = '"';
    EXPECT(fixture_read_octets(text, 5000) == NULL);
    EXPECT_STR(fixture_complaints, AT(1) "a string longer than 1023 characters\n");
    size_t len = 0;
    for (int i = 0; i < 1100; i++) {
        len += (size_t)sprintf(text + len, "office o%d { }\n", i);
    }
    EXPECT(fixture_read_octets(text, len) == NULL);
    EXPECT_STR(fixture_complaints, AT(1024) "more than 1024 sections\n");
    len = (size_t)sprintf(text, "gateway {\n");
    for (int i = 0; i < 200; i++) {
        len += (size_t)sprintf(text + len, "o%d = 1\n", i);
    }
    EXPECT(fixture_read_octets(text, len) == NULL);
    EXPECT_STR(fixture_complaints, AT(130) "more than 128 options in one section\n");
    free(text);
}

static void keep(void *context, const char *line)
{
    (void)context;
    strcpy(fixture_complaints, line);
}

TEST(a_file_that_cannot_be_read_is_a_complaint_too)
{
    EXPECT(config_read("/nonexistent/x.conf", keep, NULL) == NULL);
    EXPECT_STR(fixture_complaints, "/nonexistent/x.conf:1: No such file or directory");
    EXPECT(config_read("/tmp", keep, NULL) == NULL);
    EXPECT_STR(fixture_complaints, "/tmp:1: Is a directory");
}

/* ---- sections and options -------------------------------------------------------------------------------------- */

TEST(an_unknown_option_is_named_with_the_one_that_was_meant)
{
    EXPECT_STR(fixture_fault(HEAD ENDS "door lan {\n lisen = 127.0.0.1:1\n listen = 127.0.0.1:1\n}"),
               AT(8) "unknown option 'lisen' in door \"lan\": did you mean 'listen'?\n");
    EXPECT_STR(fixture_fault(HEAD ENDS "door lan { listen = 127.0.0.1:1 in_flight = 7 }"),
               AT(7) "unknown option 'in_flight' in door \"lan\": did you mean 'in-flight'?\n");
    EXPECT_STR(fixture_fault(HEAD TAIL "key k {\n file = ca.key certificate = ca.pem colour = {red, blue}\n}"),
               AT(9) "unknown option 'colour' in key \"k\"\n");
}

TEST(an_unknown_section_is_named_with_those_that_are_known)
{
    EXPECT_STR(fixture_fault(HEAD TAIL "profil x { a = b c = {d, e} }"),
               AT(8) "unknown section 'profil': did you mean 'profile'? (known: gateway, key, profile, door, office; a "
               "module's section needs its module in 'modules')\n");
    EXPECT_HAS(fixture_fault(HEAD TAIL "http lan { listen = 127.0.0.1:1 }\n"),
               AT(8) "unknown section 'http' (known:");
    EXPECT_HAS(fixture_fault(HEAD TAIL "http { a = b }\n"), AT(8) "unknown section 'http' (known:");
}

TEST(an_option_outside_of_any_section_is_named)
{
    EXPECT_STR(fixture_fault("store = x\n" HEAD TAIL),
               AT(1) "unknown option 'store' outside of any section; only 'modules' stands there\n");
    EXPECT_STR(fixture_fault("key = x\n" HEAD TAIL),
               AT(1) "unknown option 'key' outside of any section; only 'modules' stands there\n");
    EXPECT_STR(fixture_fault("modules { }"), AT(1) "'modules' is a list: modules = {http, ca}\n");
}

TEST(what_is_there_twice_is_named_with_both_lines)
{
    EXPECT_STR(fixture_fault(HEAD ENDS "door lan { listen = 127.0.0.1:1\n listen = 127.0.0.1:2 }"),
               AT(8) "'listen' is there twice (first on line 7)\n");
    EXPECT_STR(fixture_fault(HEAD TAIL "profile default { }"),
               AT(8) "profile \"default\" is there twice (first on line 6)\n");
    EXPECT_STR(fixture_fault(HEAD TAIL "gateway { }"), AT(8) "gateway is there twice (first on line 2)\n");
    EXPECT_STR(fixture_fault(HEAD TAIL "modules = {door}"), AT(8) "'modules' is there twice (first on line 1)\n");
    EXPECT_STR(fixture_fault(HEAD TAIL "door lan { listen = 127.0.0.1:2 }"),
               AT(8) "door \"lan\" is there twice (first on line 7)\n");
}

TEST(names_are_asked_for_where_they_belong)
{
    EXPECT_HAS(fixture_fault(HEAD TAIL "door { listen = 127.0.0.1:2 }"),
               AT(8) "door needs a name: door \"NAME\" { ... }\n");
    EXPECT_HAS(fixture_fault("gateway x { }"), AT(1) "gateway takes no name\n");
    EXPECT_STR(fixture_fault(HEAD TAIL "key \"a b\" { }"),
               AT(8) "a name is of letters, digits and ._-, at most 64, and not 'a b'\n");
}

TEST(a_list_where_one_value_belongs_is_refused)
{
    EXPECT_STR(fixture_fault(HEAD ENDS "door lan {\n listen = {127.0.0.1:1}\n}"),
               AT(8) "'listen' takes one value, not a list\n");
    EXPECT_STR(fixture_fault("gateway { store = {a} }"), AT(1) "'store' takes one value, not a list\n");
}

TEST(a_required_option_that_is_missing_is_explained)
{
    EXPECT_STR(fixture_fault(HEAD ENDS "door lan {\n}"), AT(7) "'listen' is missing in door \"lan\": where to listen\n");
    EXPECT_HAS(fixture_fault(HEAD TAIL "key k {\n file = ca.key\n}"),
               AT(8) "'certificate' is missing in key \"k\": PEM:");
}

TEST(values_of_modules_are_checked_by_their_tables)
{
    EXPECT_STR(fixture_fault(HEAD ENDS "door lan {\n listen = here\n depth = 11\n idle = 2w\n polite = 1\n}"),
               AT(8) "'listen' is \"here\", wanted: ADDR:PORT, [ADDR]:PORT, *:PORT, unix:PATH or systemd:NAME\n"
               AT(9) "'depth' is \"11\", wanted: number, 1 to 10\n"
               AT(10) "'idle' is \"2w\", wanted: seconds, 1s to 1h\n"
               AT(11) "'polite' is \"1\", wanted: yes or no\n");
    EXPECT_STR(fixture_fault(HEAD ENDS "door lan {\n listen = 127.0.0.1:1\n tls-key = web\n}"),
               AT(9) "'tls-key' is \"web\", and there is no key \"web\"\n");
}

TEST(all_that_is_wrong_is_said_in_the_order_of_the_lines)
{
    EXPECT_STR(fixture_fault(HEAD "office demo { size = 1 }\n"
                             "profile default { subject = free validity = 1s }\n"
                             "door lan { lisen = 127.0.0.1:1 hold = 1d }\n"),
               AT(5) "unknown option 'size' in office \"demo\"\n"
               AT(6) "'validity' is \"1s\", wanted: seconds, 1m to 36500d\n"
               AT(6) "'subject' does not know \"free\" (requested, bound, any)\n"
               AT(7) "unknown option 'lisen' in door \"lan\": did you mean 'listen'?\n"
               AT(7) "'hold' is \"1d\", wanted: seconds, 1s to 10m\n"
               AT(7) "'listen' is missing in door \"lan\": where to listen\n");
}

/* ---- modules ---------------------------------------------------------------------------------------------------- */

TEST(a_module_that_does_not_load_is_said_and_its_sections_are_not)
{
    EXPECT_HAS(fixture_fault("modules = {absent}\n" TAIL), AT(1) "module absent: no absent.so in ");
    EXPECT(strstr(fixture_complaints, "unknown section") == NULL);
    EXPECT_STR(fixture_fault("modules = {\"" TEST_MODULES "/wrong-abi.so\"}\n"),
               AT(1) "module " TEST_MODULES "/wrong-abi.so: it was built for abi 2, and this program has abi 1\n");
    EXPECT_STR(fixture_fault("modules = {\"" TEST_MODULES "/door.so\", \"" TEST_MODULES "/door.so\"}\n"),
               AT(1) "module " TEST_MODULES "/door.so is there twice\n");
    EXPECT_STR(fixture_fault("modules = {\"" TEST_MODULES "/clash.so\"}\n"),
               AT(1) "module " TEST_MODULES "/clash.so: its option 'in-flight' is one of the gateway's own\n");
}

TEST(modules_must_be_named)
{
    EXPECT_STR(fixture_fault("gateway { }"), AT(1) "'modules' is missing: it names the transports and backends to load, "
               "as in modules = {http, ca}\n");
}

/* ---- what a gateway needs ---------------------------------------------------------------------------------------- */

#define MODULES "modules = {\"" TEST_MODULES "/door.so\", \"" TEST_MODULES "/office.so\"}\n"

TEST(an_empty_gateway_is_told_all_that_it_lacks)
{
    EXPECT_STR(fixture_fault(MODULES),
               AT(1) "there is no backend: a section such as ca \"demo\" { ... }, of a module in 'modules'\n"
               AT(1) "there is no profile: profile \"default\" { } admits what is usual\n"
               AT(1) "there is no section 'gateway': it names at least the signer and the trusted CAs\n"
               AT(1) "there is no endpoint: a section such as http \"lan\" { ... }, of a module in 'modules'\n");
}

/* The last section, line 5, has one thing wrong. */
static const char *gateway(const char *options)
{
    char text[2048];

    snprintf(text, sizeof text, MODULES "key ca { file = ca.key certificate = ca.pem }\n"
             "key signer { file = signer.key certificate = signer.pem } key mute { file = signer.key certificate = "
             "mute.pem }\nkey old { file = signer.key certificate = old.pem }\n"
             "gateway { %s }\n" TAIL, options);
    return fixture_fault(text);
}

TEST(the_signer_is_there_and_is_fit_to_sign)
{
    EXPECT_STR(gateway("signer = sinner trust = ca.pem"), AT(5) "'signer' is \"sinner\", and there is no key \"sinner\"\n");
    EXPECT_STR(gateway("signer = ca trust = ca.pem"),
               AT(5) "'signer' \"ca\" is the key of a CA: answers need a key of their own\n"
               AT(5) "'signer' \"ca\": its certificate has keyUsage without digitalSignature\n");
    EXPECT_STR(gateway("signer = mute trust = ca.pem"),
               AT(5) "'signer' \"mute\": its certificate has keyUsage without digitalSignature\n");
    EXPECT_STR(gateway("signer = old trust = ca.pem"), AT(5) "'signer' \"old\": its certificate has expired\n");
    EXPECT_STR(gateway("signer = signer trust = ca.pem"), "accepted");
}

TEST(what_is_trusted_is_the_certificate_of_a_ca)
{
    EXPECT_HAS(gateway("signer = signer trust = none.pem"), AT(5) "none.pem: ");
    EXPECT_STR(gateway("signer = signer trust = signer.pem"), AT(5) "signer.pem: certificate 1 is not that of a CA\n");
    EXPECT_HAS(gateway("signer = signer trust = signer.key"), AT(5) "signer.key: ");
}

TEST(limits_have_sensible_ranges)
{
    EXPECT_STR(gateway("signer = signer trust = ca.pem queue = 0 message-max = 1k drain = 1d"),
               AT(5) "'queue' is \"0\", wanted: number, 1 to 1000000\n"
               AT(5) "'message-max' is \"1k\", wanted: octets, 4k to 16m\n"
               AT(5) "'drain' is \"1d\", wanted: seconds, 0 to 1h\n");
    EXPECT_STR(gateway("signer = signer trust = ca.pem iterations-max = 20000000"),
               AT(5) "'iterations-burst' is below 'iterations-max': the costliest message that is allowed could never be "
               "paid for\n");
    EXPECT_STR(gateway("signer = signer trust = ca.pem log-format = xml log-level = loud"),
               AT(5) "'log-format' does not know \"xml\" (logfmt, json)\n"
               AT(5) "'log-level' does not know \"loud\" (debug, info, warn, error)\n");
    EXPECT_STR(gateway("signer = signer trust = ca.pem log-level = wran"),
               AT(5) "'log-level' does not know \"wran\": did you mean 'warn'? (debug, info, warn, error)\n");
    EXPECT_STR(gateway("signer = signer trust = ca.pem crl-directory = nowhere"), AT(5) "nowhere is not a directory\n");
}

TEST(secrets_are_in_files_that_others_cannot_read)
{
    EXPECT_STR(gateway("signer = signer trust = ca.pem seal-key = none.key"),
               AT(5) "none.key: No such file or directory\n");
    chmod(fixture_path("seal.key"), 0644);
    EXPECT_STR(gateway("signer = signer trust = ca.pem"),
               AT(5) "seal.key has mode 0644: others must not read or write it (chmod 600)\n");
    chmod(fixture_path("seal.key"), 0600);
    chmod(fixture_path("signer.key"), 0620);
    EXPECT_HAS(gateway("signer = signer trust = ca.pem"),
               AT(3) "signer.key has mode 0620: others must not read or write it (chmod 600)\n");
    chmod(fixture_path("signer.key"), 0640);
    EXPECT_STR(gateway("signer = signer trust = ca.pem"), "accepted");
    chmod(fixture_path("signer.key"), 0600);
    EXPECT_STR(gateway("signer = signer trust = ca.pem seal-key = \".\""), AT(5) ". is not a file\n");
}

TEST(a_key_and_its_certificate_belong_together)
{
    EXPECT_STR(fixture_fault(HEAD TAIL "key k {\n file = ca.key\n certificate = signer.pem }"),
               AT(10) "signer.pem: the first certificate is not that of the key\n");
    EXPECT_HAS(fixture_fault(HEAD TAIL "key k {\n file = ca.pem\n certificate = ca.pem }"), AT(9) "ca.pem");
    EXPECT_HAS(fixture_fault(HEAD TAIL "key k {\n file = ca.key\n certificate = ca.key }"), AT(10) "ca.key: ");
}

/* ---- profiles, backends, endpoints ----------------------------------------------------------------------------- */

static const char *profile(const char *options)
{
    char text[2048];

    snprintf(text, sizeof text, HEAD "office demo { }\nprofile default { %s }\ndoor lan { listen = 127.0.0.1:1 }\n",
             options);
    return fixture_fault(text);
}

TEST(a_profile_says_only_what_is_known)
{
    EXPECT_STR(profile("backend = dema"), AT(6) "'backend' is \"dema\", and there is no backend \"dema\"\n");
    EXPECT_STR(profile("operations = {ir, krr}"),
               AT(6) "'operations' does not know \"krr\": did you mean 'kur'? (ir, cr, p10cr, kur, rr, genm)\n");
    EXPECT_STR(profile("operations = {}"), AT(6) "'operations' admits nothing\n");
    EXPECT_STR(profile("credentials = {}"), AT(6) "'credentials' admits nobody\n");
    EXPECT_STR(profile("credentials = {password}"),
               AT(6) "'credentials' does not know \"password\" (secret, certificate, anchor, ra)\n"
               AT(6) "'credentials' admits nobody\n");
    EXPECT_STR(profile("key-types = {rsa:512, dsa}"),
               AT(6) "'key-types' does not know \"rsa:512\" (rsa:LEAST-MOST from 1024 to 8192, ecdsa-p256, ecdsa-p384, "
               "ecdsa-p521, ed25519, ed448)\n"
               AT(6) "'key-types' does not know \"dsa\" (rsa:LEAST-MOST from 1024 to 8192, ecdsa-p256, ecdsa-p384, "
               "ecdsa-p521, ed25519, ed448)\n");
    EXPECT_HAS(profile("key-types = {rsa:4096-2048}"), "does not know \"rsa:4096-2048\"");
    EXPECT_HAS(profile("key-types = {rsa:2048-}"), "does not know \"rsa:2048-\"");
    EXPECT_HAS(profile("key-types = {rsa:2048-16384}"), "does not know \"rsa:2048-16384\"");
    EXPECT_HAS(profile("key-types = {\"rsa:2048 \"}"), "does not know \"rsa:2048 \"");
    EXPECT_STR(profile("key-types = {rsa, ecdsa-p256}"), "accepted");
    EXPECT_STR(profile("key-types = {}"), AT(6) "'key-types' is empty: nobody would get a certificate\n");
    EXPECT_STR(profile("key-usage = {keyCertSign}"),
               AT(6) "'key-usage' has keyCertSign or cRLSign: a profile makes no CA\n");
    EXPECT_HAS(profile("key-usage = {digitalsignature}"), "did you mean 'digitalSignature'?");
    EXPECT_STR(profile("extended-key-usage = {clientauth, sha256}"),
               AT(6) "'extended-key-usage' does not know \"clientauth\"\n"
               AT(6) "'extended-key-usage' does not know \"sha256\"\n");
}

TEST(anchors_are_there_when_they_are_needed)
{
    EXPECT_STR(profile("credentials = {anchor}"),
               AT(6) "'credentials' has anchor, and 'anchors' is missing\n");
    EXPECT_STR(profile("anchors-crl = ca.pem"), AT(6) "'anchors-crl' is set, and 'anchors' is missing\n");
    EXPECT_STR(profile("anchors = ca.pem"), AT(6) "'anchors' is set, and 'credentials' has neither anchor nor ra\n");
    EXPECT_STR(profile("credentials = {ra}"), "accepted");
    EXPECT_STR(profile("credentials = {ra} anchors = ca.pem"), "accepted");
    EXPECT_HAS(profile("credentials = {anchor} anchors = none.pem"), AT(6) "none.pem: ");
    EXPECT_STR(profile("credentials = {anchor} anchors = ca.pem"), "accepted");
}

#define FOREIGN "credentials = {anchor} anchors = ca.pem "

TEST(whoever_is_asked_about_certificates_is_said_well)
{
    EXPECT_STR(profile("anchors-status = ocsp"), AT(6) "'anchors-status' is set, and 'anchors' is missing\n");
    EXPECT_STR(profile(FOREIGN "anchors-status = {ocsp, crl-points}"), "accepted");
    EXPECT_STR(profile(FOREIGN "anchors-status = crl"), AT(6) "'anchors-status' does not know \"crl\" (ocsp, crl-points)\n");
    EXPECT_STR(profile(FOREIGN "anchors-status-required = no"),
               AT(6) "'anchors-status-required' is set, and 'anchors-crl' or 'anchors-status' is missing\n");
    EXPECT_STR(profile(FOREIGN "anchors-status-hosts = a"),
               AT(6) "'anchors-status-hosts' is set, and 'anchors-status' is missing\n");
    EXPECT_STR(profile(FOREIGN "anchors-status-max-age = 1h anchors-status-timeout = 5s"),
               AT(6) "'anchors-status-max-age' is set, and 'anchors-status' is missing\n"
               AT(6) "'anchors-status-timeout' is set, and 'anchors-status' is missing\n");
    EXPECT_STR(profile(FOREIGN "anchors-status = crl-points anchors-ocsp-nonce = none"),
               AT(6) "'anchors-ocsp-nonce' is set, and ocsp in 'anchors-status' is missing\n");
    EXPECT_HAS(profile(FOREIGN "anchors-status = ocsp anchors-ocsp-nonce = maybe"), "does not know \"maybe\"");
    EXPECT_STR(profile(FOREIGN "anchors-status = ocsp anchors-ocsp-responder = \"http://127.0.0.1/\""), "accepted");
    EXPECT_HAS(profile(FOREIGN "anchors-status = ocsp anchors-ocsp-responder = \"https://a/\""), "'anchors-ocsp-responder' is no URL");
    EXPECT_HAS(profile(FOREIGN "anchors-status = ocsp anchors-ocsp-responder = \"http://me@a/\""), "is no URL");
    EXPECT_HAS(profile(FOREIGN "anchors-status = ocsp anchors-ocsp-responder = localhost"), "is no URL");
}

TEST(where_there_are_several_one_must_be_chosen)
{
    EXPECT_STR(fixture_fault(HEAD "office a { }\noffice b { }\nprofile p { }\ndoor lan { listen = 127.0.0.1:1 }\n"),
               AT(7) "'backend' is missing in profile \"p\", and there are several\n");
    EXPECT_STR(fixture_fault(HEAD "office a { }\nprofile p { }\nprofile q { }\ndoor lan { listen = 127.0.0.1:1 }\n"),
               AT(8) "'profile' is missing in door \"lan\", and there are several, none named default\n");
    EXPECT_STR(fixture_fault(HEAD ENDS "door lan { listen = 127.0.0.1:1 profile = defualt }\n"),
               AT(7) "'profile' is \"defualt\", and there is no profile \"defualt\"\n");
}

#define LISTS " (cmpgate check --options lists what there is)\n"

TEST(a_quirk_is_one_that_there_is)
{
    EXPECT_STR(fixture_fault(HEAD ENDS "door lan { listen = 127.0.0.1:1 tolerate = {everything} }"),
               AT(7) "'tolerate' does not know \"everything\"" LISTS);
    EXPECT_STR(fixture_fault(HEAD ENDS "door lan { listen = 127.0.0.1:1 tolerate = {short-nonse, slamms} }"),
               AT(7) "'tolerate' does not know \"short-nonse\": did you mean 'short-nonce'?" LISTS
               AT(7) "'tolerate' does not know \"slamms\": did you mean 'slams'?" LISTS);
    EXPECT_STR(fixture_fault(HEAD "office demo { }\nprofile p { tolerate = {slams} }\ndoor lan { listen = 127.0.0.1:1 }"),
               AT(6) "'tolerate' does not know \"slams\"" LISTS);
}

TEST(endpoints_do_not_share_an_address)
{
    EXPECT_STR(fixture_fault(HEAD ENDS "door lan { listen = 127.0.0.1:1 }\ndoor wan {\n listen = 127.0.0.1:1\n}"),
               AT(9) "'listen' is 127.0.0.1:1, which is that of door \"lan\" (line 7)\n");
    EXPECT_STR(fixture_fault(HEAD ENDS "door lan { listen = 127.0.0.1:0 }\ndoor wan { listen = 127.0.0.1:0 }"),
               "accepted");
}

TEST(an_endpoint_says_only_what_is_known)
{
    EXPECT_STR(fixture_fault(HEAD ENDS "door lan { listen = 127.0.0.1:1 message-time = never }"),
               AT(7) "'message-time' is \"never\", wanted: seconds, 1s to 366d, or off\n");
    EXPECT_STR(fixture_fault(HEAD ENDS "door lan { listen = 127.0.0.1:1 message-time = off }"), "accepted");
    EXPECT_STR(fixture_fault(HEAD ENDS "door lan { listen = 127.0.0.1:1 in-flight = 0 lanes = 65 }"),
               AT(7) "'in-flight' is \"0\", wanted: number, 1 to 65536\n"
               AT(7) "'lanes' is \"65\", wanted: number, 1 to 64\n");
    EXPECT_STR(fixture_fault(HEAD ENDS "door lan { listen = 127.0.0.1:1 polling = cmp }"), "accepted");
    EXPECT_STR(fixture_fault(HEAD ENDS "door lan { listen = 127.0.0.1:1 polling = framing }"),
               AT(7) "'polling' is framing, and transport door has no framing that can say so\n");
    EXPECT_STR(fixture_fault(HEAD ENDS "door lan { listen = 127.0.0.1:1 polling = never }"),
               AT(7) "'polling' does not know \"never\" (framing, cmp)\n");
}

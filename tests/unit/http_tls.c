#include "test.h"
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <gnutls/gnutls.h>
#include "http_fixture.h"
#include "http_tls_pki.h"

#define PATH "/.well-known/cmp"

/* ---- an HTTPS server and openssl as its client --------------------------------------- */

static char server_pem[128], server_key[128], ca_pem[128];

static void secure(struct cmpgate_endpoint *e, enum gate_mode mode)
{
    pki_make();
    snprintf(server_pem, sizeof server_pem, "%s", pki_file("server.pem"));
    snprintf(server_key, sizeof server_key, "%s", pki_file("server.key"));
    snprintf(ca_pem, sizeof ca_pem, "%s", pki_file("ca.pem"));
    fixture_init(e, mode);
    e->options.tls_certificate = server_pem;
    e->options.tls_key = server_key;
}

static void ask(struct cmpgate_endpoint *e, const char *client_certificate)
{
    e->options.client_ca = ca_pem;
    e->options.client_certificate = client_certificate;
}

#define START_WITH(...)                                                 \
    struct cmpgate_endpoint e;                                          \
    secure(&e, GATE_ECHO);                                              \
    __VA_ARGS__;                                                        \
    if (!fixture_open(&e)) {                                            \
        TEST_FAIL("the module does not open: %s", e.log);               \
        fixture_close(&e);                                              \
        return;                                                         \
    }
#define START() START_WITH((void)0)
#define END() do { fixture_close(&e); EXPECT_EQ(e.settled_twice, 0); } while (0)

/* What a command wrote, both streams. */
static const char *output_of(const char *command)
{
    static char text[65536];
    FILE *pipe = popen(command, "r");
    size_t len = pipe != NULL ? fread(text, 1, sizeof text - 1, pipe) : 0;

    text[len] = '\0';
    if (pipe != NULL) {
        pclose(pipe);
    }
    return text;
}

/* One POST of "hello" by openssl, as `who` ("": without a certificate). */
static const char *post_as(const struct cmpgate_endpoint *e, const char *who, const char *more)
{
    char command[1024], identity[256] = "";

    if (who[0] != '\0') {
        snprintf(identity, sizeof identity, "-cert %.*s/%s.pem -key %.*s/%s.key",
                 (int)(strrchr(ca_pem, '/') - ca_pem), ca_pem, who, (int)(strrchr(ca_pem, '/') - ca_pem),
                 ca_pem, who);
    }
    snprintf(command, sizeof command,
             "printf 'POST " PATH " HTTP/1.1\\r\\nHost: h\\r\\nContent-Type: application/pkixcmp\\r\\n"
             "Content-Length: 5\\r\\nConnection: close\\r\\n\\r\\nhello' | timeout 20 openssl s_client"
             " -quiet -connect 127.0.0.1:%d -CAfile %s -verify_return_error %s %s 2>&1",
             e->port, ca_pem, identity, more);
    return output_of(command);
}

static unsigned delivered(struct cmpgate_endpoint *e)
{
    pthread_mutex_lock(&e->lock);
    unsigned count = e->delivered;
    pthread_mutex_unlock(&e->lock);
    return count;
}

static size_t certificate_length(struct cmpgate_endpoint *e)
{
    pthread_mutex_lock(&e->lock);
    size_t len = e->certificate_len;
    pthread_mutex_unlock(&e->lock);
    return len;
}

static void expect_identity(struct cmpgate_endpoint *e, const char *who)
{
    uint8_t der[4096];
    size_t len = pki_der(who, der, sizeof der);

    EXPECT(len > 0);
    EXPECT_EQ(certificate_length(e), len);
    pthread_mutex_lock(&e->lock);
    EXPECT(e->certificate_len == len && memcmp(e->certificate, der, len) == 0);
    pthread_mutex_unlock(&e->lock);
}

TEST(a_message_comes_over_tls_1_2_and_1_3)
{
    START();
    EXPECT_HAS(post_as(&e, "", "-tls1_2"), "HTTP/1.1 200");
    EXPECT_HAS(post_as(&e, "", "-tls1_3"), "\r\n\r\nhello");
    EXPECT_EQ(delivered(&e), 2);
    EXPECT_EQ(certificate_length(&e), 0);
    EXPECT(fixture_wait_settled(&e, 2));
    EXPECT_EQ(fixture_last(&e).how, CMPGATE_HANDED_OVER);
    END();
}

TEST(older_tls_is_refused)
{
    START();
    EXPECT(strstr(post_as(&e, "", "-tls1_1 -cipher DEFAULT@SECLEVEL=0"), "HTTP/1.1") == NULL);
    EXPECT_EQ(delivered(&e), 0);
    EXPECT_HAS(post_as(&e, "", "-tls1_2 -cipher DEFAULT@SECLEVEL=0"), "HTTP/1.1 200");
    END();
}

TEST(a_client_certificate_that_nobody_asked_for_proves_nothing)
{
    START();
    EXPECT_HAS(post_as(&e, "client", ""), "HTTP/1.1 200");
    EXPECT_EQ(certificate_length(&e), 0);
    END();
}

static void refuse(struct cmpgate_endpoint *e, const char *who, const char *why)
{
    static const char *const versions[] = { "-tls1_2", "-tls1_3" };

    for (size_t i = 0; i < 2; i++) {
        const char *text = post_as(e, who, versions[i]);
        EXPECT_HAS(text, "HTTP/1.1 403");
        EXPECT_HAS(text, "Connection: close");
        EXPECT_HAS(text, why);
    }
    EXPECT_EQ(delivered(e), 0);
}

static void refuse_bad_ones(struct cmpgate_endpoint *e)
{
    refuse(e, "stranger", "issuer is unknown");
    refuse(e, "expired", "expired");
    refuse(e, "webserver", "purpose");
}

TEST(a_required_client_certificate_has_to_be_there_and_good)
{
    START_WITH(ask(&e, "required"));
    refuse(&e, "", "a client certificate is required");
    refuse_bad_ones(&e);
    EXPECT_HAS(post_as(&e, "client", "-tls1_2"), "HTTP/1.1 200");
    expect_identity(&e, "client");
    EXPECT_HAS(post_as(&e, "client", "-tls1_3"), "HTTP/1.1 200");
    expect_identity(&e, "client");
    EXPECT_EQ(delivered(&e), 2);
    END();
}

TEST(an_optional_client_certificate_may_be_absent_but_not_bad)
{
    START_WITH(ask(&e, "optional"));
    refuse_bad_ones(&e);
    EXPECT_HAS(post_as(&e, "client", ""), "HTTP/1.1 200");
    expect_identity(&e, "client");
    EXPECT_HAS(post_as(&e, "", ""), "HTTP/1.1 200");
    EXPECT_EQ(certificate_length(&e), 0);
    EXPECT_EQ(delivered(&e), 2);
    END();
}

TEST(nothing_is_said_about_paths_to_strangers)
{
    char command[512];
    START_WITH(ask(&e, "required"));

    snprintf(command, sizeof command,
             "printf 'GET /pki/crl HTTP/1.1\\r\\nHost: h\\r\\nConnection: close\\r\\n\\r\\n' |"
             " timeout 20 openssl s_client -quiet -connect 127.0.0.1:%d 2>&1", e.port);
    EXPECT_HAS(output_of(command), "HTTP/1.1 403");
    END();
}

TEST(openssl_cmp_comes_over_tls_with_its_certificate)
{
    char command[1024];
    START_WITH(ask(&e, "required"));

    snprintf(command, sizeof command, "timeout 20 openssl cmp -cmd genm -server 127.0.0.1:%d -path " PATH
             " -ref 1 -secret pass:x -tls_used -tls_trusted %s -tls_cert %s -tls_key %s 2>&1", e.port, ca_pem,
             pki_file("client.pem"), pki_file("client.key"));
    const char *said = output_of(command);
    EXPECT_EQ(delivered(&e), 1);
    expect_identity(&e, "client");
    EXPECT(strstr(said, "TLS error") == NULL);
    END();
}

/* ---- deadlines ------------------------------------------------------------------------- */

TEST(plain_http_on_the_tls_port_gets_no_answer)
{
    struct response r;
    START();

    post(&e, PATH, "application/pkixcmp", "x", &r);
    EXPECT_EQ(r.status, 0);
    EXPECT_EQ(delivered(&e), 0);
    EXPECT_HAS(post_as(&e, "", ""), "HTTP/1.1 200");
    END();
}

TEST(who_never_speaks_tls_is_dropped)
{
    START_WITH(e.options.request_timeout = 1);

    int fd = dial(&e);
    double start = now_seconds();
    EXPECT(closed_by_peer(fd));
    EXPECT(now_seconds() - start > 0.7 && now_seconds() - start < 4);
    close(fd);
    fixture_stop(&e);
    EXPECT(fixture_logged(&e, "out of time"));
    END();
}

/* Octets that arrive buy no time. */
TEST(a_handshake_that_trickles_is_dropped)
{
    START_WITH(e.options.request_timeout = 1);

    int fd = dial(&e);
    double start = now_seconds();
    bool open = write_all(fd, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
    while (open && now_seconds() - start < 5) {
        nap(100);
        open = write_all(fd, "\x55", 1);
    }
    EXPECT(!open);
    EXPECT(now_seconds() - start < 4);
    close(fd);
    END();
}

static double cpu_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

TEST(a_handshake_half_done_costs_no_time_while_it_waits)
{
    START();

    int fd = dial(&e);
    EXPECT(write_all(fd, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
    nap(200);
    double before = cpu_seconds();
    nap(1000);
    EXPECT(cpu_seconds() - before < 0.2);
    close(fd);
    END();
}

/* ---- a client of GnuTLS, for what openssl's does not show ---------------------------------- */

struct secure_client {
    int fd;
    gnutls_certificate_credentials_t credentials;
    gnutls_session_t session;
};

static bool secure_dial(const struct cmpgate_endpoint *e, struct secure_client *c)
{
    int code;

    c->fd = dial(e);
    gnutls_certificate_allocate_credentials(&c->credentials);
    gnutls_init(&c->session, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL);
    gnutls_set_default_priority(c->session);
    gnutls_credentials_set(c->session, GNUTLS_CRD_CERTIFICATE, c->credentials);
    gnutls_transport_set_int(c->session, c->fd);
    do {
        code = gnutls_handshake(c->session);
    } while (code < 0 && gnutls_error_is_fatal(code) == 0);
    return code == 0;
}

static void secure_close(struct secure_client *c)
{
    gnutls_deinit(c->session);
    gnutls_certificate_free_credentials(c->credentials);
    close(c->fd);
}

/* Header and content in two records, with Nagle's algorithm on.  Seconds until the answer is there. */
static double secure_exchange(struct secure_client *c)
{
    static const char header[] = "POST " PATH " HTTP/1.1\r\nHost: h\r\nContent-Type: application/pkixcmp\r\n"
                                 "Content-Length: 5\r\n\r\n";
    char text[4096] = "";
    size_t len = 0;
    double start = now_seconds();

    gnutls_record_send(c->session, header, sizeof header - 1);
    gnutls_record_send(c->session, "hello", 5);
    while (strstr(text, "\r\n\r\nhello") == NULL && len < sizeof text - 1) {
        ssize_t n = gnutls_record_recv(c->session, text + len, sizeof text - 1 - len);
        if (n <= 0 && (n == 0 || gnutls_error_is_fatal((int)n) != 0 || n == GNUTLS_E_AGAIN)) {
            break;
        }
        len += n > 0 ? (size_t)n : 0;
        text[len] = '\0';
    }
    EXPECT_HAS(text, "HTTP/1.1 200");
    EXPECT_HAS(text, "\r\n\r\nhello");
    return now_seconds() - start;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The client has Nagle's algorithm on: each of its writes leaves when the one before is acknowledged, the
 * first of them the end of the handshake. */
TEST(no_exchange_over_tls_waits_for_a_delayed_acknowledgement)
{
    double first[9], second[9];
    START();

    for (int i = 0; i < 9; i++) {
        struct secure_client c;
        EXPECT(secure_dial(&e, &c));
        first[i] = secure_exchange(&c);
        second[i] = secure_exchange(&c);
        secure_close(&c);
    }
    qsort(first, 9, sizeof *first, compare);
    qsort(second, 9, sizeof *second, compare);
    printf("over TLS first %.3f ms, second on the same connection %.3f ms (medians of 9)\n",
           first[4] * 1e3, second[4] * 1e3);
    EXPECT(first[4] < 0.020);
    EXPECT(second[4] < 0.020);
    EXPECT(second[4] < 3 * first[4] + 0.002);
    END();
}

TEST(a_request_that_trickles_over_tls_is_dropped)
{
    struct secure_client c;
    START_WITH(e.options.request_timeout = 1);

    EXPECT(secure_dial(&e, &c));
    double start = now_seconds();
    bool open = true;
    while (open && now_seconds() - start < 5) {
        open = gnutls_record_send(c.session, "P", 1) == 1;
        nap(100);
    }
    EXPECT(!open);
    EXPECT(now_seconds() - start < 4);
    EXPECT_EQ(delivered(&e), 0);
    secure_close(&c);
    END();
}

/* ---- sending ------------------------------------------------------------------------------- */

static char url[200];

/* Sends to `e` by a host name, believing `ca`, as `who` or nobody; how it ended. */
static struct settlement send_to(const struct cmpgate_endpoint *e, const char *host, const char *ca,
                                 const char *who, struct cmpgate_endpoint *c)
{
    static char anchors[128], certificate[128], key[128];
    char name[64];

    fixture_init(c, GATE_ECHO);
    snprintf(url, sizeof url, "https://%s:%d" PATH, host, e->port);
    snprintf(anchors, sizeof anchors, "%s", pki_file(ca != NULL ? ca : ""));
    c->options.listen = NULL;
    c->options.url = url;
    c->options.ca = ca != NULL ? anchors : NULL;
    if (who != NULL) {
        snprintf(name, sizeof name, "%s.pem", who);
        snprintf(certificate, sizeof certificate, "%s", pki_file(name));
        snprintf(name, sizeof name, "%s.key", who);
        snprintf(key, sizeof key, "%s", pki_file(name));
        c->options.certificate = certificate;
        c->options.key = key;
    }
    if (!fixture_open(c)) {
        TEST_FAIL("the client does not open: %s", c->log);
        return (struct settlement){ 0 };
    }
    fixture_send(c, 77, "0\003abc", 5, time(NULL) + 10);
    EXPECT(fixture_wait_settled(c, 1));
    return fixture_last(c);
}

TEST(a_message_is_sent_to_a_server_that_proves_its_name)
{
    struct cmpgate_endpoint c;
    START();

    EXPECT_EQ(send_to(&e, "127.0.0.1", "ca.pem", NULL, &c).how, CMPGATE_HANDED_OVER);
    EXPECT_EQ(c.answers, 77);
    EXPECT_STR((char *)c.message, "0\003abc");
    fixture_close(&c);
    END();
}

TEST(a_large_message_comes_and_goes_over_tls)
{
    struct cmpgate_endpoint c;
    static char large[600000];
    START_WITH(e.options.threads = 2);

    memset(large, 'A', sizeof large);
    EXPECT_EQ(send_to(&e, "127.0.0.1", "ca.pem", NULL, &c).how, CMPGATE_HANDED_OVER);
    fixture_send(&c, 78, large, sizeof large, time(NULL) + 10);
    EXPECT(fixture_wait_settled(&c, 2));
    EXPECT_EQ(fixture_last(&c).how, CMPGATE_HANDED_OVER);
    EXPECT_EQ(c.message_len, sizeof large);
    EXPECT(c.message_len == sizeof large && memcmp(c.message, large, sizeof large) == 0);
    fixture_close(&c);
    END();
}

TEST(a_message_is_sent_with_a_client_certificate)
{
    struct cmpgate_endpoint c;
    START_WITH(ask(&e, "required"));

    EXPECT_EQ(send_to(&e, "127.0.0.1", "ca.pem", "client", &c).how, CMPGATE_HANDED_OVER);
    expect_identity(&e, "client");
    fixture_close(&c);
    struct settlement how = send_to(&e, "127.0.0.1", "ca.pem", NULL, &c);
    EXPECT_EQ(how.how, CMPGATE_GONE);
    EXPECT_HAS(how.why, "HTTP 403");
    EXPECT_HAS(how.why, "a client certificate is required");
    fixture_close(&c);
    END();
}

static void send_in_vain(struct cmpgate_endpoint *e, const char *host, const char *ca, const char *why)
{
    struct cmpgate_endpoint c;
    struct settlement how = send_to(e, host, ca, NULL, &c);

    EXPECT_EQ(how.how, CMPGATE_AGAIN);
    EXPECT_HAS(how.why, why);
    EXPECT_EQ(delivered(e), 0);
    fixture_close(&c);
}

TEST(nothing_is_sent_to_a_server_that_does_not_prove_its_name)
{
    START();
    send_in_vain(&e, "127.0.0.1", "other.pem", "certificate verification failed");
    send_in_vain(&e, "127.0.0.1", NULL, "certificate verification failed");
    send_in_vain(&e, "localhost", "ca.pem", "does not match");
    END();
}

/* ---- configurations ------------------------------------------------------------------------- */

static void refuse_options(struct cmpgate_endpoint *e, const char *why)
{
    EXPECT(!fixture_open_only(e));
    EXPECT_HAS(e->log, why);
    fixture_close(e);
}

#define REFUSED(WHY, ...)                                               \
    do {                                                                \
        struct cmpgate_endpoint e;                                      \
        secure(&e, GATE_ECHO);                                          \
        __VA_ARGS__;                                                    \
        refuse_options(&e, WHY);                                        \
    } while (0)

TEST(half_a_configuration_of_a_server_is_refused)
{
    REFUSED("tls-key without tls-certificate", e.options.tls_certificate = NULL);
    REFUSED("tls-certificate without tls-key", e.options.tls_key = NULL);
    REFUSED("want none, optional or required", ask(&e, "perhaps"));
    REFUSED("client-certificate without client-ca", e.options.client_certificate = "required");
    REFUSED("client-ca without client-certificate", ask(&e, "none"));
    REFUSED("client-certificate without tls-certificate", ask(&e, "optional");
            e.options.tls_certificate = e.options.tls_key = NULL);
    REFUSED("without listen", e.options.listen = NULL; e.options.url = "http://127.0.0.1:1/");
}

TEST(files_that_cannot_be_used_are_refused)
{
    REFUSED("No such file", e.options.tls_certificate = pki_file("nothing.pem"));
    REFUSED("not a file", e.options.tls_certificate = pki_file("."));
    REFUSED("not PEM", e.options.tls_certificate = "/usr/bin/openssl");
    REFUSED("tls-certificate /etc/hostname", e.options.tls_certificate = "/etc/hostname");
    REFUSED("do not match", e.options.tls_key = pki_file("client.key"));
    REFUSED("open to everybody", e.options.tls_key = pki_file("open.key"));
    REFUSED("client-ca", ask(&e, "required"); e.options.client_ca = server_key);
}

#define SEND_REFUSED(WHY, URL, ...)                                     \
    REFUSED(WHY, e.options.tls_certificate = e.options.tls_key = NULL;  \
            e.options.listen = NULL; e.options.url = URL; __VA_ARGS__)

TEST(half_a_configuration_of_a_client_is_refused)
{
    SEND_REFUSED("ca without an https:// url", "http://127.0.0.1/", e.options.ca = ca_pem);
    SEND_REFUSED("certificate without key", "https://127.0.0.1/", e.options.certificate = server_pem);
    SEND_REFUSED("key without certificate", "https://127.0.0.1/", e.options.key = server_key);
    SEND_REFUSED("No such file", "https://127.0.0.1/", e.options.ca = pki_file("nothing.pem"));
    SEND_REFUSED("open to everybody", "https://127.0.0.1/", e.options.certificate = pki_file("client.pem");
                 e.options.key = pki_file("open.key"));
    REFUSED("ca without an https:// url", e.options.ca = ca_pem);
}

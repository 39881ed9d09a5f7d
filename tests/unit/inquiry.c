/* What is asked, what waits, and for how long: with a server that takes connections and never says a word. */
#include "crypto_fixture.h"
#include "test.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "gateway/inquiry.h"
#include "gateway/place.h"

static uint16_t port;
static struct span certificate, issuer;
static const char *const local[] = { "127.0.0.1", NULL };

/* Connections come about in its backlog. */
static bool silent_server(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool good = fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0 && listen(fd, 1024) == 0 &&
                getsockname(fd, (struct sockaddr *)&a, &len) == 0;

    port = ntohs(a.sin_port);
    return good;
}

static void made(void)
{
    if (port != 0) {
        return;
    }
    if (!silent_server() ||
        !run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -subj /CN=ca -outform DER -out ca.der") ||
        !run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout a.key -subj /CN=a -outform DER -out a.der "
             "-addext 'authorityInfoAccess=OCSP;URI:http://127.0.0.1:%u/' "
             "-addext 'crlDistributionPoints=URI:http://127.0.0.1:%u/a.crl'", port, port)) {
        fprintf(stderr, "no server, or openssl does not make certificates\n");
        exit(1);
    }
    issuer = scratch_read("ca.der");
    certificate = scratch_read("a.der");
}

/* The same, and yet another: nobody looks at its signature here. */
static struct span another(unsigned n)
{
    struct span c = arena_copy(arena(), certificate.ptr, certificate.len);
    uint8_t *end = (uint8_t *)(uintptr_t)c.ptr + c.len;

    end[-1] ^= (uint8_t)n;
    end[-2] ^= (uint8_t)(n >> 8);
    return c;
}

struct scene {
    struct queue *queue;
    struct inquiries *all;
    struct inquirer who;
    struct inquiry_rules rules;
};

static struct scene scene(int64_t timeout)
{
    struct scene s = { .queue = queue_new(4096), .rules = { .ocsp = true, .hosts = local, .timeout = timeout, .max_age = 60 } };

    made();
    s.all = inquiries_new(s.queue);
    s.who = (struct inquirer){ .all = s.all, .patient = true };
    return s;
}

static void scene_end(struct scene *s)
{
    inquiries_free(s->all);
    queue_free(s->queue);
}

static enum crypto_status status_of(struct scene *s, struct span c)
{
    s->who.went_without = false;
    return inquiry_status(&s->who, &s->rules, c, issuer, arena(), time(NULL));
}

static struct event *message(void)
{
    return event_of_delivery(NULL, &(struct cmpgate_delivery){ .size = sizeof(struct cmpgate_delivery), .ticket = 1,
                                                              .peer = { .size = sizeof(struct cmpgate_peer), .text = "a" } });
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

TEST(a_message_waits_until_the_question_has_ended)
{
    struct scene s = scene(1);
    struct event *e = message();
    double began = seconds();

    EXPECT_EQ(status_of(&s, certificate), CRYPTO_STATUS_PENDING);
    EXPECT_EQ(status_of(&s, certificate), CRYPTO_STATUS_PENDING);
    EXPECT_EQ(inquiry_time_left(e, 7), 7);
    inquiry_wait(&s.who, e, 20);
    EXPECT(queue_take(s.queue) == e);
    EXPECT(inquiry_time_left(e, 7) > 7 && inquiry_time_left(e, 7) <= 20);
    EXPECT(seconds() - began > 0.9 && seconds() - began < 15);
    EXPECT(inquiry_patient(e));
    /* It has failed, and is not asked again at once. */
    EXPECT_EQ(status_of(&s, certificate), CRYPTO_STATUS_UNAVAILABLE);
    EXPECT(s.who.went_without);
    event_free(e);
    scene_end(&s);
}

TEST(a_message_waits_no_longer_than_its_patience)
{
    struct scene s = scene(60);
    struct event *e = message();
    double began = seconds();

    EXPECT_EQ(status_of(&s, certificate), CRYPTO_STATUS_PENDING);
    inquiry_wait(&s.who, e, 1);
    EXPECT_EQ(inquiry_time_left(e, 7), 1);
    EXPECT(queue_take(s.queue) == e);
    EXPECT(seconds() - began > 0.9 && seconds() - began < 15);
    EXPECT(!inquiry_patient(e));
    EXPECT_EQ(inquiry_time_left(e, 7), 1);
    s.who.patient = false;
    EXPECT_EQ(status_of(&s, certificate), CRYPTO_STATUS_UNAVAILABLE);
    event_free(e);
    scene_end(&s);
}

TEST(its_patience_is_for_all_that_it_waits_for)
{
    struct scene s = scene(60);
    struct event *e = message();

    EXPECT_EQ(status_of(&s, certificate), CRYPTO_STATUS_PENDING);
    inquiry_wait(&s.who, e, 1);
    EXPECT(queue_take(s.queue) == e);
    inquiry_wait(&s.who, e, 1000);      /* for the same or something else: its time is over */
    EXPECT(queue_take(s.queue) == e);
    event_free(e);
    scene_end(&s);
}

static struct event *message_of(uint64_t peer)
{
    struct event *e = message();

    e->peer_number = peer;
    return e;
}

/* Comes back at once, and is not patient any more. */
static bool finds_no_place(struct scene *s, uint64_t peer)
{
    struct event *e = message_of(peer);

    inquiry_wait(&s->who, e, 60);
    bool back = queue_take(s->queue) == e && !inquiry_patient(e);
    event_free(e);
    return back;
}

TEST(no_more_messages_wait_than_there_are_places)
{
    enum { PLACES = 256, OF_PEER = 128 };
    struct scene s = scene(60);

    EXPECT_EQ(status_of(&s, certificate), CRYPTO_STATUS_PENDING);
    for (int i = 0; i < OF_PEER; i++) {
        inquiry_wait(&s.who, message_of(1), 60);
    }
    EXPECT(finds_no_place(&s, 1));
    for (int i = OF_PEER; i < PLACES; i++) {
        inquiry_wait(&s.who, message_of(2), 60);
    }
    EXPECT(finds_no_place(&s, 3));
    /* When the gateway stops, all of them come back, and nobody waits any more. */
    inquiries_hurry(s.all);
    for (int i = 0; i < PLACES; i++) {
        event_free(queue_take(s.queue));
    }
    EXPECT_EQ(status_of(&s, certificate), CRYPTO_STATUS_UNAVAILABLE);
    EXPECT_EQ(status_of(&s, another(1)), CRYPTO_STATUS_UNAVAILABLE);
    scene_end(&s);
}

/* Of those that are under way, eight are of one host, so most of these are never even sent. */
TEST(so_many_questions_are_open_of_one_host)
{
    enum { OPEN = 256 };
    struct scene s = scene(60);

    for (unsigned i = 0; i < OPEN; i++) {
        EXPECT_EQ(status_of(&s, another(i)), CRYPTO_STATUS_PENDING);
    }
    EXPECT_EQ(status_of(&s, another(OPEN)), CRYPTO_STATUS_UNAVAILABLE);
    EXPECT_EQ(status_of(&s, another(0)), CRYPTO_STATUS_PENDING);
    scene_end(&s);
}

TEST(so_many_crls_are_kept_or_asked_for)
{
    enum { CRLS = 64 };
    struct scene s = scene(60);

    s.rules.ocsp = false;
    s.rules.crls = true;
    /* The CRL is that of the issuer, so another certificate of it asks for the same one. */
    EXPECT_EQ(status_of(&s, certificate), CRYPTO_STATUS_PENDING);
    uint8_t awaits[EVENT_AWAITS];
    memcpy(awaits, s.who.awaits, sizeof awaits);
    EXPECT_EQ(status_of(&s, another(1)), CRYPTO_STATUS_PENDING);
    EXPECT(memcmp(awaits, s.who.awaits, sizeof awaits) == 0);
    struct span first = issuer;
    for (unsigned i = 1; i < CRLS; i++) {
        issuer = flipped(first, -(long)i);
        EXPECT_EQ(status_of(&s, certificate), CRYPTO_STATUS_PENDING);
    }
    issuer = flipped(first, -CRLS);
    EXPECT_EQ(status_of(&s, certificate), CRYPTO_STATUS_UNAVAILABLE);
    issuer = first;
    scene_end(&s);
}

TEST(a_host_that_is_not_listed_is_not_asked)
{
    static const char *const other[] = { "127.0.0.2", "localhost", NULL };
    static const char *const none[] = { NULL };
    struct scene s = scene(60);
    struct event *e = message();

    s.rules.hosts = other;
    EXPECT_EQ(status_of(&s, certificate), CRYPTO_STATUS_UNKNOWN);
    /* Without a list its address is what counts. */
    s.rules.hosts = none;
    EXPECT_EQ(status_of(&s, certificate), CRYPTO_STATUS_PENDING);
    inquiry_wait(&s.who, e, 60);
    EXPECT(queue_take(s.queue) == e);
    EXPECT_EQ(status_of(&s, certificate), CRYPTO_STATUS_UNAVAILABLE);
    event_free(e);
    /* What one profile may not ask, another may: the two do not share an answer. */
    s.rules.hosts = local;
    EXPECT_EQ(status_of(&s, certificate), CRYPTO_STATUS_PENDING);
    scene_end(&s);
}

TEST(nobody_is_asked_about_a_certificate_that_names_nobody)
{
    struct scene s = scene(60);

    EXPECT_EQ(status_of(&s, issuer), CRYPTO_STATUS_UNKNOWN);
    s.rules.crls = true;
    EXPECT_EQ(status_of(&s, issuer), CRYPTO_STATUS_UNKNOWN);
    s.rules.responder = (struct span){ (const uint8_t *)"http://127.0.0.1:1/", 19 };
    EXPECT_EQ(status_of(&s, issuer), CRYPTO_STATUS_PENDING);
    scene_end(&s);
}

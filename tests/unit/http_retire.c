/* What a reload does to an endpoint that goes: whoever is connected sees nothing but answers. */
#include "test.h"
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "http_start.h"

/* serve() has returned, within 5 s. */
static bool ended(struct cmpgate_endpoint *e)
{
    for (int i = 0; i < 500 && !atomic_load(&e->finished); i++) {
        nap(10);
    }
    return atomic_load(&e->finished);
}

static void send_one(int fd, const char *text)
{
    write_post_header(fd, PATH, CMP, strlen(text));
    write_text(fd, "%s", text);
}

static void expect_last_answer(int fd, const char *text)
{
    struct response r;

    read_response(fd, &r);
    EXPECT_EQ(r.status, 200);
    EXPECT_STR(r.body, text);
    EXPECT_HAS(r.header, "Connection: close");
    EXPECT(closed_by_peer(fd));
}

TEST(a_kept_connection_is_served_once_more_and_then_closed)
{
    struct response r;
    START(GATE_ECHO);
    int fd = dial(&e);

    send_one(fd, "before");
    read_response(fd, &r);
    EXPECT_EQ(r.status, 200);
    EXPECT(strstr(r.header, "Connection: close") == NULL);
    e.module->retire(e.self);
    nap(400);
    EXPECT(!atomic_load(&e.finished));
    send_one(fd, "after");
    expect_last_answer(fd, "after");
    EXPECT(ended(&e));
    close(fd);
    END();
}

TEST(a_request_that_is_being_received_is_served)
{
    START(GATE_ECHO);
    int fd = dial(&e);

    write_post_header(fd, PATH, CMP, 8);
    write_text(fd, "half");
    nap(50);
    e.module->retire(e.self);
    nap(400);
    write_text(fd, "half");
    expect_last_answer(fd, "halfhalf");
    EXPECT(ended(&e));
    close(fd);
    END();
}

TEST(a_request_that_waits_gets_its_answer)
{
    START(GATE_HOLD);
    int fd = wait_with_one(&e);

    e.module->retire(e.self);
    nap(400);
    EXPECT(!atomic_load(&e.finished));
    fixture_reply(&e, fixture_take_held(&e), CMPGATE_ANSWER, "late", 0);
    expect_last_answer(fd, "late");
    EXPECT(ended(&e));
    EXPECT(fixture_wait_settled(&e, 1));
    EXPECT_EQ(fixture_last(&e).how, CMPGATE_HANDED_OVER);
    close(fd);
    END();
}

TEST(with_nobody_connected_it_ends_at_once)
{
    START(GATE_ECHO);

    e.module->retire(e.self);
    EXPECT(ended(&e));
    END();
}

TEST(an_idle_connection_goes_when_its_time_is_up)
{
    struct response r;
    START_WITH(GATE_ECHO, e.options.idle_timeout = 1);
    int fd = dial(&e);

    send_one(fd, "one");
    read_response(fd, &r);
    e.module->retire(e.self);
    EXPECT(closed_by_peer(fd));
    EXPECT(ended(&e));
    close(fd);
    END();
}

TEST(it_ends_when_it_is_told_to_stop_all_the_same)
{
    struct response r;
    START(GATE_ECHO);
    int fd = dial(&e);

    send_one(fd, "one");
    read_response(fd, &r);
    e.module->retire(e.self);
    fixture_stop(&e);
    EXPECT(atomic_load(&e.finished));
    close(fd);
    END();
}

TEST(it_may_be_told_before_it_serves)
{
    struct cmpgate_endpoint e;

    fixture_init(&e, GATE_ECHO);
    REQUIRE(fixture_open_only(&e));
    e.module->retire(e.self);
    e.module->serve(e.self);
    fixture_close(&e);
}

/* The gateway may have closed it, and the number be that of another socket. */
TEST(its_listening_socket_is_never_touched_again)
{
    struct cmpgate_endpoint other;
    struct response r;
    START(GATE_ECHO);
    int kept = dial(&e);

    send_one(kept, "one");
    read_response(kept, &r);
    fixture_init(&other, GATE_ECHO);
    e.module->retire(e.self);
    dup2(other.listener, e.listener);
    int fd = dial(&other);
    send_one(fd, "for the other");
    nap(600);
    EXPECT_EQ(e.delivered, 1);
    EXPECT(fixture_open(&other));
    read_response(fd, &r);
    EXPECT_EQ(r.status, 200);
    EXPECT_STR(r.body, "for the other");
    close(fd);
    close(kept);
    fixture_close(&other);
    END();
}

/* As in a reload: the next instance serves before the old one is told to go, on one listening socket. */
TEST(clients_without_end_see_nothing_of_ten_instances)
{
    struct response r;
    START(GATE_ECHO);
    struct cmpgate_endpoint next[10];
    struct cmpgate_endpoint *now = &e;
    int kept = dial(&e);

    for (int i = 0; i < 10; i++) {
        fixture_init(&next[i], GATE_ECHO);
        close(next[i].listener);
        next[i].listener = dup(e.listener);
        next[i].port = e.port;
        REQUIRE(fixture_open(&next[i]));
        now->module->retire(now->self);
        now = &next[i];
        for (int j = 0; j < 3; j++) {
            send_one(kept, "again");
            read_response(kept, &r);
            EXPECT_EQ(r.status, 200);
            if (strstr(r.header, "Connection: close") != NULL) {
                close(kept);
                kept = dial(&e);
            }
        }
        post(&e, PATH, CMP, "fresh", &r);
        EXPECT_EQ(r.status, 200);
    }
    close(kept);
    EXPECT(ended(&e));
    for (int i = 0; i < 9; i++) {
        EXPECT(ended(&next[i]));
    }
    unsigned delivered = e.delivered;
    for (int i = 0; i < 10; i++) {
        delivered += next[i].delivered;
        fixture_close(&next[i]);
        EXPECT_EQ(next[i].settled_twice, 0);
    }
    EXPECT_EQ(delivered, 40);
    END();
}

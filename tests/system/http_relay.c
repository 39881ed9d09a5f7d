/* Two instances of the http module and nothing between them: what comes in at one is sent on by the
 * other, and the response goes back.  Prints its port; then a line for each message: how many
 * connections its clients have made so far, and how many milliseconds after the answer before. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "tests/unit/http_fixture.h"

#define MESSAGE_MAX 65536

static struct cmpgate_endpoint front, back;

static size_t copy_message(struct cmpgate_endpoint *e, char *to, char *peer)
{
    pthread_mutex_lock(&e->lock);
    size_t len = e->message_len < MESSAGE_MAX ? e->message_len : MESSAGE_MAX;
    memcpy(to, e->message, len);
    strcpy(peer, e->peer);
    pthread_mutex_unlock(&e->lock);
    return len;
}

static void answer(uint64_t ticket, const char *message, size_t len)
{
    struct cmpgate_reply reply = { .size = sizeof reply, .kind = CMPGATE_ANSWER,
                                   .message = { (const uint8_t *)message, len } };

    front.module->reply(front.self, ticket, &reply);
}

static void relay(unsigned n, unsigned *connections)
{
    static char message[MESSAGE_MAX], peer[80], last_peer[80];
    size_t len = copy_message(&front, message, peer);
    uint64_t ticket = fixture_take_held(&front);

    *connections += strcmp(peer, last_peer) != 0;
    strcpy(last_peer, peer);
    fixture_send(&back, n, message, len, time(NULL) + 10);
    if (fixture_wait_settled(&back, n) && fixture_last(&back).how == CMPGATE_HANDED_OVER) {
        len = copy_message(&back, message, peer);
        answer(ticket, message, len);
    } else {
        fixture_reply(&front, ticket, CMPGATE_UNAVAILABLE, fixture_last(&back).why, 1);
    }
}

int main(int argc, char **argv)
{
    unsigned connections = 0;

    if (argc < 2) {
        return 2;
    }
    fixture_init(&front, GATE_HOLD);
    fixture_init(&back, GATE_ECHO);
    back.options.listen = NULL;
    back.options.url = argv[1];
    if (!fixture_open(&front) || !fixture_open(&back)) {
        fprintf(stderr, "%s%s", front.log, back.log);
        return 1;
    }
    printf("%d\n", front.port);
    fflush(stdout);
    double before = 0;
    for (unsigned n = 1; fixture_wait_delivered(&front, n); n++) {
        relay(n, &connections);
        fixture_wait_settled(&front, n);
        printf("%u %.3f\n", connections, before == 0 ? 0 : (now_seconds() - before) * 1e3);
        fflush(stdout);
        before = now_seconds();
    }
    fixture_close(&front);
    fixture_close(&back);
    return 0;
}

#include <stdio.h>
#include "server.h"

/* The request stays in work/, and is delivered again. */
static enum cmpgate_settled later(struct server *s, int64_t seconds)
{
    server_rest(s, seconds > 0 ? seconds : 1);
    return CMPGATE_AGAIN;
}

/* Whatever the gateway says now, an answer that was being handed over is handed over. */
static bool carry_out(struct server *s, struct taken *t, const struct cmpgate_reply *reply, char why[DROP_WHY])
{
    if (t->place == DROP_HANDING || reply->kind == CMPGATE_ANSWER) {
        return drop_answer(&s->drop, &t->place, t->name, reply->message, why);
    }
    if (reply->kind == CMPGATE_UNREADABLE) {
        return drop_fail(&s->drop, t->place, t->name, reply->reason != NULL ? reply->reason : "not a CMP message", why);
    }
    return drop_let_go(&s->drop, t->place, t->name, why);
}

static enum cmpgate_settled answer(struct server *s, struct taken *t, const struct cmpgate_reply *reply,
                                   char why[DROP_WHY])
{
    if (reply->kind == CMPGATE_UNAVAILABLE) {
        snprintf(why, DROP_WHY, "%s", reply->reason != NULL ? reply->reason : "the gateway is not able to answer now");
        return later(s, reply->check_after);
    }
    return carry_out(s, t, reply, why) ? CMPGATE_HANDED_OVER : later(s, s->file->options->retry_after);
}

void server_reply(struct server *s, uint64_t ticket, const struct cmpgate_reply *reply)
{
    char why[DROP_WHY] = "";
    struct taken *t = table_find(&s->taken, ticket);

    if (t == NULL) {
        return;
    }
    enum cmpgate_settled how = answer(s, t, reply, why);
    if (how == CMPGATE_AGAIN) {
        file_log(s->file, CMPGATE_WARN, ticket, "not handed over: %s", why);
    }
    table_remove(&s->taken, ticket);
    if (atomic_exchange(&s->name_awaited, false)) {
        atomic_store(&s->look_again, true);
        server_wake(s);
    }
    s->file->gate->settled(s->file->endpoint, ticket, how, why[0] != '\0' ? why : NULL);
}

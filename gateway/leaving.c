#include "gateway/leaving.h"

#include <stdlib.h>
#include <time.h>

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void leaving_add(struct leaving **list, struct endpoint *endpoint, struct config *config, int64_t seconds)
{
    struct leaving *l = malloc(sizeof *l);

    config_ref(config);
    if (l != NULL) {
        *l = (struct leaving){ *list, endpoint, config, now_ms() + seconds * 1000 };
        *list = l;
    }
}

static void leave(struct leaving **at)
{
    struct leaving *l = *at;

    *at = l->next;
    endpoint_close(l->endpoint);
    config_unref(l->config);
    free(l);
}

void leaving_look(struct leaving **list)
{
    int64_t now = now_ms();

    while (*list != NULL) {
        struct leaving *l = *list;
        bool over = endpoint_finished(l->endpoint) || l->until <= now;
        if (over) {
            endpoint_stop(l->endpoint);
        }
        if (over && endpoint_idle(l->endpoint)) {
            leave(list);
        } else {
            list = &l->next;
        }
    }
}

void leaving_stop(struct leaving *list)
{
    for (struct leaving *l = list; l != NULL; l = l->next) {
        endpoint_stop(l->endpoint);
        l->until = 0;
    }
}

bool leaving_idle(const struct leaving *list)
{
    for (const struct leaving *l = list; l != NULL; l = l->next) {
        if (!endpoint_idle(l->endpoint)) {
            return false;
        }
    }
    return true;
}

void leaving_close(struct leaving **list)
{
    while (*list != NULL) {
        leave(list);
    }
}

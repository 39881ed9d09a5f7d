/* The parts of a running gateway, as main.c puts them together. */
#ifndef GATEWAY_H
#define GATEWAY_H
#include "gateway/backend.h"
#include "gateway/budget.h"
#include "gateway/config.h"
#include "gateway/endpoint.h"
#include "gateway/event.h"
#include "gateway/hold.h"
#include "gateway/listener.h"
#include "gateway/publisher.h"
#include "gateway/store/commit.h"
#include "gateway/timer.h"

struct gateway {
    struct config *config;
    struct queue *queue;
    struct commit *commit;
    struct timer *timer;
    struct holds *holds;
    struct budget *budget;
    struct listeners *listeners;
    struct backend **backends;          /* beside config->backends */
    struct endpoint_host host;          /* what the endpoints need of us */
    struct endpoint **endpoints;        /* beside config->endpoints */
    struct publisher *publisher;
    struct worker **workers;
};

/* The running backend of a profile. */
static inline struct backend *gateway_backend(const struct gateway *g, const struct config_profile *profile)
{
    return g->backends[profile->backend - g->config->backends];
}

#endif

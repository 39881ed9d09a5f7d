/* The sending side: one thread that runs libcurl's transfers, so that send() only enqueues. */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H
#include <stdbool.h>
#include <stdint.h>

#include <cmpgate/transport.h>

struct http;
struct client;

struct client *client_open(struct http *);      /* NULL after a log line; starts no thread */
/* Any thread; settled() follows, on the client's thread or, when it cannot be started, on this one. */
void client_send(struct client *, uint64_t ticket, struct cmpgate_bytes message, int64_t deadline);
void client_close(struct client *);             /* what is still on its way is settled AGAIN; NULL is fine */

/* Responses are delivered under tickets of their own kind: nobody waits for a reply to them, so one
 * is settled at once. */
bool client_owns(uint64_t ticket);
uint64_t client_ticket(struct http *);

#endif

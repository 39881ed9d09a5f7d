/* The sending side: a few threads that carry one message at a time, so that send() only enqueues.
 *
 * A message that has been told to come back later waits in the list without a thread.
 */
#ifndef TCP_CLIENT_H
#define TCP_CLIENT_H
#include <stdbool.h>
#include <stdint.h>

#include <cmpgate/transport.h>

struct tcp;
struct client;

struct client *client_open(struct tcp *);       /* NULL after a log line; starts no thread */
/* Any thread; settled() follows, on a thread of the client's or, when none can be started, on this one. */
void client_send(struct client *, uint64_t ticket, struct cmpgate_bytes message, int64_t deadline);
void client_close(struct client *);             /* what is still on its way is settled AGAIN; NULL is fine */

/* Responses are delivered under tickets of their own kind: nobody waits for a reply to them, so one
 * is settled at once. */
bool client_owns(uint64_t ticket);
uint64_t client_ticket(struct tcp *);

#endif

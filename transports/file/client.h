/* The sending side: a request into in/ of somebody's drop, and its answer from out/. */
#ifndef FILE_CLIENT_H
#define FILE_CLIENT_H
#include "file.h"

struct client *client_open(struct file *);              /* NULL after a log line */
void client_send(struct client *, uint64_t ticket, struct cmpgate_bytes message, int64_t deadline);
bool client_owns(uint64_t ticket);                      /* of a delivery that came from here */
void client_close(struct client *);

#endif

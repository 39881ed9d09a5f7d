/* Listening sockets: ours, or those that systemd hands over.
 *
 * They belong to the process, not to an endpoint, so they outlive a reload and no connection is
 * refused meanwhile.  Asked again for the same address, the same socket is given.
 *
 *   192.0.2.7:829  [2001:db8::7]:829  *:829 (all addresses, both families)  unix:/run/cmpgate.sock
 *   systemd:NAME (a socket unit with FileDescriptorName=NAME)
 *
 * A socket from systemd that is bound to the address asked for is used as well, whatever its name.
 */
#ifndef LISTENER_H
#define LISTENER_H
#include <stddef.h>

struct listeners;

/* Takes over the sockets that LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES speak of, and clears these
 * variables, so call it before there are threads.  NULL when memory is out. */
struct listeners *listeners_new(void);
void listeners_free(struct listeners *);        /* closes all */

/* A socket that listens, non-blocking and close-on-exec; owned by `listeners`.  -1 with a reason. */
int listeners_get(struct listeners *, const char *address, char *why, size_t why_size);
/* One who got it needs it no more; when nobody does, a socket of ours is closed.  Like listeners_get(): one thread. */
void listeners_drop(struct listeners *, int fd);

/* Where a listening socket is bound, as text: "127.0.0.1:41234" (the port when 0 was asked for). */
void listener_text(int fd, char *out, size_t size);

#endif

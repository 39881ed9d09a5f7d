/* CMP by files (RFC 2510, 5.1; RFC 9483, 6.4.1): one configured endpoint.
 *
 *   file.c     the module: options, verbs           name.c    what files are called
 *   server.c   taking requests, waiting for more    whole.c   may this file be taken?
 *   sweep.c    a walk over a directory              drop.c    the directories, one step at a time
 *   answer.c   what becomes of a request            aside.c   files that appear whole
 *   table.c    what is in work                      client.c  send(): drop a request, wait for its answer
 *
 * and for one-way media:
 *
 *   record.c   what stands beside a file            digest.c    SHA-256
 *   sequence.c files that go out, numbered          received.c  which numbers have come
 *   expect.c   requests in the order of records     arrive.c    one numbered request
 *   manifest.c answers, as who fetches them sees it
 */
#ifndef FILE_TRANSPORT_H
#define FILE_TRANSPORT_H
#include <stdatomic.h>

#include <cmpgate/transport.h>

#include "drop.h"
#include "whole.h"

struct file_options {
    const char *directory, *url;
    /* serving */
    const char *instance, *whole, *mode;
    int64_t quiet, patience, rescan, retry_after;       /* seconds */
    int64_t max_size;                                   /* octets */
    const char *const *owners;
    int64_t sequence_wait;              /* seconds */
    /* sending */
    bool keep;
    /* serving and sending */
    const char *expect;                 /* NULL: what comes has no records */
    const char *sequence;               /* NULL: what goes out has no records */
};

struct file {
    const struct cmpgate_gate *gate;
    struct cmpgate_endpoint *endpoint;
    const struct file_options *options;
    struct server *server;              /* NULL: has no directory */
    struct client *client;              /* NULL: has no url */
};

#define file_log(file, severity, ticket, ...) \
    ((file)->gate->log((file)->endpoint, (severity), (ticket), __VA_ARGS__))

#endif

/* What libmicrohttpd calls, on its own threads, and the answers it is given. */
#ifndef HTTP_HANDLER_H
#define HTTP_HANDLER_H
#include <microhttpd.h>

#include <cmpgate/transport.h>

#include "exchange.h"

enum MHD_Result handler_request(void *server, struct MHD_Connection *, const char *target,
                                const char *method, const char *version, const char *data,
                                size_t *size, void **exchange);
void *handler_target(void *server, const char *target, struct MHD_Connection *);
size_t handler_unescape(void *server, struct MHD_Connection *, char *text);
void handler_completed(void *server, struct MHD_Connection *, void **exchange,
                       enum MHD_RequestTerminationCode);
void handler_connection(void *server, struct MHD_Connection *, void **connection,
                        enum MHD_ConnectionNotificationCode);

/* The gateway's reply in HTTP; any thread. */
struct answer handler_answer(const struct cmpgate_reply *, enum framed_mark);
/* For those whom no reply reached before close(). */
struct answer handler_closing(void);

#endif

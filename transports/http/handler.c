#include "handler.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "http.h"
#include "quirk.h"
#include "server.h"

#define PIECES 4096             /* of any content … */
#define PIECE 256               /* … and more, one for so many octets */
#define ACKNOWLEDGE 32          /* as many pieces are acknowledged at once, then one in so many */

/* ---- answers ---------------------------------------------------------------- */

static void add_seconds(struct MHD_Response *response, int64_t seconds)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRId64, seconds);
    MHD_add_response_header(response, "Retry-After", text);
}

static struct MHD_Response *text_response(const char *text)
{
    char line[256];

    int n = snprintf(line, sizeof line - 1, "%s", text);
    size_t len = (size_t)n < sizeof line - 1 ? (size_t)n : sizeof line - 2;
    request_clean(line);
    line[len++] = '\n';
    struct MHD_Response *response = MHD_create_response_from_buffer(len, line, MHD_RESPMEM_MUST_COPY);
    if (response != NULL) {
        MHD_add_response_header(response, "Content-Type", "text/plain; charset=utf-8");
    }
    return response;
}

static struct MHD_Response *bytes_response(struct cmpgate_bytes bytes)
{
    return MHD_create_response_from_buffer(bytes.len, (void *)(uintptr_t)bytes.ptr, MHD_RESPMEM_MUST_COPY);
}

static struct MHD_Response *unavailable_response(const char *text, int64_t seconds)
{
    struct MHD_Response *response = text_response(text);

    if (response != NULL) {
        add_seconds(response, seconds);
    }
    return response;
}

static struct answer bare_answer(const struct cmpgate_reply *reply)
{
    switch (reply->kind) {
    case CMPGATE_ANSWER:
        return (struct answer){ 200, bytes_response(reply->message), true };
    case CMPGATE_NOTHING:
        /* Those who are owed no PKIMessage (RFC 2510 clients after conf) look for 200 all the same. */
        return (struct answer){ 200, bytes_response((struct cmpgate_bytes){ NULL, 0 }), false };
    case CMPGATE_ACCEPTED:
        return (struct answer){ 201, bytes_response((struct cmpgate_bytes){ NULL, 0 }), false };
    case CMPGATE_UNREADABLE:
        return (struct answer){ 400, text_response(reply->reason != NULL ? reply->reason
                                                   : "not a DER PKIMessage"), false };
    case CMPGATE_COME_BACK:
    case CMPGATE_UNAVAILABLE:
    case CMPGATE_UNKNOWN_REFERENCE:
        break;
    }
    return (struct answer){ 503, unavailable_response(reply->reason != NULL ? reply->reason
                                                      : "not now", reply->check_after), false };
}

/* A TCP message says everything by itself, so the status is that of a bare answer only where something is wrong. */
static struct answer framed_answer(const struct cmpgate_reply *reply, enum framed_mark mark)
{
    struct answer answer = { 200, framed_response(reply, mark), true };

    if (reply->kind == CMPGATE_UNREADABLE || reply->kind == CMPGATE_UNKNOWN_REFERENCE) {
        answer.status = 400;
    }
    if (reply->kind == CMPGATE_UNAVAILABLE) {
        answer.status = 503;
        if (answer.response != NULL) {
            add_seconds(answer.response, reply->check_after);
        }
    }
    return answer;
}

struct answer handler_answer(const struct cmpgate_reply *reply, enum framed_mark mark)
{
    return mark != FRAMED_NOT ? framed_answer(reply, mark) : bare_answer(reply);
}

struct answer handler_closing(void)
{
    return (struct answer){ 503, unavailable_response("shutting down", 1), false };
}

/* ---- one request ------------------------------------------------------------ */

static enum MHD_Result queue(struct server *s, struct exchange *e, unsigned status,
                             struct MHD_Response *response)
{
    if (response == NULL) {
        return MHD_NO;
    }
    if (atomic_load(&s->stopping) || atomic_load(&s->retired)) {
        MHD_add_response_header(response, "Connection", "close");
    }
    connection_allow(e->connection, s->http->options->request_timeout);
    enum MHD_Result result = MHD_queue_response(e->mhd, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result queue_refusal(struct server *s, struct exchange *e)
{
    const struct refusal *why = &e->request.refusal;
    struct MHD_Response *response = text_response(why->text);

    http_log(s->http, CMPGATE_INFO, 0, "%s: %s: HTTP %u: %s", e->connection->peer, e->request.line,
             why->status, why->text);
    if (response == NULL) {
        return MHD_NO;
    }
    if (why->status == 405) {
        MHD_add_response_header(response, "Allow", e->request.allow);
    }
    if (why->status == 503) {
        add_seconds(response, s->http->options->retry_after);
    }
    if (why->now) {
        MHD_add_response_header(response, "Connection", "close");
        e->connection->linger = true;
    }
    exchange_forget_body(&s->exchanges, e);
    return queue(s, e, why->status, response);
}

static enum tls_peer verify_peer(struct exchange *e, char why[TLS_WHY])
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(e->mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);

    if (info == NULL || info->tls_session == NULL) {
        snprintf(why, TLS_WHY, "there is no TLS session");
        return TLS_PEER_BAD;
    }
    return tls_peer(info->tls_session, &e->connection->certificate, why);
}

/* A certificate that is shown has to be good, even where it is optional: a peer that thinks it is
 * known must not be served as a stranger.  Nothing else is said about the request before that. */
static void check_peer(struct server *s, struct exchange *e)
{
    struct connection *c = e->connection;
    char why[TLS_WHY] = "";

    if (s->tls.wants == TLS_WANTS_NONE) {
        return;
    }
    if (c->shown == TLS_PEER_UNKNOWN) {
        c->shown = verify_peer(e, why);
    }
    if (c->shown == TLS_PEER_GOOD || (c->shown == TLS_PEER_NONE && s->tls.wants == TLS_WANTS_OPTIONAL)) {
        return;
    }
    e->request.refusal = (struct refusal){ .now = true };
    if (c->shown == TLS_PEER_NONE) {
        request_refuse(&e->request, 403, "a client certificate is required");
    } else {
        request_refuse(&e->request, 403, "client certificate: %s", why);
    }
}

/* The header is there, the content is not. */
static enum MHD_Result begin(struct server *s, struct exchange *e, const char *target,
                             const char *method, const char *version)
{
    e->begun = true;
    request_read(&e->request, e->mhd, target, method, version, &s->map,
                 (uint64_t)s->http->options->max_body, s->http->quirks);
    check_peer(s, e);
    return e->request.refusal.now ? queue_refusal(s, e) : MHD_YES;
}

/* Nearly every octet in a chunk of its own: each costs us what a whole buffer does. */
static bool is_nonsense(const struct exchange *e)
{
    return e->pieces > PIECES + e->received / PIECE;
}

/* libmicrohttpd takes no answer in the middle of the content: what is too much is counted and thrown
 * away, and refused at its end, or cut off by the deadline. */
static enum MHD_Result receive(struct server *s, struct exchange *e, const char *data, size_t *size)
{
    size_t max = (size_t)s->http->options->max_body;

    e->received += *size;
    e->pieces++;
    if (is_nonsense(e)) {
        http_log(s->http, CMPGATE_INFO, 0, "%s: %zu octets in %zu pieces, cut off", e->connection->peer,
                 e->received, e->pieces);
        return MHD_NO;
    }
    if (e->request.refusal.status == 0) {
        switch (exchange_append(&s->exchanges, e, data, *size, max)) {
        case APPEND_TOO_LARGE:
            request_refuse(&e->request, 413, "more than the %zu octets taken here", max);
            break;
        case APPEND_NO_ROOM:
            request_refuse(&e->request, 503, "no room for the content, try again later");
            break;
        case APPENDED:
            break;
        }
    }
    if (e->request.refusal.status != 0) {
        exchange_forget_body(&s->exchanges, e);
    }
    *size = 0;
    return MHD_YES;
}

static enum cmpgate_taken deliver(struct server *s, struct exchange *e)
{
    const struct path *path = &e->request.path;
    struct cmpgate_delivery delivery = {
        .size = sizeof delivery,
        .ticket = http_ticket(s->http) * FRAMED_MARKS + e->framed.mark,
        .message = e->framed.message,
        .reference = e->framed.reference,
        .polls = e->framed.mark != FRAMED_NOT,
        .peer = { .size = sizeof delivery.peer, .text = e->connection->peer,
                  .tls_certificate = { e->connection->certificate.data, e->connection->certificate.size } },
        .profile = path->profile[0] != '\0' ? path->profile : NULL,
        .operation = path->operation,
        .arrived = time(NULL)
    };

    exchanges_put(&s->exchanges, e, delivery.ticket);
    return s->http->gate->deliver(s->http->endpoint, &delivery);
}

static enum MHD_Result finish(struct server *s, struct exchange *e)
{
    struct answer answer = e->answer;

    e->answer = (struct answer){ .status = answer.status };
    e->half_closed = connection_half_closed(e->connection);
    if (answer.message && answer.response != NULL) {
        MHD_add_response_header(answer.response, "Content-Type", media_name(e->request.media));
    }
    return queue(s, e, answer.status, answer.response);
}

/* A TCP message that is none, or that asks for what is not there, is answered with one. */
static enum MHD_Result refuse_frame(struct server *s, struct exchange *e)
{
    http_log(s->http, CMPGATE_INFO, 0, "%s: %s: TCP message as content: %s", e->connection->peer, e->request.line,
             e->framed.fault);
    exchange_forget_body(&s->exchanges, e);
    e->answer = (struct answer){ 400, framed_error_response(&e->framed), true };
    return finish(s, e);
}

static enum MHD_Result submit(struct server *s, struct exchange *e)
{
    if (e->body.len == 0) {
        request_refuse(&e->request, 400, "no content: want one DER PKIMessage");
    }
    e->framed = framed_read((struct cmpgate_bytes){ e->body.ptr, e->body.len }, e->request.media,
                            http_tolerates(s->http->quirks, HTTP_TCP_CONTENT));
    if (e->framed.mark == FRAMED_NOT) {
        request_check_content(&e->request, e->body.ptr, e->body.len);
    }
    if (e->request.refusal.status != 0) {
        return queue_refusal(s, e);
    }
    if (e->framed.fault != NULL) {
        return refuse_frame(s, e);
    }
    if (atomic_load(&s->stopping)) {
        request_refuse(&e->request, 503, "shutting down");
        return queue_refusal(s, e);
    }
    connection_allow(e->connection, FOREVER);
    enum cmpgate_taken taken = deliver(s, e);
    exchange_forget_body(&s->exchanges, e);
    if (taken == CMPGATE_TAKEN) {
        return exchanges_wait(&s->exchanges, e) ? MHD_YES : finish(s, e);
    }
    exchanges_drop(&s->exchanges, e);
    request_refuse(&e->request, 503, taken == CMPGATE_FULL ? "busy, try again later"
                   : "shutting down, or more than the gateway takes");
    return queue_refusal(s, e);
}

static void give_document(void *context, struct cmpgate_bytes document, const char *media_type)
{
    struct MHD_Response **response = context;

    *response = bytes_response(document);
    if (*response != NULL) {
        MHD_add_response_header(*response, "Content-Type", media_type);
    }
}

static enum MHD_Result send_document(struct server *s, struct exchange *e)
{
    const struct cmpgate_gate *gate = s->http->gate;
    struct MHD_Response *response = NULL;

    if (!CMPGATE_HAS(gate, document)
        || !gate->document(s->http->endpoint, e->request.path.document, give_document, &response)) {
        request_refuse(&e->request, 404, "there is no such document");
        return queue_refusal(s, e);
    }
    return queue(s, e, 200, response);
}

/* ---- libmicrohttpd's calls -------------------------------------------------- */

static struct connection *connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info != NULL ? info->socket_context : NULL;
}

/* The request line is there. */
void *handler_target(void *server, const char *target, struct MHD_Connection *mhd)
{
    struct server *s = server;
    struct connection *c = connection_of(mhd);
    struct exchange *e = c != NULL ? exchange_new() : NULL;

    (void)target;
    if (e == NULL) {
        return NULL;
    }
    e->mhd = mhd;
    e->connection = c;
    connection_acknowledge(c);
    /* The time of a connection's first request began with the connection. */
    if (c->used) {
        connection_allow(c, s->http->options->request_timeout);
    }
    c->used = true;
    return e;
}

/* path.c decodes, segment by segment, so that %2F and %00 cannot change what a path is. */
size_t handler_unescape(void *server, struct MHD_Connection *mhd, char *text)
{
    (void)server;
    (void)mhd;
    return strlen(text);
}

enum MHD_Result handler_request(void *server, struct MHD_Connection *mhd, const char *target,
                                const char *method, const char *version, const char *data,
                                size_t *size, void **exchange)
{
    struct server *s = server;
    struct exchange *e = *exchange;

    (void)mhd;
    if (e == NULL) {
        return MHD_NO;
    }
    if (e->pieces < ACKNOWLEDGE || e->pieces % ACKNOWLEDGE == 0) {
        connection_acknowledge(e->connection);
    }
    if (!e->begun) {
        return begin(s, e, target, method, version);
    }
    if (*size > 0) {
        return receive(s, e, data, size);
    }
    if (e->complete) {
        return finish(s, e);
    }
    e->complete = true;
    if (e->request.refusal.status != 0) {
        return queue_refusal(s, e);
    }
    return e->request.path.kind == PATH_DOCUMENT ? send_document(s, e) : submit(s, e);
}

static void settle(struct server *s, struct exchange *e, bool sent)
{
    enum cmpgate_settled how = CMPGATE_HANDED_OVER;
    const char *why = NULL;

    if (!sent || e->half_closed) {
        how = CMPGATE_GONE;
        why = "the peer closed the connection before it had the answer";
    }
    s->http->gate->settled(s->http->endpoint, e->ticket, how, why);
    exchanges_settled(&s->exchanges);
}

void handler_completed(void *server, struct MHD_Connection *mhd, void **exchange,
                       enum MHD_RequestTerminationCode code)
{
    struct server *s = server;
    struct exchange *e = *exchange;

    (void)mhd;
    *exchange = NULL;
    if (e == NULL) {
        return;
    }
    connection_allow(e->connection, s->http->options->idle_timeout);
    connection_acknowledge(e->connection);
    if (e->taken) {
        settle(s, e, code == MHD_REQUEST_TERMINATED_COMPLETED_OK && e->answer.status != 0);
    }
    exchange_free(&s->exchanges, e);
}

void handler_connection(void *server, struct MHD_Connection *mhd, void **connection,
                        enum MHD_ConnectionNotificationCode code)
{
    struct server *s = server;

    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *connection = connections_open(&s->connections, mhd);
    } else if (*connection != NULL && connections_close(&s->connections, *connection)) {
        server_wake(s);
    }
}

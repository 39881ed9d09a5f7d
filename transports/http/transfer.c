#include "transfer.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "client.h"
#include "http.h"
#include "media.h"
#include "quirk.h"
#include "request.h"

struct transfer *transfer_new(struct http *http, uint64_t ticket, struct cmpgate_bytes message,
                              int64_t deadline)
{
    struct transfer *t = calloc(1, sizeof *t);

    if (t == NULL || (t->message = malloc(message.len + 1)) == NULL) {
        free(t);
        return NULL;
    }
    memcpy(t->message, message.ptr, message.len);
    t->message_len = message.len;
    t->http = http;
    t->ticket = ticket;
    t->deadline = deadline;
    return t;
}

void transfer_free(struct transfer *t)
{
    if (t != NULL) {
        free(t->message);
        free(t->answer);
        free(t);
    }
}

const char *transfer_check_url(const char *url)
{
    CURLU *parsed = curl_url();
    char *scheme = NULL, *user = NULL;
    const char *why = NULL;

    if (parsed == NULL || curl_url_set(parsed, CURLUPART_URL, url, 0) != CURLUE_OK
        || curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK) {
        why = "is not a URL: want http://HOST[:PORT]/PATH or https://...";
    } else if (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0) {
        why = "has another scheme than http and https";
    } else if (curl_url_get(parsed, CURLUPART_USER, &user, 0) == CURLUE_OK) {
        why = "names a user: CMP messages protect themselves";
    }
    curl_free(scheme);
    curl_free(user);
    curl_url_cleanup(parsed);
    return why;
}

static size_t take_answer(char *data, size_t one, size_t len, void *context)
{
    struct transfer *t = context;

    (void)one;
    if (len > (size_t)t->http->options->max_answer - t->answer_len) {
        t->too_large = true;
        return 0;
    }
    if (len > t->answer_room - t->answer_len) {
        size_t room = 2 * t->answer_room + len + 4096;
        uint8_t *grown = realloc(t->answer, room);
        if (grown == NULL) {
            return 0;
        }
        t->answer = grown;
        t->answer_room = room;
    }
    memcpy(t->answer + t->answer_len, data, len);
    t->answer_len += len;
    return len;
}

/* Keeps the words of the last status line; a 100 comes before the real one. */
static size_t take_field(char *data, size_t one, size_t len, void *context)
{
    struct transfer *t = context;

    (void)one;
    if (len > 9 && strncmp(data, "HTTP/", 5) == 0) {
        const char *space = memchr(data, ' ', len);
        size_t skip = space != NULL ? (size_t)(space - data) + 1 : len;
        snprintf(t->status_line, sizeof t->status_line, "%.*s", (int)(len - skip), data + skip);
        t->status_line[strcspn(t->status_line, "\r\n")] = '\0';
        request_clean(t->status_line);
    }
    return len;
}

static long milliseconds_left(const struct transfer *t)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    int64_t left = t->deadline - (int64_t)now.tv_sec;
    if (left > 86400) {
        left = 86400;
    }
    return (long)(left * 1000 - now.tv_nsec / 1000000);
}

/* The name in the URL is checked against the certificate (RFC 9110, section 4.3.4).  With anchors of our
 * own those of the system count for nothing, neither its file nor its directory. */
static bool prepare_tls(CURL *easy, const struct http_options *o)
{
    return curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK
        && (o->ca == NULL || (curl_easy_setopt(easy, CURLOPT_CAINFO, o->ca) == CURLE_OK
                              && curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK))
        && (o->certificate == NULL || (curl_easy_setopt(easy, CURLOPT_SSLCERT, o->certificate) == CURLE_OK
                                       && curl_easy_setopt(easy, CURLOPT_SSLKEY, o->key) == CURLE_OK));
}

/* No redirects (RFC 9811, section 5), no proxy or credentials from the environment, no protocol but
 * HTTP, nothing decoded: an answer is bytes from the server that was named. */
bool transfer_prepare(struct transfer *t, CURL *easy, struct curl_slist *fields)
{
    const struct http_options *o = t->http->options;
    long left = milliseconds_left(t), connect = (long)o->connect_timeout * 1000;

    curl_easy_reset(easy);
    if (left <= 0) {
        snprintf(t->error, sizeof t->error, "the deadline has passed");
        return false;
    }
    t->easy = easy;
    snprintf(t->error, sizeof t->error, "libcurl cannot be set up");
    return curl_easy_setopt(easy, CURLOPT_URL, o->url) == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_PROXY, o->proxy != NULL ? o->proxy : "") == CURLE_OK
        && prepare_tls(easy, o)
        && curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L) == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fields) == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_USERAGENT, "cmpgate") == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->message_len) == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_POSTFIELDS, (char *)t->message) == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, left) == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, left < connect ? left : connect) == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->error) == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_answer) == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_WRITEDATA, (void *)t) == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_field) == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_HEADERDATA, (void *)t) == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_PRIVATE, (void *)t) == CURLE_OK;
}

static void settle(struct transfer *t, enum cmpgate_settled how, const char *why)
{
    t->http->gate->settled(t->http->endpoint, t->ticket, how, why);
}

void transfer_give_up(struct transfer *t, const char *why)
{
    settle(t, CMPGATE_AGAIN, why);
}

static void deliver(struct transfer *t)
{
    char peer[80], *address = NULL;
    long port = 0;

    curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_IP, &address);
    curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_PORT, &port);
    snprintf(peer, sizeof peer, address != NULL && strchr(address, ':') != NULL ? "[%s]:%ld" : "%s:%ld",
             address != NULL ? address : "", port);
    struct cmpgate_delivery delivery = {
        .size = sizeof delivery,
        .ticket = client_ticket(t->http),
        .answers = t->ticket,
        .message = { t->answer, t->answer_len },
        .peer = { .size = sizeof delivery.peer, .text = peer },
        .arrived = time(NULL)
    };
    if (t->http->gate->deliver(t->http->endpoint, &delivery) == CMPGATE_TAKEN) {
        settle(t, CMPGATE_HANDED_OVER, NULL);
    } else {
        settle(t, CMPGATE_AGAIN, "no room for the response");
    }
}

/* 4xx says that this request will not do.  Not of these, which speak of the moment; a 5xx may pass,
 * unless it is about what the server will never do. */
static enum cmpgate_settled judge(long status)
{
    static const long passing[] = { 408, 421, 423, 425, 429 };

    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++) {
        if (status == passing[i]) {
            return CMPGATE_AGAIN;
        }
    }
    return (status >= 300 && status < 500) || status == 501 || status == 505 ? CMPGATE_GONE
                                                                             : CMPGATE_AGAIN;
}

/* "HTTP 503 Service Unavailable: busy": the first line that came with it, if it is text. */
static void settle_status(struct transfer *t, long status, const char *type)
{
    char why[256], line[120] = "";

    if (status >= 300 && status < 400) {
        snprintf(line, sizeof line, ": redirects are not followed");
    } else if (status < 300) {
        snprintf(line, sizeof line, ": %.60s instead of application/pkixcmp", type);
    } else if (strncmp(type, "text/plain", 10) == 0 && t->answer_len > 0) {
        int len = t->answer_len < 100 ? (int)t->answer_len : 100;
        snprintf(line, sizeof line, ": %.*s", len, (const char *)t->answer);
        line[strcspn(line, "\r\n")] = '\0';
    }
    snprintf(why, sizeof why, "HTTP %s%s", t->status_line, line);
    request_clean(why);
    settle(t, judge(status), why);
}

/* RFC 9811 3.1: a PKIMessage counts with any 2xx, 4xx or 5xx.  A 2xx without content acknowledges an
 * announcement (3.5) or a message that gets no answer. */
static void finish_response(struct transfer *t)
{
    char *type = NULL, why[128];
    long status = 0;

    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
    bool typed = (type != NULL && media_parse(type, strlen(type)) != MEDIA_OTHER)
        || (http_tolerates(t->http->quirks, HTTP_WRONG_ANSWER_TYPE) && media_is_der(t->answer, t->answer_len));
    if (typed && t->answer_len > 0 && (status < 300 || status >= 400)) {
        deliver(t);
    } else if (status >= 200 && status < 300 && t->answer_len == 0) {
        snprintf(why, sizeof why, "HTTP %s without content", t->status_line);
        settle(t, CMPGATE_HANDED_OVER, why);
    } else {
        settle_status(t, status, type != NULL ? type : "no Content-Type");
    }
}

void transfer_finish(struct transfer *t, CURLcode code)
{
    if (t->too_large) {
        settle(t, CMPGATE_GONE, "the answer is larger than max-answer");
    } else if (code != CURLE_OK) {
        settle(t, CMPGATE_AGAIN, t->error[0] != '\0' ? t->error : curl_easy_strerror(code));
    } else {
        finish_response(t);
    }
}

/* One message on its way to a server: an easy handle, what it sends, what comes back, how it ended. */
#ifndef HTTP_TRANSFER_H
#define HTTP_TRANSFER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <curl/curl.h>

#include <cmpgate/transport.h>

struct http;

struct transfer {
    struct transfer *next;
    struct http *http;
    CURL *easy;                     /* lent by the client while it runs */
    uint64_t ticket;
    int64_t deadline;               /* Unix seconds */
    size_t message_len;
    uint8_t *message;
    uint8_t *answer;
    size_t answer_len, answer_room;
    bool too_large;
    char status_line[80];           /* "503 Service Unavailable" */
    char error[CURL_ERROR_SIZE];
};

struct transfer *transfer_new(struct http *, uint64_t ticket, struct cmpgate_bytes, int64_t deadline);
void transfer_free(struct transfer *);

/* Sets the handle up for this message.  False: libcurl refuses; nothing was settled. */
bool transfer_prepare(struct transfer *, CURL *, struct curl_slist *fields);

/* The transfer has ended: delivers what came back and settles. */
void transfer_finish(struct transfer *, CURLcode);

/* Never began: settles AGAIN. */
void transfer_give_up(struct transfer *, const char *why);

/* NULL, or why the URL cannot be sent to. */
const char *transfer_check_url(const char *url);

#endif

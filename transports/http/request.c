#include "request.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "quirk.h"

/* The fields that decide how the octets of a connection are cut into requests.  libmicrohttpd takes
 * the first of several and goes on: a proxy in front that takes the last would disagree with us
 * about where the next request begins, so anything ambiguous ends the connection. */
struct fields {
    unsigned hosts, lengths, encodings, types;
    bool bad_name, bad_length, bad_encoding;
    uint64_t length;
    enum media media;
};

void request_refuse(struct request *r, unsigned status, const char *format, ...)
{
    va_list arguments;

    if (r->refusal.status != 0) {
        return;
    }
    r->refusal.status = status;
    va_start(arguments, format);
    vsnprintf(r->refusal.text, sizeof r->refusal.text, format, arguments);
    va_end(arguments);
}

void request_clean(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text < 0x20 || *text == 0x7f) {
            *text = '?';
        }
    }
}

static bool is_token(const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)name[i];
        if (c <= 0x20 || c >= 0x7f || strchr("()<>@,;:\\\"/[]?={}", c) != NULL) {
            return false;
        }
    }
    return len > 0;
}

static bool is_name(const char *name, size_t len, const char *want)
{
    return len == strlen(want) && strncasecmp(name, want, len) == 0;
}

static void read_length(struct fields *f, const char *value, size_t len)
{
    f->lengths++;
    f->length = 0;
    f->bad_length = len == 0 || len > 18;
    for (size_t i = 0; i < len && !f->bad_length; i++) {
        f->bad_length = value[i] < '0' || value[i] > '9';
        f->length = f->length * 10 + (uint64_t)(value[i] - '0');
    }
}

static enum MHD_Result read_field(void *context, enum MHD_ValueKind kind, const char *name,
                                  size_t name_len, const char *value, size_t value_len)
{
    struct fields *f = context;

    (void)kind;
    if (!is_token(name, name_len)) {
        f->bad_name = true;
    } else if (is_name(name, name_len, "Host")) {
        f->hosts++;
    } else if (is_name(name, name_len, "Content-Length")) {
        read_length(f, value != NULL ? value : "", value != NULL ? value_len : 0);
    } else if (is_name(name, name_len, "Transfer-Encoding")) {
        f->encodings++;
        f->bad_encoding = value == NULL || !is_name(value, value_len, "chunked");
    } else if (is_name(name, name_len, "Content-Type")) {
        f->types++;
        f->media = value != NULL ? media_parse(value, value_len) : MEDIA_OTHER;
    }
    return MHD_YES;
}

/* RFC 9112: 3.2 (Host), 5.1 (no blank before the colon), 6.1, 6.3 (length of the content). */
static void check_framing(struct request *r, const struct fields *f, const char *version, unsigned quirks)
{
    bool old = strcmp(version, "HTTP/1.0") == 0;

    if (f->bad_name) {
        request_refuse(r, 400, "malformed header field name");
    }
    if (f->lengths > 1 || f->bad_length) {
        request_refuse(r, 400, "want one Content-Length of digits only");
    }
    if (f->encodings > 0 && (f->lengths > 0 || f->encodings > 1 || old)) {
        request_refuse(r, 400, "Transfer-Encoding twice, beside Content-Length, or in HTTP/1.0");
    }
    if (f->bad_encoding) {
        request_refuse(r, 501, "no Transfer-Encoding but chunked is understood");
    }
    if (f->hosts > 1 || (f->hosts == 0 && !old && !http_tolerates(quirks, HTTP_NO_HOST))) {
        request_refuse(r, 400, "want one Host field");
    }
    if (f->types > 1) {
        request_refuse(r, 400, "want one Content-Type");
    }
    r->refusal.now = r->refusal.status != 0;
}

static void check_path(struct request *r, const char *target, const struct path_map *map)
{
    path_parse(&r->path, target, map);
    if (r->path.kind == PATH_UNKNOWN) {
        request_refuse(r, 404, "%s", r->path.why);
    }
}

/* What the content looks like decides, at its end. */
static bool type_is_tolerated(const struct fields *f, unsigned quirks)
{
    return http_tolerates(quirks, f->types == 0 ? HTTP_NO_CONTENT_TYPE : HTTP_WRONG_CONTENT_TYPE);
}

void request_check_content(struct request *r, const unsigned char *content, size_t len)
{
    if (r->guess && !media_is_der(content, len)) {
        request_refuse(r, 415, "neither the Content-Type nor the content is that of a PKIMessage");
    }
}

static void check_post(struct request *r, const struct fields *f, const char *method,
                       uint64_t max_body, unsigned quirks)
{
    r->allow = "POST";
    if (strcmp(method, "POST") != 0) {
        request_refuse(r, 405, "CMP messages are sent with POST");
    }
    r->guess = r->media == MEDIA_OTHER;
    if (r->guess && !type_is_tolerated(f, quirks)) {
        request_refuse(r, 415, "%s: want application/pkixcmp with one DER PKIMessage as content",
                       f->types == 0 ? "no Content-Type" : "unsupported Content-Type");
    }
    if (!r->chunked && f->lengths == 0) {
        request_refuse(r, 411, "want Content-Length or chunked content");
    }
    if (!r->chunked && r->length == 0) {
        request_refuse(r, 400, "no content: want one DER PKIMessage");
    }
    if (r->length > max_body) {
        request_refuse(r, 413, "%" PRIu64 " octets are more than the %" PRIu64 " taken here",
                       r->length, max_body);
    }
}

static void check_get(struct request *r, const char *method)
{
    r->allow = "GET, HEAD";
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        request_refuse(r, 405, "documents are fetched with GET or HEAD");
    }
    if (r->content) {
        request_refuse(r, 400, "a request for a document has no content");
    }
}

void request_read(struct request *r, struct MHD_Connection *connection, const char *target,
                  const char *method, const char *version, const struct path_map *map,
                  uint64_t max_body, unsigned quirks)
{
    struct fields f = { .media = MEDIA_OTHER };

    *r = (struct request){ .media = MEDIA_OTHER };
    snprintf(r->line, sizeof r->line, "%s %s", method, target);
    request_clean(r->line);
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, read_field, &f);
    r->media = f.media;
    r->length = f.length;
    r->chunked = f.encodings > 0;
    r->content = r->chunked || r->length > 0;
    check_framing(r, &f, version, quirks);
    check_path(r, target, map);
    if (r->path.kind == PATH_CMP) {
        check_post(r, &f, method, max_body, quirks);
    }
    if (r->path.kind == PATH_DOCUMENT) {
        check_get(r, method);
    }
    /* What is refused unread ends the connection: nobody waits for the rest of it.  After a 411
     * nobody knows where the rest ends. */
    r->refusal.now |= r->refusal.status == 411 || (r->refusal.status != 0 && r->content);
}

#include "gateway/command/pem.h"

#include <stdio.h>

static const struct span begin = { (const uint8_t *)"-----BEGIN ", 11 };
static const struct span end = { (const uint8_t *)"-----END ", 9 };
static const struct span dashes = { (const uint8_t *)"-----", 5 };

/* What follows the first `needle`; absent: there is none. */
static struct span behind(struct span text, struct span needle)
{
    const uint8_t *at = text.ptr != NULL ? memmem(text.ptr, text.len, needle.ptr, needle.len) : NULL;

    if (at == NULL) {
        return (struct span){ NULL, 0 };
    }
    at += needle.len;
    return (struct span){ at, text.len - (size_t)(at - text.ptr) };
}

bool pem_found(struct span text)
{
    return behind(text, begin).ptr != NULL;
}

static int base64_digit(uint8_t c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Absent when it is not base64. */
static struct span base64_decode(struct span text, struct arena *arena)
{
    uint8_t *out = arena_alloc(arena, text.len / 4 * 3 + 3);
    uint32_t bits = 0;
    size_t digits = 0, padding = 0, len = 0;

    for (size_t i = 0; out != NULL && i < text.len; i++) {
        int digit = base64_digit(text.ptr[i]);
        if (is_space(text.ptr[i])) {
            continue;
        }
        padding += text.ptr[i] == '=';
        if (text.ptr[i] != '=' && (digit < 0 || padding > 0)) {
            return (struct span){ NULL, 0 };
        }
        bits = bits << 6 | (uint32_t)(digit < 0 ? 0 : digit);
        if (++digits % 4 == 0) {
            out[len++] = (uint8_t)(bits >> 16);
            out[len++] = (uint8_t)(bits >> 8);
            out[len++] = (uint8_t)bits;
        }
    }
    bool whole = out != NULL && digits > 0 && digits % 4 == 0 && padding <= 2;
    return whole ? (struct span){ out, len - padding } : (struct span){ NULL, 0 };
}

static bool refuse(char why[PEM_WHY], const char *label, const char *reason)
{
    snprintf(why, PEM_WHY, "PEM block %s: %s", label, reason);
    return false;
}

static bool read_label(struct span at, char label[PEM_LABEL], struct span *body)
{
    struct span rest = behind(at, dashes);
    size_t len = rest.ptr != NULL ? (size_t)(rest.ptr - at.ptr) - dashes.len : PEM_LABEL;

    if (len >= PEM_LABEL) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (at.ptr[i] < 0x20 || at.ptr[i] > 0x7e) {
            return false;
        }
        label[i] = (char)at.ptr[i];
    }
    label[len] = '\0';
    *body = rest;
    return true;
}

bool pem_next(struct span *text, struct pem *out, struct arena *arena, char why[PEM_WHY])
{
    struct span body, at = behind(*text, begin);

    why[0] = '\0';
    if (at.ptr == NULL) {
        return false;
    }
    if (!read_label(at, out->label, &body)) {
        return refuse(why, "?", "its first line is broken");
    }
    struct span rest = behind(body, end);
    if (rest.ptr == NULL) {
        return refuse(why, out->label, "its last line is missing");
    }
    body.len = (size_t)(rest.ptr - body.ptr) - end.len;
    out->der = base64_decode(body, arena);
    if (out->der.ptr == NULL) {
        return refuse(why, out->label, "what it holds is not base64");
    }
    *text = rest;
    return true;
}

/* A CMP message in one line, for people who follow a conversation. */
#ifndef COMMAND_SUMMARY_H
#define COMMAND_SUMMARY_H
#include "codec/cmp.h"

enum { SUMMARY_TEXT = 1024 };

/* What an answer comes to. */
enum summary_tone {
    SUMMARY_GOOD,       /* granted, or nothing that says no */
    SUMMARY_WAITING,    /* come back later */
    SUMMARY_REFUSED     /* an error, or a rejection in any part of it */
};
enum summary_tone summary_tone(const struct PKIMessage *);

/* "ip: accepted, CN=pump 7 serial 65a0…, confirmation awaited".  Escaped for a terminal, cut when it does not
 * fit; returns buf. */
char *summary_text(const struct PKIMessage *, char buf[SUMMARY_TEXT]);

/* The octets as hex, cut with an ellipsis after `most` of them; returns buf, of at least 2 * most + 4. */
char *summary_hex(struct span octets, size_t most, char *buf);

#endif

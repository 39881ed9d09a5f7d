/* SHA-256, in hexadecimal. */
#ifndef FILE_DIGEST_H
#define FILE_DIGEST_H
#include "record.h"

bool digest_text(const char *text, size_t len, char out[RECORD_HEX]);
/* All of an open file, from its beginning, and how long it was. */
bool digest_file(int fd, uint64_t *size, char out[RECORD_HEX]);

#endif

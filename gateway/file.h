/* Whole files, in and out. */
#ifndef FILE_H
#define FILE_H
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "codec/asn1.h"

/* All of a file ("-": standard input) of at most `most` octets, in the arena; absent with a reason. */
struct span file_read(const char *path, size_t most, struct arena *, char *why, size_t why_size);

/* Puts a file in place in one piece: written aside, fsynced, renamed, the directory fsynced.  "-": standard
 * output.  Any file of that name is replaced.  False with a reason; then nothing has changed. */
bool file_replace(const char *path, struct span bytes, mode_t mode, char *why, size_t why_size);

/* Removes what processes that were killed inside file_replace() have left beside `path`. */
void file_clear_aside(const char *path);

#endif

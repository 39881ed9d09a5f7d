/* Files that appear whole and never replace another: written aside under a name that begins with a dot, fsynced,
 * renamed.  Other programs take no notice of such names.  All return false with errno. */
#ifndef FILE_ASIDE_H
#define FILE_ASIDE_H
#include <cmpgate/module.h>
#include <sys/types.h>

struct aside_rights {
    mode_t mode;
    gid_t group;                        /* (gid_t)-1: as it comes */
};

/* Writes a file of that name into the directory, replacing one of our own; the directory is the caller's to fsync. */
bool aside_write(int dir, const char *name, struct cmpgate_bytes, struct aside_rights);
/* The same, but false with EEXIST where something has the name. */
bool aside_write_new(int dir, const char *name, struct cmpgate_bytes, struct aside_rights);
/* A rename that does not replace: EEXIST. */
bool aside_move(int from, const char *name, int to, const char *as);
/* Removes what was being written when somebody was killed.  Only where nobody writes now. */
void aside_tidy(int dir);

#endif

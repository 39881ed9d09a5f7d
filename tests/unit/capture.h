/* What log_line() writes while standard error is a file of ours. */
#ifndef CAPTURE_H
#define CAPTURE_H
#include <stdio.h>
#include <unistd.h>

#include "gateway/log.h"

static char capture_text[1 << 20];
static FILE *capture_file;
static int capture_stderr;

static void capture_begin(bool json, enum cmpgate_severity least)
{
    log_setup(json, least);
    capture_file = tmpfile();
    capture_stderr = dup(STDERR_FILENO);
    dup2(fileno(capture_file), STDERR_FILENO);
}

/* Static, until the next. */
static const char *capture_end(void)
{
    dup2(capture_stderr, STDERR_FILENO);
    close(capture_stderr);
    rewind(capture_file);
    capture_text[fread(capture_text, 1, sizeof capture_text - 1, capture_file)] = '\0';
    fclose(capture_file);
    return capture_text;
}

#endif

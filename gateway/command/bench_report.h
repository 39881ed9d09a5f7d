/* What a benchmark came to, as a table or as JSON, on standard output. */
#ifndef COMMAND_BENCH_REPORT_H
#define COMMAND_BENCH_REPORT_H
#include "gateway/command/bench_enrol.h"

enum { BENCH_KINDS = 32 };              /* further kinds of errors are counted together */

/* One thread's own; then merged. */
struct bench_tally {
    struct bench_times *times;          /* of enrolments that worked; malloc'ed */
    size_t count, room;
    struct { char kind[BENCH_KIND]; size_t count; } kinds[BENCH_KINDS + 1];
    size_t kind_count, errors;
};
/* False without memory: then it has been counted as an error. */
bool bench_tally_add(struct bench_tally *, const struct bench_times *);
void bench_tally_error(struct bench_tally *, const char *kind, size_t count);
bool bench_tally_merge(struct bench_tally *into, const struct bench_tally *);
void bench_tally_free(struct bench_tally *);

void bench_report(const struct bench_tally *, unsigned connections, double seconds, bool json);

#endif

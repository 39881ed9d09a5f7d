#include "gateway/command/bench_report.h"

#include <stdio.h>
#include <stdlib.h>

#include "gateway/command/command.h"

/* ---- counting ------------------------------------------------------------------------------------------- */

static bool grow(struct bench_tally *t, size_t room)
{
    struct bench_times *more = room <= t->room ? t->times : reallocarray(t->times, room, sizeof *more);

    if (more == NULL && room > 0) {
        return false;
    }
    t->times = more;
    t->room = room > t->room ? room : t->room;
    return true;
}

bool bench_tally_add(struct bench_tally *t, const struct bench_times *times)
{
    if (t->count == t->room && !grow(t, t->room * 2 + 256)) {
        bench_tally_error(t, "out of memory", 1);
        return false;
    }
    t->times[t->count++] = *times;
    return true;
}

void bench_tally_error(struct bench_tally *t, const char *kind, size_t count)
{
    size_t i = 0;

    while (i < t->kind_count && strcmp(t->kinds[i].kind, kind) != 0) {
        i++;
    }
    i = i < BENCH_KINDS ? i : BENCH_KINDS;
    if (i == t->kind_count) {
        snprintf(t->kinds[i].kind, BENCH_KIND, "%s", i < BENCH_KINDS ? kind : "others");
        t->kind_count++;
    }
    t->kinds[i].count += count;
    t->errors += count;
}

bool bench_tally_merge(struct bench_tally *into, const struct bench_tally *from)
{
    for (size_t i = 0; i < from->kind_count; i++) {
        bench_tally_error(into, from->kinds[i].kind, from->kinds[i].count);
    }
    if (from->count == 0) {
        return true;
    }
    if (!grow(into, into->count + from->count)) {
        bench_tally_error(into, "out of memory", from->count);
        return false;
    }
    memcpy(into->times + into->count, from->times, from->count * sizeof *from->times);
    into->count += from->count;
    return true;
}

void bench_tally_free(struct bench_tally *t)
{
    free(t->times);
    t->times = NULL;
    t->count = t->room = 0;
}

/* ---- percentiles ------------------------------------------------------------------------------------------ */

struct spread {
    size_t count;
    double p50, p90, p99, max;
};

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The smallest value that at least this share of all is not above. */
static double percentile(const double *sorted, size_t count, size_t percent)
{
    return count > 0 ? sorted[(count * percent + 99) / 100 - 1] : 0;
}

/* Zeros, exchanges that there were not, do not count. */
static struct spread spread_of(const struct bench_tally *t, size_t member)
{
    double *sorted = calloc(t->count + 1, sizeof *sorted);
    struct spread s = { .count = 0 };

    for (size_t i = 0; sorted != NULL && i < t->count; i++) {
        double value;
        memcpy(&value, (const char *)&t->times[i] + member, sizeof value);
        if (value > 0) {
            sorted[s.count++] = value;
        }
    }
    if (s.count > 0) {
        qsort(sorted, s.count, sizeof *sorted, ascending);
        s.p50 = percentile(sorted, s.count, 50);
        s.p90 = percentile(sorted, s.count, 90);
        s.p99 = percentile(sorted, s.count, 99);
        s.max = sorted[s.count - 1];
    }
    free(sorted);
    return s;
}

static const struct { const char *name; size_t member; } rows[] = {
    { "enrolment", offsetof(struct bench_times, all) },
    { "ir", offsetof(struct bench_times, ir) },
    { "certConf", offsetof(struct bench_times, certConf) },
};
enum { ROWS = sizeof rows / sizeof *rows };

/* ---- printing ---------------------------------------------------------------------------------------------- */

static void print_json(const struct bench_tally *t, unsigned connections, double seconds)
{
    printf("{\"connections\":%u,\"enrolments\":%zu,\"errors\":%zu,\"seconds\":%.3f,\"per_second\":%.1f,\"ms\":{",
           connections, t->count, t->errors, seconds, (double)t->count / seconds);
    for (size_t i = 0; i < ROWS; i++) {
        struct spread s = spread_of(t, rows[i].member);
        printf("%s\"%s\":{\"count\":%zu,\"p50\":%.3f,\"p90\":%.3f,\"p99\":%.3f,\"max\":%.3f}", i > 0 ? "," : "",
               rows[i].name, s.count, s.p50, s.p90, s.p99, s.max);
    }
    printf("},\"error_kinds\":[");
    for (size_t i = 0; i < t->kind_count; i++) {
        printf("%s{\"kind\":", i > 0 ? "," : "");
        command_json_string(t->kinds[i].kind);
        printf(",\"count\":%zu}", t->kinds[i].count);
    }
    printf("]}\n");
}

static void print_table(const struct bench_tally *t, unsigned connections, double seconds)
{
    printf("%zu enrolment%s over %u connection%s in %.2f s: %.1f/s, %zu error%s\n", t->count,
           t->count == 1 ? "" : "s", connections, connections == 1 ? "" : "s", seconds, (double)t->count / seconds,
           t->errors, t->errors == 1 ? "" : "s");
    if (t->count > 0) {
        printf("%-12s %8s %9s %9s %9s %9s\n", "ms", "count", "p50", "p90", "p99", "max");
    }
    for (size_t i = 0; i < ROWS; i++) {
        struct spread s = spread_of(t, rows[i].member);
        if (s.count > 0) {
            printf("%-12s %8zu %9.3f %9.3f %9.3f %9.3f\n", rows[i].name, s.count, s.p50, s.p90, s.p99, s.max);
        }
    }
    for (size_t i = 0; i < t->kind_count; i++) {
        printf("error: %s: %zu\n", t->kinds[i].kind, t->kinds[i].count);
    }
}

void bench_report(const struct bench_tally *t, unsigned connections, double seconds, bool json)
{
    seconds = seconds > 1e-9 ? seconds : 1e-9;
    if (json) {
        print_json(t, connections, seconds);
    } else {
        print_table(t, connections, seconds);
    }
}

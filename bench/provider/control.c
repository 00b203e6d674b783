/* The provider's own routes: what it counted, forget it, other options, and who was told how often. */
#include "provider.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static double cpu_seconds(void)
{
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) + (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static void one(struct bytes *out, const struct tally *t)
{
    bytes_say(out, "\"requests\":%llu,\"recipients\":%llu,\"distinct\":%llu,\"duplicates\":%llu",
              (unsigned long long)t->requests, (unsigned long long)t->recipients, (unsigned long long)t->distinct,
              (unsigned long long)(t->recipients - t->distinct));
}

static void counted(struct bytes *out)
{
    struct tally all = {0};
    for (int k = 0; k < KINDS; k++) {
        all.requests += tallies[k].requests;
        all.recipients += tallies[k].recipients;
        all.distinct += tallies[k].distinct;
    }
    bytes_add(out, "{", 1);
    one(out, &all);
    const struct {
        const char *name;
        uint64_t n;
    } others[] = {
        {"answered", totals.fates[ANSWERED] - totals.invalid},
        {"invalid", totals.invalid},
        {"failed", totals.fates[FAILED]},
        {"throttled", totals.fates[THROTTLED]},
        {"aborted", totals.fates[DROPPED]},
        {"cut", totals.fates[CUT]},
        {"tokens", totals.tokens},
        {"connections", totals.connections},
        {"h1", totals.h1},
        {"h2", totals.h2},
        {"in_flight", totals.in_flight - 1}, /* without this one */
        {"most_in_flight", totals.most_in_flight},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        bytes_say(out, ",\"%s\":%llu", others[i].name, (unsigned long long)others[i].n);
    bytes_say(out, ",\"cpu_seconds\":%.3f,\"by_kind\":{", cpu_seconds());
    for (int k = 0; k < KINDS; k++) {
        bytes_say(out, "%s\"%s\":{", k ? "," : "", kind_names[k]);
        one(out, &tallies[k]);
        bytes_add(out, "}", 1);
    }
    bytes_add(out, "}}", 2);
}

void control(struct exchange *e)
{
    char *query = strchr(e->path, '?');
    if (query)
        *query++ = 0;
    e->status = 200;
    if (!strcmp(e->path, "/_recipients")) {
        const char *times = query ? strstr(query, "times=") : NULL;
        tally_list(&e->answer, times ? (unsigned)atoi(times + 6) : 1);
        return;
    }
    if (!strcmp(e->path, "/_reset") && e->method == POST)
        tally_reset();
    else if (!strcmp(e->path, "/_options") && e->method == POST)
        options_read(query ? query : "");
    else if (strcmp(e->path, "/_count"))
        e->status = 404;
    counted(&e->answer);
}

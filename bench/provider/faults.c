/* The options, which can be changed while it runs, and the dice that decide which request goes wrong. */
#include "provider.h"

#include <stdlib.h>
#include <string.h>

struct options options = {.fail_status = 503, .retry_after = 1, .max_streams = 4096, .seed = 1};

static const struct {
    const char *name;
    long *value;
} NAMES[] = {
    {"delay-ms", &options.delay_ms},
    {"fail-permille", &options.fail_permille},
    {"fail-status", &options.fail_status},
    {"throttle-permille", &options.throttle_permille},
    {"retry-after", &options.retry_after},
    {"abort-permille", &options.abort_permille},
    {"cut-permille", &options.cut_permille},
    {"seed", &options.seed},
    {"max-streams", &options.max_streams},
    {"http-port", &options.http_port},
    {"smtp-port", &options.smtp_port},
    {"until-stdin-closes", &options.until_stdin_closes},
};

static uint64_t dice;

bool option_set(const char *name, const char *value)
{
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        char *end;
        long given = strtol(value, &end, 10);
        if (strcmp(NAMES[i].name, name) || end == value || *end || given < 0)
            continue;
        *NAMES[i].value = given;
        if (NAMES[i].value == &options.seed)
            faults_begin();
        return true;
    }
    return false;
}

void options_read(const char *query)
{
    char own[512], *rest = own;
    strncpy(own, query, sizeof own - 1);
    own[sizeof own - 1] = 0;
    for (char *pair; (pair = strsep(&rest, "&"));) {
        char *value = strchr(pair, '=');
        if (value) {
            *value++ = 0;
            option_set(pair, value);
        }
    }
}

void faults_begin(void)
{
    dice = (uint64_t)options.seed * 0x9E3779B97F4A7C15u + 1;
}

static long thousand(void)
{ /* xorshift64*: short, and even enough for faults */
    dice ^= dice >> 12;
    dice ^= dice << 25;
    dice ^= dice >> 27;
    return (long)((dice * 0x2545F4914F6CDD1Du >> 33) % 1000);
}

enum fate faults_throw(void)
{
    if (!(options.fail_permille | options.throttle_permille | options.abort_permille | options.cut_permille))
        return ANSWERED;
    long left = thousand();
    const struct {
        enum fate fate;
        long share;
    } shares[] = {{FAILED, options.fail_permille},
                  {THROTTLED, options.throttle_permille},
                  {DROPPED, options.abort_permille},
                  {CUT, options.cut_permille}};
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        if (left < shares[i].share)
            return shares[i].fate;
        left -= shares[i].share;
    }
    return ANSWERED;
}

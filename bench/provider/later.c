/* Answers that wait for their millisecond: a wheel of lists, one a millisecond, so that any number may wait. */
#include "provider.h"

#include <time.h>

#define SPOKES 4096

static struct {
    struct exchange *first, *last;
} wheel[SPOKES];
static uint64_t turned;
static size_t waiting;

uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void hang(struct exchange *e)
{
    struct exchange **last = &wheel[e->due % SPOKES].last;
    e->next_due = NULL;
    if (*last)
        (*last)->next_due = e;
    else
        wheel[e->due % SPOKES].first = e;
    *last = e;
}

void later_put(struct exchange *e, uint64_t ms)
{
    uint64_t now = now_ms();
    if (!waiting++)
        turned = now;
    e->due = now + ms + 1; /* never sooner than asked */
    e->waits = true;
    hang(e);
}

void later_run(void (*ripe)(struct exchange *))
{
    for (uint64_t now = now_ms(); waiting && turned <= now; turned++) {
        struct exchange *e = wheel[turned % SPOKES].first, *next;
        wheel[turned % SPOKES].first = wheel[turned % SPOKES].last = NULL;
        for (; e; e = next) {
            next = e->next_due;
            if (e->due > turned) { /* a later turn of the wheel */
                hang(e);
                continue;
            }
            waiting--;
            e->waits = false;
            ripe(e);
        }
    }
}

bool later_any(void)
{
    return waiting > 0;
}

/* One request and its answer, from the line that it came by, through the wheel, and back. */
#include "provider.h"

#include <stdlib.h>
#include <string.h>

static struct exchange *spare;

struct exchange *exchange_open(struct line *line)
{
    struct exchange *e = spare;
    if (e)
        spare = e->next;
    else if (!(e = calloc(1, sizeof *e)))
        abort();
    e->line = line;
    e->next = line->open;
    e->before = NULL;
    if (e->next)
        e->next->before = e;
    line->open = e;
    if (++totals.in_flight > totals.most_in_flight)
        totals.most_in_flight = totals.in_flight;
    return e;
}

static void put_away(struct exchange *e)
{
    struct bytes body = e->body, answer = e->answer;
    bytes_empty(&body);
    bytes_empty(&answer);
    memset(e, 0, offsetof(struct exchange, path));
    e->path[0] = e->message_id[0] = e->retry_after[0] = 0;
    e->status = 0;
    e->fate = ANSWERED;
    e->close_after = e->waits = false;
    e->answered = 0;
    e->body = body;
    e->answer = answer;
    e->next = spare;
    spare = e;
}

void exchange_close(struct exchange *e)
{
    if (e->before)
        e->before->next = e->next;
    else
        e->line->open = e->next;
    if (e->next)
        e->next->before = e->before;
    e->line = NULL;
    totals.in_flight--;
    if (!e->waits)
        put_away(e);
}

static void ripe(struct exchange *e)
{
    if (!e->line)
        put_away(e);
    else if (e->fate == CUT)
        line_kill(e->line, true);
    else if (e->fate == DROPPED)
        e->line->speech->drop(e);
    else
        e->line->speech->tell(e);
}

void exchange_settle(struct exchange *e, long ms)
{
    if (ms > 0)
        later_put(e, (uint64_t)ms);
    else
        ripe(e);
}

void exchanges_ripen(void)
{
    later_run(ripe);
}

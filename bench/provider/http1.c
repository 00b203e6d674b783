/* HTTP/1.1: one request at a time on a line, bodies by Content-Length. */
#include "provider.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LONGEST_HEAD 16384

static const char *header(const char *head, const char *end, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = head; (at = memchr(at, '\n', (size_t)(end - at))) && ++at < end;)
        if ((size_t)(end - at) > n && at[n] == ':' && !strncasecmp(at, name, n)) {
            for (at += n + 1; *at == ' ';)
                at++;
            return at;
        }
    return NULL;
}

static bool first_line(struct exchange *e, const char *head, const char *end)
{
    e->method = !strncmp(head, "POST ", 5) ? POST : !strncmp(head, "GET ", 4) ? GET : OTHER_METHOD;
    const char *path = memchr(head, ' ', (size_t)(end - head));
    if (!path)
        return false;
    size_t n = strcspn(++path, " \r\n");
    if (n >= sizeof e->path)
        return false;
    memcpy(e->path, path, n);
    e->path[n] = 0;
    return true;
}

static bool take_one(struct line *line)
{ /* whether there was a whole request */
    struct bytes *in = &line->in;
    char *end = in->used ? memmem(in->at, in->used, "\r\n\r\n", 4) : NULL;
    if (!end) {
        if (in->used > LONGEST_HEAD)
            line_kill(line, false);
        return false;
    }
    end += 4;
    const char *length = header(in->at, end, "content-length");
    size_t head = (size_t)(end - in->at), body = length ? strtoul(length, NULL, 10) : 0;
    if (in->used < head + body)
        return false;
    struct exchange *e = exchange_open(line);
    const char *connection = header(in->at, end, "connection");
    e->close_after = connection && !strncasecmp(connection, "close", 5);
    line->busy = true;
    if (!first_line(e, in->at, end)) {
        line_kill(line, false);
        return false;
    }
    bytes_add(&e->body, end, body);
    bytes_eat(in, head + body);
    exchange_settle(e, route(e));
    return true;
}

static void take(struct line *line)
{
    while (!line->busy && !line->dead && take_one(line))
        ;
}

static void hear(struct line *line, const char *at, size_t n)
{
    bytes_add(&line->in, at, n);
    take(line);
}

static const char *reason(int status)
{
    return status == 200 ? "OK" : status == 201 ? "Created" : status == 202 ? "Accepted" : "Refused";
}

static void tell(struct exchange *e)
{
    struct line *line = e->line;
    struct bytes *out = &line->out;
    bytes_say(out, "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n", e->status,
              reason(e->status), e->answer.used);
    if (e->message_id[0])
        bytes_say(out, "X-Message-Id: %s\r\n", e->message_id);
    if (e->retry_after[0])
        bytes_say(out, "Retry-After: %s\r\n", e->retry_after);
    bytes_say(out, "%s\r\n", e->close_after ? "Connection: close\r\n" : "");
    bytes_add(out, e->answer.at, e->answer.used);
    line->close_when_empty = e->close_after;
    line->busy = false;
    exchange_close(e);
    line_stir(line);
}

static void drop(struct exchange *e)
{
    line_kill(e->line, true);
}

/* What was heard while an answer waited. */
static void fill(struct line *line)
{
    take(line);
}

const struct speech speech_http1 = {.hear = hear, .tell = tell, .drop = drop, .fill = fill};

/* SMTP as a relay speaks it: pipelined commands, a queue id in the answer to the final dot, STARTTLS. */
#include "provider.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LONGEST_LINE 4096

struct letter { /* the mail under way on one line */
    struct bytes recipients; /* each ends with a zero */
    bool from, data;
    size_t looked; /* how much of the mail was searched for its end */
};

static uint64_t last_id;

static void say(struct line *line, const char *text)
{
    bytes_say(&line->out, "%s\r\n", text);
}

static void greet(struct line *line)
{
    line->own = calloc(1, sizeof(struct letter));
    say(line, "220 loopback ESMTP");
}

static void forget(struct letter *letter)
{
    bytes_empty(&letter->recipients);
    letter->from = letter->data = false;
    letter->looked = 0;
}

static void hello(struct line *line, const char *text)
{
    (void)text;
    bytes_say(&line->out,
              "250-loopback\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250-AUTH PLAIN\r\n%s"
              "250 ENHANCEDSTATUSCODES\r\n",
              tls_able() && !line->tls ? "250-STARTTLS\r\n" : "");
}

static void recipient(struct line *line, const char *text)
{
    struct letter *letter = line->own;
    const char *open = strchr(text, '<');
    const char *close = open ? strchr(open, '>') : NULL;
    if (!letter->from || !close || close == open + 1) {
        say(line, letter->from ? "501 5.1.3 no address" : "503 5.5.1 MAIL first");
        return;
    }
    bytes_add(&letter->recipients, open + 1, (size_t)(close - open - 1));
    bytes_add(&letter->recipients, "", 1);
    say(line, "250 2.1.5 ok");
}

static void sender(struct line *line, const char *text)
{
    (void)text;
    forget(line->own);
    ((struct letter *)line->own)->from = true;
    say(line, "250 2.1.0 ok");
}

static void data(struct line *line, const char *text)
{
    (void)text;
    struct letter *letter = line->own;
    letter->data = letter->recipients.used > 0;
    say(line, letter->data ? "354 go ahead" : "554 5.5.1 no recipients");
}

static void starttls(struct line *line, const char *text)
{
    (void)text;
    bool able = tls_able() && !line->tls;
    say(line, able ? "220 2.0.0 ready" : "502 5.5.1 no TLS");
    line->secure_next = able;
    if (able)
        line->in.used = 0; /* RFC 3207: what came in the clear after it is thrown away */
}

static void rset(struct line *line, const char *text)
{
    (void)text;
    forget(line->own);
    say(line, "250 2.0.0 ok");
}

static void noop(struct line *line, const char *text)
{
    (void)text;
    say(line, "250 2.0.0 ok");
}

static void quit(struct line *line, const char *text)
{
    (void)text;
    say(line, "221 2.0.0 bye");
    line->close_when_empty = true;
}

static void login(struct line *line, const char *text)
{
    (void)text;
    say(line, "235 2.7.0 welcome");
}

static void command(struct line *line, const char *text)
{
    static const struct {
        const char *begins;
        void (*take)(struct line *, const char *);
    } commands[] = {{"EHLO", hello}, {"HELO", hello}, {"MAIL FROM:", sender},   {"RCPT TO:", recipient}, {"DATA", data},
                    {"RSET", rset},  {"NOOP", noop},  {"AUTH PLAIN ", login}, {"STARTTLS", starttls},  {"QUIT", quit}};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (!strncasecmp(text, commands[i].begins, strlen(commands[i].begins))) {
            commands[i].take(line, text);
            return;
        }
    say(line, "500 5.5.2 what");
}

static void decide(struct exchange *e, const struct letter *letter)
{
    tallies[SMTP].requests++;
    e->fate = faults_throw();
    totals.fates[e->fate]++;
    if (e->fate == FAILED) {
        bytes_say(&e->answer, "451 4.3.0 try again later");
    } else if (e->fate == THROTTLED) {
        bytes_say(&e->answer, "421 4.7.0 too many, come back later");
        e->close_after = true;
    } else {
        bytes_say(&e->answer, "250 2.0.0 Ok: queued as %010llX", (unsigned long long)++last_id);
        for (size_t at = 0, n; at < letter->recipients.used; at += n + 1) {
            n = strlen(letter->recipients.at + at);
            tally_take(SMTP, letter->recipients.at + at, n);
        }
    }
}

static bool mail_ended(struct line *line)
{
    struct letter *letter = line->own;
    struct bytes *in = &line->in;
    bool empty = in->used >= 3 && !memcmp(in->at, ".\r\n", 3);
    size_t from = letter->looked > 4 ? letter->looked - 4 : 0;
    char *end = empty ? in->at : in->used > from ? memmem(in->at + from, in->used - from, "\r\n.\r\n", 5) : NULL;
    if (!end) {
        letter->looked = in->used;
        return false;
    }
    bytes_eat(in, (size_t)(end - in->at) + (empty ? 3 : 5));
    struct exchange *e = exchange_open(line);
    line->busy = true;
    decide(e, letter);
    forget(letter);
    exchange_settle(e, options.delay_ms);
    return true;
}

static bool take_one(struct line *line)
{
    struct bytes *in = &line->in;
    if (((struct letter *)line->own)->data)
        return mail_ended(line);
    char *end = in->used ? memmem(in->at, in->used, "\r\n", 2) : NULL;
    if (!end) {
        if (in->used > LONGEST_LINE)
            line_kill(line, false);
        return false;
    }
    char text[LONGEST_LINE];
    size_t n = (size_t)(end - in->at);
    if (n >= sizeof text) {
        line_kill(line, false);
        return false;
    }
    memcpy(text, in->at, n);
    text[n] = 0;
    bytes_eat(in, n + 2);
    command(line, text);
    return true;
}

static void take(struct line *line)
{
    while (!line->busy && !line->dead && !line->secure_next && !line->close_when_empty && take_one(line))
        ;
}

static void hear(struct line *line, const char *at, size_t n)
{
    bytes_add(&line->in, at, n);
    take(line);
}

static void tell(struct exchange *e)
{
    struct line *line = e->line;
    bytes_say(&line->out, "%.*s\r\n", (int)e->answer.used, e->answer.at);
    line->close_when_empty = e->close_after;
    line->busy = false;
    exchange_close(e);
    line_stir(line);
}

static void drop(struct exchange *e)
{
    line_kill(e->line, true);
}

static void end(struct line *line)
{
    struct letter *letter = line->own;
    bytes_free(&letter->recipients);
    free(letter);
}

const struct speech speech_smtp = {.open = greet, .hear = hear, .tell = tell, .drop = drop, .fill = take, .close = end};

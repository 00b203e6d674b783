/* The shapes that the counting provider's files share: a line (connection), an exchange (request and answer). */
#ifndef PROVIDER_H
#define PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- bytes.c: a buffer that grows ---- */
struct bytes {
    char *at;
    size_t used, room;
};
void bytes_add(struct bytes *b, const void *from, size_t n);
void bytes_say(struct bytes *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void bytes_eat(struct bytes *b, size_t n); /* drop the first n */
void bytes_empty(struct bytes *b);         /* keeps a small room, gives a large one back */
void bytes_free(struct bytes *b);

/* ---- faults.c: what the provider was told to do wrong, and the dice ---- */
enum fate { ANSWERED, FAILED, THROTTLED, DROPPED, CUT };
struct options {
    long delay_ms, fail_permille, fail_status, throttle_permille, retry_after, abort_permille, cut_permille, seed;
    long max_streams, http_port, smtp_port, until_stdin_closes;
};
extern struct options options;
bool option_set(const char *name, const char *value);
void options_read(const char *query); /* name=value&name=value */
void faults_begin(void);              /* the same seed throws the same dice again */
enum fate faults_throw(void);

/* ---- tally.c: who was told how often ---- */
enum kind { FCM, TWILIO, SENDGRID, SMTP, KINDS };
extern const char *const kind_names[KINDS];
struct tally {
    uint64_t requests, recipients, distinct;
};
struct totals {
    uint64_t fates[CUT + 1], invalid, tokens, connections, h1, h2, in_flight, most_in_flight;
};
extern struct tally tallies[KINDS];
extern struct totals totals;
void tally_take(enum kind kind, const char *recipient, size_t n);
void tally_reset(void);
void tally_list(struct bytes *out, unsigned times); /* one a line: times, kind, recipient */

/* ---- fields.c: the few fields that are read out of a request ---- */
struct text {
    const char *at;
    size_t n;
};
struct text json_text(struct text json, const char *path);
unsigned json_each(struct text json, const char *path, void (*take)(struct text, void *), void *with);
size_t form_field(struct text form, const char *name, char *out, size_t room);

/* ---- one request and its answer ---- */
enum method { GET, POST, OTHER_METHOD };
struct line;
struct exchange {
    struct line *line; /* NULL once nobody waits for the answer any more */
    int32_t stream;    /* of HTTP/2 */
    enum method method;
    char path[512];
    struct bytes body; /* of the request */
    enum fate fate;
    int status;
    bool close_after; /* SMTP 421 */
    char message_id[40], retry_after[12];
    struct bytes answer;
    size_t answered; /* how much of the answer's body HTTP/2 has read */
    uint64_t due;
    bool waits; /* in later.c */
    struct exchange *next_due, *next, *before;
};
struct exchange *exchange_open(struct line *line);
void exchange_close(struct exchange *e); /* the line is done with it */
void exchange_settle(struct exchange *e, long ms); /* decided: answer in that many milliseconds */

/* ---- later.c: answers that wait for their millisecond ---- */
void later_put(struct exchange *e, uint64_t ms);
void later_run(void (*ripe)(struct exchange *));
bool later_any(void);
void exchanges_ripen(void);
uint64_t now_ms(void);

/* ---- routes.c and control.c: from a request to its answer ---- */
long route(struct exchange *e); /* decides the answer; gives the milliseconds that it waits */
void control(struct exchange *e);

/* ---- line.c: a connection, with or without TLS ---- */
struct speech { /* what is spoken on it */
    void (*open)(struct line *);
    void (*hear)(struct line *, const char *, size_t);
    void (*tell)(struct exchange *);
    void (*drop)(struct exchange *); /* end it without an answer */
    void (*fill)(struct line *);     /* more for `out`, if there is any */
    void (*close)(struct line *);
};
extern const struct speech speech_unknown, speech_http1, speech_http2, speech_smtp;
struct line {
    int fd;
    void *tls;
    const struct speech *speech;
    void *own; /* of the speech */
    struct bytes in, out;
    bool dead, reset, stirred, blocked, secure_next, close_when_empty, busy;
    struct exchange *open;
    struct line *next_stirred;
};
void tls_begin(const char *certificate, const char *key);
bool tls_able(void);
void line_open(int fd, const struct speech *speech);
void line_event(struct line *line);
void line_stir(struct line *line); /* has something to write, or is dead */
void line_kill(struct line *line, bool reset);
void line_speak(struct line *line, const struct speech *speech);
void lines_flush(void);
extern int epoll_fd;

#endif

/* A connection: its bytes in and out, with or without TLS, and what is spoken on it. */
#include "provider.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE 65536
#define ENOUGH (256 * 1024) /* what may lie in `out` before no more is put there */

int epoll_fd;
static SSL_CTX *secure;
static struct line *stirred;

static int choose(SSL *tls, const unsigned char **out, unsigned char *n, const unsigned char *in, unsigned in_n,
                  void *own)
{
    static const unsigned char known[] = "\x02h2\x08http/1.1";
    (void)tls;
    (void)own;
    int found = SSL_select_next_proto((unsigned char **)out, n, known, sizeof known - 1, in, in_n);
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

void tls_begin(const char *certificate, const char *key)
{
    secure = SSL_CTX_new(TLS_server_method());
    if (SSL_CTX_use_certificate_chain_file(secure, certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(secure, key, SSL_FILETYPE_PEM) != 1) {
        fprintf(stderr, "no such certificate or key\n");
        exit(2);
    }
    SSL_CTX_set_alpn_select_cb(secure, choose, NULL);
    SSL_CTX_set_mode(secure, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(secure, 1);
    SSL_CTX_set_default_read_buffer_len(secure, PIECE);
}

bool tls_able(void)
{
    return secure != NULL;
}

void line_speak(struct line *line, const struct speech *speech)
{
    line->speech = speech;
    if (speech->open)
        speech->open(line);
}

void line_open(int fd, const struct speech *speech)
{
    struct line *line = calloc(1, sizeof *line);
    if (!line)
        abort();
    line->fd = fd;
    totals.connections++;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = line};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
    line_speak(line, speech);
    line_stir(line);
}

void line_stir(struct line *line)
{
    if (line->stirred)
        return;
    line->stirred = true;
    line->next_stirred = stirred;
    stirred = line;
}

void line_kill(struct line *line, bool reset)
{
    line->dead = true;
    line->reset |= reset;
    line_stir(line);
}

static void start_tls(struct line *line)
{
    line->secure_next = false;
    line->tls = SSL_new(secure);
    SSL_set_fd(line->tls, line->fd);
    SSL_set_accept_state(line->tls);
}

static ssize_t read_some(struct line *line, char *into)
{ /* -1: nothing for now; 0: the end */
    if (!line->tls) {
        ssize_t n = recv(line->fd, into, PIECE, 0);
        return n < 0 && errno != EAGAIN && errno != EINTR ? 0 : n;
    }
    ERR_clear_error(); /* one line's error would else be read as another's */
    int n = SSL_read(line->tls, into, PIECE);
    if (n > 0)
        return n;
    int why = SSL_get_error(line->tls, n);
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? -1 : 0;
}

static ssize_t write_some(struct line *line)
{
    if (!line->tls) {
        ssize_t n = send(line->fd, line->out.at, line->out.used, MSG_NOSIGNAL);
        return n < 0 && errno != EAGAIN && errno != EINTR ? 0 : n;
    }
    ERR_clear_error();
    int n = SSL_write(line->tls, line->out.at, (int)line->out.used);
    if (n > 0)
        return n;
    int why = SSL_get_error(line->tls, n);
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? -1 : 0;
}

static void watch(struct line *line, bool blocked)
{
    if (line->blocked == blocked)
        return;
    line->blocked = blocked;
    struct epoll_event event = {.events = EPOLLIN | (blocked ? EPOLLOUT : 0u), .data.ptr = line};
    epoll_ctl(epoll_fd, EPOLL_CTL_MOD, line->fd, &event);
}

static void flush(struct line *line)
{
    for (;;) {
        if (line->speech->fill && line->out.used < ENOUGH)
            line->speech->fill(line);
        if (!line->out.used)
            break;
        ssize_t n = write_some(line);
        if (n == 0)
            line->dead = true;
        if (n <= 0) {
            watch(line, n < 0);
            return;
        }
        bytes_eat(&line->out, (size_t)n);
    }
    watch(line, false);
    if (line->secure_next)
        start_tls(line);
    if (line->close_when_empty)
        line->dead = true;
}

static void bury(struct line *line)
{
    while (line->open)
        exchange_close(line->open);
    if (line->speech->close)
        line->speech->close(line);
    if (line->reset) {
        struct linger at_once = {1, 0};
        setsockopt(line->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    } else if (line->tls) {
        SSL_shutdown(line->tls);
    }
    SSL_free(line->tls);
    close(line->fd);
    bytes_free(&line->in);
    bytes_free(&line->out);
    free(line);
}

void lines_flush(void)
{
    while (stirred) {
        struct line *line = stirred;
        stirred = line->next_stirred;
        line->stirred = false;
        if (!line->dead)
            flush(line);
        if (line->dead) {
            if (line->stirred) /* flushing stirred it again: it stands first */
                stirred = line->next_stirred;
            bury(line);
        }
    }
}

static bool speaks_tls(const struct line *line)
{ /* a client's first byte in TLS is 22, and no letter */
    char first = 0;
    return recv(line->fd, &first, 1, MSG_PEEK) == 1 && first == 22;
}

void line_event(struct line *line)
{
    static char piece[PIECE];
    if (line->speech == &speech_unknown && !line->tls && secure && speaks_tls(line))
        start_tls(line);
    for (ssize_t n; !line->dead && (n = read_some(line, piece)) >= 0;) {
        if (n == 0)
            line->dead = true;
        else
            line->speech->hear(line, piece, (size_t)n);
    }
    line_stir(line);
}

/* Until the first bytes tell: HTTP/2 (chosen in TLS, or by prior knowledge) or HTTP/1.1. */
static void hear_unknown(struct line *line, const char *at, size_t n)
{
    const unsigned char *chosen = NULL;
    unsigned length = 0;
    if (line->tls)
        SSL_get0_alpn_selected(line->tls, &chosen, &length);
    bool h2 = length == 2 || (!length && n >= 4 && !memcmp(at, "PRI ", 4));
    totals.h2 += h2;
    totals.h1 += !h2;
    line_speak(line, h2 ? &speech_http2 : &speech_http1);
    line->speech->hear(line, at, n);
}

const struct speech speech_unknown = {.hear = hear_unknown};

/* HTTP/2 by nghttp2: thousands of streams on a line, answers in any order. */
#include "provider.h"

#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW (1 << 30)
#define ENOUGH (128 * 1024)

static int begun(nghttp2_session *session, const nghttp2_frame *frame, void *own)
{
    struct exchange *e = exchange_open(own);
    e->stream = frame->hd.stream_id;
    nghttp2_session_set_stream_user_data(session, e->stream, e);
    return 0;
}

static int header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_n,
                  const uint8_t *value, size_t n, uint8_t flags, void *own)
{
    (void)flags;
    (void)own;
    if (name[0] != ':')
        return 0;
    struct exchange *e = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    if (name_n == 7 && name[1] == 'm')
        e->method = *value == 'P' && n == 4 ? POST : *value == 'G' ? GET : OTHER_METHOD;
    if (name_n == 5 && name[1] == 'p' && n < sizeof e->path) {
        memcpy(e->path, value, n);
        e->path[n] = 0;
    }
    return 0;
}

static int body(nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *at, size_t n, void *own)
{
    (void)flags;
    (void)own;
    struct exchange *e = nghttp2_session_get_stream_user_data(session, stream);
    if (e)
        bytes_add(&e->body, at, n);
    return 0;
}

static int received(nghttp2_session *session, const nghttp2_frame *frame, void *own)
{
    (void)own;
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)
        return 0;
    if (!(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
        return 0;
    struct exchange *e = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    if (e)
        exchange_settle(e, route(e));
    return 0;
}

static int closed(nghttp2_session *session, int32_t stream, uint32_t why, void *own)
{
    (void)why;
    (void)own;
    struct exchange *e = nghttp2_session_get_stream_user_data(session, stream);
    if (e)
        exchange_close(e);
    return 0;
}

static nghttp2_session_callbacks *callbacks(void)
{
    static nghttp2_session_callbacks *all;
    if (!all) {
        nghttp2_session_callbacks_new(&all);
        nghttp2_session_callbacks_set_on_begin_headers_callback(all, begun);
        nghttp2_session_callbacks_set_on_header_callback(all, header);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(all, body);
        nghttp2_session_callbacks_set_on_frame_recv_callback(all, received);
        nghttp2_session_callbacks_set_on_stream_close_callback(all, closed);
    }
    return all;
}

static void begin(struct line *line)
{
    nghttp2_session *session;
    nghttp2_session_server_new(&session, callbacks(), line);
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, (uint32_t)options.max_streams},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW},
        {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, 1 << 18},
    };
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, sizeof settings / sizeof *settings);
    nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, WINDOW);
    line->own = session;
}

static void hear(struct line *line, const char *at, size_t n)
{
    if (nghttp2_session_mem_recv(line->own, (const uint8_t *)at, n) < 0)
        line_kill(line, false);
}

static void fill(struct line *line)
{
    const uint8_t *at;
    ssize_t n;
    while (line->out.used < ENOUGH && (n = nghttp2_session_mem_send(line->own, &at)) > 0)
        bytes_add(&line->out, at, (size_t)n);
    if (!line->out.used && !nghttp2_session_want_read(line->own) && !nghttp2_session_want_write(line->own))
        line_kill(line, false);
}

static ssize_t answer(nghttp2_session *session, int32_t stream, uint8_t *to, size_t room, uint32_t *flags,
                      nghttp2_data_source *source, void *own)
{
    (void)session;
    (void)stream;
    (void)own;
    struct exchange *e = source->ptr;
    size_t n = e->answer.used - e->answered;
    if (n > room)
        n = room;
    memcpy(to, e->answer.at + e->answered, n);
    e->answered += n;
    if (e->answered == e->answer.used)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)n;
}

static nghttp2_nv pair(const char *name, const char *value)
{
    return (nghttp2_nv){(uint8_t *)name, (uint8_t *)value, strlen(name), strlen(value), NGHTTP2_NV_FLAG_NO_COPY_NAME};
}

static void tell(struct exchange *e)
{
    char status[8];
    size_t n = 0;
    nghttp2_nv headers[4];
    snprintf(status, sizeof status, "%d", e->status);
    headers[n++] = pair(":status", status);
    headers[n++] = pair("content-type", "application/json");
    if (e->message_id[0])
        headers[n++] = pair("x-message-id", e->message_id);
    if (e->retry_after[0])
        headers[n++] = pair("retry-after", e->retry_after);
    nghttp2_data_provider data = {.source.ptr = e, .read_callback = answer};
    nghttp2_submit_response(e->line->own, e->stream, headers, n, e->answer.used ? &data : NULL);
    line_stir(e->line);
}

static void drop(struct exchange *e)
{
    nghttp2_submit_rst_stream(e->line->own, NGHTTP2_FLAG_NONE, e->stream, NGHTTP2_INTERNAL_ERROR);
    line_stir(e->line);
}

static void end(struct line *line)
{
    nghttp2_session_del(line->own);
}

const struct speech speech_http2 = {
    .open = begin, .hear = hear, .tell = tell, .drop = drop, .fill = fill, .close = end};

/* A buffer that grows. */
#include "provider.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void grow(struct bytes *b, size_t n)
{
    if (b->used + n <= b->room)
        return;
    size_t room = b->room ? b->room : 512;
    while (room < b->used + n)
        room *= 2;
    b->at = realloc(b->at, room);
    if (!b->at)
        abort();
    b->room = room;
}

void bytes_add(struct bytes *b, const void *from, size_t n)
{
    if (!n)
        return;
    grow(b, n);
    memcpy(b->at + b->used, from, n);
    b->used += n;
}

void bytes_say(struct bytes *b, const char *format, ...)
{
    for (size_t room = 256;; room = 4096 * 16) {
        va_list given;
        grow(b, room);
        va_start(given, format);
        int n = vsnprintf(b->at + b->used, room, format, given);
        va_end(given);
        if (n >= 0 && (size_t)n < room) {
            b->used += (size_t)n;
            return;
        }
        if (room > 256)
            abort();
    }
}

void bytes_eat(struct bytes *b, size_t n)
{
    b->used -= n;
    if (b->used)
        memmove(b->at, b->at + n, b->used);
}

void bytes_empty(struct bytes *b)
{
    b->used = 0;
    if (b->room > 16384)
        bytes_free(b);
}

void bytes_free(struct bytes *b)
{
    free(b->at);
    *b = (struct bytes){0};
}

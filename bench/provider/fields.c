/* Reads single fields out of JSON and of forms without building trees: the provider must not be the limit. */
#include "provider.h"

#include <string.h>

#define DEEPEST 8

struct walk {
    const char *at, *end;
    struct text keys[DEEPEST]; /* the path to where we are; a list is written as [] and its number */
    long numbers[DEEPEST];
    int depth;
    const char *path;
    void (*take)(struct text, void *);
    void *with;
    unsigned taken;
};

/* "personalizations[].to[0].email": names, [] for every member of a list, [0] for its first. */
static bool here(const struct walk *w)
{
    const char *p = w->path;
    for (int i = 0; i < w->depth; i++) {
        if (w->numbers[i] >= 0) {
            if (p[0] != '[' || (p[1] == '0' && w->numbers[i]))
                return false;
            p += p[1] == '0' ? 3 : 2;
            continue;
        }
        if (*p == '.')
            p++;
        if (strncmp(p, w->keys[i].at, w->keys[i].n))
            return false;
        p += w->keys[i].n;
        if (*p && *p != '.' && *p != '[')
            return false;
    }
    return !*p;
}

static struct text string(struct walk *w)
{ /* at an opening quote; leaves behind the closing one */
    struct text t = {++w->at, 0};
    while (w->at < w->end && *w->at != '"')
        w->at += *w->at == '\\' ? 2 : 1;
    if (w->at > w->end)
        w->at = w->end;
    t.n = (size_t)(w->at++ - t.at);
    return t;
}

static bool open_list_or_object(struct walk *w, bool list)
{
    if (w->depth == DEEPEST)
        return false;
    w->numbers[w->depth] = list ? 0 : -1;
    w->keys[w->depth++] = (struct text){"", 0};
    return true;
}

static void next_member(struct walk *w)
{
    if (w->depth && w->numbers[w->depth - 1] >= 0)
        w->numbers[w->depth - 1]++;
}

static void word(struct walk *w)
{
    struct text t = string(w);
    const char *after = w->at;
    while (after < w->end && (*after == ' ' || *after == '\n' || *after == '\t' || *after == '\r'))
        after++;
    if (after < w->end && *after == ':' && w->depth && w->numbers[w->depth - 1] < 0) {
        w->keys[w->depth - 1] = t;
        w->at = after + 1;
    } else if (here(w)) {
        w->take(t, w->with);
        w->taken++;
    }
}

unsigned json_each(struct text json, const char *path, void (*take)(struct text, void *), void *with)
{
    struct walk w = {.at = json.at, .end = json.at + json.n, .path = path, .take = take, .with = with};
    while (w.at < w.end) {
        char c = *w.at;
        if (c == '"') {
            word(&w);
            continue;
        }
        if ((c == '{' || c == '[') && !open_list_or_object(&w, c == '['))
            break;
        if ((c == '}' || c == ']') && --w.depth < 0)
            break;
        if (c == ',')
            next_member(&w);
        w.at++;
    }
    return w.taken;
}

static void keep(struct text t, void *with)
{
    *(struct text *)with = t;
}

struct text json_text(struct text json, const char *path)
{
    struct text found = {0};
    json_each(json, path, keep, &found);
    return found;
}

static int hex(char c)
{
    c |= 32; /* lower case; digits have that bit already */
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 0;
}

static size_t decoded(const char *at, const char *end, char *out, size_t room)
{
    size_t n = 0;
    for (; at < end && *at != '&' && n < room; at++) {
        if (*at == '%' && end - at > 2) {
            out[n++] = (char)(hex(at[1]) * 16 + hex(at[2]));
            at += 2;
        } else {
            out[n++] = *at == '+' ? ' ' : *at;
        }
    }
    return n;
}

size_t form_field(struct text form, const char *name, char *out, size_t room)
{
    size_t length = strlen(name);
    const char *end = form.at + form.n;
    for (const char *at = form.at; at && at < end; at = memchr(at, '&', (size_t)(end - at)), at = at ? at + 1 : NULL)
        if ((size_t)(end - at) > length && at[length] == '=' && !memcmp(at, name, length))
            return decoded(at + length + 1, end, out, room);
    return 0;
}

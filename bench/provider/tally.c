/* Counts who was told how often: a hash table of recipients, open addressing, names kept in one long buffer. */
#include "provider.h"

#include <stdlib.h>
#include <string.h>

const char *const kind_names[KINDS] = {"fcm", "twilio", "sendgrid", "smtp"};
struct tally tallies[KINDS];
struct totals totals;

struct entry {
    uint64_t hash, name; /* name: where it begins in `names` */
    uint32_t length, times;
    uint32_t kind;
};
static struct entry *table;
static size_t room, used;
static struct bytes names;

static uint64_t hash_of(enum kind kind, const char *at, size_t n)
{
    uint64_t h = 0xCBF29CE484222325u ^ kind, word;
    for (; n >= 8; at += 8, n -= 8) {
        memcpy(&word, at, 8);
        h = (h ^ word) * 0x9FB21C651E98DF25u;
        h ^= h >> 32;
    }
    word = n;
    memcpy((char *)&word + 1, at, n);
    h = (h ^ word) * 0x9FB21C651E98DF25u;
    h ^= h >> 29;
    return h * 0xD6E8FEB86659FD93u ^ h >> 32;
}

static struct entry *place_of(uint64_t hash, enum kind kind, const char *at, size_t n)
{
    size_t i = hash & (room - 1);
    for (;; i = (i + 1) & (room - 1)) {
        struct entry *e = &table[i];
        if (!e->times)
            return e;
        if (e->hash == hash && e->kind == kind && e->length == n && !memcmp(names.at + e->name, at, n))
            return e;
    }
}

static void widen(void)
{
    struct entry *old = table;
    size_t old_room = room;
    room = room ? room * 2 : 1 << 16;
    table = calloc(room, sizeof *table);
    if (!table)
        abort();
    for (size_t i = 0; i < old_room; i++) {
        if (!old[i].times)
            continue;
        size_t j = old[i].hash & (room - 1);
        while (table[j].times)
            j = (j + 1) & (room - 1);
        table[j] = old[i];
    }
    free(old);
}

void tally_take(enum kind kind, const char *recipient, size_t n)
{
    if (used * 2 >= room)
        widen();
    uint64_t hash = hash_of(kind, recipient, n);
    struct entry *e = place_of(hash, kind, recipient, n);
    tallies[kind].recipients++;
    if (!e->times) {
        *e = (struct entry){hash, names.used, (uint32_t)n, 0, kind};
        bytes_add(&names, recipient, n);
        used++;
        tallies[kind].distinct++;
    }
    e->times++;
}

void tally_reset(void)
{
    uint64_t in_flight = totals.in_flight;
    free(table);
    table = NULL;
    room = used = 0;
    bytes_free(&names);
    memset(tallies, 0, sizeof tallies);
    totals = (struct totals){.in_flight = in_flight, .most_in_flight = in_flight};
}

void tally_list(struct bytes *out, unsigned times)
{
    for (size_t i = 0; i < room; i++) {
        struct entry *e = &table[i];
        if (!e->times || e->times < times)
            continue;
        bytes_say(out, "%u %s ", e->times, kind_names[e->kind]);
        bytes_add(out, names.at + e->name, e->length);
        bytes_add(out, "\n", 1);
    }
}

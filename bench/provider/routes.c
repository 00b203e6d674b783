/* What the providers' published contracts say to a request: FCM v1, Twilio messages, SendGrid mail. */
#include "provider.h"

#include <stdio.h>
#include <string.h>

#define MOST_PERSONALIZATIONS 1000

static uint64_t last_id;

static void count(struct text recipient, void *kind)
{
    tally_take(*(enum kind *)kind, recipient.at, recipient.n);
}

static void number(struct text name, void *with)
{
    (void)name;
    (void)with;
}

static void say(struct exchange *e, int status, const char *body)
{
    e->status = status;
    bytes_add(&e->answer, body, strlen(body));
}

/* Each provider's own error document, as far as a client reads it. */
static void refuse(struct exchange *e, enum kind kind, int status)
{
    e->status = status;
    if (status == 429)
        snprintf(e->retry_after, sizeof e->retry_after, "%ld", options.retry_after);
    if (kind == FCM) {
        const char *word = status == 429   ? "RESOURCE_EXHAUSTED"
                           : status == 503 ? "UNAVAILABLE"
                           : status == 400 ? "INVALID_ARGUMENT"
                                           : "INTERNAL";
        const char *code = status == 429 ? "QUOTA_EXCEEDED" : word;
        bytes_say(&e->answer,
                  "{\"error\":{\"code\":%d,\"message\":\"refused\",\"status\":\"%s\",\"details\":[{\"@type\":"
                  "\"type.googleapis.com/google.firebase.fcm.v1.FcmError\",\"errorCode\":\"%s\"}]}}",
                  status, word, code);
    } else if (kind == TWILIO) {
        int code = status == 400 ? 21604 : 20000 + status;
        bytes_say(&e->answer,
                  "{\"code\":%d,\"message\":\"refused\",\"more_info\":\"https://www.twilio.com/docs/errors/%d\","
                  "\"status\":%d}",
                  code, code, status);
    } else {
        bytes_say(&e->answer, "{\"errors\":[{\"message\":\"refused\",\"field\":null,\"help\":null}]}");
    }
}

static bool goes_wrong(struct exchange *e, enum kind kind)
{
    tallies[kind].requests++;
    e->fate = faults_throw();
    if (e->fate == FAILED)
        refuse(e, kind, (int)options.fail_status);
    else if (e->fate == THROTTLED)
        refuse(e, kind, 429);
    return e->fate == FAILED || e->fate == THROTTLED; /* the others take the message */
}

static void invalid(struct exchange *e, enum kind kind)
{
    totals.invalid++;
    e->fate = ANSWERED;
    refuse(e, kind, 400);
}

static void fcm(struct exchange *e)
{
    struct text token = json_text((struct text){e->body.at, e->body.used}, "message.token");
    if (!token.n) {
        invalid(e, FCM);
        return;
    }
    tally_take(FCM, token.at, token.n);
    const char *project = e->path + strlen("/v1/projects/");
    e->status = 200;
    bytes_say(&e->answer, "{\"name\":\"projects/%.*s/messages/0:%016llx\"}", (int)strcspn(project, "/"), project,
              (unsigned long long)++last_id);
}

static void twilio(struct exchange *e)
{
    char to[64];
    const char *account = e->path + strlen("/2010-04-01/Accounts/");
    size_t n = form_field((struct text){e->body.at, e->body.used}, "To", to, sizeof to);
    if (!n) {
        invalid(e, TWILIO);
        return;
    }
    tally_take(TWILIO, to, n);
    e->status = 201;
    bytes_say(&e->answer,
              "{\"sid\":\"SM%032llx\",\"account_sid\":\"%.*s\",\"status\":\"queued\",\"to\":\"%.*s\",\"direction\":"
              "\"outbound-api\",\"num_segments\":\"1\",\"num_media\":\"0\",\"error_code\":null,\"error_message\":null}",
              (unsigned long long)++last_id, (int)strcspn(account, "/"), account, (int)n, to);
}

static void sendgrid(struct exchange *e)
{
    static enum kind kind = SENDGRID;
    struct text body = {e->body.at, e->body.used};
    unsigned mails = json_each(body, "personalizations[].to[0].email", number, NULL);
    if (!mails || mails > MOST_PERSONALIZATIONS) {
        invalid(e, SENDGRID);
        return;
    }
    json_each(body, "personalizations[].to[0].email", count, &kind);
    e->status = 202;
    snprintf(e->message_id, sizeof e->message_id, "%022llx", (unsigned long long)++last_id);
}

static bool between(const char *path, const char *head, const char *tail)
{
    size_t n = strlen(path), m = strlen(tail);
    return !strncmp(path, head, strlen(head)) && n > m && !strcmp(path + n - m, tail);
}

static void token(struct exchange *e)
{
    totals.tokens++;
    say(e, 200, "{\"access_token\":\"ya29.loopback\",\"expires_in\":3599,\"token_type\":\"Bearer\"}");
}

long route(struct exchange *e)
{
    static const struct {
        const char *head, *tail;
        enum kind kind;
        void (*take)(struct exchange *);
    } routes[] = {
        {"/v1/projects/", "/messages:send", FCM, fcm},
        {"/2010-04-01/Accounts/", "/Messages.json", TWILIO, twilio},
        {"/v3/mail/send", "/send", SENDGRID, sendgrid},
    };
    if (e->path[0] == '/' && e->path[1] == '_') {
        control(e);
        return 0;
    }
    if (e->method == POST && !strcmp(e->path, "/token")) {
        token(e);
        return 0;
    }
    for (size_t i = 0; e->method == POST && i < sizeof routes / sizeof *routes; i++)
        if (between(e->path, routes[i].head, routes[i].tail)) {
            if (!goes_wrong(e, routes[i].kind))
                routes[i].take(e);
            totals.fates[e->fate]++;
            return options.delay_ms;
        }
    say(e, 404, "{\"error\":\"no such route\"}");
    return 0;
}

/* The counting provider: 127.0.0.1 only, one thread, one epoll; prints its two ports and runs until it is ended. */
#include "provider.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static int http_listener, smtp_listener;

static int listener(long port, int *chosen)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, (struct sockaddr *)&at, n) || listen(fd, 4096) || getsockname(fd, (struct sockaddr *)&at, &n)) {
        perror("listen");
        exit(1);
    }
    *chosen = ntohs(at.sin_port);
    return fd;
}

static void welcome(int *from, const struct speech *speech)
{
    for (int fd, yes = 1; (fd = accept4(*from, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        line_open(fd, speech);
    }
}

static void watch(int fd, uint32_t events, void *own)
{
    struct epoll_event event = {.events = events, .data.ptr = own};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static void turn(void)
{
    struct epoll_event events[256];
    int n = epoll_wait(epoll_fd, events, 256, later_any() ? 1 : -1);
    for (int i = 0; i < n; i++) {
        if (events[i].data.ptr == NULL)
            exit(0); /* whoever started it is gone */
        if (events[i].data.ptr == &http_listener)
            welcome(&http_listener, &speech_unknown);
        else if (events[i].data.ptr == &smtp_listener)
            welcome(&smtp_listener, &speech_smtp);
        else
            line_event(events[i].data.ptr);
    }
    exchanges_ripen();
    lines_flush();
}

/* name and value in turn */
static void options_of(int argc, char **argv)
{
    const char *certificate = NULL, *key = NULL;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--certificate"))
            certificate = argv[i + 1];
        else if (!strcmp(argv[i], "--key"))
            key = argv[i + 1];
        else if (strncmp(argv[i], "--", 2) || !option_set(argv[i] + 2, argv[i + 1])) {
            fprintf(stderr, "no such option: %s %s\n", argv[i], argv[i + 1]);
            exit(2);
        }
    }
    if (certificate && key)
        tls_begin(certificate, key);
}

int main(int argc, char **argv)
{
    int http, smtp;
    signal(SIGPIPE, SIG_IGN);
    faults_begin();
    options_of(argc, argv);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    http_listener = listener(options.http_port, &http);
    smtp_listener = listener(options.smtp_port, &smtp);
    watch(http_listener, EPOLLIN, &http_listener);
    watch(smtp_listener, EPOLLIN, &smtp_listener);
    if (options.until_stdin_closes)
        watch(STDIN_FILENO, 0, NULL); /* a hang-up is told unasked */
    printf("%d %d\n", http, smtp);
    fflush(stdout);
    for (;;)
        turn();
}

/* cmpgate pipe: standard input and output, joined to an endpoint's socket. */
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/command/command.h"
#include "gateway/option.h"
#include "gateway/thread.h"

enum { PIECE = 65536 };                 /* octets */

/* ---- connecting ------------------------------------------------------------------------------------------- */

static int connect_local(const char *path)
{
    struct sockaddr_un there = { .sun_family = AF_UNIX };

    if (strlen(path) >= sizeof there.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(there.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&there, sizeof there) != 0) {
        int failed = errno;
        close(fd);
        errno = failed;
        return -1;
    }
    return fd;
}

/* "192.0.2.7:829", "[2001:db8::7]:829": numbers, as everywhere in a configuration. */
static int connect_network(const char *address)
{
    const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL;
    const char *colon = strrchr(address, ':');
    bool bracket = address[0] == '[';
    char host[256];

    snprintf(host, sizeof host, "%.*s", (int)(colon - address) - 2 * bracket, address + bracket);
    if (getaddrinfo(host, colon + 1, &hints, &found) != 0) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
        int failed = errno;
        close(fd);
        fd = -1;
        errno = failed;
    }
    freeaddrinfo(found);
    return fd;
}

/* ---- copying: one thread a direction, so that neither waits for the other ------------------------------------ */

static bool write_all(int to, const char *piece, size_t len)
{
    while (len > 0) {
        ssize_t n = write(to, piece, len);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        piece += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* True: until the end. */
static bool copy(int from, int to)
{
    char piece[PIECE];
    ssize_t n;

    while ((n = read(from, piece, sizeof piece)) != 0) {
        if (n < 0 && errno != EINTR) {
            return false;
        }
        if (n > 0 && !write_all(to, piece, (size_t)n)) {
            return false;
        }
    }
    return true;
}

/* The end of our input is the end of the peer's requests, not of the answers. */
static void *copy_in(void *context)
{
    int fd = *(int *)context;

    copy(STDIN_FILENO, fd);
    shutdown(fd, SHUT_WR);
    return NULL;
}

static int join(const char *address)
{
    bool local = strncmp(address, "unix:", 5) == 0;
    static int fd;                      /* outlives this thread's stack: the other may still be reading */
    pthread_t thread;

    fd = local ? connect_local(address + 5) : connect_network(address);
    if (fd < 0) {
        return command_fail("pipe", "%s: %s", address, strerror(errno));
    }
    signal(SIGPIPE, SIG_IGN);
    if (!thread_start(&thread, "pipe", copy_in, &fd)) {
        return command_fail("pipe", "no thread can be started");
    }
    /* Nobody would read what else comes in, so its thread ends with the process. */
    pthread_detach(thread);
    return copy(fd, STDOUT_FILENO) ? EXIT_SUCCESS : command_fail("pipe", "%s: %s", address, strerror(errno));
}

/* ---- the command line ------------------------------------------------------------------------------------------ */

static const char pipe_help[] =
    "usage: cmpgate pipe ADDRESS\n"
    "\n"
    "Joins standard input and output to the endpoint that listens on ADDRESS: ADDR:PORT, [ADDR]:PORT or\n"
    "unix:PATH.  For peers that have pipes instead of a socket: inetd, a forced command of SSH, a serial line.\n"
    "The end of the input is passed on; the command ends when the endpoint has closed the connection.\n"
    "\n"
    "example: cmpgate pipe unix:/run/cmpgate/tcp\n"
    "exit status: 0 the endpoint has ended the connection, 1 it could not be reached or broke off, 2 wrong usage\n";

int command_pipe(int argc, char **argv)
{
    static const struct option longs[] = { { "help", no_argument, NULL, 'h' }, { 0 } };

    for (int c; (c = getopt_long(argc, argv, ":h", longs, NULL)) != -1; ) {
        if (c == 'h') {
            command_help(pipe_help);
            return EXIT_SUCCESS;
        }
        command_wrong("pipe", "there is no option %s", argv[optind - 1]);
        return COMMAND_USAGE;
    }
    if (argc - optind != 1) {
        command_wrong("pipe", argc == optind ? "ADDRESS is missing" : "want one ADDRESS");
        return COMMAND_USAGE;
    }
    if (!option_address(argv[optind]) || strncmp(argv[optind], "systemd:", 8) == 0 || argv[optind][0] == '*') {
        command_wrong("pipe", "%s: want ADDR:PORT, [ADDR]:PORT or unix:PATH", argv[optind]);
        return COMMAND_USAGE;
    }
    return join(argv[optind]);
}

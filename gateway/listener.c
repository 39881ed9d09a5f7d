#include "gateway/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { SYSTEMD_FIRST_FD = 3, SYSTEMD_MOST = 64, BACKLOG = 4096 };

struct listener {
    struct listener *next;
    int fd;
    unsigned users;                     /* listeners_get() less listeners_drop() */
    char *address;                      /* as asked for; NULL: from systemd, not asked for yet */
    char *name;                         /* FileDescriptorName; NULL: ours */
    char *path;                         /* of a unix socket that we made: removed at the end */
};

struct listeners {
    struct listener *first;
};

/* An address to bind to. */
struct place {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_un local;
        struct sockaddr_storage room;
    } at;
    socklen_t len;
    bool both;                          /* "*": IPv6 that takes IPv4 too */
};

static void fill(struct listener *l, int fd, const char *address, const char *name, const char *path)
{
    l->fd = fd;
    l->address = address != NULL ? strdup(address) : NULL;
    l->name = name != NULL ? strdup(name) : NULL;
    l->path = path != NULL ? strdup(path) : NULL;
}

static bool add(struct listeners *all, int fd, const char *address, const char *name, const char *path)
{
    struct listener *l = calloc(1, sizeof *l);

    if (l == NULL) {
        return false;
    }
    fill(l, fd, address, name, path);
    l->next = all->first;
    all->first = l;
    return true;
}

static void listener_free(struct listener *l)
{
    close(l->fd);
    if (l->path != NULL) {
        unlink(l->path);
    }
    free(l->address);
    free(l->name);
    free(l->path);
    free(l);
}

/* ---- systemd: sd_listen_fds(3) --------------------------------------------------------------- */

static void set_flags(int fd)
{
    fcntl(fd, F_SETFD, fcntl(fd, F_GETFD) | FD_CLOEXEC);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static bool take_over(struct listeners *all)
{
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS"), *names = getenv("LISTEN_FDNAMES");
    bool ours = pid != NULL && count != NULL && strtol(pid, NULL, 10) == (long)getpid();
    long n = ours ? strtol(count, NULL, 10) : 0;
    bool ok = true;

    for (long i = 0; i < n && i < SYSTEMD_MOST && ok; i++) {
        size_t len = names != NULL ? strcspn(names, ":") : 0;
        char name[256];
        snprintf(name, sizeof name, "%.*s", (int)(len < sizeof name ? len : sizeof name - 1), len > 0 ? names : "");
        set_flags(SYSTEMD_FIRST_FD + (int)i);
        ok = add(all, SYSTEMD_FIRST_FD + (int)i, NULL, name, NULL);
        names = names != NULL && names[len] == ':' ? names + len + 1 : NULL;
    }
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    return ok;
}

struct listeners *listeners_new(void)
{
    struct listeners *all = calloc(1, sizeof *all);

    if (all != NULL && !take_over(all)) {
        listeners_free(all);
        return NULL;
    }
    return all;
}

void listeners_free(struct listeners *all)
{
    if (all == NULL) {
        return;
    }
    for (struct listener *l = all->first, *next; l != NULL; l = next) {
        next = l->next;
        listener_free(l);
    }
    free(all);
}

/* ---- addresses --------------------------------------------------------------------------------- */

static bool local_place(const char *path, struct place *place, char *why, size_t why_size)
{
    memset(place, 0, sizeof *place);
    if (strlen(path) >= sizeof place->at.local.sun_path) {
        snprintf(why, why_size, "the path is longer than %zu octets", sizeof place->at.local.sun_path - 1);
        return false;
    }
    place->at.local.sun_family = AF_UNIX;
    strcpy(place->at.local.sun_path, path);
    place->len = sizeof place->at.local;
    return true;
}

/* "192.0.2.7:829", "[2001:db8::7]:829", "*:829": numbers only, so that nothing waits for a resolver. */
static bool network_place(const char *address, struct place *place, char *why, size_t why_size)
{
    const char *colon = strrchr(address, ':');
    size_t len = colon != NULL ? (size_t)(colon - address) : 0;
    char host[INET6_ADDRSTRLEN + 2] = "";
    struct addrinfo *found = NULL, hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM };

    memset(place, 0, sizeof *place);
    place->both = strncmp(address, "*:", 2) == 0;
    if (place->both) {
        strcpy(host, "::");
    } else if (len >= 2 && len < sizeof host && address[0] == '[' && colon[-1] == ']') {
        memcpy(host, address + 1, len - 2);
    } else if (len > 0 && len < sizeof host && memchr(address, ':', len) == NULL) {
        memcpy(host, address, len);
    }
    if (host[0] == '\0' || getaddrinfo(host, colon + 1, &hints, &found) != 0) {
        snprintf(why, why_size, "not an address and a port");
        return false;
    }
    memcpy(&place->at, found->ai_addr, found->ai_addrlen);
    place->len = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}

static bool place_of(const char *address, struct place *place, char *why, size_t why_size)
{
    if (strncmp(address, "unix:", 5) == 0) {
        return local_place(address + 5, place, why, why_size);
    }
    return network_place(address, place, why, why_size);
}

static bool same_place(int fd, const struct place *want)
{
    struct place have;

    memset(&have, 0, sizeof have);
    have.len = sizeof have.at;
    if (getsockname(fd, &have.at.any, &have.len) != 0 || have.at.any.sa_family != want->at.any.sa_family) {
        return false;
    }
    switch (have.at.any.sa_family) {
    case AF_INET:
        return have.at.v4.sin_port == want->at.v4.sin_port &&
               have.at.v4.sin_addr.s_addr == want->at.v4.sin_addr.s_addr;
    case AF_INET6:
        return have.at.v6.sin6_port == want->at.v6.sin6_port &&
               memcmp(&have.at.v6.sin6_addr, &want->at.v6.sin6_addr, sizeof have.at.v6.sin6_addr) == 0;
    default:
        return strcmp(have.at.local.sun_path, want->at.local.sun_path) == 0;
    }
}

/* ---- binding ------------------------------------------------------------------------------------- */

/* A socket file that nobody answers on is left from a run that did not end well. */
static void remove_stale(const struct place *place)
{
    const char *path = place->at.local.sun_path;
    struct stat st;

    if (lstat(path, &st) != 0 || !S_ISSOCK(st.st_mode)) {
        return;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, &place->at.any, place->len) != 0 && errno == ECONNREFUSED) {
        unlink(path);
    }
    if (fd >= 0) {
        close(fd);
    }
}

/* The socket, or -errno. */
static int bind_place(const struct place *place)
{
    int family = place->at.any.sa_family, one = 1, only = !place->both;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0) {
        return -errno;
    }
    if (family == AF_UNIX) {
        remove_stale(place);
    } else {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    }
    if (family == AF_INET6) {
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
    }
    if (bind(fd, &place->at.any, place->len) != 0 || listen(fd, BACKLOG) != 0) {
        int failed = errno;
        close(fd);
        return -failed;
    }
    return fd;
}

/* A machine without IPv6 still has all its IPv4 addresses. */
static int bind_all(struct place *place)
{
    int fd = bind_place(place);

    if (place->both && (fd == -EAFNOSUPPORT || fd == -EADDRNOTAVAIL)) {
        in_port_t port = place->at.v6.sin6_port;
        memset(place, 0, sizeof *place);
        place->at.v4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = port };
        place->len = sizeof place->at.v4;
        fd = bind_place(place);
    }
    return fd;
}

static int known(const struct listeners *all, const char *address, const struct place *place)
{
    for (const struct listener *l = all->first; l != NULL; l = l->next) {
        if (l->address != NULL ? strcmp(l->address, address) == 0 : place != NULL && same_place(l->fd, place)) {
            return l->fd;
        }
    }
    return -1;
}

static int named(const struct listeners *all, const char *name, char *why, size_t why_size)
{
    for (const struct listener *l = all->first; l != NULL; l = l->next) {
        if (l->name != NULL && strcmp(l->name, name) == 0) {
            return l->fd;
        }
    }
    snprintf(why, why_size, "systemd has passed no socket of this name");
    return -1;
}

static int find_or_bind(struct listeners *all, const char *address, char *why, size_t why_size)
{
    struct place place;

    if (strncmp(address, "systemd:", 8) == 0) {
        return named(all, address + 8, why, why_size);
    }
    if (!place_of(address, &place, why, why_size)) {
        return -1;
    }
    bool local = place.at.any.sa_family == AF_UNIX;
    /* Port 0 means a new one each time. */
    bool any_port = !local && place.at.v4.sin_port == 0;
    int fd = any_port ? -1 : known(all, address, &place);
    if (fd >= 0) {
        return fd;
    }
    fd = bind_all(&place);
    if (fd < 0) {
        snprintf(why, why_size, "%s", strerror(-fd));
        return -1;
    }
    if (!add(all, fd, address, NULL, local ? place.at.local.sun_path : NULL)) {
        snprintf(why, why_size, "out of memory");
        close(fd);
        return -1;
    }
    return fd;
}

static struct listener **place_of_fd(struct listeners *all, int fd)
{
    struct listener **at = &all->first;

    while (*at != NULL && (*at)->fd != fd) {
        at = &(*at)->next;
    }
    return at;
}

int listeners_get(struct listeners *all, const char *address, char *why, size_t why_size)
{
    int fd = find_or_bind(all, address, why, why_size);

    if (fd >= 0) {
        (*place_of_fd(all, fd))->users++;
    }
    return fd;
}

void listeners_drop(struct listeners *all, int fd)
{
    struct listener **at = place_of_fd(all, fd), *l = *at;

    /* What systemd gave is kept: it could not be had again. */
    if (l != NULL && l->users > 0 && --l->users == 0 && l->name == NULL && l->address != NULL) {
        *at = l->next;
        listener_free(l);
    }
}

void listener_text(int fd, char *out, size_t size)
{
    struct place at;
    char host[NI_MAXHOST], port[NI_MAXSERV];

    memset(&at, 0, sizeof at);
    at.len = sizeof at.at;
    if (getsockname(fd, &at.at.any, &at.len) != 0) {
        snprintf(out, size, "?");
    } else if (at.at.any.sa_family == AF_UNIX) {
        snprintf(out, size, "unix:%s", at.at.local.sun_path);
    } else if (getnameinfo(&at.at.any, at.len, host, sizeof host, port, sizeof port,
                           NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        snprintf(out, size, "?");
    } else {
        snprintf(out, size, at.at.any.sa_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
    }
}
